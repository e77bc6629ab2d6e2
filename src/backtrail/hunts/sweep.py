"""Every finding of a case looked for in the telemetry of all its intrusions.

A finding is what somebody says is the adversary's; a sighting is a log that shows the same value at another victim.
Values are compared whole and by kind. A domain name is also seen in names below it, unless its kind of place gives
names to anybody (a public suffix, or a name on a warning list such as a dynamic-DNS parent).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from backtrail.model.kinds import looked_for
from backtrail.model.observation import Observation
from backtrail.model.telemetry import Placed, Sighting
from backtrail.model.times import Interval

Value = tuple[str, str]
"""Kind and canonical value."""

Seen = tuple[Observation, Sighting, str]
"""An observation, what one log adds to it, and how that log spells it."""

_FEW = 50
"""Holders of a value from which it says little about whose it is."""

_NEVER = frozenset({"victim-asset", "sinkhole"})
_TOO_COMMON = frozenset(
    {"network", "asn", "port", "file-size", "technique", "vulnerability", "software", "keyboard-layout", "text",
     "compile-time", "persona", "tlsh", "ssdeep", "registrant-name", "registrant-org", "registrant-address",
     "registrant-phone", "registrant-email", "registrar", "name-server"}
)  # fmt: skip
"""Kinds that logs do not show as a value of their own, or that say nothing when they do."""


class Sought(Struct, frozen=True):
    """What is looked for.

    Attributes:
        roles: Values, each with the role its findings give it, when they agree on one.
        above: Domain names that are also seen in names below them.
        found_in: Intrusions whose own findings a value is among.
    """

    roles: Mapping[Value, str | None]
    above: frozenset[str]
    found_in: Mapping[Value, frozenset[str]] = {}


def sought(
    findings: Iterable[Observation],
    listed: Callable[[str, str], tuple[str, ...]],
    registrable: Callable[[str], str | None],
) -> Sought:
    """What to look for: values of findings, those that defenders hold or that are the victim's left out.

    Args:
        findings: Observations as decisions leave them.
        listed: Warning lists that know a value.
        registrable: The registrable part of a host name; None for a public suffix.
    """
    roles: dict[Value, set[str | None]] = defaultdict(set)
    found_in: dict[Value, set[str]] = defaultdict(set)
    barred: set[Value] = set()
    for o in findings:
        value = looked_for(o.kind, o.value)
        if o.role in _NEVER:
            barred.add(value)
        elif o.kind not in _TOO_COMMON:
            roles[value].add(o.role)
            found_in[value].update([o.intrusion] if o.intrusion else [])
    agreed = {v: next(iter(r)) if len(r - {None}) <= 1 else None for v, r in _told(roles).items() if v not in barred}
    names = (name for kind, name in agreed if kind == "domain-name")
    above = frozenset(n for n in names if registrable(n) and not listed("domain-name", n))
    return Sought(agreed, above, {value: frozenset(some) for value, some in found_in.items() if value in agreed})


def _told(roles: Mapping[Value, set[str | None]]) -> dict[Value, set[str | None]]:
    """Roles without the unsaid one, where any is said; a finding is no lead any more."""
    return {v: ((said - {"lead"}) or said) - {None} or {None} for v, said in roles.items()}


def sightings(
    found: Iterable[tuple[str, Placed]], wanted: Sought, siblings: Mapping[str, frozenset[str]]
) -> Iterator[Seen]:
    """Observations of what was found in logs of intrusions, what each log adds, and how it spells the value.

    Two actors in one network are normal, and its logs show both. What the responder of one of these intrusions
    found is a sighting in that one. What somebody found elsewhere is one in the intrusion whose own findings keep the
    same company most: that are held by intrusions which also hold it, what few hold counting more. Where none's are,
    nobody can tell, and it is in none.

    Args:
        found: A value looked for, with a trace of it or of a name below it.
        wanted: What was looked for.
        siblings: For each intrusion, the others at the same victim.
    """
    held: dict[Value, set[str]] = defaultdict(set, {v: set(some) for v, some in wanted.found_in.items()})
    contested: list[tuple[str, Placed]] = []
    for value, placed in found:
        kind, intrusion = placed.trace.kind, placed.origin.intrusion
        if intrusion is None:
            continue
        finders = wanted.found_in.get((kind, value), frozenset())
        if intrusion in finders or intrusion not in siblings:
            held[kind, value].add(intrusion)
            yield _seen(value, placed, wanted)
        elif not finders & siblings[intrusion]:
            contested.append((value, placed))
    company = {i: _company(i, wanted, held) for i in siblings} if contested else {}
    for value, placed in contested:
        intrusion = placed.origin.intrusion or ""
        here = siblings[intrusion] | {intrusion}
        others = held[placed.trace.kind, value] - here
        shares = {i: sum(company[i][other] for other in others) for i in here}
        if shares[intrusion] and shares[intrusion] >= max(shares.values()):
            yield _seen(value, placed, wanted)


def _company(intrusion: str, wanted: Sought, held: Mapping[Value, set[str]]) -> Mapping[str, Fraction]:
    """How much of what an intrusion's responder found each other one holds; what many hold counts the less."""
    found: dict[str, Fraction] = defaultdict(Fraction)
    for value, finders in wanted.found_in.items():
        if intrusion in finders and len(held[value]) <= _FEW:
            for other in held[value]:
                found[other] += Fraction(1, len(held[value]))
    return found


