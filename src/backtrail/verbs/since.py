"""What is new in a group since a freeze: a decision, or a moment."""

from backtrail import clusters
from backtrail.knowledge import freezes, log
from backtrail.knowledge.base import Db
from backtrail.model.errors import NotFoundError, UsageError
from backtrail.model.observation import lead_id
from backtrail.model.record import Indicator
from backtrail.model.times import earliest, from_datetime, moment
from backtrail.verbs.publishing import Product


def new_since(db: Db, product: Product, freeze: str) -> tuple[Indicator, ...]:
    """Indicators of a group that could not have been hunted for at a freeze.

    Args:
        db: The knowledge base.
        product: The group as it is now.
        freeze: `D-12`, or a moment of any precision; what came later is new: evidence, and members.

    Raises:
        NotFoundError: There is no such decision.
        UsageError: It is neither.
    """
    decisions = log.decisions(db)
    if freeze.upper().startswith("D-"):
        seq = freeze[2:]
        found = next((d for d in decisions if str(d.seq) == seq), None)
        if found is None:
            raise NotFoundError(f"no decision {freeze}; the log ends at D-{len(decisions)}")
        at, before = found.at, [d for d in decisions if d.seq <= found.seq]
    else:
        at = _moment(freeze)
        before = [d for d in decisions if d.at <= at]
    state = clusters.fold(before)
    group = state.groups.get(product.group.id)
    known = freezes.known_at(db, at, group.members) if group else set()
    return tuple(
        one
        for one in product.selection.indicators
        if (one.kind, one.value) not in known and not (group and lead_id(one.kind, one.value) in state.accepted)
    )


def _moment(text: str) -> str:
    try:
        return from_datetime(earliest(moment(text)))
    except ValueError:
        raise UsageError(f"{text!r} is neither a decision (D-12) nor a moment (2026-03-01)") from None
