"""log: who decided what, when and why."""

from backtrail.knowledge import log as lines
from backtrail.model.decision import Decision
from backtrail.verbs.case import Case
from backtrail.verbs.table import Table


def log(case: Case, id: str | None = None) -> Table[Decision]:
    """Show the decision log, oldest first.

    Args:
        case: The case.
        id: Only decisions about this group or intrusion.
    """
    with case.knowledge.reading() as db:
        past = lines.decisions(db)
    about = [d for d in past if id is None or id in (d.group, d.other, *d.intrusions, *d.targets, d.id)]
    return Table(Decision, about)
