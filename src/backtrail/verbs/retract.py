"""retract: something that was observed or claimed does not hold."""

from typing import Any

from backtrail.knowledge import custody
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError
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

    Raises:
        ConflictError: It is retracted already, or nothing was read from the evidence itself.
    """

    def fields(db: Db, past: list[Decision], state: State) -> dict[str, Any]:
        id = resolve(db, target)
        if id in state.retracted:
            by = [d.id for d in past if d.action == "retract" and id in d.targets]
            raise ConflictError(f"{id[:12]} counts no longer{f', by {by[-1]}' if by else ''}")
        if id[1:2] != "-" and not (custody.anything_of(db, id) or any(case.telemetry.folder.glob(f"{id}*"))):
            raise ConflictError(
                f"nothing was read from {id[:12]} itself; retract what is in it (backtrail ls evidence)"
            )
        return {"targets": (id,)}

    along = _ALONG.get(target[:2].upper(), _WITH_IT)
    return decide(case, "retract", reason, f"{{targets[0]:.12}} retracted{along}", fields)


_ALONG = {"C-": "", "O-": ", and sightings that no other finding bears"}
_WITH_IT = ", and what rests on it alone"
"""What goes along, by the kind of target."""
