"""retract: something that was observed or claimed does not hold."""

from typing import Any

from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.show import resolve


def retract(case: Case, target: str, *, reason: str) -> Decided:
    """Take an observation, a claim, or a whole piece of evidence out of account. Nothing is deleted.

    Of evidence, what rests on other evidence too stays.

    Args:
        case: The case.
        target: Id of an observation (`O-...`), a claim (`C-...`), or the SHA-256 of evidence; the beginning will do.
        reason: Why; kept in the log.
    """

    def fields(db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        id = resolve(db, target)
        targets = (id,) if id[:2] in ("O-", "C-") else tuple(facts.resting_on(db, id))
        if not targets:
            raise ConflictError(f"nothing rests on evidence {id[:12]} alone")
        return {"targets": targets}

    return decide(case, "retract", reason, "retracted", fields)
