"""What profiles of tools are read from: records with files in them, what lists and sources say of families."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from msgspec.structs import replace

from backtrail import clusters
from backtrail.knowledge import custody, facts
from backtrail.model.decision import State
from backtrail.model.observation import Claim, Observation
from backtrail.model.telemetry import Placed
from backtrail.model.times import Interval
from backtrail.observations.warninglists import Matcher
from backtrail.profiles.arsenal import Found
from backtrail.profiles.chain import chained
from backtrail.profiles.samples import CERTIFICATES, DIGESTS, MARKS, Catalogue, catalogue, span
from backtrail.profiles.underlying import Underlying
from backtrail.verbs import infrastructure
from backtrail.verbs.profiling import Ground, Members

_FAMILY = "software:"


def found(ground: Ground, group: Members) -> Found:
    """What a group's arsenal is made from, as it was known at a moment."""
    claims = standing_claims(ground, group.state)
    return Found(
        catalogue=ground.once("catalogue", lambda: _catalogue(ground, group.state)),
        members=frozenset(i.id for i in group.intrusions),
        discovered=discovered(ground, group.state),
        comments=_objects(_known_comments(ground, claims, group.state), "comment", ""),
        public=ground.once("public", lambda: _public(ground, group.state)),
        said={name.upper(): said[0] for name, said in _objects(claims, "exclusivity", _FAMILY).items()},
        activity=_activity(group.observations),
        certificates=frozenset(_presented(ground, group))
        | {o.value for o in group.observations if o.kind in CERTIFICATES},
    )


def _catalogue(ground: Ground, state: State) -> Catalogue:
    """Files and certificates of the case; of a certificate that only logs show the places are its parts."""
    logged = ground.once("certificates", lambda: _certificates(ground))
    records = _records(ground, state)
    made = catalogue(records, [list(map(_seen, some)) for some in logged], discovered(ground, state), ground.as_of)
    places: dict[str, str] = {}
    for p in (p for some in logged for p in some):
        places.setdefault(_seen(p).id, f"{p.origin.evidence[:12]} {p.trace.at}")
    for record in records:
        for o in record:
            places.pop(o.id, None)
    certificates = (
        replace(one, parts=tuple(sorted({places.get(part, part) for part in one.parts}))) for one in made.certificates
    )
    return replace(made, certificates=tuple(certificates))


def standing_claims(ground: Ground, state: State) -> list[Claim]:
    """Claims of the case as decisions leave them."""
    return ground.once("claims", lambda: list(clusters.standing(facts.claims(ground.db), state)))


def _known_comments(ground: Ground, claims: list[Claim], state: State) -> list[Claim]:
    """Claims without comments on digests that stand only in records that were not known at the moment asked for."""
    if ground.as_of is None:
        return claims
    known = {row[:2] for row in ground.records(state, DIGESTS)}
    later = {row[:2] for row in facts.records(ground.db, DIGESTS)} - known
    places: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in custody.provenance(ground.db, [c.id for c in claims if c.predicate == "comment"]):
        places[one.of].add((one.evidence, one.where))
    return [c for c in claims if c.id not in places or places[c.id] - later]


def discovered(ground: Ground, state: State) -> dict[str, str | None]:
    """When each intrusion was discovered, by the earliest source that says so."""
    said = _objects(standing_claims(ground, state), "discovered", "intrusion:")
    return {id: min(moments) for id, moments in said.items()}


def _objects(claims: Iterable[Claim], predicate: str, prefix: str) -> dict[str, list[str]]:
    """What is claimed in one way, by what stands behind the colon of its subject."""
    said: dict[str, list[str]] = defaultdict(list)
    for claim in claims:
        if claim.predicate == predicate and claim.subject.startswith(prefix):
            said[claim.subject.partition(":")[2]].append(claim.object)
    return said


def _records(ground: Ground, state: State) -> list[list[Observation]]:
    """What was read at each place, where it has to do with files; what was retracted is left out."""

    def read() -> list[list[Observation]]:
        rows = ground.records(state, (*DIGESTS, *MARKS))
        return [[o for *_, o in some] for _, some in groupby(rows, key=lambda row: row[:2])]

    return ground.once("file records", read)


def mistyped(ground: Ground, group: Members) -> Iterator[Underlying]:
    """Where the digests stand that are left out since they are another file's, mistyped."""
    wrong = _catalogue(ground, group.state).misspelt
    for record in _records(ground, group.state) if wrong else ():
        yield from (Underlying(o.value, o.kind, (o.id,)) for o in record if o.value in wrong)


def _certificates(ground: Ground) -> list[list[Placed]]:
    """Names of certificates that logs first show in one record."""
    placed = ground.telemetry.shown(CERTIFICATES)
    return [list(some) for _, some in groupby(placed, key=lambda p: (p.origin.evidence, p.trace.at))]


def _seen(placed: Placed) -> Observation:
    trace, origin = placed.trace, placed.origin
    return Observation(
        kind=trace.kind, value=trace.value, intrusion=origin.intrusion, seen=trace.seen, source=origin.source
    )


def _presented(ground: Ground, group: Members) -> Iterator[str]:
    """Certificates that members' logs show at servers of the adversary that no warning list knows."""
    own = {i.id for i in group.intrusions}
    servers = chained(infrastructure.of(ground, group).seen).servers
    for placed in ground.once("presents", lambda: ground.telemetry.ties("presents")):
        at = placed.trace.of
        theirs = placed.origin.intrusion in own and at in servers
        if theirs and not ground.warnings.hits(placed.trace.of_kind, at):
            yield placed.trace.value


def _public(ground: Ground, state: State) -> dict[str, str]:
    seen = (o for record in _records(ground, state) for o in record)
    values = {(o.kind, o.value) for o in seen if o.kind in (*DIGESTS, "software")}
    return dict(_listed(ground.warnings, values))


def _listed(matcher: Matcher, values: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for kind, value in sorted(values):
        if lists := matcher.hits(kind, value):
            yield value, lists[0]


def _activity(observations: Iterable[Observation]) -> Mapping[str, Interval]:
    """When the group's intrusions show each command-and-control name."""
    seen: dict[str, list[Interval]] = defaultdict(list)
    for o in observations:
        if o.kind == "domain-name" and o.role == "c2":
            seen[o.value].append(o.seen)
    return {name: span(times) for name, times in seen.items()}
