"""Leads: rare values that the telemetry of several victims shares and that nobody has explained.

Two networks that share a destination hardly anybody else knows have something in common. Mostly it is harmless: a
supplier, a regional site, an updater. So leads are ranked and not believed; an analyst accepts or rejects each.
The rank is a sum of bits with its reasons, in the manner of a match weight, but it decides nothing.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations

from msgspec import Struct

from backtrail.model.observation import lead_id
from backtrail.model.telemetry import Placed, Shared, spelled
from backtrail.model.times import Interval

LEAD_KINDS: dict[str, float] = {
    "archive-password": 1.3,
    "md5": 1.1,
    "sha1": 1.15,
    "sha256": 1.2,
    "x509-sha1": 1.0,
    "x509-sha256": 1.0,
    "domain-name": 1.0,
    "ipv4-addr": 0.8,
    "ipv6-addr": 0.8,
    "command-line": 0.7,
    "registrant-email": 1.1,
    "registrant-phone": 1.0,
    "registrant-name": 0.8,
    "email-addr": 0.8,
    "service": 0.6,
    "pipe": 0.6,
    "user-agent": 0.5,
    "email-subject": 0.5,
}
"""How much of its rarity a kind counts for: what is made by hand counts more than what software does by itself."""

_COMPANY = 3.0
"""Bits when sharers share findings too."""

_ZONE = 2.0
"""Bits for a name in the registered zone of a finding."""

_FAR_APART = 730.0
"""Days between two victims' sightings from which a shared value is taken for chance."""

_FAR = -2.0


class Lead(Struct, frozen=True, kw_only=True):
    """A value for an analyst to accept or reject.

    Attributes:
        id: `L-...`, the same wherever the value is seen.
        kind: Its kind.
        value: The value.
        rank: Sum of the bits of its reasons; higher is looked at first.
        reasons: Why it stands where it does, each with its bits.
        intrusions: Whose telemetry shows it.
        victims: How many victims these are.
        seen: First and last moment over all of them.
        count: Records that show it.
        sent: Bytes towards it.
        received: Bytes from it.
        same: Other values that the same first records show: other digests of the same file.
        places: A log and place for each intrusion.
    """

    id: str
    kind: str
    value: str
    rank: float
    reasons: tuple[str, ...]
    intrusions: tuple[str, ...]
    victims: int
    seen: Interval
    count: int
    sent: int
    received: int
    same: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class Company(Struct, frozen=True, kw_only=True):
    """What is known of the intrusions that leads are ranked by.

    Attributes:
        intrusions: Number of intrusions with telemetry.
        victims: A key for the victim of each intrusion; intrusions of one victim have the same.
        linked: Pairs of intrusions, sorted, that share a finding.
        zones: Registered zones of findings.
    """

    intrusions: int
    victims: Mapping[str, str]
    linked: frozenset[tuple[str, str]]
    zones: frozenset[str]


def rank(
    shared: Iterable[Shared],
    detail: Callable[[list[tuple[str, str]]], Iterable[tuple[str, Placed]]],
    company: Company,
    registrable: Callable[[str], str | None],
    most: int,
) -> list[Lead]:
    """Leads, best first.

    Args:
        shared: Values that several intrusions show, findings and listed values left out.
        detail: Gives the traces of some values.
        company: What is known of the intrusions.
        registrable: The registrable part of a host name.
        most: At most so many.
    """
    first = sorted(
        ((_bits(one, company, registrable), one) for one in shared if _victims(one, company) > 1),
        key=lambda pair: (-sum(bits for bits, _ in pair[0]), pair[1].kind, pair[1].value),
    )[: 4 * most]
    traces: dict[tuple[str, str], list[Placed]] = {(one.kind, one.value): [] for _, one in first}
    for value, placed in detail(list(traces)):
        if (placed.trace.kind, value) in traces and placed.origin.intrusion:
            traces[placed.trace.kind, value].append(placed)
    leads = [_lead(one, bits, traces[one.kind, one.value], company) for bits, one in first]
    return _once(sorted(leads, key=lambda lead: (-lead.rank, lead.kind, lead.value)))[:most]


