"""accept: take leads for the adversary's."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from backtrail import hunts
from backtrail.hunts import Lead, Sought
from backtrail.knowledge import intake
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import NotFoundError
from backtrail.model.telemetry import Placed
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.leads import leads

_ALL = 1_000_000
_SHORTEST = 6


def accept(case: Case, ids: Sequence[str], *, reason: str) -> Decided:
    """Take leads for the adversary's: their sightings count from now on, until the decision is undone.

    Args:
        case: The case.
        ids: Leads, `L-...`; the beginning of an id will do.
        reason: Why; kept in the log.
    """
    chosen = resolve(leads(case, limit=_ALL), ids)
    values = [(lead.kind, lead.value) for lead in chosen]
    wanted = Sought(dict.fromkeys(values, "lead"), frozenset())
    found = [*((value, placed) for value, placed in case.telemetry.seen(values)), *_registered(case, chosen)]
    rows = list(hunts.sightings(found, wanted, {}))

    def fields(db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        intake.add_sightings(db, rows)
        return {"targets": tuple(lead.id for lead in chosen), "text": "; ".join(f"{k} {v}" for k, v in values)[:2_000]}

    return decide(case, "accept", reason, "accepted {text}", fields)


def _registered(case: Case, chosen: list[Lead]) -> Iterator[tuple[str, Placed]]:
    """Registrations by the persons among the leads, once for each intrusion that saw a domain of theirs."""
    people = {(lead.kind, lead.value): lead for lead in chosen if lead.kind.startswith("registrant-")}
    for placed in case.telemetry.ties("registered-by", values=[value for _, value in people]) if people else ():
        trace = placed.trace
        if lead := people.get((trace.kind, trace.value)):
            for intrusion in lead.intrusions:
                yield trace.value, Placed(replace(placed.origin, intrusion=intrusion), trace)


def resolve(found: Sequence[Lead], ids: Sequence[str]) -> list[Lead]:
    """Leads of ids or of their beginnings. Raises NotFoundError for an id of none, or of more than one."""
    chosen = []
    for id in ids:
        some = [lead for lead in found if lead.id.startswith(id)] if len(id) >= _SHORTEST else []
        if len(some) != 1:
            near = known.near(id, [lead.id for lead in found])
            raise NotFoundError(f"{id} begins {len(some)} leads{near}; see backtrail leads")
        chosen += some
    return chosen
