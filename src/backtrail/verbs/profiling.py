"""What profiles are made from: a group's members, their dated activity, the servers its people logged in to."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters, profiles
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.errors import NotFoundError
from backtrail.model.intrusion import Intrusion
from backtrail.model.kinds import ADDRESSES
from backtrail.model.observation import Observation
from backtrail.model.profile import Stay
from backtrail.model.telemetry import Placed, Sighting, Trace
from backtrail.model.times import Interval, earliest, latest
from backtrail.observations import registered_domain
from backtrail.observations.warninglists import Matcher
from backtrail.profiles import HopLogin, Login, Netblocks, Relay, Session
from backtrail.verbs import dates, known, placing
from backtrail.verbs.case import Case
from backtrail.verbs.earlier import Earlier, earlier
from backtrail.verbs.standing import state_of, telemetry_of
from backtrail.verbs.weighing import weighed

T = TypeVar("T")

_EDGE = 2.0
"""Days from the begin or end of an intrusion's logs within which activity may have gone on beyond them."""

_ACTIVE = frozenset({"c2", "hop", "exfil", "delivery", "tool", "lead", "login-source"})
"""Roles whose sightings are the adversary at work."""


class Members(Struct, frozen=True, kw_only=True):
    """A group as profiles read it.

    Attributes:
        group: Its id, accepted or proposed.
        intrusions: Its members.
        observations: What was observed in them, up to the moment asked for.
        state: Decisions.
    """

    group: str
    intrusions: tuple[Intrusion, ...]
    observations: tuple[Observation, ...]
    state: State


class Ground:
    """What profiles of any group are read from, each thing read once.

    Args:
        case: The case.
        db: An open view of it.
        as_of: Only what had been seen up to this moment; everything when left out.

    Raises:
        UsageError: `as_of` is no date.
    """

    def __init__(self, case: Case, db: Db, as_of: str | None = None) -> None:
        self.case = case
        self.db = db
        self.as_of = dates.asked(as_of, "--as-of")
        self.until = latest(self.as_of).timestamp() if self.as_of else math.inf
        state = state_of(case, db)
        self._found = telemetry_of(case, state).as_of(self.until)
        self.telemetry = self._found.graded(state.grades)
        self._once: dict[str, Any] = {}

    def once(self, name: str, read: Callable[[], T]) -> T:
        """What is read under a name, read when it is first asked for."""
        if name not in self._once:
            self._once[name] = read()
        return cast(T, self._once[name])

    def observed(self, state: State, intrusions: Sequence[str]) -> tuple[Observation, ...]:
        """What was observed in some intrusions."""
        if self.as_of is None:
            return tuple(clusters.standing(facts.observations(self.db, intrusions=intrusions), state))
        wanted = set(intrusions)
        return tuple(o for o in self._earlier(state, self.as_of).observations if o.intrusion in wanted)

    def names(self, state: State) -> Sequence[Observation]:
        """Domain names that were observed anywhere."""

        def read() -> list[Observation]:
            if self.as_of is None:
                return list(clusters.standing(facts.observations(self.db, kind="domain-name"), state))
            return [o for o in self._earlier(state, self.as_of).observations if o.kind == "domain-name"]

        return self.once("names of all", read)

    def records(self, state: State, kinds: Sequence[str]) -> list[tuple[str, str, Observation]]:
        """Observations of some kinds at each place they were read: SHA-256 of the evidence, locator, observation."""
        rows = facts.records(self.db, kinds, state.retracted_evidence)
        if self.as_of is None:
            read = list(rows)
            standing = {o.id: o for o in clusters.standing((o for *_, o in read), state)}
            return [(sha, at, standing[o.id]) for sha, at, o in read if o.id in standing]
        then = self._earlier(state, self.as_of)
        found = [row for row in rows if row[2].id in then.findings]
        found += [
            (one.evidence, one.at, o)
            for o in then.observations
            if o.kind in kinds and o.id not in then.findings
            for one in then.sightings.get(o.id, ())
        ]
        return sorted(found, key=lambda row: (row[0], row[1], row[2].kind, row[2].value, row[2].id))

    def sightings(self, state: State, ids: Iterable[str]) -> list[Sighting]:
        """What logs add to some observations."""
        if self.as_of is None:
            return facts.sightings(self.db, ids, state.retracted_evidence)
        added = self._earlier(state, self.as_of).sightings
        return [one for id in sorted(ids) for one in added.get(id, ())]

    def _earlier(self, state: State, as_of: str) -> Earlier:
        return self.once("earlier", lambda: earlier(self.db, self._found, state, self.warnings, as_of))

    @cached_property
    def warnings(self) -> Matcher:
        """Warning lists."""
        return known.warnings(self.db)

    @cached_property
    def coverage(self) -> dict[str, tuple[float, float]]:
        """First and last moment of the logs of each intrusion."""
        return self.telemetry.coverage()

    @cached_property
    def resolved(self) -> dict[str, set[str]]:
        """Addresses by name, as any log or passive DNS shows them."""
        found: dict[str, set[str]] = defaultdict(set)
        servers = {placed.origin.server for placed in self.logins} | {p.trace.of for p in self.relays}
        for placed in self.telemetry.ties("resolves-to", values=sorted(s for s in servers if s)):
            found[placed.trace.of].add(placed.trace.value)
        return found

    @cached_property
    def logins(self) -> list[Placed]:
        """Everybody who got in to a server whose logs are in the evidence."""
        return [p for p in self._passages if got_in(p.trace) and not _left(p)]

    @cached_property
    def logoffs(self) -> list[Placed]:
        """Everybody who left such a server."""
        return [p for p in self._passages if _left(p)]

    @cached_property
    def knocks(self) -> list[Placed]:
        """Everybody who came to such a server and did not get in."""
        return [p for p in self._passages if not got_in(p.trace)]

    @cached_property
    def _passages(self) -> list[Placed]:
        """Who came to servers whose logs are in the evidence, and who left."""
        return [p for p in self.telemetry.ties("logs-in-to") if p.origin.server]

    @cached_property
    def relays(self) -> list[Placed]:
        """HTRAN, wherever it was seen."""
        return self.telemetry.ties("relays-to")

    @cached_property
    def clocks(self) -> dict[str, float | None]:
        """Seconds by which the stamps of each server's logs are ahead of UTC; None where nobody knows."""
        return _clocks(self, self.until)

    @cached_property
    def registrations(self) -> list[Placed]:
        """What WHOIS, RDAP and passive DNS say of who registered what."""
        return self.telemetry.ties("registered-by")

    def names_below(self, zones: set[str]) -> set[str]:
        """Names in some zones that passive DNS knows, whether or not a victim talked to them."""
        return {name for name, zone in self._zones.items() if zone in zones}

    @cached_property
    def resolving(self) -> frozenset[str]:
        """Names that passive DNS knows."""
        return frozenset(self.telemetry.sides("resolves-to"))

    @cached_property
    def _zones(self) -> dict[str, str]:
        return {name: zone for name in self.resolving if (zone := registered_domain(name))}

    @cached_property
    def netblocks(self) -> Netblocks:
        """Registries in the evidence, then address data of the user."""
        return placing.netblocks(self.case.addresses, self.telemetry.ties("allocated-to"), self.registrations)


