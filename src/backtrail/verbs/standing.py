"""What stands in a case: what decisions add up to, and what falls with what they take out of account.

A sighting is worked out from findings, and a registrant from the domains that an intrusion saw. Neither outlasts what
it was worked out from: the last finding of a value, a lead that is no longer accepted. Only what decisions touched is
looked at, so that a case without such decisions pays nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from backtrail import clusters, hunts
from backtrail.knowledge import custody, facts, log
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import FormatError
from backtrail.model.kinds import ADDRESSES, looked_for
from backtrail.model.observation import Observation
from backtrail.model.telemetry import Sighting
from backtrail.observations import registered_domain
from backtrail.observations.warninglists import Matcher
from backtrail.verbs.case import Case

if TYPE_CHECKING:
    from backtrail.knowledge.telemetry import TelemetryBase

Value = tuple[str, str]


def state_of(case: Case, db: Db, past: Sequence[Decision] | None = None) -> State:
    """The state of a case, all that no longer stands among what is retracted.

    Args:
        case: The case.
        db: An open view.
        past: The log of decisions, where it was read already.
    """
    past = log.decisions(db) if past is None else past
    state = clusters.fold(past)
    ever = {lead for d in past if d.action == "accept" for lead in d.targets}
    if not state.retracted and ever <= state.accepted:
        return state
    of = f"{len(past)} {facts.counts(db)} {facts.sighting_count(db)} {case.telemetry.files()}"
    if case.fallen[0] != of:
        case.fallen = of, frozenset(_fallen(case, db, state))
    return replace(state, retracted=case.fallen[1])


def not_counting(db: Db, state: State) -> frozenset[str]:
    """Ids of what a case knows and does not count: what was retracted, and leads that nobody accepted."""
    leads = {o.id for o in facts.observations(db, role="lead")}
    return state.retracted | (leads - {o.id for o in clusters.standing(facts.observations(db, role="lead"), state)})


def present(case: Case) -> State:
    """The state of a case at this moment."""
    with case.knowledge.reading() as db:
        return state_of(case, db)


def telemetry_of(case: Case, state: State) -> TelemetryBase:
    """The traces of a case without those of logs that were retracted."""
    return case.telemetry.without(state.retracted_evidence)


def registered(
    telemetry: TelemetryBase, held: Iterable[Observation], warnings: Matcher
) -> list[tuple[Observation, Sighting, str]]:
    """Who registered the domains among some observations, as observations of the intrusions that hold these."""
    held = [o for o in held if o.kind == "domain-name" and not warnings.hits(o.kind, o.value)]
    zones = {zone for o in held if o.intrusion and (zone := registered_domain(o.value))}
    ties = telemetry.ties("registered-by", of=sorted(zones)) if zones else []
    return list(hunts.registrations(held, ties, registered_domain))


def _fallen(case: Case, db: Db, state: State) -> set[str]:
    """Ids of what no longer stands: what was retracted, what rests on it alone, and what was worked out from it."""
    evidence = state.retracted_evidence
    before = facts.sighted(db)
    sighted = facts.sighted(db, without=evidence) if evidence else before
    gone = {*state.retracted, *custody.resting_on(db, evidence)}
    touched = {id for id in gone | (sighted - before) if id.startswith("O-")}
    findings = [o for o in facts.observations(db, ids=sorted(touched)) if o.id not in before]
    values = {looked_for(o.kind, o.value) for o in findings}
    gone |= _unfounded(db, replace(state, retracted=frozenset(gone)), values, sighted)
    names = [o for o in facts.observations(db, kind="domain-name") if o.intrusion]
    standing = list(clusters.standing(names, replace(state, retracted=frozenset(gone))))
    if len(standing) < len(names) or evidence:
        gone |= _unregistered(case, state, names, standing) & sighted
    return gone


def _unfounded(db: Db, state: State, values: Collection[Value], sighted: set[str]) -> set[str]:
    """Sightings of those of some values of which no finding stands."""
    same = list(clusters.standing(facts.of_values(db, values), state))
    ports = facts.observations(db, kind="ip-port") if any(kind in ADDRESSES for kind, _ in values) else ()
    found = {
        looked_for(o.kind, o.value)
        for o in (*same, *clusters.standing(ports, state))
        if o.id not in sighted or o.role == "lead"
    }
    return {o.id for o in same if (o.kind, o.value) not in found and o.role != "registration"}


def _unregistered(case: Case, state: State, names: Sequence[Observation], standing: Sequence[Observation]) -> set[str]:
    """Registrants that domains gave, and that those which stand do not give; none where a file of logs is damaged.

    Warning lists are left out: what they know gives none, whatever stands.
    """
    nobody = Matcher([])
    try:
        given = {o.id for o, *_ in registered(case.telemetry, names, nobody)}
        return given - {o.id for o, *_ in registered(telemetry_of(case, state), standing, nobody)}
    except FormatError:
        return set()
