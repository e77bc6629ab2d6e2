"""log: who decided what, when and why."""

from backtrail import clusters
from backtrail.knowledge import facts
from backtrail.knowledge import log as lines
from backtrail.model.decision import Decision
from backtrail.model.errors import NotFoundError
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.table import Table


def log(case: Case, id: str | None = None) -> Table[Decision]:
    """Show the decision log, oldest first.

    Args:
        case: The case.
        id: Only decisions about this group, intrusion, observation or source.
    """
    with case.knowledge.reading() as db:
        past = lines.decisions(db)
        known_ids = {*facts.intrusion_ids(db), *clusters.fold(past).groups} if id else set()
    id = known.spelt(id, [*known_ids, *(d.id for d in past)]) if id else None
    about = [d for d in past if id is None or id in (d.group, d.other, *d.intrusions, *d.targets, d.id)]
    if id and not about and id not in known_ids:
        raise NotFoundError(f"no decision is about {id}{known.near(id, known_ids)}")
    return Table(Decision, about)
