"""Which observations of a group become indicators, and what a defender is told with each."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, timedelta

from msgspec import Struct

from backtrail.model.kinds import KINDS, host_of
from backtrail.model.marking import most_restrictive, strictest
from backtrail.model.observation import Observation
from backtrail.model.record import Indicator, Record
from backtrail.model.times import from_datetime, latest
from backtrail.reports.gate import naming, people

_LIFETIME_DAYS = {
    "ipv4-addr": 60, "ipv6-addr": 60, "ip-port": 60, "network": 365, "url": 120, "domain-name": 365, "email-addr": 365,
}  # fmt: skip
"""Days after the last sighting for which a hit still means something. Addresses: MISP's default decay (base 100)
crosses its cut-off after 59 days; the others are proposals, not calibrated (tradecraft sections 2.2 and 3.1)."""

_CONFIDENCE = {"A": 90, "B": 75, "C": 60, "D": 40, "E": 20, "F": 50}
"""STIX confidence by reliability of the best source. F is unknown: the number is a placeholder, the grade says so."""

_ALERT = {
    "domain-name", "ipv4-addr", "ipv6-addr", "ip-port", "url", "email-addr", "md5", "sha1", "sha256", "sha512",
    "mutex", "pipe", "x509-serial", "x509-sha1", "x509-sha256", "ja3", "ja4",
}  # fmt: skip
_HUNT = {
    "file-name", "file-path", "registry-key", "service", "command-line", "user-agent", "url-path", "imphash", "text",
    "pdb-path", "email-subject", "tlsh", "ssdeep", "network", "pe-export",
}  # fmt: skip

_TYPED = frozenset({"command-line", "file-name", "file-path"})
"""Kinds in which an adversary at work spells the accounts of a victim's people."""


class Selection(Struct, frozen=True, kw_only=True):
    """Indicators of a group, and what was left out.

    Attributes:
        indicators: One for each value, in the order kind, value.
        withheld: Ids of observations left out for the victims' sake: their assets, internal addresses, their names
            and accounts.
        unusable: Ids of observations in a format's own terms, which no defender's tool can match.
        tlp: Marking: the most restrictive of what went in.
    """

    indicators: tuple[Indicator, ...]
    withheld: tuple[str, ...]
    unusable: tuple[str, ...]
    tlp: str


def select(
    observations: Iterable[Observation],
    names: Iterable[str],
    warnings: Mapping[tuple[str, str], tuple[str, ...]],
    hit: Mapping[tuple[str, str], str] | None = None,
    paps: Mapping[str, str] | None = None,
) -> Selection:
    """Choose what leaves the house.

    Args:
        observations: All of the group's, as decisions leave them.
        names: Every name of the register that must not appear, of all victims of the case.
        warnings: Warning lists that know a value.
        hit: Moment of the latest hit that an analyst found to be true: it was in use then.
        paps: What may be done with what is known of an intrusion.
    """
    by_value: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    withheld, unusable = [], []
    seen = tuple(observations)
    assets = {host_of(o.kind, o.value) or o.value for o in seen if o.role == "victim-asset"}
    for o in seen:
        if (host_of(o.kind, o.value) or o.value) in assets or _internal(o):
            withheld.append(o.id)
        elif o.kind not in KINDS:
            unusable.append(o.id)
        else:
            by_value[o.kind, o.value].append(o)
    values = list(by_value)
    named = [values[index] for index in sorted(naming([value for _, value in values], names))]
    accounts = _accounts([*named, *((o.kind, o.value) for o in seen if o.role == "victim-asset")])
    for value in dict.fromkeys([*named, *(value for value in values if _of_account(value, accounts))]):
        withheld += [o.id for o in by_value.pop(value)]
    kept = [o for held in by_value.values() for o in held]
    return Selection(
        indicators=tuple(
            _indicator(held, warnings.get(v, ()), (hit or {}).get(v), paps or {})
            for v, held in sorted(by_value.items())
        ),
        withheld=tuple(sorted(withheld)),
        unusable=tuple(sorted(unusable)),
        tlp=most_restrictive(o.source.tlp for o in kept),
    )


