"""How good the basis of a judgement is, apart from how likely it is (ICD 203; rule WD-5).

Confidence is a ceiling computed from the basis. An analyst may lower it freely, and raise it with a reason that is
printed.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from backtrail.model.hypothesis import Level, Question, Scenario, Weighed
from backtrail.model.words import number

_LEVELS: tuple[Level, ...] = ("low", "moderate", "high")

_AGAINST = -0.5
"""Bits against the leading hypothesis from which an item contradicts it."""

_FEW_ITEMS = 3
_MANY_ASSUMPTIONS = 4
_TELLING = 0.1


class Basis(Struct, frozen=True):
    """What confidence is computed from."""

    question: Question
    leader: str
    items: Sequence[Weighed]
    robustness: Sequence[Scenario]
    analysts: int


def confidence(basis: Basis) -> tuple[Level, tuple[str, ...], str]:
    """Level, the reasons why it is no higher, and the sentence; never in one sentence with a likelihood (WD-1)."""
    limits = list(_limits(basis))
    level: Level = min((limit for limit, _ in limits), key=_LEVELS.index, default="high")
    reasons = tuple(reason for limit, reason in limits if limit == level)
    if basis.question.level:
        wanted, why = basis.question.level
        if wanted != level:
            moved = "raised" if _LEVELS.index(wanted) > _LEVELS.index(level) else "lowered"
            reasons = (*reasons, f"it was {moved} from {level}: {why}")
            level = wanted
    told = f", because {'; '.join(reasons)}" if reasons else ": several sources and families agree"
    return level, reasons, f"Confidence in this judgement is {level}{told}."


def _limits(basis: Basis) -> Iterator[tuple[Level, str]]:
    telling = [one for one in basis.items if one.diagnosticity >= _TELLING]
    families = {one.item.family for one in telling}
    sources = {name for one in telling for name in one.item.sources} or {""}
    if not telling:
        yield "low", "nothing tells the answers apart yet"
    elif len(telling) < _FEW_ITEMS:
        yield "low", f"only {number(len(telling), 'item')} tell the answers apart"
    if telling and len(families) < 2:
        yield "low", "all of it is of one family of evidence"
    if telling and len(sources) < 2:
        yield "moderate", "all of it comes from a single source"
    against = [one.item.id for one in telling if one.bits[basis.leader] <= _AGAINST]
    if against:
        yield "moderate", f"{', '.join(against)} speaks against it and is not explained"
    if any(one.disagree for one in telling):
        yield "moderate", "analysts disagree on what the evidence shows"
    if len(basis.question.assumptions) >= _MANY_ASSUMPTIONS:
        yield "moderate", f"{len(basis.question.assumptions)} assumptions are taken for granted"
    if any(one.bands > 1 for one in basis.robustness):
        yield "moderate", "it does not hold without evidence that may be false"
    if basis.analysts < 2:
        yield "moderate", "a single analyst rated the evidence"