_Reasons = list[tuple[float, str]]


def _victims(one: Shared, company: Company) -> int:
    return len({company.victims.get(i, i) for i in one.intrusions})


def _bits(one: Shared, company: Company, registrable: Callable[[str], str | None]) -> _Reasons:
    """What speaks for a lead before its traces are looked at."""
    held, everyone = len(one.intrusions), max(company.intrusions, 2)
    rarity = math.log2(everyone / held) * LEAD_KINDS.get(one.kind, 0.5)
    reasons = [(rarity, f"{held} of {everyone} intrusions show it")]
    pairs = list(combinations(one.intrusions, 2))
    together = sum(pair in company.linked for pair in pairs)
    if together:
        reasons.append((_COMPANY * together / len(pairs), f"{together} of {len(pairs)} pairs of them share findings"))
    zone = registrable(one.value) if one.kind == "domain-name" else None
    if zone in company.zones:
        reasons.append((_ZONE, f"in the zone of a finding, {zone}"))
    return reasons


def _lead(one: Shared, reasons: _Reasons, traces: list[Placed], company: Company) -> Lead:
    spans = _spans(traces)
    gap = _gap_days(spans)
    if gap > _FAR_APART:
        reasons = [*reasons, (_FAR, f"{gap:.0f} days between two of them")]
    known = [t for t in traces if t.trace.first]
    first = min((t.trace.first for t in known), default=0.0)
    last = max((t.trace.last for t in known), default=0.0)
    return Lead(
        id=lead_id(one.kind, one.value),
        kind=one.kind,
        value=one.value,
        rank=math.fsum(bits for bits, _ in reasons),
        reasons=tuple(f"{bits:+.1f} {words}" for bits, words in reasons),
        intrusions=one.intrusions,
        victims=_victims(one, company),
        seen=Interval(spelled(first), spelled(last)),
        count=sum(t.trace.count for t in traces),
        sent=sum(t.trace.sent for t in traces),
        received=sum(t.trace.received for t in traces),
        places=tuple(_places(traces)),
    )


def _spans(traces: list[Placed]) -> dict[str, tuple[float, float]]:
    """First and last moment in each intrusion."""
    spans: dict[str, tuple[float, float]] = {}
    for placed in traces:
        trace, intrusion = placed.trace, placed.origin.intrusion or ""
        if trace.first:
            first, last = spans.get(intrusion, (trace.first, trace.last))
            spans[intrusion] = (min(first, trace.first), max(last, trace.last))
    return spans


def _gap_days(spans: Mapping[str, tuple[float, float]]) -> float:
    """The longest silence between one intrusion's sightings and the next one's."""
    ordered = sorted(spans.values())
    end, gap = (ordered[0][1] if ordered else 0.0), 0.0
    for first, last in ordered[1:]:
        gap = max(gap, first - end)
        end = max(end, last)
    return gap / 86400


def _places(traces: list[Placed]) -> Iterator[str]:
    seen: set[str] = set()
    for placed in traces:
        intrusion = placed.origin.intrusion or ""
        if intrusion not in seen:
            seen.add(intrusion)
            yield f"{intrusion}: {placed.origin.evidence[:12]} {placed.trace.at}"


def _once(leads: list[Lead]) -> list[Lead]:
    """Leads that the same records show told once, under the best of them."""
    by_places: dict[tuple[str, ...], Lead] = {}
    kept: list[tuple[str, ...]] = []
    for lead in leads:
        key = lead.places or (lead.id,)
        if key in by_places and lead.kind in _DIGESTS and by_places[key].kind in _DIGESTS:
            best = by_places[key]
            same = (*best.same, f"{lead.kind} {lead.value}")
            by_places[key] = Lead(**{f: getattr(best, f) for f in Lead.__struct_fields__} | {"same": same})
        else:
            key = key if key not in by_places else (lead.id,)
            by_places[key] = lead
            kept.append(key)
    return [by_places[key] for key in kept]


_DIGESTS = frozenset({"md5", "sha1", "sha256", "x509-sha1", "x509-sha256"})
