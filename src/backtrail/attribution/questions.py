"""Decisions about questions folded into the questions as they stand; what was undone is as if never decided."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from backtrail.model.decision import Decision
from backtrail.model.errors import ConflictError, NotFoundError
from backtrail.model.hypothesis import Dissent, Hypothesis, Inquiry, Question

_SUM = 1e-9


def standing_hypotheses(group: str, name: str, rival: str) -> tuple[Hypothesis, ...]:
    """The answers that every question has; none of them can be deleted (rules HY-1, FF-3).

    Priors are a start and say so: without evidence most of the weight is on "somebody unknown", deception is rare but
    never impossible (Caltagirone 2020).

    Args:
        group: The group.
        name: Who is suspected.
        rival: The nearest rival.
    """
    return (
        Hypothesis(id="H1", kind="named", text=f"{name} operates {group}", prior=0.20),
        Hypothesis(id="H2", kind="rival", text=f"{rival} operates {group}", prior=0.20),
        Hypothesis(id="H3", kind="shared", text=f"several actors who share a supplier look like {group}", prior=0.15),
        Hypothesis(id="H4", kind="deception", text=f"somebody imitates {name} or wants it blamed", prior=0.05),
        Hypothesis(id="H5", kind="unknown", text=f"somebody unknown operates {group}", prior=0.40),
    )


def questions(decisions: Iterable[Decision]) -> dict[str, Question]:
    """Questions by id.

    Raises:
        NotFoundError: A decision is about a question, item or hypothesis that does not stand at that point.
        ConflictError: It contradicts the question at that point.
    """
    log = list(decisions)
    undone = {d.undoes for d in log if d.undoes}
    found: dict[str, Question] = {}
    for decision in log:
        if decision.inquiry is not None and decision.seq not in undone:
            found[decision.inquiry.question] = _next(found, decision, decision.inquiry)
    return found


def blocker(decisions: Iterable[Decision], seq: int) -> Decision | None:
    """The later decision about a question that would make no sense without one, or None (rule LC-9)."""
    log = list(decisions)
    undone = {d.undoes for d in log if d.undoes}
    rest = [d for d in log if d.seq != seq and d.seq not in undone]
    for n, later in enumerate(rest):
        if later.seq > seq and later.inquiry is not None:
            try:
                questions(rest[: n + 1])
            except (ConflictError, NotFoundError):
                return later
    return None


def _next(found: dict[str, Question], decision: Decision, inquiry: Inquiry) -> Question:
    if inquiry.asked is not None:
        _require_sum(inquiry.hypotheses)
        return Question(id=inquiry.question, group=decision.group or "", text=inquiry.asked,
                        hypotheses=inquiry.hypotheses, review=inquiry.review or "")  # fmt: skip
    if inquiry.question not in found:
        raise NotFoundError(f"no question {inquiry.question}")
    return _added(found[inquiry.question], decision, inquiry)


def _added(question: Question, decision: Decision, inquiry: Inquiry) -> Question:
    said = Dissent(decision.author, inquiry.dissent or decision.reason)
    if inquiry.hypotheses:
        question = replace(question, hypotheses=(*question.hypotheses, *inquiry.hypotheses))
    if inquiry.priors:
        question = _with_priors(question, inquiry.priors)
    if inquiry.item:
        question = replace(question, items=(*question.items, inquiry.item))
    if inquiry.rating:
        question = _rated(question, inquiry)
    if inquiry.assumption:
        question = replace(question, assumptions=(*question.assumptions, inquiry.assumption))
    if inquiry.dissent:
        question = replace(question, dissents=(*question.dissents, said))
    if inquiry.peeked:
        question = replace(question, peeked=(*question.peeked, said))
    if inquiry.review:
        question = replace(question, review=inquiry.review)
    return replace(question, level=(inquiry.level, decision.reason)) if inquiry.level else question


def _with_priors(question: Question, priors: dict[str, float]) -> Question:
    _require({h.id for h in question.hypotheses}, priors, "every hypothesis needs a prior")
    changed = tuple(replace(h, prior=priors[h.id]) for h in question.hypotheses)
    _require_sum(changed)
    return replace(question, hypotheses=changed)


def _rated(question: Question, inquiry: Inquiry) -> Question:
    rating = inquiry.rating
    assert rating is not None
    if rating.item not in {item.id for item in question.items}:
        raise NotFoundError(f"{question.id} has no item {rating.item}")
    _require({h.id for h in question.hypotheses}, rating.steps, "an item is rated under every hypothesis")
    kept = [one for one in question.ratings if (one.analyst, one.item) != (rating.analyst, rating.item)]
    return replace(question, ratings=(*kept, rating))


def _require(wanted: set[str], given: Iterable[str], why: str) -> None:
    differ = sorted(wanted ^ set(given))
    if differ:
        raise ConflictError(f"{why}: {', '.join(differ)}")


def _require_sum(hypotheses: Sequence[Hypothesis]) -> None:
    total = sum(h.prior for h in hypotheses)
    if abs(total - 1.0) > _SUM or any(h.prior <= 0 for h in hypotheses):
        raise ConflictError(f"priors are above 0 and sum to 1, not to {total:g}; none of the answers is impossible")
