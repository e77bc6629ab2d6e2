"""Questions to an analyst: the one worth most is asked, answers bind, and nothing is asked twice."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.clusters.suggest.conftest import invented

from backtrail.clusters.suggest.asking import Answer, answered, question
from backtrail.clusters.suggest.grouping import fit_grouping, group, interviewed
from backtrail.clusters.suggest.measures import grouped
from backtrail.clusters.suggest.pairs import joined
from backtrail.clusters.suggest.parameters import built_in

COUNT = 12
pairs = st.lists(
    st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1), st.integers(-40, 80).map(lambda n: n / 8)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    max_size=50,
    unique_by=lambda pair: pair[:2],
)
labels = st.lists(st.sampled_from("abc"), min_size=COUNT, max_size=COUNT)


def columns(some):
    one, other = (np.array([pair[side] for pair in some], np.int64) for side in (0, 1))
    return one, other, np.array([pair[2] for pair in some], np.float64)


def asked(some, groups, most, threshold=1.0):
    one, other, bits = columns(some)
    said = []
    for _ in range(most):
        found = question(one, other, bits, answered(COUNT, one, other, bits, threshold, said), said, -4.0)
        if found is None:
            break
        said.append(Answer(found.one, found.other, groups[found.one] == groups[found.other]))
    return said


@given(pairs, labels)
@settings(deadline=None)
def test_what_was_answered_holds_and_nothing_is_asked_twice(some, groups):
    said = asked(some, groups, 20)
    held = answered(COUNT, *columns(some), 1.0, said).numbers()
    assert all((held[answer.one] == held[answer.other]) == answer.same for answer in said)
    assert len({frozenset((answer.one, answer.other)) for answer in said}) == len(said)


@given(pairs)
def test_without_answers_the_grouping_is_the_plain_one(some):
    assert answered(COUNT, *columns(some), 1.0, []).numbers() == joined(COUNT, *columns(some), 1.0)


@given(pairs, labels, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_pairs_that_differ_and_of_answers_is_irrelevant(some, groups, chance):
    some = [(a, b, bits + n / 1000) for n, (a, b, bits) in enumerate(some)]
    said = asked(some, groups, 5)
    mixed = chance.sample(some, len(some))
    first = answered(COUNT, *columns(some), 1.0, said).numbers()
    assert answered(COUNT, *columns(mixed), 1.0, chance.sample(said, len(said))).numbers() == first


def test_the_doubtful_join_of_large_sets_is_asked_about_first():
    left, right = [(0, n, 9.0) for n in range(1, 5)], [(5, n, 9.0) for n in range(6, 10)]
    doubtful = [(1, 6, 1.5), (2, 7, 1.4), (10, 11, 1.2)]
    one, other, bits = columns([*left, *right, *doubtful])
    sets = answered(COUNT, one, other, bits, 1.0, [])
    found = question(one, other, bits, sets, [], -4.0)
    assert (found.one, found.other, found.sizes, found.joined) == (0, 5, (5, 5), True)
    assert found.through == (2, 7) and 0.7 < found.chance < 0.75
    apart = answered(COUNT, one, other, bits, 1.0, [Answer(0, 5, False)])
    assert apart.root(1) != apart.root(6) and apart.apart(4, 9)


def test_one_report_between_two_large_sets_is_no_reason_to_ask():
    left, right = [(0, n, 9.0) for n in range(1, 5)], [(5, n, 9.0) for n in range(6, 10)]
    one, other, bits = columns([*left, *right, (1, 6, 3.0), (1, 7, 3.0), (10, 11, 0.5)])
    sets = answered(COUNT, one, other, bits, 1.0, [])
    questions, said = [], []
    for _ in range(2):
        questions.append(question(one, other, bits, sets, said, -12.0))
        said.append(Answer(questions[-1].one, questions[-1].other, False))
    assert questions[0].sizes == (1, 1) and questions[0].bits == 0.5


def test_answers_make_a_grouping_better_and_bind_after_rounds_too():
    reports = invented(14, seed=6)
    model = replace(fit_grouping(invented(12, seed=5), built_in(), 0), rounds=1)
    names, bare = [r.group for r in reports], [replace(r, group=None) for r in reports]
    said = interviewed(bare, model, lambda a, b: names[a] == names[b], 15)
    held = group(bare, model, 0, said)
    assert all((held[answer.one] == held[answer.other]) == answer.same for answer in said)
    strict = replace(model, rounds=0, threshold=25.0)
    more = interviewed(bare, strict, lambda a, b: names[a] == names[b], 15)
    assert grouped(group(bare, strict, 0, more), names).f1 > grouped(group(bare, strict, 0), names).f1 + 0.2
    assert interviewed(bare, model, lambda a, b: names[a] == names[b], 15) == said
