"""Questions are decisions: they fold, what was undone never was, and standing answers cannot be taken out."""

import pytest

from backtrail.attribution import blocker, questions, standing_hypotheses
from backtrail.model.decision import Decision
from backtrail.model.errors import ConflictError, NotFoundError
from backtrail.model.hypothesis import Hypothesis, Inquiry, Item, Rating

HYPOTHESES = standing_hypotheses("UNC-0001", "Unit A", "Group B")


def line(seq: int, inquiry: Inquiry | None = None, **more) -> Decision:
    return Decision(seq=seq, action="undo" if more.get("undoes") else "hypothesis", at="2013-01-01T00:00:00Z",
                    author="ana", reason="because", model="m", inquiry=inquiry, **more)  # fmt: skip


ASKED = line(1, Inquiry(question="Q-1", asked="Who?", hypotheses=HYPOTHESES), group="UNC-0001")
CITED = line(2, Inquiry(question="Q-1", item=Item(id="E1", text="a fact", rests=("O-1",))))
RATED = line(3, Inquiry(question="Q-1", rating=Rating(analyst="ana", item="E1", steps={h.id: "0" for h in HYPOTHESES})))


def test_a_question_has_five_answers_that_sum_to_one_and_deception_is_one():
    found = questions([ASKED])["Q-1"]
    assert [h.kind for h in found.hypotheses] == ["named", "rival", "shared", "deception", "unknown"]
    assert sum(h.prior for h in found.hypotheses) == pytest.approx(1) and all(h.prior > 0 for h in found.hypotheses)


@pytest.mark.parametrize(
    "priors", [{"H1": 1.0}, {"H1": 0.5, "H2": 0.5, "H3": 0, "H4": 0, "H5": 0}, {h.id: 0.3 for h in HYPOTHESES}]
)
def test_no_answer_is_left_out_or_made_impossible(priors):
    with pytest.raises(ConflictError):
        questions([ASKED, line(2, Inquiry(question="Q-1", priors=priors))])


def test_an_item_is_rated_under_every_answer():
    with pytest.raises(ConflictError, match="every hypothesis"):
        questions([ASKED, CITED, line(3, Inquiry(question="Q-1", rating=Rating(analyst="a", item="E1", steps={})))])
    with pytest.raises(NotFoundError, match="E7"):
        questions([ASKED, line(2, Inquiry(question="Q-1", rating=Rating(analyst="a", item="E7", steps={})))])


def test_the_latest_rating_of_an_analyst_counts():
    again = line(
        4, Inquiry(question="Q-1", rating=Rating(analyst="ana", item="E1", steps={h.id: "+" for h in HYPOTHESES}))
    )
    found = questions([ASKED, CITED, RATED, again])["Q-1"]
    assert (
        [r.steps["H1"] for r in found.ratings] == ["+"] and found.missing("ana") == [] and found.missing("bo") == ["E1"]
    )


def test_undoing_what_others_build_on_names_the_blocker():
    log = [ASKED, CITED, RATED]
    assert blocker(log, 1) == CITED and blocker(log, 2) == RATED and blocker(log, 3) is None
    assert questions([*log, line(4, undoes=3)])["Q-1"].ratings == ()


def test_an_added_answer_takes_its_share_of_the_priors():
    more = Hypothesis(id="H6", kind="added", text="Group C operates it", prior=0.2)
    priors = {h.id: h.prior * 0.8 for h in HYPOTHESES} | {"H6": 0.2}
    found = questions([ASKED, line(2, Inquiry(question="Q-1", hypotheses=(more,), priors=priors))])["Q-1"]
    assert len(found.hypotheses) == 6 and sum(h.prior for h in found.hypotheses) == pytest.approx(1)
