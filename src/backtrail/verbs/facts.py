"""facts: what the case holds to be so, for other programs and for checking against a known truth."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.knowledge import facts as known_facts
from backtrail.knowledge.base import Db
from backtrail.knowledge.telemetry import TelemetryBase
from backtrail.model.decision import State
from backtrail.model.observation import Observation
from backtrail.model.profile import Counted
from backtrail.model.telemetry import HERE, Placed
from backtrail.model.times import Interval
from backtrail.observations import registered_domain
from backtrail.verbs import dates, known, profiling
from backtrail.verbs.case import Case
from backtrail.verbs.numbers import numbers, origin_of
from backtrail.verbs.standing import state_of, telemetry_of
from backtrail.verbs.weighing import Weighed, weighed

_KEPT = 1.0
"""Days for which an answer of the DNS is taken to hold on."""

_PLACES = ("domain-name", "ipv4-addr", "ipv6-addr")


class Member(Struct, frozen=True):
    """An intrusion of a group, and the probability of its best link to another member; None without a link."""

    intrusion: str
    confidence: float | None


class HeldGroup(Struct, frozen=True, kw_only=True):
    """A group: accepted by a decision (`UNC-...`), or proposed by the evidence (`P-...`).

    Attributes:
        id: Its id.
        name: Its name, when it has one.
        accepted: Whether a decision made it.
        members: Its intrusions, each with its best link inside.
        numbers: Numbers of its profiles.
        joining: Intrusions that the evidence would put into an accepted group: no member of it, and in no number.
    """

    id: str
    name: str | None
    accepted: bool
    members: tuple[Member, ...]
    numbers: tuple[Counted, ...]
    joining: tuple[str, ...] = ()


class Edge(Struct, frozen=True, kw_only=True):
    """Two things tied together, with when, how often, and what it rests on.

    `connects-to` an intrusion and a name or address; `resolves-to` a name and an address; `logs-in-to` a client and
    an adversary's server; `relays-to` a hop and the origin behind it; `registered-by` a zone and a mail address.
    """

    source: str
    relation: str
    target: str
    first: str | None
    last: str | None
    count: int
    evidence: tuple[str, ...]


class Facts(Struct, frozen=True, kw_only=True):
    """What the case holds to be so.

    Attributes:
        model: Version of the match-weight model.
        groups: Accepted groups and proposed ones, largest first.
        unassigned: Intrusions in none of them, and that would join none.
        edges: Infrastructure.
    """

    model: str
    groups: tuple[HeldGroup, ...]
    unassigned: tuple[str, ...]
    edges: tuple[Edge, ...]


def facts(case: Case, *, since: str | None = None) -> Facts:
    """Print what the case holds to be so: groups with members, intrusions in none, infrastructure, numbers by id.

    Proposed groups are given beside accepted ones, and told apart by their ids.

    Args:
        case: The case.
        since: Servers are counted that were seen from this moment on; of the last two years when left out.
    """
    begin = dates.instant(since, "--since")
    model = clusters.built_in()
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        found = weighed(case, db, state)
        groups = tuple(_groups(profiling.Ground(case, db), found, state, begin))
        edges = tuple(_edges(case, db, state))
    taken = {m.intrusion for group in groups for m in group.members}.union(*(group.joining for group in groups))
    return Facts(
        model=model.version,
        groups=groups,
        unassigned=tuple(i for i in found.everyone if i not in taken),
        edges=edges,
    )


def across(ground: profiling.Ground, group: profiling.Members) -> Iterator[Counted]:
    """Every number that `facts` has of a group, those among them that take a look at all groups."""
    everything = _groups(ground, weighed(ground.case, ground.db, group.state), group.state, None)
    return (one for held in everything if held.id == group.group for one in held.numbers)


def _groups(ground: profiling.Ground, found: Weighed, state: State, since: float | None) -> Iterator[HeldGroup]:
    held = _with_those_across(list(_alone(ground, found, state, since)), found)
    yield from held


def _alone(ground: profiling.Ground, found: Weighed, state: State, since: float | None) -> Iterator[HeldGroup]:
    """Groups with the numbers of each by itself, largest first."""
    proposals, _ = clusters.propose(found.pairs, state, clusters.built_in())
    joining = {p.group: p.joining for p in proposals if p.group}
    held = [(g.id, g.name, True, g.members) for g in state.groups.values() if g.members and not g.merged_into]
    held += [(p.id, None, False, p.members) for p in proposals if not p.group]
    for id, name, accepted, members in sorted(held, key=lambda h: (-len(h[3]), h[3])):
        yield HeldGroup(
            id=id,
            name=name,
            accepted=accepted,
            members=tuple(Member(m, _confidence(m, frozenset(members), found)) for m in members),
            numbers=tuple(numbers(ground, state, id, members, since)),
            joining=joining.get(id, ()),
        )


def _with_those_across(held: list[HeldGroup], found: Weighed) -> Iterator[HeldGroup]:
    """Groups with numbers that take a look at all of them: those of the same origin, and what might belong to each."""
    taken = {m.intrusion for group in held for m in group.members}
    places = {group.id: origin_of(group.numbers) for group in held}
    for group in held:
        same = tuple(sorted(id for id, place in places.items() if place and set(place) & set(places[group.id])))
        members = {m.intrusion for m in group.members}
        near = _near(members, found) - taken
        more = [Counted(id="victims_analyzed", value=len(members | near), unit="victims",
                        parts=tuple(sorted(members | near)),
                        note=f"with {len(near)} that are left for review")]  # fmt: skip
        if same:
            note = f"of one origin with it: {', '.join(places[group.id])}"
            more.append(Counted(id="apt_groups_cn", value=len(same), unit="groups", parts=same, note=note))
        yield replace(group, numbers=(*group.numbers, *more))


def _near(members: set[str], found: Weighed) -> set[str]:
    """Intrusions outside a group whose best pair with a member is worth a look (rule EV-8)."""
    return {
        other
        for pair in found.pairs
        if pair.probability >= _REVIEW
        for one, other in ((pair.a, pair.b), (pair.b, pair.a))
        if one in members and other not in members
    }


_REVIEW = 0.45
"""Probability from which a pair is shown for review (rule EV-8)."""


def _confidence(member: str, members: frozenset[str], found: Weighed) -> float | None:
    """The best link of a member into its group."""
    links = (p.probability for p in found.pairs if member in (p.a, p.b) and {p.a, p.b} <= members)
    return max(links, default=None)


def _edges(case: Case, db: Db, state: State) -> Iterator[Edge]:
    matcher, telemetry = known.warnings(db), telemetry_of(case, state)
    places = [
        o
        for kind in _PLACES
        for o in clusters.standing(known_facts.observations(db, kind=kind), state)
        if o.role not in ("victim-asset", "sinkhole") and not matcher.hits(o.kind, o.value)
    ]
    yield from _connections(places)
    names = {o.value for o in places if o.kind == "domain-name"}
    owned = {name for name in names if registered_domain(name)}
    seen = telemetry.seen([("domain-name", name) for name in names], owned)
    names |= {placed.trace.value for _, placed in seen}
    resolved = [
        p for p in telemetry.ties("resolves-to", of=sorted(names)) if not matcher.hits(p.trace.kind, p.trace.value)
    ]
    yield from _ties(iter(resolved))
    yield from _ties(_behind(telemetry, resolved))
    zones = {zone for name in names if (zone := registered_domain(name))}
    registered = telemetry.ties("registered-by", of=sorted(zones))
    yield from _ties(p for p in registered if p.trace.kind == "registrant-email")
    yield from _ties(p for p in telemetry.ties("logs-in-to") if p.origin.server and profiling.got_in(p.trace))
    yield from _ties(p for p in telemetry.ties("relays-to") if p.trace.of != HERE or p.origin.server)


def _behind(telemetry: TelemetryBase, resolved: list[Placed]) -> Iterator[Placed]:
    """Addresses of adversary names that an intrusion's logs show while the name was at them."""
    spans: dict[tuple[str, str], list[Interval]] = {}
    for placed in resolved:
        spans.setdefault((placed.trace.kind, placed.trace.value), []).append(placed.trace.seen)
    for value, placed in telemetry.seen(spans):
        trace, origin = placed.trace, placed.origin
        meets = any(s.known and trace.seen.known and s.gap_days(trace.seen) <= _KEPT for s in spans[trace.kind, value])
        if origin.intrusion and meets:
            tie = replace(trace, of=f"intrusion:{origin.intrusion}", relation="connects-to")
            yield replace(placed, trace=tie)


