"""What each type of Suricata event shows (docs.suricata.io, *EVE JSON Format*; versions 1 to 3 of DNS)."""

import base64
from binascii import Error
from collections.abc import Callable
from functools import lru_cache

from msgspec import Struct

from backtrail.formats.kit.logs import Gatherer, amount, mailboxes, seconds
from backtrail.formats.kit.parts import Json, detail, origins, part, parts, resolves, serves, text
from backtrail.model.telemetry import Direction

_MOST_SESSIONS = 10_000


class Sessions:
    """Cookies of RDP sessions until the event that says the rest; oldest out when there are too many."""

    def __init__(self) -> None:
        self._cookies: dict[object, str] = {}

    def keep(self, flow: object, cookie: str) -> None:
        """Remember the cookie of a flow."""
        if isinstance(flow, int | str):
            self._cookies[flow] = cookie
            if len(self._cookies) > _MOST_SESSIONS:
                del self._cookies[next(iter(self._cookies))]

    def taken(self, flow: object) -> str:
        """The cookie of a flow, once."""
        return self._cookies.pop(flow, "") if isinstance(flow, int | str) else ""


class _Ends(Struct):
    """Client and server of the flow an event belongs to."""

    client: str
    server: str
    sessions: Sessions


def show(gatherer: Gatherer, number: int, event: Json, sessions: Sessions) -> None:
    """Add an event to what was gathered."""
    gatherer.record(number, _moment(event.get("timestamp")))
    kind = text(event, "event_type")
    client, server = _client_and_server(event, kind)
    totals = part(event, "flow") if kind == "flow" else {}
    out, back = amount(totals.get("bytes_toserver")), amount(totals.get("bytes_toclient"))
    gatherer.value("ipv4-addr", server, "out", out, back)
    gatherer.value("ipv4-addr", client, "in", back, out)
    if kind == "flow":
        serves(gatherer, server, event.get("dest_port"), text(event, "app_proto"))
    ends = _Ends(client, server, sessions)
    for name, meaning in _MEANINGS.items():
        if name in event:
            meaning(gatherer, part(event, name), ends, event)
    if kind == "alert":
        _payload(gatherer, event, server)


def _moment(stamp: object) -> float:
    return _stamped(stamp) if isinstance(stamp, str) and len(stamp) < 40 else 0.0


@lru_cache(maxsize=64)
def _stamped(stamp: str) -> float:
    return seconds(stamp)


def _client_and_server(event: Json, kind: str) -> tuple[str, str]:
    """Who opened the flow. Alerts, files and old DNS events say source and destination of one packet instead."""
    source, destination = text(event, "src_ip"), text(event, "dest_ip")
    if kind not in _OF_A_PACKET:
        return source, destination
    flow = part(event, "flow")
    if text(flow, "src_ip"):
        return text(flow, "src_ip"), text(flow, "dest_ip")
    backwards = event.get("direction") == "to_client" or _served_from(event.get("src_port"), event.get("dest_port"))
    return (destination, source) if backwards else (source, destination)


_OF_A_PACKET = frozenset({"alert", "fileinfo", "dns", "anomaly", "drop"})


def _served_from(source: object, destination: object) -> bool:
    """Whether the source port is a service's and the destination port is not."""
    return isinstance(source, int) and isinstance(destination, int) and source < 1024 <= destination


def _dns(gatherer: Gatherer, dns: Json, ends: _Ends, event: Json) -> None:
    asked = [text(dns, "rrname"), *(text(q, "rrname") for q in [*parts(dns, "queries"), *parts(dns, "query")])]
    for name in dict.fromkeys(filter(None, asked)):
        gatherer.value("domain-name", name, "out")
    name = next(filter(None, asked), "")
    answers = [*parts(dns, "answers"), *parts(part(dns, "answer"), "answers"), dns]
    found = [text(answer, "rdata") for answer in answers if answer.get("rrtype") in ("A", "AAAA")]
    grouped = part(dns, "grouped") if len(answers) == 1 else {}
    for kind in ("A", "AAAA"):
        some = grouped.get(kind)
        found += [address for address in some if isinstance(address, str)] if isinstance(some, list) else []
    for address in found:
        resolves(gatherer, name, address)


def _http(gatherer: Gatherer, http: Json, ends: _Ends, event: Json) -> None:
    host, url = text(http, "hostname"), text(http, "url")
    gatherer.value("domain-name", host, "out", 0, amount(http.get("length")))
    resolves(gatherer, host, ends.server)
    if "://" in url:
        gatherer.value("url", url, "out")
    elif host and url.startswith("/"):
        port = http.get("http_port")
        place = f"{host}:{port}" if isinstance(port, int) and port != 80 else host
        gatherer.value("url", f"http://{place}{url}", "out")
    gatherer.value("user-agent", http.get("http_user_agent"), "out")
    origins(gatherer, ends.server, url, http.get("http_response_body_printable"))


