"""undo: take a decision back."""

from typing import Any

from backtrail import attribution, clusters
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError, UsageError
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide


def undo(case: Case, decision: str | None = None, *, reason: str = "undone") -> Decided:
    """Take back a decision: the state is then as if it had never been made; the log keeps both.

    Args:
        case: The case.
        decision: Its id, `D-12`; the last one that stands when left out.
        reason: Why; kept in the log.

    Raises:
        ConflictError: A later decision builds on it; the message names it.
    """

    def fields(_db: Db, log: list[Decision], _state: State) -> dict[str, Any]:
        seq = _seq(decision) if decision else _last(log)
        if blocking := clusters.blocker(log, seq) or attribution.blocker(log, seq):
            raise ConflictError(
                f"D-{seq} cannot be undone: {blocking.id} ({blocking.action} of {blocking.at[:10]}) builds on it; "
                f"undo {blocking.id} first"
            )
        return {"undoes": seq}

    return decide(case, "undo", reason, "D-{undoes} undone", fields)


def _seq(id: str) -> int:
    digits = id.upper().removeprefix("D-")
    if not (digits.isascii() and digits.isdecimal()):
        raise UsageError(f"{id!r} is no decision; ids look like D-12 (backtrail log)")
    return int(digits)


def _last(log: list[Decision]) -> int:
    undone = {d.undoes for d in log}
    standing = [d.seq for d in log if d.action != "undo" and d.seq not in undone]
    if not standing:
        raise ConflictError("no decision stands that could be undone")
    return standing[-1]
