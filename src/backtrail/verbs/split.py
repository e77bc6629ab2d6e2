"""split: some intrusions of a group are another's."""

from collections.abc import Sequence
from typing import Any

from backtrail import clusters
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide


def split(case: Case, group: str, intrusions: Sequence[str], *, reason: str, anchor: str | None = None) -> Decided:
    """Move intrusions out of a group into a new group of their own.

    Args:
        case: The case.
        group: The group to split.
        intrusions: The intrusions that leave it.
        reason: Why; kept in the log.
        anchor: What defines the new group; the anchor of the old one when left out.
    """

    def fields(db: Db, log: list[Decision], state: State) -> dict[str, Any]:
        return {
            "group": known.require_group(state, group),
            "other": clusters.next_group_id(log),
            "intrusions": tuple(dict.fromkeys(known.require_intrusions(db, intrusions))),
            "text": anchor,
        }

    return decide(case, "split", reason, "{listed} split from {group} into {other}", fields)