def _connections(places: list[Observation]) -> Iterator[Edge]:
    by_pair: dict[tuple[str, str], list[Observation]] = {}
    for o in places:
        if o.intrusion:
            by_pair.setdefault((o.intrusion, o.value), []).append(o)
    for (intrusion, value), some in sorted(by_pair.items()):
        firsts = [m for o in some if (m := o.seen.first)]
        lasts = [m for o in some if (m := o.seen.last)]
        yield Edge(
            source=f"intrusion:{intrusion}", relation="connects-to", target=value,
            first=min(firsts, default=None), last=max(lasts, default=None), count=len(some),
            evidence=tuple(sorted({o.id for o in some})),
        )  # fmt: skip


def _ties(placed: Iterator[Placed]) -> Iterator[Edge]:
    """Ties of several logs put together; `HERE` is the server that the log was taken at."""
    by_pair: dict[tuple[str, str, str], list[Placed]] = {}
    for one in placed:
        trace, server = one.trace, one.origin.server or ""
        left, right = trace.of or server, trace.value or server
        by_pair.setdefault((left, trace.relation, right), []).append(one)
    for (source, relation, target), some in sorted(by_pair.items()):
        firsts = [m for p in some if (m := p.trace.seen.first)]
        lasts = [m for p in some if (m := p.trace.seen.last)]
        yield Edge(
            source=source, relation=relation, target=target, first=min(firsts, default=None),
            last=max(lasts, default=None), count=sum(p.trace.count for p in some),
            evidence=tuple(sorted({f"{p.origin.evidence[:12]} {p.trace.at}" for p in some}))[:20],
        )  # fmt: skip
