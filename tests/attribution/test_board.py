"""The board: each analyst coherent, the same evidence once, deception never out, likelihood apart from confidence."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from backtrail.attribution import assess, standing_hypotheses
from backtrail.attribution.likelihood import bits, posterior
from backtrail.model.hypothesis import STEPS, Item, Question, Rating

HYPOTHESES = standing_hypotheses("UNC-0001", "Unit A", "Group B")
IDS = [h.id for h in HYPOTHESES]
FAMILIES = ("infrastructure", "malware", "identity")

steps = st.fixed_dictionaries({id: st.sampled_from(STEPS) for id in IDS})
made_items = st.builds(
    Item, id=st.just("E0"), text=st.just("says something"),
    rests=st.sets(st.sampled_from("abcdef"), max_size=2).map(tuple),
    family=st.sampled_from(FAMILIES), grade=st.sampled_from(["A1", "B2", "C3", "D4", "E5", "F6"]),
    spoof=st.sampled_from(["low", "med", "high"]), where=st.booleans(),
    public_since=st.sampled_from([None, "2012-01-01"]),
)  # fmt: skip


@st.composite
def questions(draw, most=5):
    items = [replace(item, id=f"E{n}") for n, item in enumerate(draw(st.lists(made_items, max_size=most)), 1)]
    ratings = [
        Rating(analyst=who, item=item.id, steps=draw(steps)) for who in draw(st.sampled_from([["ana"], ["ana", "bo"]]))
        for item in items
    ]  # fmt: skip
    return Question(id="Q-1", group="UNC-0001", text="Who?", hypotheses=HYPOTHESES, items=tuple(items),
                    ratings=tuple(ratings))  # fmt: skip


def item(id: str, **more) -> Item:
    return Item(**{"id": id, "text": f"text of {id}", "rests": (id,), "family": "malware", "grade": "A1"} | more)


def asked(*items: Item, ratings=(), **more) -> Question:
    return Question(id="Q-1", group="UNC-0001", text="Who?", hypotheses=HYPOTHESES, items=items,
                    ratings=tuple(ratings), **more)  # fmt: skip


def rated(id: str, analyst: str = "ana", **steps) -> Rating:
    return Rating(analyst=analyst, item=id, steps=dict.fromkeys(IDS, "0") | steps)


@given(questions())
def test_probabilities_sum_to_one_and_lie_in_their_range(question):
    found = assess(question)
    assert abs(sum(h.posterior for h in found.hypotheses) - 1) <= 1e-9
    assert all(h.low - 1e-9 <= h.posterior <= h.high + 1e-9 for h in found.hypotheses)


@given(questions(most=3))
def test_the_order_of_items_and_ratings_is_irrelevant(question):
    want = {h.id: h.posterior for h in assess(question).hypotheses}
    for items in permutations(question.items):
        turned = replace(question, items=items, ratings=question.ratings[::-1])
        for h in assess(turned).hypotheses:
            assert h.posterior == pytest.approx(want[h.id], abs=1e-12)


@given(questions())
def test_the_same_evidence_twice_counts_once(question):
    with_rests = [one for one in question.items if one.rests]
    if not with_rests:
        return
    twin = replace(with_rests[0], id="E99")
    more = [replace(r, item="E99") for r in question.ratings if r.item == with_rests[0].id]
    double = replace(question, items=(*question.items, twin), ratings=(*question.ratings, *more))
    want = {h.id: h.posterior for h in assess(question).hypotheses}
    for h in assess(double).hypotheses:
        assert h.posterior == pytest.approx(want[h.id], abs=1e-9)


@given(questions(), st.sampled_from(STEPS))
def test_what_fits_all_answers_alike_changes_nothing(question, step):
    flat = item("E50", family="behaviour")
    analysts = sorted({r.analyst for r in question.ratings}) or ["ana"]
    more = [Rating(analyst=who, item="E50", steps=dict.fromkeys(IDS, step)) for who in analysts]
    wider = replace(question, items=(*question.items, flat), ratings=(*question.ratings, *more))
    want = {h.id: h.posterior for h in assess(question).hypotheses}
    for h in assess(wider).hypotheses:
        assert h.posterior == pytest.approx(want[h.id], abs=1e-9)


def test_each_analyst_is_coherent_before_the_average():
    question = asked(item("E1"), ratings=[rated("E1", "ana", H1="++", H2="--"), rated("E1", "bo", H1="--", H2="++")])
    one = {"E1": question.ratings[0].steps}
    two = {"E1": question.ratings[1].steps}
    told = [posterior(HYPOTHESES, bits(question, by)) for by in (one, two)]
    found = {h.id: h for h in assess(question).hypotheses}
    assert found["H1"].posterior == pytest.approx((told[0]["H1"] + told[1]["H1"]) / 2)
    assert (found["H1"].low, found["H1"].high) == (pytest.approx(told[1]["H1"]), pytest.approx(told[0]["H1"]))
    assert assess(question).items[0].disagree


def test_a_source_nobody_can_judge_counts_half_and_widens_the_range():
    known = assess(asked(item("E1"), ratings=[rated("E1", H1="++", H2="--")])).hypotheses
    unknown = assess(asked(item("E1", grade="F6"), ratings=[rated("E1", H1="++", H2="--")])).hypotheses
    first, second = ({h.id: h for h in some}["H1"] for some in (known, unknown))
    assert second.posterior < first.posterior and first.low == first.high
    assert second.low < second.posterior < second.high == pytest.approx(first.posterior)


def test_hours_move_by_one_step_and_only_answers_that_say_where():
    full = assess(asked(item("E1", where=True), ratings=[rated("E1", H1="++", H5="--")]))
    step = assess(asked(item("E1"), ratings=[rated("E1", H1="+")]))
    assert full.hypotheses == step.hypotheses


def test_what_was_public_before_it_was_seen_loses_a_class():
    fresh = assess(asked(item("E1"), ratings=[rated("E1", H1="++")])).items[0]
    late = assess(asked(item("E1", public_since="2013-02-19"), ratings=[rated("E1", H1="++")])).items[0]
    assert late.diagnosticity == pytest.approx(fresh.diagnosticity / 2)


def test_robustness_is_told_without_what_is_cheap_to_fake():
    """Conformance 9 of tradecraft section 10 (rule FF-2)."""
    cheap = [
        item(f"E{n}", spoof="low", family=family) for n, family in enumerate(("malware", "identity", "behaviour"), 1)
    ]
    strong = [rated(one.id, H1="++", H2="--", H3="--", H4="-", H5="--") for one in cheap]
    found = assess(asked(*cheap, ratings=strong))
    line = found.robustness[0]
    assert line.without == "what is cheap to fake" and line.probability == pytest.approx(0.2) and line.bands > 1
    assert any("what is cheap to fake" in warning for warning in found.warnings)


def test_confidence_is_a_ceiling_apart_from_likelihood():
    items = [item(f"E{n}", family=family, sources=(source,)) for n, (family, source) in enumerate(
        [("malware", "x"), ("identity", "y"), ("infrastructure", "x"), ("behaviour", "y")], 1)]  # fmt: skip
    both = [rated(one.id, who, H1="++", H2="-", H5="--") for one in items for who in ("ana", "bo")]
    assert assess(asked(*items, ratings=both)).confidence == "high"
    assert assess(asked(*items, ratings=[r for r in both if r.analyst == "ana"])).confidence == "moderate"
    one_family = [replace(one, family="malware") for one in items]
    assert assess(asked(*one_family, ratings=both)).confidence == "low"
    lowered = assess(asked(*items, ratings=both, level=("low", "we saw two victims of many")))
    assert lowered.confidence == "low" and "lowered from high: we saw two victims" in lowered.confident
    against = [*both, rated("E4", "ana", H1="--"), rated("E4", "bo", H1="--")]
    assert assess(asked(*items, ratings=against[:6] + against[8:])).confidence == "moderate"


def test_the_judgement_has_its_range_and_no_confidence_in_it():
    found = assess(asked(item("E1"), ratings=[rated("E1", H1="++", H2="--", H3="--", H4="--", H5="--")]))
    assert found.sentence == "It is likely (55–80 %) that Unit A operates UNC-0001."
    assert "confidence" not in found.sentence and found.confident.startswith("Confidence in this judgement is low")
    assert assess(asked()).sentence.startswith("No analyst has rated")


def test_linchpins_say_what_the_answer_hangs_on():
    two = [item("E1"), item("E2", family="identity")]
    found = assess(asked(*two, ratings=[rated("E1", H1="++", H5="--"), rated("E2", H1="+")]))
    assert found.linchpins[0].items == ("E1",) and found.linchpins[0].probability < found.hypotheses[0].posterior
    assert any("E1" in line and "somebody unknown" in line for line in found.change)
