"""reject: leads that mean nothing."""

from collections.abc import Sequence
from typing import Any

from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.verbs.accept import resolve
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide


def reject(case: Case, ids: Sequence[str], *, reason: str) -> Decided:
    """Put leads aside: they are not listed again, until the decision is undone.

    Args:
        case: The case.
        ids: Leads, `L-...`; the beginning of an id will do.
        reason: Why; kept in the log.
    """
    chosen = resolve(case, ids)

    def fields(_db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        values = "; ".join(f"{lead.kind} {lead.value}" for lead in chosen)
        return {"targets": tuple(lead.id for lead in chosen), "text": values[:2_000]}

    return decide(case, "reject", reason, "put aside {text}", fields)
