"""release: let products of a group travel further than what went into them."""

from typing import Any, Literal

from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide

Marking = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]
Use = Literal["CLEAR", "GREEN", "AMBER", "RED"]


def release(case: Case, group: str, *, tlp: Marking, reason: str, pap: Use | None = None) -> Decided:
    """Lower the marking of a group's products: its sources agreed that this much may be told to more readers.

    A product is otherwise marked as the most restrictive of what went in; what is unmarked counts as RED.

    Args:
        case: The case.
        group: The group.
        tlp: The marking its products get.
        reason: Who agreed, and why.
        pap: What readers may do with them (PAP); the strictest of what went in when left out.
    """

    def fields(_db: Db, _past: list[Decision], state: State) -> dict[str, Any]:
        return {"group": known.require_group(state, group), "text": tlp, "targets": (pap,) if pap else ()}

    return decide(case, "release", reason, "products of {group} are TLP:{text}", fields)
