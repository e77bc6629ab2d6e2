"""search: where a value or a text was seen."""

from itertools import islice

from backtrail import clusters
from backtrail.knowledge import facts
from backtrail.model.kinds import KINDS
from backtrail.observations import canonical
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.ls import ObservationRow, observation_rows
from backtrail.verbs.standing import state_of
from backtrail.verbs.table import Table


def search(case: Case, text: str, *, limit: int = 100) -> Table[ObservationRow]:
    """Find a value in any spelling (defanged, upper case, ...), then values that contain the text.

    Args:
        case: The case.
        text: A value or a part of one.
        limit: At most so many.

    Raises:
        UsageError: A limit below 0.
    """
    known.require_limit(limit)
    values: list[tuple[str, str]] = []
    for kind in KINDS:
        try:
            values.append(canonical(kind, text))
        except ValueError:
            continue
    refanged = next((v for k, v in values if k in ("domain-name", "email-addr", "ipv4-addr")), text.strip())
    with case.knowledge.reading() as db:
        found = clusters.standing(facts.search(db, values, refanged), state_of(case, db))
        return observation_rows(db, islice(found, limit))
