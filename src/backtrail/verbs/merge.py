"""merge: two groups are one."""

from typing import Any

from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import UsageError
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide


def merge(case: Case, a: str, b: str, *, reason: str) -> Decided:
    """Merge group B into group A. B's id leads to A from then on; `undo` takes it apart again.

    Args:
        case: The case.
        a: The group that goes on.
        b: The group that ends in it.
        reason: Why; kept in the log.

    Raises:
        UsageError: Both are the same.
    """

    def fields(_db: Db, _log: list[Decision], state: State) -> dict[str, Any]:
        if known.spelt(a, state.groups) == known.spelt(b, state.groups):
            raise UsageError(f"{a} is the same on both sides; name two groups")
        return {"group": known.require_group(state, a), "other": known.require_group(state, b)}

    return decide(case, "merge", reason, "{other} merged into {group}", fields)
