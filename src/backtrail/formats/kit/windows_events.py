"""What Windows events show, whatever they were exported as: the meaning that `winjson` and `evtx` share.

An event is known by its number and its source together: event 22 is a DNS query of Sysmon and a session's shell start
of Terminal Services. Of an event that is not here nothing is taken; it counts as a record all the same.
References: Microsoft, *Appendix L: Events to Monitor* and *Sysmon v15*; Terminal Services events as in the JPCERT/CC
study *Detecting Lateral Movement through Tracking Event Logs*.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.operators import archive_password
from backtrail.formats.kit.parts import bare_host, detail, origins, resolves, serves
from backtrail.model.telemetry import HERE, Direction

_NOTHING = frozenset({"", "-", "LOCAL", "::1", "127.0.0.1", "0.0.0.0", "::", "Unknown"})  # noqa: S104
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]{1,40}")


class Event(Struct):
    """One event, decoded.

    Attributes:
        id: Its number; -1 when it has none.
        source: Channel and provider, as `Channel|Provider`; either may be missing.
        time: Seconds since 1970 UTC.
        data: Its named values.
    """

    id: int
    source: str
    time: float
    data: Mapping[str, Any]

    def text(self, *names: str) -> str:
        """The first of these values that says something."""
        for name in names:
            value = self.data.get(name)
            if isinstance(value, str) and value not in _NOTHING:
                return value
        return ""


def show(gatherer: Gatherer, event: Event) -> None:
    """Add what an event shows to the record that was begun for it."""
    meaning = MEANINGS.get((family(event.source) or _guessed(event), event.id))
    if meaning:
        meaning(gatherer, event)


def known(id: int) -> bool:
    """Whether some source has an event of this number that shows something."""
    return id in _NUMBERS


@lru_cache(maxsize=1024)
def family(source: str) -> str:
    """Which table an event belongs to, by channel and provider; empty when neither says."""
    channel, _, provider = source.lower().partition("|")
    if "sysmon" in source.lower():
        return "sysmon"
    if channel == "security" or "security-auditing" in provider:
        return "security"
    if "terminalservices" in source.lower() or "rdpcorets" in source.lower():
        return "remote"
    if "service control manager" in provider or channel == "system":
        return "system"
    return "" if source == "|" else "other"


def _guessed(event: Event) -> str:
    """Table of an event that does not say its source."""
    if "UtcTime" in event.data or "RuleName" in event.data:
        return "sysmon"
    return {7045: "system", 1149: "remote"}.get(event.id, "security" if event.id > 4000 else "remote")


def _address(gatherer: Gatherer, event: Event, *names: str, direction: Direction = "in") -> str:
    address = bare_host(event.text(*names))
    if address in _NOTHING or not _ADDRESS.fullmatch(address):
        return ""
    gatherer.value("ipv4-addr", address, direction)
    return address


def _login(gatherer: Gatherer, event: Event, address: str, **said: str) -> None:
    if address:
        told = detail(event=str(event.id), **said)
        gatherer.tie("logs-in-to", "ipv4-addr", address, "ipv4-addr", HERE, detail=told, each=True)


def _account(domain: str, user: str) -> str:
    return f"{domain}\\{user}" if domain and user else user


def _logon(gatherer: Gatherer, event: Event) -> None:
    """4624. Only types 3 (network) and 10 (remote desktop) come from elsewhere."""
    address = _address(gatherer, event, "IpAddress")
    kind = str(event.data.get("LogonType", ""))
    if kind in ("3", "10"):
        _login(
            gatherer,
            event,
            address,
            type=kind,
            client=event.text("WorkstationName"),
            account=_account(event.text("TargetDomainName"), event.text("TargetUserName")),
            session=event.text("TargetLogonId"),
        )


def _from_address(gatherer: Gatherer, event: Event) -> None:
    _address(gatherer, event, "IpAddress", "ClientAddress", "ClientIP", "IPString")


def _other_credentials(gatherer: Gatherer, event: Event) -> None:
    """4648: someone here logs in to another server under another name."""
    _address(gatherer, event, "IpAddress")
    server = event.text("TargetServerName")
    if "." in server:
        gatherer.value("domain-name", server, "out")


def _command(gatherer: Gatherer, command: str) -> None:
    gatherer.value("command-line", command)
    gatherer.value("archive-password", archive_password(command))
    origins(gatherer, HERE, command)


def _process(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("file-path", event.text("NewProcessName", "Image"))
    _command(gatherer, event.text("CommandLine", "ProcessCommandLine"))
    _hashes(gatherer, event)


def _service(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("service", event.text("ServiceName"))
    _command(gatherer, event.text("ImagePath", "ServiceFileName"))


def _connection(gatherer: Gatherer, event: Event) -> None:
    """Sysmon 3 and filter event 5156: the other end bears the direction, this host's own end none."""
    started = str(event.data.get("Initiated", "")).lower() == "true" or event.data.get("Direction") in _OUTBOUND
    source, target = ("", "out") if started else ("in", "")
    _address(gatherer, event, "SourceIp", "SourceAddress", direction="in" if source else "")
    address = _address(gatherer, event, "DestinationIp", "DestAddress", direction="out" if target else "")
    if started:
        serves(gatherer, address, event.text("DestinationPort", "DestPort"))
    name = event.text("DestinationHostname")
    if "." in name and started:
        gatherer.value("domain-name", name, "out")
        resolves(gatherer, name, address)


