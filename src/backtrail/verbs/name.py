"""name: give a group a name."""

from typing import Any

from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide, named


def name(case: Case, group: str, text: str, *, reason: str) -> Decided:
    """Name a group. The id stays; the name can change.

    Args:
        case: The case.
        group: The group.
        text: Its name.
        reason: Why; kept in the log.
    """

    def fields(_db: Db, _log: list[Decision], state: State) -> dict[str, Any]:
        return {"group": known.require_group(state, group), "text": named(text, "the name")}

    return decide(case, "name", reason, "{group} is named {text}", fields)
