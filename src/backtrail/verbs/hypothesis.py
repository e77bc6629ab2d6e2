"""hypothesis: the board of a question: who is behind a group, with every weight shown."""

from collections.abc import Iterator

from msgspec.structs import replace

from backtrail import attribution
from backtrail.knowledge import log
from backtrail.model.decision import State
from backtrail.model.errors import NotFoundError, PolicyError
from backtrail.model.hypothesis import Assessment, Item, Question
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.standing import present


def hypothesis(case: Case, question: str | None = None) -> Assessment:
    """Show the board of a question: hypotheses with their probabilities, and what each item of evidence adds.

    Nobody sees it before having rated every item, so that ratings are not led by the result.

    Args:
        case: The case.
        question: Its id, such as Q-1; may be left out where there is only one.

    Raises:
        NotFoundError: There is no such question.
        PolicyError: You rated no item, or not all of them.
    """
    asked = one(case, question)
    missing = asked.missing(case.author)
    if missing and case.author not in {peeked.analyst for peeked in asked.peeked}:
        raise PolicyError(
            f"{case.author} has not rated {', '.join(missing)} of {asked.id} yet: rate first, so that the result leads "
            f"nobody (backtrail hypothesis rate {asked.id} {missing[0]} H1=+ ...), or say why not with hypothesis peek"
        )
    found = attribution.assess(asked)
    return replace(found, warnings=(*found.warnings, *_no_longer(asked, present(case))))


def assessed(question: Question, state: State) -> Assessment:
    """What a question comes to, for a report: of items that are no longer borne as they were, only which they are.

    Ids and names of sources are nobody else's business.
    """
    found = attribution.assess(question)
    fell = (item.id for item in question.items if _gone(item, state) or _worse(item, state))
    told = (f"{id} is no longer borne as it was when it was rated." for id in fell)
    return replace(found, warnings=(*found.warnings, *told))


def _gone(item: Item, state: State) -> list[str]:
    return [id for id in item.rests if id in state.retracted]


def _worse(item: Item, state: State) -> list[str]:
    """Sources and observations that a decision grades less reliable than an item counts as."""
    return [name for name in (*item.sources, *item.rests) if state.grades.get(name, "")[:1] > item.grade[:1]]


def _no_longer(question: Question, state: State) -> Iterator[str]:
    for item in question.items:
        if gone := _gone(item, state):
            yield f"{item.id} rests on what no longer counts: {', '.join(gone)}."
        if worse := _worse(item, state):
            graded = ", ".join(f"{name} {state.grades[name]}" for name in worse)
            yield f"{item.id} counts as {item.grade}, and is graded worse now: {graded}."


def all_of(case: Case) -> dict[str, Question]:
    """Every question of a case, by its id."""
    with case.knowledge.reading() as db:
        return attribution.questions(log.decisions(db))


def one(case: Case, question: str | None) -> Question:
    """A question by its id; the only one when none is named. Raises NotFoundError."""
    held = all_of(case)
    if question is None and len(held) == 1:
        return next(iter(held.values()))
    id = (question or "").upper()
    if id not in held:
        which = f"no question {question}{known.near(id, held)}" if question else f"{len(held)} questions; name one"
        raise NotFoundError(f"{which} (ask one: backtrail hypothesis ask GROUP ...)")
    return held[id]
