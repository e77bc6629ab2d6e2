"""apart: two are different actors'."""

from typing import Any

from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import UsageError
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide


def apart(case: Case, a: str, b: str, *, reason: str) -> Decided:
    """Hold that two intrusions or groups are different actors'. Nothing brings the two together until that is undone.

    What is split off or taken out of a group later is free of what was said of the group.

    Args:
        case: The case.
        a: An intrusion or a group.
        b: Another.
        reason: Why; kept in the log.

    Raises:
        ConflictError: Both are in one group.
    """

    def fields(db: Db, _log: list[Decision], state: State) -> dict[str, Any]:
        sides = [known.side(db, state, id) for id in (a, b)]
        groups = [known.require_group(state, side) for side in sides if side in state.groups]
        intrusions = known.require_intrusions(db, [side for side in sides if side not in state.groups])
        if len({*groups, *intrusions}) < 2:
            raise UsageError(f"{a} and {b} are the same")
        return {**dict(zip(("group", "other"), groups, strict=False)), "intrusions": intrusions}

    named = f"{a} and {b}".replace("{", "{{").replace("}", "}}")
    return decide(case, "apart", reason, f"{named} held apart", fields)