def members(ground: Ground, group: str) -> Members:
    """A group by its id, `UNC-...` or the `P-...` of a proposal.

    Raises:
        NotFoundError: No such group.
    """
    state = state_of(ground.case, ground.db)
    group = known.spelt(group, state.groups)
    if group in state.groups:
        group = state.survivor(group)
        ids = state.groups[group].members
    else:
        proposals, _ = clusters.propose(weighed(ground.case, ground.db, state).pairs, state, clusters.built_in())
        proposed = {p.id: p.members for p in proposals}
        if group not in proposed:
            raise NotFoundError(f"no group {group}{known.near(group, [*state.groups, *proposed])}")
        ids = proposed[group]
    return read(ground, state, group, ids)


def read(ground: Ground, state: State, group: str, ids: Sequence[str]) -> Members:
    """A group of known members; as of a moment, of those that had begun or were known of then."""
    seen = ground.observed(state, ids)
    begun = {o.intrusion for o in seen}
    intrusions = [i for id, i in known.intrusions(ground.db, state, ids).items() if id in begun or _known(i, ground)]
    return Members(group=group, intrusions=tuple(intrusions), observations=seen, state=state)


def _known(intrusion: Intrusion, ground: Ground) -> bool:
    """Whether an intrusion was known of, where nothing of it had been seen."""
    return intrusion.discovered is None or earliest(intrusion.discovered).timestamp() <= ground.until


def once(came: Iterable[HopLogin]) -> list[HopLogin]:
    """Log-ins, each once however many logs saw it."""
    return profiles.joined(came)


def timed(came: Iterable[HopLogin]) -> list[Login]:
    """Log-ins whose moment is known, each once."""
    return [Login(one.at, one.client, one.place) for one in profiles.joined(one for one in came if one.sure)]


def stays(ground: Ground, found: Members) -> list[Stay]:
    """Dated adversary activity in each intrusion, and whether its ends were seen.

    An end is open where the manifest names no closure, or where activity begins or ends with the logs themselves.
    """
    active: dict[str, list[Observation]] = defaultdict(list)
    for o in found.observations:
        if o.intrusion and o.role in _ACTIVE and o.seen.known and not ground.warnings.hits(o.kind, o.value):
            active[o.intrusion].append(_cut(o, ground.as_of))
    return [_stay(i, active[i.id], ground.coverage.get(i.id), ground.as_of) for i in found.intrusions]


def began(some: Iterable[Stay]) -> dict[str, str]:
    """First activity in each intrusion whose begin was seen."""
    return {stay.intrusion: first for stay in some if not stay.open_start and (first := stay.span.first)}


