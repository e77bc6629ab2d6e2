"""ls: list things of a kind."""

from collections.abc import Iterable
from itertools import islice
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.knowledge import custody, facts, log
from backtrail.knowledge.base import Db
from backtrail.knowledge.custody import EvidenceRow
from backtrail.model.decision import State
from backtrail.model.errors import UsageError
from backtrail.model.kinds import KINDS, is_kind
from backtrail.model.observation import Claim, Observation
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.standing import not_counting, state_of
from backtrail.verbs.table import Table

Kind = Literal["intrusions", "groups", "observations", "claims", "evidence"]


class IntrusionRow(Struct, frozen=True, kw_only=True):
    """An intrusion in a list."""

    id: str
    sector: str | None
    country: str | None
    discovered: str | None
    closed: str | None
    found_by: str | None
    observations: int
    group: str | None
    standing: str


class GroupRow(Struct, frozen=True, kw_only=True):
    """A group in a list."""

    id: str
    name: str | None
    members: int
    anchor: str
    aliases: tuple[str, ...]
    merged_into: str | None


class ObservationRow(Struct, frozen=True, kw_only=True):
    """An observation in a list; `read_at` is one of the places it was read, as `<evidence> <place>`."""

    id: str
    kind: str
    value: str
    intrusion: str | None
    role: str | None
    first_seen: str | None
    last_seen: str | None
    source: str
    grade: str
    tlp: str
    read_at: str


class ClaimRow(Struct, frozen=True, kw_only=True):
    """A claim in a list."""

    id: str
    subject: str
    predicate: str
    object: str
    source: str
    grade: str
    tlp: str


Row = IntrusionRow | GroupRow | ObservationRow | ClaimRow | EvidenceRow


def ls(
    case: Case, kind: Kind, *, intrusion: str | None = None, type: str | None = None, limit: int | None = None
) -> Table[IntrusionRow] | Table[GroupRow] | Table[ObservationRow] | Table[ClaimRow] | Table[EvidenceRow]:
    """List intrusions, groups, observations, claims or evidence.

    Args:
        case: The case.
        kind: What to list.
        intrusion: Only observations of this intrusion, or claims about it.
        type: Only observations of this kind, such as domain-name.
        limit: At most so many rows.

    Raises:
        NotFoundError: No such intrusion.
        UsageError: No such kind of observation, or a limit below 0.
    """
    known.require_limit(limit)
    with case.knowledge.reading() as db:
        intrusion = known.spelt(intrusion, facts.intrusion_ids(db)) if intrusion else intrusion
        match kind:
            case "intrusions":
                return _intrusions(case, db, limit)
            case "groups":
                return _groups(db, limit)
            case "evidence":
                return Table(EvidenceRow, evidence_rows(db, state_of(case, db), limit=limit))
            case "claims":
                subjects = [f"intrusion:{intrusion}"] if intrusion else None
                state = state_of(case, db)
                claims = clusters.standing(facts.claims(db, subjects=subjects), state)
                return Table(ClaimRow, [claim_row(claim) for claim in islice(claims, limit)])
            case "observations":
                _check(db, intrusion, type)
                state = state_of(case, db)
                some = [intrusion] if intrusion else None
                found = clusters.standing(facts.observations(db, intrusions=some, kind=type), state)
                return observation_rows(db, islice(found, limit))


def _check(db: Db, intrusion: str | None, type: str | None) -> None:
    if type is not None and not is_kind(type):
        raise UsageError(f"no kind of observation is called {type!r}{known.near(type, KINDS)}")
    if intrusion is not None:
        known.require_intrusions(db, [intrusion])


def observation_rows(db: Db, observations: Iterable[Observation]) -> Table[ObservationRow]:
    """Observations as rows, each with one place where it was read."""
    found = {o.id: o for o in observations}
    places = {p.of: f"{p.evidence[:12]} {p.where}" for p in reversed(custody.provenance(db, found))}
    return Table(ObservationRow, [observation_row(o, places.get(id, "")) for id, o in found.items()])


def evidence_rows(db: Db, state: State, sha256: str | None = None, limit: int | None = None) -> list[EvidenceRow]:
    """Evidence as rows; how it ended is that it was retracted, where it was."""
    rows = custody.evidence(db, sha256, limit)
    return [replace(row, outcome="retracted") if row.sha256 in state.retracted else row for row in rows]


def observation_row(o: Observation, read_at: str) -> ObservationRow:
    """One observation as a row."""
    return ObservationRow(
        id=o.id,
        kind=o.kind,
        value=o.value,
        intrusion=o.intrusion,
        role=o.role,
        first_seen=o.seen.first,
        last_seen=o.seen.last,
        source=o.source.name,
        grade=str(o.source.grade),
        tlp=o.source.tlp,
        read_at=read_at,
    )


def claim_row(c: Claim) -> ClaimRow:
    """One claim as a row."""
    return ClaimRow(
        id=c.id,
        subject=c.subject,
        predicate=c.predicate,
        object=c.object,
        source=c.source.name,
        grade=str(c.source.grade),
        tlp=c.source.tlp,
    )


def _intrusions(case: Case, db: Db, limit: int | None) -> Table[IntrusionRow]:
    state = state_of(case, db)
    observed = facts.observed_counts(db, not_counting(db, state))
    rows = []
    for id, found in list(known.intrusions(db, state).items())[:limit]:
        group = state.group_of(id)
        rows.append(
            IntrusionRow(
                id=id,
                sector=found.sector,
                country=found.country,
                discovered=found.discovered,
                closed=found.closed,
                found_by=found.found_by,
                observations=observed.get(id, 0),
                group=group,
                standing="assigned" if group else "outlier" if id in state.outliers else "open",
            )
        )
    return Table(IntrusionRow, rows)


def _groups(db: Db, limit: int | None) -> Table[GroupRow]:
    groups = clusters.fold(log.decisions(db)).groups.values()
    rows = [
        GroupRow(
            id=g.id,
            name=g.name,
            members=len(g.members),
            anchor=g.anchor,
            aliases=tuple(map(str, g.aliases)),
            merged_into=g.merged_into,
        )
        for g in groups
    ]
    return Table(GroupRow, rows[:limit])
