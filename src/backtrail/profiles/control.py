"""How long a group held a name: from its registration until somebody or something took it away (rules IN-1 and IN-3).

A domain is cut by its expiry, by another registrant or other name servers, by a sinkhole, by parking and by its
publication: afterwards whoever is seen with it may be anybody. What is not known stays open. A host name below a
registered domain is held as long as the domain; one below a dynamic-DNS parent has nothing but itself.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

Cut = Literal[
    "expiry", "another registration", "another registrant", "other name servers", "sinkhole", "parking", "publication"
]

DAY = 86400.0

_PERSONAL = ("registrant-email", "registrant-name", "registrant-phone", "registrant-org")
"""What tells one registrant from another; the first that both records have decides."""

_SAME_BIRTH = 30 * DAY
"""Records whose dates of creation lie within this are of one registration: some registries show no time of day."""


class Pointed(Struct, frozen=True, order=True):
    """A name pointed to an address.

    Attributes:
        name: The name.
        address: The address.
        first: Seconds since 1970 of the first answer.
        last: Of the last.
        at_victim: Whether a victim's log shows it; else passive DNS does.
        place: Where in the evidence.
    """

    name: str
    address: str
    first: float
    last: float
    at_victim: bool = False
    place: str = ""


class Registration(Struct, frozen=True, order=True):
    """A domain as one record of WHOIS or RDAP shows it.

    Attributes:
        domain: The domain.
        since: Seconds since 1970 of its creation; 0 when the record does not say.
        until: Of its expiry; 0 when the record does not say.
        details: What it says of the registrant and of name servers: kind and value.
        place: Where in the evidence.
    """

    domain: str
    since: float
    until: float
    details: tuple[tuple[str, str], ...] = ()
    place: str = ""

    def of(self, kind: str) -> frozenset[str]:
        """What the record says of a kind."""
        return frozenset(value.casefold() for k, value in self.details if k == kind)


class Control(Struct, frozen=True, kw_only=True):
    """From when to when a group held a name.

    Attributes:
        name: A registered domain, or a host name that nobody registered.
        since: Seconds since 1970; minus infinity where the begin is not known.
        until: Infinity where no end is known.
        ended: What took it away; None for an open end.
        parts: Places in the evidence that say so.
    """

    name: str
    since: float = -math.inf
    until: float = math.inf
    ended: Cut | None = None
    parts: tuple[str, ...] = ()

    def covers(self, first: float, last: float) -> bool:
        """Whether something from `first` to `last` was there while the name was held. A time of 0 is not known."""
        return (not first or first <= self.until) and (not last or last >= self.since)

    def outside(self, first: float, last: float) -> str:
        """Why something was not there while the name was held; empty when it was."""
        if self.covers(first, last):
            return ""
        return f"after {self.ended or 'its end'}" if first > self.until else "before its registration"


class Taken(Struct, frozen=True):
    """What is known of addresses and names that are nobody's infrastructure any more.

    Attributes:
        sinkholes: Addresses of defenders.
        parking: Addresses of parked domains.
        published: When a name was published, in seconds since 1970.
    """

    sinkholes: frozenset[str] = frozenset()
    parking: frozenset[str] = frozenset()
    published: Mapping[str, float] = {}


def held(zone: str, used: float, records: Iterable[Registration], pointed: Iterable[Pointed], taken: Taken) -> Control:
    """From when to when a zone was held by whoever used it at a moment.

    Args:
        zone: A registered domain, or a host name that stands for itself.
        used: Seconds since 1970 of the group's first use of it; 0 when it is not known.
        records: Registrations of it.
        pointed: What it and names below it pointed to.
        taken: Sinkholes, parking, publications.
    """
    ordered = sorted(records)
    own = _own(ordered, used)
    since = min((r.since for r in own if r.since), default=-math.inf)
    ends = [*_ends(own, ordered), *_moves(zone, used or since, pointed, taken)]
    until, ended, place = min(ends, default=(math.inf, None, ""))
    places = (r.place for r in own)
    return Control(
        name=zone, since=since, until=until, ended=ended, parts=tuple(dict.fromkeys(p for p in (*places, place) if p))
    )


def _own(ordered: Sequence[Registration], used: float) -> list[Registration]:
    """Records of the registrant who held a domain at a moment: the last one before it, and those that continue it."""
    if not ordered:
        return []
    before = [r for r in ordered if not used or not r.since or r.since <= used + DAY]
    mine = (before or ordered)[-1] if used else ordered[0]
    return [r for r in ordered if same_registrant(r, mine)]


def same_registrant(one: Registration, other: Registration) -> bool:
    """Whether two records of a domain name one registrant: by the first detail that both have; unknown is the same."""
    for kind in _PERSONAL:
        a, b = one.of(kind), other.of(kind)
        if a and b:
            return bool(a & b)
    return abs(one.since - other.since) < _SAME_BIRTH


def _ends(own: Sequence[Registration], ordered: Sequence[Registration]) -> list[tuple[float, Cut | None, str]]:
    """Ends that registrations say: the last expiry, and the first record of somebody else."""
    if not own:
        return []
    latest = max(own, key=lambda r: (r.until, r.since))
    found: list[tuple[float, Cut | None, str]] = [(latest.until, "expiry", latest.place)] if latest.until else []
    born = max(r.since for r in own)
    for record in ordered:
        if record in own or record.since < min(r.since for r in own):
            continue
        again = abs(record.since - born) >= _SAME_BIRTH
        found.append((record.since, "another registration" if again else "another registrant", record.place))
    return found + _served_elsewhere(own)


def _served_elsewhere(own: Sequence[Registration]) -> list[tuple[float, Cut | None, str]]:
    """A later record of the same registrant with none of the name servers of before: sold, seized or moved."""
    found: list[tuple[float, Cut | None, str]] = []
    known = [r for r in own if r.of("name-server")]
    for before, after in pairwise(known):
        if after.since > before.since and not before.of("name-server") & after.of("name-server"):
            found.append((after.since, "other name servers", after.place))
    return found


def _moves(zone: str, used: float, pointed: Iterable[Pointed], taken: Taken) -> list[tuple[float, Cut | None, str]]:
    """Ends that answers of the DNS and reports say, after the group used the zone."""
    found: list[tuple[float, Cut | None, str]] = []
    for one in pointed:
        if one.first < used:
            continue
        if one.address in taken.sinkholes:
            found.append((one.first, "sinkhole", one.place))
        elif one.address in taken.parking and one.name == zone:
            found.append((one.first, "parking", one.place))
    published = [when for name, when in taken.published.items() if name == zone or name.endswith("." + zone)]
    return found + [(when, "publication", "") for when in published if when > used]


def by_zone(pointed: Iterable[Pointed], zone_of: Mapping[str, str]) -> dict[str, list[Pointed]]:
    """Answers of the DNS by the zone that their names are in."""
    found: dict[str, list[Pointed]] = defaultdict(list)
    for one in pointed:
        if zone := zone_of.get(one.name):
            found[zone].append(one)
    return found
