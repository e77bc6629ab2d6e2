"""accept: take leads for the adversary's."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from backtrail import clusters, hunts
from backtrail.hunts import Lead, Sought
from backtrail.knowledge import intake, log
from backtrail.knowledge.base import Db
from backtrail.knowledge.telemetry import TelemetryBase
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError, NotFoundError
from backtrail.model.telemetry import Placed
from backtrail.model.words import number
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.leads import leads
from backtrail.verbs.standing import state_of, telemetry_of

_ALL = 1_000_000
_SHORTEST = 6


def accept(case: Case, ids: Sequence[str], *, reason: str) -> Decided:
    """Take leads for the adversary's: their sightings count from now on, until the decision is undone.

    Args:
        case: The case.
        ids: Leads, `L-...`; the beginning of an id will do.
        reason: Why; kept in the log.

    Raises:
        NotFoundError: An id begins no lead, or more than one.
        ConflictError: A lead was decided on already.
    """
    chosen = resolve(case, ids)
    values = [(lead.kind, lead.value) for lead in chosen]
    wanted = Sought(dict.fromkeys(values, "lead"), frozenset())
    with case.knowledge.reading() as db:
        telemetry = telemetry_of(case, state_of(case, db))
    found = [*telemetry.seen(values), *_registered(telemetry, chosen)]
    rows = list(hunts.sightings(found, wanted, {}))

    def fields(db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        intake.add_sightings(db, rows)
        return {"targets": tuple(lead.id for lead in chosen), "text": "; ".join(f"{k} {v}" for k, v in values)[:2_000]}

    return decide(case, "accept", reason, "accepted {text}", fields)


def _registered(telemetry: TelemetryBase, chosen: list[Lead]) -> Iterator[tuple[str, Placed]]:
    """Registrations by the persons among the leads, once for each intrusion that saw a domain of theirs."""
    people = {(lead.kind, lead.value): lead for lead in chosen if lead.kind.startswith("registrant-")}
    for placed in telemetry.ties("registered-by", values=[value for _, value in people]) if people else ():
        trace = placed.trace
        if lead := people.get((trace.kind, trace.value)):
            for intrusion in lead.intrusions:
                yield trace.value, Placed(replace(placed.origin, intrusion=intrusion), trace)


def resolve(case: Case, ids: Sequence[str]) -> list[Lead]:
    """Leads of ids or of their beginnings, upper or lower case.

    Raises:
        NotFoundError: An id begins no lead, or more than one.
        ConflictError: A lead was accepted or rejected already.
    """
    found = leads(case, limit=_ALL)
    chosen = []
    for id in ids:
        some = [lead for lead in found if _begins(id, lead.id)]
        if len(some) != 1:
            _refuse_decided(case, id)
            near = known.near(id, [lead.id for lead in found])
            raise NotFoundError(f"{id} begins {number(len(some), 'lead')}{near}; see backtrail leads")
        chosen += some
    return chosen


def _begins(beginning: str, id: str) -> bool:
    return len(beginning) >= _SHORTEST and id.casefold().startswith(beginning.casefold())


def _refuse_decided(case: Case, id: str) -> None:
    """Say by which decision a lead was accepted or rejected, if it was."""
    with case.knowledge.reading() as db:
        past = log.decisions(db)
    state = clusters.fold(past)
    for d in reversed(past):
        standing = state.accepted if d.action == "accept" else state.rejected if d.action == "reject" else frozenset()
        for lead in standing.intersection(d.targets):
            if _begins(id, lead):
                raise ConflictError(f"{lead} is {d.action}ed already, by {d.id}; backtrail undo {d.id} takes that back")