_OUTBOUND = ("%%14593", "Outbound")


def _session(gatherer: Gatherer, event: Event) -> None:
    """21, 24, 25 of the session manager: user, session and the address the client came from."""
    address = _address(gatherer, event, "Address", "Source Network Address")
    session = event.data.get("SessionID", "")
    _login(gatherer, event, address, account=event.text("User"), session=str(session))


def _authenticated(gatherer: Gatherer, event: Event) -> None:
    """1149 of the connection manager: parameters are user, domain, address."""
    address = _address(gatherer, event, "Param3", "Address", "Source Network Address")
    account = _account(event.text("Param2", "Domain"), event.text("Param1", "User"))
    _login(gatherer, event, address, account=account)


def _hashes(gatherer: Gatherer, event: Event) -> None:
    """`MD5=..,SHA256=..,IMPHASH=..` or, in old versions, a lone `Hash`."""
    for one in event.text("Hashes", "Hash").split(","):
        name, _, value = one.partition("=")
        kind = _HASHES.get(name.strip().upper())
        if kind and value.strip("0"):
            gatherer.value(kind, value.strip())


_HASHES = {"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "IMPHASH": "imphash"}


def _image(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("file-path", event.text("ImageLoaded"))
    gatherer.value("x509-subject", event.text("Signature"))
    _hashes(gatherer, event)


def _two_processes(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("file-path", event.text("SourceImage"))
    gatherer.value("file-path", event.text("TargetImage"))


def _file(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("file-path", event.text("TargetFilename"))
    _hashes(gatherer, event)


def _registry(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("registry-key", event.text("TargetObject"))


def _pipe(gatherer: Gatherer, event: Event) -> None:
    gatherer.value("pipe", event.text("PipeName"))


def _query(gatherer: Gatherer, event: Event) -> None:
    """Sysmon 22: `QueryResults` is `type:  5 name;::ffff:192.0.2.1;`."""
    name = event.text("QueryName")
    gatherer.value("domain-name", name, "out")
    for result in event.text("QueryResults").split(";"):
        address = result.strip().removeprefix("::ffff:")
        if _ADDRESS.fullmatch(address):
            resolves(gatherer, name, address)


Meaning = Callable[[Gatherer, Event], None]

MEANINGS: dict[tuple[str, int], Meaning] = {
    ("security", 4624): _logon,
    ("security", 4625): _from_address,
    ("security", 4648): _other_credentials,
    **{("security", id): _from_address for id in (4768, 4769, 4771, 4778, 4779, 5140, 5145)},
    ("security", 4688): _process,
    ("security", 4697): _service,
    ("security", 5156): _connection,
    ("system", 7045): _service,
    ("remote", 1149): _authenticated,
    **{("remote", id): _session for id in (21, 24, 25)},
    **{("remote", id): _from_address for id in (131, 140)},
    ("sysmon", 1): _process,
    ("sysmon", 2): _file,
    ("sysmon", 3): _connection,
    ("sysmon", 6): _image,
    ("sysmon", 7): _image,
    ("sysmon", 8): _two_processes,
    ("sysmon", 10): _two_processes,
    **{("sysmon", id): _file for id in (11, 15, 23, 26)},
    **{("sysmon", id): _registry for id in (12, 13, 14)},
    **{("sysmon", id): _pipe for id in (17, 18)},
    ("sysmon", 22): _query,
}
_NUMBERS = frozenset(id for _, id in MEANINGS)
