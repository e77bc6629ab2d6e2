"""outlier: hold that an intrusion belongs to no known group."""

from collections.abc import Sequence
from typing import Any

from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide


def outlier(case: Case, intrusions: Sequence[str], *, reason: str) -> Decided:
    """Hold that intrusions fit no group: a full answer, not a gap. They join nothing until assigned.

    Args:
        case: The case.
        intrusions: Ids of the intrusions.
        reason: Why; kept in the log.
    """

    def fields(db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        return {"intrusions": tuple(dict.fromkeys(known.require_intrusions(db, intrusions)))}

    return decide(case, "outlier", reason, "{listed} left unassigned as outliers", fields)