def _seen(value: str, placed: Placed, wanted: Sought) -> Seen:
    trace, origin = placed.trace, placed.origin
    observation = Observation(
        kind=trace.kind,
        value=value,
        intrusion=origin.intrusion,
        role=wanted.roles.get((trace.kind, value)),
        seen=trace.seen,
        source=origin.source,
    )
    raw = trace.raw or (trace.value if trace.value != value else "")
    return observation, _sighting(observation, placed), raw


def registrations(
    held: Iterable[Observation], registered: Iterable[Placed], registrable: Callable[[str], str | None]
) -> Iterator[Seen]:
    """Who registered the domains of an intrusion, as observations of it, where the registration covers the sighting.

    Args:
        held: Findings and sightings of domain names in intrusions.
        registered: `registered-by` ties of zones.
        registrable: The registrable part of a host name.
    """
    shown: dict[str, list[Observation]] = defaultdict(list)
    for o in held:
        if o.kind == "domain-name" and o.intrusion and o.role not in _NEVER and (zone := registrable(o.value)):
            shown[zone].append(o)
    zones = {zone: _dated(some) for zone, some in shown.items()}
    for placed in registered:
        trace, origin = placed.trace, placed.origin
        if trace.kind in ("registrar", "name-server"):
            continue
        for intrusion, seen in sorted(_covered(zones.get(trace.of, ()), placed)):
            observation = Observation(
                kind=trace.kind, value=trace.value, intrusion=intrusion, role="registration",
                seen=seen, source=origin.source,
            )  # fmt: skip
            yield observation, _sighting(observation, placed), trace.raw


def _dated(held: Sequence[Observation]) -> list[Observation]:
    """Observations without those that have no date, where the intrusion has dated ones: these say when it was."""
    dated = {o.intrusion for o in held if o.seen.known}
    return [o for o in held if o.seen.known or o.intrusion not in dated]


def _covered(held: Iterable[Observation], placed: Placed) -> set[tuple[str, Interval]]:
    """Intrusions that saw a domain while it was so registered, with the interval of the registration."""
    span = placed.trace.seen
    return {
        (o.intrusion, span) for o in held
        if o.intrusion and (not span.known or not o.seen.known or span.gap_days(o.seen) == 0.0)
    }  # fmt: skip


def _sighting(observation: Observation, placed: Placed) -> Sighting:
    trace = placed.trace
    return Sighting(
        of=observation.id, evidence=placed.origin.evidence, at=trace.at, direction=trace.direction,
        count=trace.count, sent=trace.sent, received=trace.received,
    )  # fmt: skip
