"""Which observations of a group become indicators, and what a defender is told with each."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from msgspec import Struct

from backtrail.model.kinds import KINDS
from backtrail.model.marking import most_restrictive
from backtrail.model.observation import Observation
from backtrail.model.record import Indicator, Record
from backtrail.model.times import from_datetime, latest
from backtrail.reports.leakcheck import naming

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


class Selection(Struct, frozen=True, kw_only=True):
    """Indicators of a group, and what was left out.

    Attributes:
        indicators: One for each value, in the order kind, value.
        withheld: Ids of observations left out for the victims' sake: their assets, internal addresses, their names.
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
) -> Selection:
    """Choose what leaves the house.

    Args:
        observations: All of the group's, as decisions leave them.
        names: Every name of the register that must not appear, of all victims of the case.
        warnings: Warning lists that know a value.
    """
    by_value: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    withheld, unusable = [], []
    for o in observations:
        if o.role == "victim-asset" or _internal(o):
            withheld.append(o.id)
        elif o.kind not in KINDS:
            unusable.append(o.id)
        else:
            by_value[o.kind, o.value].append(o)
    values = list(by_value)
    for index in naming([value for _, value in values], names):
        withheld += [o.id for o in by_value.pop(values[index])]
    kept = [o for seen in by_value.values() for o in seen]
    return Selection(
        indicators=tuple(_indicator(seen, warnings.get(v, ())) for v, seen in sorted(by_value.items())),
        withheld=tuple(sorted(withheld)),
        unusable=tuple(sorted(unusable)),
        tlp=most_restrictive(o.source.tlp for o in kept),
    )


def records(selection: Selection) -> Iterator[Record]:
    """Indicators as records for a format to write."""
    for number, indicator in enumerate(selection.indicators, 1):
        yield Record(where=f"record {number}", seen=(indicator,))


def _indicator(seen: list[Observation], warnings: tuple[str, ...]) -> Indicator:
    first = min((o.seen.first for o in seen if o.seen.first), default=None)
    last = max((o.seen.last for o in seen if o.seen.last), key=latest, default=None)
    roles = {o.role for o in seen if o.role}
    kind = seen[0].kind
    return Indicator(
        kind=kind,
        value=seen[0].value,
        role=roles.pop() if len(roles) == 1 else None,
        first=first,
        last=last,
        confidence=_CONFIDENCE[min(o.source.grade.reliability for o in seen)],
        tlp=most_restrictive(o.source.tlp for o in seen),
        valid_until=_valid_until(kind, last or first),
        evidence=tuple(sorted(o.id for o in seen)),
        warnings=warnings,
        action=_action(kind, warnings),
    )


def _valid_until(kind: str, last: str | None) -> str | None:
    days = _LIFETIME_DAYS.get(kind)
    if last is None or days is None:
        return None
    end = (latest(last) + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(end)


def _action(kind: str, warnings: tuple[str, ...]) -> str:
    if warnings:
        return "context"
    return "alert" if kind in _ALERT else "hunt" if kind in _HUNT else "context"


def _internal(o: Observation) -> bool:
    """An address of a private or reserved range tells of the victim's network, not of the adversary."""
    if o.kind not in ("ipv4-addr", "ipv6-addr", "ip-port"):
        return False
    host = o.value.rpartition(":")[0].strip("[]") if o.kind == "ip-port" else o.value
    address = ipaddress.ip_address(host)
    documentation = address.version == 4 and any(address in net for net in _DOCUMENTATION)
    return not address.is_global and not documentation and not address.is_multicast


_DOCUMENTATION = tuple(ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
"""Ranges of examples (RFC 5737): nobody's internal network."""