def _tls(gatherer: Gatherer, tls: Json, ends: _Ends, event: Json) -> None:
    name, fingerprint = text(tls, "sni"), text(tls, "fingerprint")
    gatherer.value("domain-name", name, "out")
    resolves(gatherer, name, ends.server)
    for field, kind in _CERTIFICATE:
        gatherer.value(kind, tls.get(field), "in")
    if fingerprint and ends.server:
        gatherer.tie("presents", "ipv4-addr", ends.server, "x509-sha1", fingerprint)
    gatherer.value("ja3", part(tls, "ja3").get("hash"), "out")
    gatherer.value("ja4", tls.get("ja4"), "out")


_CERTIFICATE = (
    ("fingerprint", "x509-sha1"),
    ("serial", "x509-serial"),
    ("subject", "x509-subject"),
    ("issuerdn", "x509-issuer"),
)


def _file(gatherer: Gatherer, info: Json, ends: _Ends, event: Json) -> None:
    """A file that was carried: `in` when it came from the server."""
    direction: Direction = "in" if event.get("src_ip") == ends.server else "out"
    for kind in ("md5", "sha1", "sha256"):
        gatherer.value(kind, info.get(kind), direction)
    name = text(info, "filename").replace("\\", "/").rpartition("/")[2]
    gatherer.value("file-name", name.partition("?")[0], direction)


def _files(gatherer: Gatherer, _: Json, ends: _Ends, event: Json) -> None:
    for info in parts(event, "files"):
        _file(gatherer, info, ends, event)


def _email(gatherer: Gatherer, mail: Json, ends: _Ends, event: Json) -> None:
    for box in mailboxes(text(mail, "from")):
        gatherer.value("email-addr", box, "in")
    gatherer.value("email-subject", mail.get("subject"), "in")
    gatherer.value("user-agent", mail.get("x_mailer"), "in")
    for field, kind in (("attachment", "file-name"), ("url", "url")):
        many = mail.get(field)
        for one in many if isinstance(many, list) else ():
            gatherer.value(kind, one, "in")


def _smtp(gatherer: Gatherer, smtp: Json, ends: _Ends, event: Json) -> None:
    if "email" not in event:
        for box in mailboxes(text(smtp, "mail_from")):
            gatherer.value("email-addr", box, "in")


def _ftp(gatherer: Gatherer, ftp: Json, ends: _Ends, event: Json) -> None:
    name = text(ftp, "command_data") or text(ftp, "filename")
    command = ftp.get("command")
    if command in ("STOR", "RETR", "APPE"):
        gatherer.value("file-name", name.replace("\\", "/").rpartition("/")[2], "in" if command == "RETR" else "out")
    replies = ftp.get("reply")
    origins(gatherer, ends.server, name, *(replies if isinstance(replies, list) else ()))


def _rdp(gatherer: Gatherer, rdp: Json, ends: _Ends, event: Json) -> None:
    """A session says who it is in its first request, and then its client either in the clear or nothing more."""
    stage, flow = rdp.get("event_type"), event.get("flow_id")
    if stage == "initial_request":
        ends.sessions.keep(flow, text(rdp, "cookie"))
    client = part(rdp, "client")
    layout = client.get("keyboard_layout")
    gatherer.value("keyboard-layout", layout)
    if stage in ("connect_request", "tls_handshake") and ends.client and ends.server:
        said = detail(layout=layout, client=client.get("client_name"), cookie=ends.sessions.taken(flow))
        gatherer.tie("logs-in-to", "ipv4-addr", ends.client, "ipv4-addr", ends.server, detail=said, each=True)


def _smb(gatherer: Gatherer, smb: Json, ends: _Ends, event: Json) -> None:
    gatherer.value("file-path", smb.get("filename"))
    gatherer.value("pipe", smb.get("named_pipe"))


_MEANINGS: dict[str, Callable[[Gatherer, Json, _Ends, Json], None]] = {
    "dns": _dns,
    "http": _http,
    "tls": _tls,
    "quic": _tls,
    "fileinfo": _file,
    "files": _files,
    "email": _email,
    "smtp": _smtp,
    "ftp": _ftp,
    "ftp_data": _ftp,
    "rdp": _rdp,
    "smb": _smb,
}
"""Parts of an event, whatever its type: an alert carries those of its protocol too."""


def _payload(gatherer: Gatherer, event: Json, server: str) -> None:
    """HTRAN's words in what an alert quotes."""
    printable = text(event, "payload_printable")
    encoded = text(event, "payload") if not printable else ""
    try:
        decoded = base64.b64decode(encoded[:65536]).decode("latin-1") if encoded else ""
    except (Error, ValueError):
        decoded = ""
    origins(gatherer, server, printable, decoded, part(event, "alert").get("signature"))