def _cut(o: Observation, as_of: str | None) -> Observation:
    """An observation as it stood at a moment: what came later was not known."""
    if as_of is None or o.seen.last is None or earliest(o.seen.last) <= latest(as_of):
        return o
    return replace(o, seen=Interval(o.seen.first, as_of))


def _stay(intrusion: Intrusion, active: list[Observation], logs: tuple[float, float] | None, as_of: str | None) -> Stay:
    ordered = tuple(sorted(active, key=lambda o: (o.seen.first or "", o.seen.last or "", o.id)))
    plain = Stay(intrusion=intrusion.id, activity=ordered, open_start=False, open_end=False)
    span = plain.span
    ongoing = intrusion.closed is None or bool(as_of and earliest(intrusion.closed) > latest(as_of))
    if logs is None or span.first is None or span.last is None:
        return replace(plain, open_start=True, open_end=ongoing)
    begins = (earliest(span.first).timestamp() - logs[0]) / 86400
    return replace(plain, open_start=begins < _EDGE, open_end=ongoing)


def logins(ground: Ground, found: Members) -> tuple[list[HopLogin], list[str]]:
    """Log-ins to a group's hops by true time, and the places of those that have no known clock."""
    addresses = hops(ground, found)
    kept = [
        _login(placed, server, ground.clocks.get(server, 0.0))
        for placed in ground.logins
        if (server := placed.origin.server or "") in addresses
    ]
    return [one for one in kept if one.at <= ground.until], [one.place for one in profiles.joined(kept) if not one.sure]


def sessions(ground: Ground, found: Members) -> tuple[list[Session], list[str]]:
    """Sessions at a group's hops by true time, with ends where logs show them; places of log-ins without a clock."""
    came, excluded = logins(ground, found)
    addresses = hops(ground, found)
    left = [
        _login(placed, server, ground.clocks.get(server, 0.0))
        for placed in ground.logoffs
        if (server := placed.origin.server or "") in addresses
    ]
    sure = [one for one in profiles.joined(came) if one.sure]
    return profiles.paired(sure, [one for one in left if one.sure and one.at <= ground.until]), excluded


def relays(ground: Ground, found: Members) -> list[Relay]:
    """HTRAN on a group's hops: as their own logs show it, and as their victims' logs do."""
    addresses = hops(ground, found)
    kept = []
    for placed in ground.relays:
        trace = placed.trace
        hop = trace.of or placed.origin.server or ""
        if hop in addresses:
            ahead = (ground.clocks.get(hop, 0.0) or 0.0) if placed.origin.server else 0.0
            kept.append(Relay(trace.first - ahead, hop, trace.value, f"{placed.origin.evidence[:12]} {trace.at}"))
    return [one for one in kept if one.at <= ground.until]


def hops(ground: Ground, found: Members) -> set[str]:
    """Addresses that a group's victims talked to, or that its names led to: its logs are the group's."""
    addresses = {o.value for o in found.observations if o.kind in ADDRESSES}
    names = {o.value for o in found.observations if o.kind == "domain-name"}
    return addresses.union(*(ground.resolved[name] for name in names & ground.resolved.keys()))


def knocks(ground: Ground, found: Members) -> list[tuple[str, float]]:
    """Addresses that came to a group's hops and did not get in, with the moment."""
    addresses = hops(ground, found)
    return [(p.trace.of, p.trace.first) for p in ground.knocks if p.origin.server in addresses]


def got_in(trace: Trace) -> bool:
    """Whether a record of a login shows that the client got in, and not only that it knocked."""
    said = dict(part.partition("=")[::2] for part in trace.detail.split(";"))
    return "layout" in said or "event" in said or said.get("result", "success").lower() == "success"


def _left(placed: Placed) -> bool:
    """Whether a record is of somebody who goes, and not of one who comes (session events 23 and 24)."""
    return placed.trace.detail.startswith(("event=23", "event=24"))


def _login(placed: Placed, server: str, ahead: float | None) -> HopLogin:
    trace = placed.trace
    said = dict(part.partition("=")[::2] for part in trace.detail.split(";"))
    place = f"{placed.origin.evidence[:12]} {trace.at}"
    sure = ahead is not None and bool(trace.first)
    return HopLogin(trace.first - (ahead or 0.0), trace.of, server, said.get("layout", ""), place, sure)


def _clocks(ground: Ground, until: float) -> dict[str, float | None]:
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for claim in clusters.standing(facts.claims(ground.db), state_of(ground.case, ground.db)):
        if claim.subject.startswith("server:"):
            said[claim.subject][claim.predicate] = claim.object
    return {
        about["address"]: _ahead(about)
        for about in said.values()
        if "address" in about and earliest(about.get("captured_from", "1970")).timestamp() <= until
    }


def _ahead(about: dict[str, str]) -> float | None:
    clock = about.get("clock", "UTC")
    if clock == "unknown":
        return None
    zone = 0.0
    if clock != "UTC":
        zone = (-1 if clock[0] == "-" else 1) * (int(clock[1:3]) * 3600 + int(clock[4:6]) * 60)
    return zone + float(about.get("skew_seconds", "0"))
