"""retract: something that was observed or claimed does not hold."""

from typing import Any

from backtrail.knowledge import custody
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.show import resolve


def retract(case: Case, target: str, *, reason: str) -> Decided:
    """Take an observation, a claim, or a whole piece of evidence out of account. Nothing is deleted.

    Of evidence, what rests on other evidence too stays, as long as that counts. Sightings of a value go with the last
    finding of it, registrants with the domains, and what a log shows with the log.

    Args:
        case: The case.
        target: Id of an observation (`O-...`), a claim (`C-...`), or the SHA-256 of evidence; the beginning will do.
        reason: Why; kept in the log.
    """

    def fields(db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        id = resolve(db, target)
        alone = custody.resting_on(db, [id]) if id[1:2] != "-" else []
        return {"targets": (id,), "text": f"{len(alone):,} observations and claims rest on it alone" if alone else ""}

    return decide(case, "retract", reason, "{targets[0]:.12} retracted; sightings that hang on it alone go too", fields)
