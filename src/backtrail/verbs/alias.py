"""alias: what somebody else calls a group."""

from typing import Any

from backtrail.knowledge.base import Db
from backtrail.model.decision import Alias, Decision, Relation, State
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide, named


def alias(case: Case, group: str, text: str, *, namer: str, reason: str, relation: Relation = "same") -> Decided:
    """Note what others call a group, with who says so and how it relates. An alias never merges anything.

    Args:
        case: The case.
        group: The group.
        text: The other name.
        namer: Who uses it.
        reason: Why; kept in the log.
        relation: same, part-of, contains, overlaps, formerly or tool-name.
    """

    def fields(_db: Db, _log: list[Decision], state: State) -> dict[str, Any]:
        said = Alias(named(text, "the alias"), named(namer, "the namer"), relation)
        return {"group": known.require_group(state, group), "alias": said}

    return decide(case, "alias", reason, "{group} is called {alias}", fields)
