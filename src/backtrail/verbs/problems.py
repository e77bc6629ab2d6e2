"""problems: what was rejected, where and why."""

from backtrail.knowledge import custody
from backtrail.knowledge.custody import ProblemRow
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.table import Table


def problems(case: Case, *, limit: int | None = None) -> Table[ProblemRow]:
    """List records that were rejected at ingest, with file, place and reason.

    Args:
        case: The case.
        limit: At most so many.

    Raises:
        UsageError: A limit below 0.
    """
    known.require_limit(limit)
    with case.knowledge.reading() as db:
        return Table(ProblemRow, custody.problems(db, limit))
