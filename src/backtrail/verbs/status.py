"""status: what a case holds, and what to do next."""

from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import facts, lists, log
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of


class Status(Struct, frozen=True, kw_only=True):
    """Counts of a case; intrusions are assigned, outliers, or open.

    Evidence, observations and claims are counted as they were read; `retracted` of them no longer count.
    """

    folder: str
    evidence: int
    intrusions: int
    observations: int
    claims: int
    patterns: int
    retracted: int
    problems: int
    groups: int
    assigned: int
    outliers: int
    open: int
    decisions: int
    warning_lists: int
    model: str


def status(case: Case) -> Status:
    """Show what a case holds: evidence, intrusions, groups, and what is still open.

    Args:
        case: The case.
    """
    with case.knowledge.reading() as db:
        counted = facts.counts(db)
        everyone = facts.intrusion_ids(db)
        past = log.decisions(db)
        loaded = len(lists.rows(db))
        state = state_of(case, db, past)
    living = [g for g in state.groups.values() if not g.merged_into]
    assigned = {m for g in living for m in g.members}
    return Status(
        folder=str(case.folder),
        retracted=len(state.retracted),
        groups=len(living),
        assigned=len(assigned),
        outliers=len(state.outliers),
        open=len(set(everyone) - assigned - state.outliers),
        decisions=len(past),
        warning_lists=loaded,
        model=clusters.built_in().version,
        **counted | {"intrusions": len(everyone)},
    )
