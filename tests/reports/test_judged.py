"""Figures of judgements: the same bytes each time, a table behind each, and none where nobody rated."""

import re

import pytest
from msgspec.structs import replace

from backtrail.model.hypothesis import Assessment, Item, Question, Scenario, Standpoint, Weighed
from backtrail.reports.judged import board, robustness, strip

ANSWERS = (
    Standpoint(id="H1", kind="suspect", text="Unit <A> operates it", prior=0.2, posterior=0.7, low=0.5, high=0.9),
    Standpoint(id="H5", kind="unknown", text="somebody unknown operates it", prior=0.8, posterior=0.3, low=0.1,
               high=0.5),
)  # fmt: skip
ITEM = Weighed(
    item=Item(id="E1", text="One phone"),
    steps={"H1": "++", "H5": "-"},
    disagree=True,
    bits={"H1": 1.0, "H5": -1.0},
    diagnosticity=2.0,
)
RATED = Assessment(
    question=Question(id="Q-1", group="G", text="Who operates it?", hypotheses=()),
    hypotheses=ANSWERS,
    items=(ITEM,),
    analysts=("AA", "BB"),
    linchpins=(),
    robustness=(Scenario(without="what is cheap to fake", items=("E1",), probability=0.31, leader="H1", bands=2),),
    sentence="It is likely (55–80 %) that Unit <A> operates it.",
    confidence="low",
    reasons=(),
    change=(),
    confident="Confidence in this judgement is low.",
    warnings=(),
)


def made(kind):
    if kind == "strip":
        return strip([("It is almost certain (95–99 %) that it is one.", 0.99, "at most moderate")], [RATED])
    return board(1, RATED) if kind == "board" else robustness(1, RATED)


@pytest.mark.parametrize("kind", ["strip", "board", "robustness"])
def test_a_figure_is_the_same_each_time_and_stands_alone(kind):
    figure = made(kind)
    assert figure.svg == made(kind).svg
    assert 'role="img"' in figure.svg and re.search(r'aria-label="\w', figure.svg)
    assert "Unit <A>" not in figure.svg and "<script" not in figure.svg and "NaN" not in figure.svg
    assert figure.rows and all(len(row) == len(figure.columns) for row in figure.rows)


def test_likelihood_with_its_range_stands_beside_confidence():
    assert made("strip").rows[1] == (RATED.sentence, "0.70", "0.50", "0.90", "low")


def test_a_board_has_answers_as_rows_and_tells_what_each_item_says():
    assert made("board").columns == ("answer", "E1", "before", "after", "low", "high")
    assert made("board").rows[1] == ("somebody unknown operates it", "−", "0.80", "0.30", "0.10", "0.50")
    assert "++?" in made("board").svg, "analysts differ on it"


def test_robustness_begins_with_all_evidence():
    assert made("robustness").rows == (("all evidence", "0.70"), ("without what is cheap to fake", "0.31"))


def test_where_nobody_rated_there_is_no_frame():
    nobody = replace(RATED, analysts=())
    assert board(1, nobody) is None and robustness(1, nobody) is None and strip([("x", None, "low")], []) is None
