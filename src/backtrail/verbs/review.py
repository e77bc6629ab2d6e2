"""review: what an analyst should decide first."""

from msgspec import Struct

from backtrail import clusters
from backtrail.model.weight import Question
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of
from backtrail.verbs.weighing import weighed


class Reviewed(Struct, frozen=True, kw_only=True):
    """Open questions of a grouping.

    Attributes:
        questions: Worth most first.
        more: Questions that are open beside these.
        model: Version of the match-weight model.
    """

    questions: tuple[Question, ...]
    more: int
    model: str


def review(case: Case, *, most: int = 5) -> Reviewed:
    """Ask what is most worth deciding: doubtful pairs, by how many intrusions the answer would put right.

    Nothing is decided by it. A yes is `assign` or `merge`, a no is `apart`; what was answered is not asked again until
    the decision is undone.

    Args:
        case: The case.
        most: Questions to ask.
    """
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        pairs = weighed(case, db, state).pairs
    model = clusters.built_in()
    asked = clusters.review(pairs, state, model)
    return Reviewed(questions=asked[: max(most, 0)], more=len(asked[max(most, 0) :]), model=model.version)
