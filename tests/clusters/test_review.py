"""Questions of a review: what is in doubt is asked by worth, what was decided is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.clusters import built_in, propose, review
from backtrail.clusters.review import price
from backtrail.model.decision import ActivityGroup, Apart, State
from backtrail.model.weight import Bar, Explanation

MODEL = built_in()


def link(a: str, b: str, total: float, strength: str = "B") -> Explanation:
    bar = Bar(kind="md5", value="x", family="malware", strength=strength, spoof="med", bits=total + 5, raw=9.0)
    return Explanation(a=a, b=b, prior=-5, total=total, probability=1 / (1 + 2**-total), bars=(bar,), linchpin=0)


def state(*apart: tuple[str, str], outliers=(), **groups: tuple[str, ...]) -> State:
    return State(
        groups={id: ActivityGroup(id=id, anchor="x", members=members) for id, members in groups.items()},
        apart=tuple(Apart(*pair, "D-1") for pair in apart),
        outliers=frozenset(outliers),
    )


def test_what_is_even_and_large_is_asked_first():
    sure = [link("A", "B", 9.0), link("B", "C", 9.0), link("X", "Y", 9.0)]
    first, second = review([*sure, link("C", "X", 0.0), link("P", "Q", 0.0)], State(), MODEL)
    assert {first.one, first.other} == {"C", "X"} and first.sizes == (3, 2) and not first.together
    assert first.joining == ("C", "X") and first.group is None
    assert first.value == pytest.approx(0.5 * price(3, 2)) and price(3, 2) == pytest.approx(2.4)
    assert second.joining == ("P", "Q") and second.value == pytest.approx(0.5)


def test_a_join_of_the_evidence_is_asked_by_its_chance_of_being_wrong():
    (question,) = review([link("A", "B", 2.5)], State(), MODEL)
    assert question.together and question.joining == ("A", "B")
    assert question.value == pytest.approx(1 - question.link.probability)


def test_accepted_groups_are_asked_about_until_they_are_held_apart():
    groups = {"U1": ("A", "B"), "U2": ("C", "D")}
    (question,) = review([link("B", "C", 4.0)], state(**groups), MODEL)
    assert (question.one, question.other, question.joining, question.group) == ("U1", "U2", (), None)
    assert review([link("B", "C", 4.0)], state(("U1", "U2"), **groups), MODEL) == ()


def test_who_would_join_an_accepted_group_is_told():
    (question,) = review([link("B", "C", 0.5)], state(U1=("A", "B")), MODEL)
    assert (question.one, question.other, question.group, question.joining) == ("U1", "C", "U1", ("C",))


def test_what_the_evidence_would_put_into_a_group_is_told_apart_from_what_decisions_did():
    (question,) = review([link("B", "C", 9.0), link("C", "X", 0.5)], state(U1=("A", "B")), MODEL)
    assert (question.one, question.sizes, question.accepted) == ("U1", (3, 1), (2, 0))


def test_an_outlier_is_never_asked_about():
    assert review([link("A", "B", 0.5)], state(outliers=["B"]), MODEL) == ()


def test_one_intrusion_alone_is_told_to_speak_for_two_large_sets():
    inside = [link(a, b, 9.0) for some in ("ABC", "XYZ") for a in some for b in some if a < b]
    (alone,) = review([*inside, link("A", "X", 3.0, "A"), link("A", "Y", 2.0, "A")], State(), MODEL)
    assert alone.alone and (alone.link.a, alone.link.b) == ("A", "X")
    (second,) = review([*inside, link("A", "X", 1.0, "A"), link("B", "Y", 0.5, "A")], State(), MODEL)
    assert not second.alone and (second.link.a, second.link.b) == ("B", "Y")


def test_sides_are_asked_about_as_they_were_when_they_were_joined():
    first = [link("A", "B", 3.0), link("B", "I", 2.2)]  # two that share a thing, before one of them meets the group
    asked = {(q.link.a, q.link.b): q for q in review(first, state(U1=("I",)), MODEL)}
    assert (asked["A", "B"].one, asked["A", "B"].other, asked["A", "B"].group) == ("A", "B", None)
    assert asked["A", "B"].joining == ("A", "B")
    assert (asked["B", "I"].one, asked["B", "I"].other, asked["B", "I"].joining) == ("B", "U1", ("B",))
    later = [link("A", "I", 3.0), link("A", "B", 2.2)]
    asked = {(q.link.a, q.link.b): q for q in review(later, state(U1=("I", "J")), MODEL)}
    assert (asked["A", "B"].one, asked["A", "B"].other, asked["A", "B"].group) == ("U1", "B", "U1")
    assert asked["A", "B"].joining == ("A", "B")


def test_what_was_said_of_a_group_holds_for_the_group_that_took_it_over():
    ended = ActivityGroup(id="U2", anchor="x", merged_into="U1")
    held = State(
        groups={"U1": ActivityGroup(id="U1", anchor="x", members=("A", "B")), "U2": ended},
        apart=(Apart("C", "U2", "D-3"),),
    )
    pairs = [link("B", "C", 9.0)]
    assert propose(pairs, held, MODEL)[0] == () and review(pairs, held, MODEL) == ()


PAIRS = st.lists(
    st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF"), st.integers(-1, 6)).filter(lambda p: p[0] < p[1]),
    unique_by=lambda p: p[:2], max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.randoms())
def test_questions_do_not_depend_on_the_order_of_pairs(some, chance):
    pairs = [link(*pair) for pair in some]
    asked = review(pairs, State(), MODEL)
    chance.shuffle(pairs)
    assert review(pairs, State(), MODEL) == asked
    assert [q.value for q in asked] == sorted((q.value for q in asked), reverse=True)


@settings(max_examples=60, deadline=None)
@given(PAIRS, st.tuples(st.sampled_from("ABC"), st.sampled_from("DEF")))
def test_what_is_held_apart_is_never_proposed_together_nor_asked(some, two):
    pairs = [link(*pair) for pair in some]
    held = state(two)
    assert not any(set(two) <= set(p.members) for p in propose(pairs, held, MODEL)[0])
    assert all({q.link.a, q.link.b} != set(two) for q in review(pairs, held, MODEL))


@settings(max_examples=200, deadline=None)
@given(PAIRS, st.data())
def test_a_yes_to_what_is_proposed_takes_nothing_else_from_the_proposal(some, data):
    pairs = [link(*pair) for pair in some]
    proposals = propose(pairs, State(), MODEL)[0]
    for proposal in proposals:
        yes = data.draw(st.lists(st.sampled_from(proposal.members), min_size=2, unique=True))
        left = propose(pairs, state(UNC=tuple(yes)), MODEL)[0]
        assert set(yes) == set(proposal.members) or any(set(proposal.members) <= set(p.members) for p in left)
