"""retract: something that was observed or claimed does not hold."""

from typing import Any

from backtrail import clusters
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.show import resolve


def retract(case: Case, target: str, *, reason: str) -> Decided:
    """Take an observation, a claim, or a whole piece of evidence out of account. Nothing is deleted.

    Of evidence, what rests on other evidence too stays. Sightings of a value go with the last finding of it.

    Args:
        case: The case.
        target: Id of an observation (`O-...`), a claim (`C-...`), or the SHA-256 of evidence; the beginning will do.
        reason: Why; kept in the log.
    """

    def fields(db: Db, _log: list[Decision], state: State) -> dict[str, Any]:
        id = resolve(db, target)
        targets = (id,) if id[:2] in ("O-", "C-") else tuple(facts.resting_on(db, id))
        if not targets:
            raise ConflictError(f"nothing rests on evidence {id[:12]} alone")
        return {"targets": (*targets, *_sightings(db, state, set(targets)))}

    return decide(case, "retract", reason, "retracted", fields)


def _sightings(db: Db, state: State, targets: set[str]) -> list[str]:
    """Sightings of values of which no finding is left, when these observations go."""
    gone = list(facts.observations(db, ids=[id for id in targets if id.startswith("O-")]))
    sighted = facts.sighted(db) if gone else set()
    found: set[str] = set()
    for kind, value in {(o.kind, o.value) for o in gone}:
        same = [o.id for o in clusters.standing(facts.of_value(db, kind, value), state)]
        if all(id in sighted or id in targets for id in same):
            found.update(id for id in same if id not in targets)
    return sorted(found)