def _accounts(values: Iterable[tuple[str, str]]) -> re.Pattern[str] | None:
    """Any account of who reads the mailboxes of victims: what is withheld without need costs less than what is told."""
    named = sorted(people(value for kind, value in values if kind == "email-addr"))
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, named))})(?![a-z])") if named else None


def _of_account(value: tuple[str, str], accounts: re.Pattern[str] | None) -> bool:
    """Whether a command line, or a file by its name, tells of an account: `getmail -u jdoe -o jdoe0.eml`."""
    return bool(accounts and value[0] in _TYPED and accounts.search(value[1].casefold()))


def records(selection: Selection) -> Iterator[Record]:
    """Indicators as records for a format to write."""
    for number, indicator in enumerate(selection.indicators, 1):
        yield Record(where=f"record {number}", seen=(indicator,))


def _indicator(
    seen: list[Observation], warnings: tuple[str, ...], hit: str | None, paps: Mapping[str, str]
) -> Indicator:
    first = min((o.seen.first for o in seen if o.seen.first), default=None)
    lasts = [moment for o in seen if (moment := o.sighted.last)] + ([hit] if hit else [])
    last = max(lasts, key=latest, default=None)
    roles = {o.role for o in seen if o.role}
    kind = seen[0].kind
    pap = strictest(paps.get(o.intrusion or "", "CLEAR") for o in seen)
    return Indicator(
        kind=kind,
        value=seen[0].value,
        role=roles.pop() if len(roles) == 1 else None,
        first=first,
        last=last,
        confidence=_CONFIDENCE[min(o.source.grade.reliability for o in seen)],
        tlp=most_restrictive(o.source.tlp for o in seen),
        valid_until=valid_until(kind, last or first),
        evidence=tuple(sorted(o.id for o in seen)),
        warnings=warnings,
        action=_action(kind, warnings, pap),
        pap=pap,
    )


def valid_until(kind: str, last: str | None) -> str | None:
    """The day after which a hit means little.

    Args:
        kind: Kind of the value.
        last: Moment of its last sighting.

    >>> valid_until("ipv4-addr", "2012-01"), valid_until("mutex", "2012-01")
    ('2012-03-31T00:00:00Z', None)
    """
    days = _LIFETIME_DAYS.get(kind)
    if last is None or days is None:
        return None
    if latest(last).year >= MAXYEAR - 10:
        return None
    end = (latest(last) + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(end)


def _action(kind: str, warnings: tuple[str, ...], pap: str) -> str:
    """What a defender does with a hit; PAP:RED allows to look through logs and nothing that is seen from outside."""
    if warnings:
        return "context"
    if pap == "RED":
        return "hunt" if kind in _ALERT | _HUNT else "context"
    return "alert" if kind in _ALERT else "hunt" if kind in _HUNT else "context"


def _internal(o: Observation) -> bool:
    """A host or address that means something inside a network only: it tells of the victim, not of the adversary."""
    host = host_of(o.kind, o.value)
    if o.kind == "network":
        return _private(ipaddress.ip_network(o.value))
    if host is None:
        return False
    try:
        return _private(ipaddress.ip_network(host))
    except ValueError:
        return host.rpartition(".")[2] in _INSIDE or ("." not in host and o.kind == "url")


def _private(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    if any(network.version == example.version and network.subnet_of(example) for example in _EXAMPLES):  # type: ignore[arg-type]
        return False
    return not network.is_global and not network.is_multicast


_EXAMPLES = tuple(map(ipaddress.ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""Ranges of examples (RFC 5737, RFC 3849): nobody's internal network."""

_INSIDE = {"local", "localdomain", "localhost", "internal", "intranet", "corp", "lan", "home", "private"}
"""Top-level labels that are used inside networks and nowhere else."""
