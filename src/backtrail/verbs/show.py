"""show: everything about one id."""

import re

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.knowledge import custody, facts, log
from backtrail.knowledge.base import Db
from backtrail.knowledge.custody import EvidenceRow
from backtrail.model.decision import ActivityGroup, Decision, State
from backtrail.model.errors import NotFoundError
from backtrail.model.intrusion import Intrusion
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.ls import ClaimRow, ObservationRow, claim_row, evidence_rows, observation_rows
from backtrail.verbs.standing import state_of

_LEAST = 6
"""Characters of an id that must be given."""

_BEGINNING = re.compile("(?:[OC]-)?[0-9a-f]*", re.IGNORECASE)
"""What may begin an id of an observation, a claim or a piece of evidence."""


class Place(Struct, frozen=True):
    """Where something was read: evidence, the file it came as, the place in it, the raw spelling when it differs."""

    evidence: str
    origin: str
    where: str
    raw: str


_ELSEWHERE = {"L-": "leads are listed by `backtrail leads`", "P-": "proposals are listed by `backtrail cluster`"}
"""Where ids that no evidence has are told."""


class ShownObservation(Struct, frozen=True, kw_only=True):
    """An observation and every place it was read."""

    observation: ObservationRow
    places: tuple[Place, ...]
    retracted: bool


class ShownClaim(Struct, frozen=True, kw_only=True):
    """A claim and every place it was read."""

    claim: ClaimRow
    places: tuple[Place, ...]
    retracted: bool


class ShownIntrusion(Struct, frozen=True, kw_only=True):
    """An intrusion: its facts, where it stands, what was observed in it by kind, detection expressions."""

    intrusion: Intrusion
    group: str | None
    standing: str
    observations: dict[str, int]
    patterns: tuple[str, ...]
    claims: tuple[ClaimRow, ...]
    decisions: tuple[Decision, ...]


class ShownGroup(Struct, frozen=True, kw_only=True):
    """A group, the group its id leads to when it was merged, and the decisions that stand about it and its members."""

    group: ActivityGroup
    survivor: str
    decisions: tuple[Decision, ...]


class ShownEvidence(Struct, frozen=True, kw_only=True):
    """A piece of evidence: custody, and how reading it ended."""

    rows: tuple[EvidenceRow, ...]
    retracted: bool


class ShownDecision(Struct, frozen=True, kw_only=True):
    """A line of the log."""

    decision: Decision
    undone_by: str | None


Shown = ShownObservation | ShownClaim | ShownIntrusion | ShownGroup | ShownEvidence | ShownDecision


def show(case: Case, id: str) -> Shown:
    """Show an intrusion, group, observation, claim, decision or piece of evidence.

    Args:
        case: The case.
        id: Its id; of observations, claims and evidence the first six characters will do: O-1f3a.

    Raises:
        NotFoundError: Nothing has the id, or it begins more than one.
    """
    with case.knowledge.reading() as db:
        past = log.decisions(db)
        state = state_of(case, db, past)
        id = known.side(db, state, id)
        if id in state.groups:
            return _group(id, state, past)
        if id.upper().startswith("D-"):
            return _decision(id.upper(), past)
        if id in set(facts.intrusion_ids(db)):
            return _intrusion(db, id, state, past)
        return _content(db, resolve(db, id, [*state.groups, *facts.intrusion_ids(db)]), state)


def resolve(db: Db, id: str, others: list[str] | None = None) -> str:
    """The full id of an observation, claim or piece of evidence from its first characters."""
    found = custody.completions(db, id) if len(id) >= _LEAST else []
    if len(found) == 1:
        return found[0]
    if not found and len(id) < _LEAST and _BEGINNING.fullmatch(id):
        raise NotFoundError(f"{id} is too short: {_LEAST} characters of an id are needed, such as O-1f3a or ab12cd")
    if not found:
        if id[:2].upper() in _ELSEWHERE:
            raise NotFoundError(f"{id} is no observation, claim or evidence: {_ELSEWHERE[id[:2].upper()]}")
        what = "nothing" if others is not None else "no observation, claim or evidence"
        raise NotFoundError(f"{what} has the id {id}{known.near(id, others or [])}")
    raise NotFoundError(f"{id} begins {len(found)} ids, such as {found[0]} and {found[1]}; give more of it")


def _content(db: Db, id: str, state: State) -> Shown:
    graded = replace(state, retracted=frozenset())  # what no longer counts has its grade still
    if id.startswith("O-"):
        stated = list(facts.observations(db, ids=[id]))
        row = observation_rows(db, list(clusters.standing(stated, graded)) or stated)[0]
        return ShownObservation(observation=row, places=_places(db, id), retracted=id in state.retracted)
    if id.startswith("C-"):
        claim = next(facts.claims(db, ids=[id]))
        told = claim_row(next(clusters.standing([claim], graded), claim))
        return ShownClaim(claim=told, places=_places(db, id), retracted=id in state.retracted)
    return ShownEvidence(rows=tuple(evidence_rows(db, state, id)), retracted=id in state.retracted)


def _places(db: Db, id: str) -> tuple[Place, ...]:
    places = custody.provenance(db, [id])
    origins = {sha: custody.evidence(db, sha)[0].origin for sha in {p.evidence for p in places}}
    return tuple(Place(p.evidence, origins[p.evidence], p.where, p.raw) for p in places)


def _group(id: str, state: State, past: list[Decision]) -> ShownGroup:
    undone = {d.undoes for d in past if d.undoes}
    put = {intrusion for d in past if d.group == id for intrusion in d.intrusions}
    about = tuple(
        d
        for d in past
        if d.seq not in undone
        and (id in (d.group, d.other) or (d.action == "outlier" and put.intersection(d.intrusions)))
    )
    return ShownGroup(group=state.groups[id], survivor=state.survivor(id), decisions=about)


def _decision(id: str, past: list[Decision]) -> ShownDecision:
    decision = next((d for d in past if d.id == id), None)
    if decision is None:
        raise NotFoundError(f"no decision {id}; the log ends at D-{len(past)}")
    undone = next((d.id for d in past if d.undoes == decision.seq), None)
    return ShownDecision(decision=decision, undone_by=undone)


def _intrusion(db: Db, id: str, state: State, past: list[Decision]) -> ShownIntrusion:
    kinds: dict[str, int] = {}
    for o in clusters.standing(facts.observations(db, intrusions=[id]), state):
        kinds[o.kind] = kinds.get(o.kind, 0) + 1
    group = state.group_of(id)
    return ShownIntrusion(
        intrusion=known.intrusions(db, state, [id])[id],
        group=group,
        standing="assigned" if group else "outlier" if id in state.outliers else "open",
        observations=kinds,
        patterns=tuple(f"{p.language} {p.name}".strip() for p, _ in facts.patterns(db, [id])),
        claims=tuple(map(claim_row, clusters.standing(facts.claims(db, subjects=[f"intrusion:{id}"]), state))),
        decisions=tuple(d for d in past if id in d.intrusions),
    )
