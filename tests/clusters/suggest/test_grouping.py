import random
from datetime import date
from itertools import combinations, islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.clusters.suggest.conftest import invented, report

from backtrail.clusters.suggest import grouping
from backtrail.clusters.suggest.asking import Answer
from backtrail.clusters.suggest.grouping import _chosen, _Joined, _risen, fit_grouping, group
from backtrail.clusters.suggest.measures import grouped
from backtrail.clusters.suggest.pairs import Rows
from backtrail.clusters.suggest.parameters import built_in
from backtrail.clusters.suggest.rounds import rounds


@pytest.fixture(scope="module")
def model():
    return fit_grouping(invented(12, seed=5), built_in(), 0)


def partition(held):
    sets = {}
    for i, number in enumerate(held):
        sets.setdefault(number, set()).add(i)
    return {frozenset(some) for some in sets.values()}


def test_groups_of_one_manner_come_out_together(model):
    reports = invented(15, seed=6)
    measured = grouped(group([replace(r, group=None) for r in reports], model, 0), [r.group for r in reports])
    assert measured.precision > 0.9 and measured.f1 > 0.6


def test_labels_are_not_looked_at(model):
    reports = invented(10, seed=6)
    assert group(reports, model, 0) == group([replace(r, group="ONE") for r in reports], model, 0)


def test_the_order_of_reports_means_nothing_for_pairs(model):
    reports = invented(10, seed=6)
    order = list(range(len(reports)))
    random.Random(1).shuffle(order)
    mixed = [reports[i] for i in order]

    def sets(some):
        return group(some, replace(model, rounds=0), 0)

    assert {frozenset(order[i] for i in s) for s in partition(sets(mixed))} == partition(sets(reports))


def test_reports_that_share_nothing_stay_alone(model):
    reports = [report(f"R{i}", [("md5", f"{i:032x}")], None, None) for i in range(5)]
    assert group(reports, replace(model, rounds=0), 0) == [0, 1, 2, 3, 4]


def test_one_shared_address_does_not_hold_two_sets_together(model):
    sure = replace(model, threshold=0.0, rounds=0)
    left = [report(f"L{i}", [("md5", "a" * 32), ("sha1", "a" * 40), ("mutex", "left")], None, None) for i in range(4)]
    right = [report(f"R{i}", [("md5", "b" * 32), ("sha1", "b" * 40), ("mutex", "right")], None, None) for i in range(4)]
    noise = [report(f"N{i}", [("md5", f"{i:032x}")], None, None) for i in range(40)]
    left[0] = report("L0", [("md5", "a" * 32), ("mutex", "left"), ("ipv4-addr", "192.0.2.1")], None, None)
    right[0] = report("R0", [("md5", "b" * 32), ("mutex", "right"), ("ipv4-addr", "192.0.2.1")], None, None)
    alone = ("file digest", "mutex", "address")
    weights = {n: replace(t, pair=float(n in alone)) for n, t in sure.traits.items()}
    chained = replace(sure, pair_start=-4.5, traits=weights)
    rows = Rows([left[0], right[0], *left[1:], *right[1:], *noise], chained)
    assert rows.bits(np.array([0]), np.array([1]))[0] > 0  # this pair alone would be joined
    held = group([*left, *right, *noise], chained, 0)
    assert len({*held[:4]}) == 1 and len({*held[4:8]}) == 1 and held[0] != held[4]


def test_rounds_bring_in_what_is_of_the_manner_of_a_set(model):
    reports = invented(15, seed=8)
    start = [{"HERON": 0, "LYNX": 1, "OTTER": 2}[r.group] if i % 2 else 100 + i for i, r in enumerate(reports)]
    last = list(islice(rounds(reports, start, model, 0), 3))[-1]
    labels = [r.group for r in reports]
    assert grouped(last, labels).f1 > grouped(start, labels).f1


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), min_size=1, max_size=12))
def test_measures_of_a_grouping_are_shares(rows):
    measured = grouped([number for number, _ in rows], [label for _, label in rows])
    assert all(0 <= getattr(measured, f) <= 1 for f in ("precision", "recall", "f1", "pair_precision", "pair_recall"))


def test_measures_by_hand():
    """Bagga and Baldwin: two clusters of three and one over labels a a b / b b."""
    measured = grouped([0, 0, 0, 1, 1], ["a", "a", "b", "b", "b"])
    assert measured.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert measured.recall == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3) / 5)
    assert measured.pair_precision == pytest.approx(2 / 4) and measured.pair_recall == pytest.approx(2 / 4)


def test_one_more_report_is_weighed_against_what_it_touches_as_all_pairs_are(model):
    reports = invented(15, seed=6)
    base, last = Rows(reports[:-1], model), reports[-1]
    touched = dict(base.touched(last))
    assert 0 < len(touched) < len(reports)
    for i in touched:
        shared = {t: set(last.traits[t]) & set(reports[i].traits.get(t, ())) for t in last.traits}
        assert any(shared[t] for t in shared if model.traits[t].blocks)
    copy = dict(base.touched(reports[0]))
    assert max(copy, key=copy.get) == 0


def test_pairs_near_in_time_weigh_more_and_one_without_a_date_as_if_far(model):
    near = replace(model, pair_near=0.5)
    days = (date(2012, 1, 1), date(2012, 1, 11), date(2014, 1, 1), None)
    reports = [report(str(n), [("domain-name", "c2.example")], None, day) for n, day in enumerate(days)]
    rows, plain = Rows(reports, near), Rows(reports, replace(model, pair_near=0.0))
    one, other = np.zeros(3, np.int64), np.array([1, 2, 3])
    more = rows.bits(one, other) - plain.bits(one, other)
    assert more[0] > more[1] > more[2] == pytest.approx(0.0)


def test_the_threshold_rises_with_reports_until_four_times_as_many(model):
    found = replace(model, threshold=1.0, pair_reports=100)
    assert [_risen(1.0, found, count) for count in (50, 100, 200, 400, 4000)] == [1.0, 1.0, 2.25, 3.5, 3.5]
    assert _risen(1.0, replace(found, pair_reports=0), 4000) == 1.0


def test_sets_of_one_manner_are_one_unless_an_answer_holds_them(model):
    reports = [replace(r, group=None) for r in invented(15, seed=6)]
    apart = replace(model, threshold=25.0, rounds=0, merge=0.0, pair_reports=0)
    joining = replace(apart, merge=2.0)
    before, after = group(reports, apart, 0), group(reports, joining, 0)
    assert len(set(after)) < len(set(before))
    assert all(len({after[i] for i in some}) == 1 for some in partition(before))
    one, other = next(
        (i, j) for i, j in combinations(range(len(reports)), 2) if after[i] == after[j] and before[i] != before[j]
    )
    said = group(reports, joining, 0, [Answer(one, other, False)])
    assert said[one] != said[other]


def test_what_joins_sets_is_what_a_round_makes_most_of_and_looser_is_not_tried_any_more(model, monkeypatch):
    known = invented(10, seed=5)
    right = np.unique([report.group for report in known], return_inverse=True)[1].tolist()
    apart, all_in_one, tried = list(range(len(known))), [0] * len(known), []

    def moved(*_):
        for merge, held in ((0.0, apart), (6.0, right), (4.0, all_in_one), (3.0, right)):
            tried.append(merge)
            yield merge, [held, held]

    monkeypatch.setattr(grouping, "_moved", moved)
    nothing = np.zeros(0, np.int64)
    chosen = _chosen(known, [_Joined(nothing, nothing, np.zeros(0))] * 2, model, 0)
    assert (chosen.rounds, chosen.merge) == (1, 6.0) and set(tried) == {0.0, 6.0, 4.0}


def test_traits_that_weigh_nothing_are_kept_for_learning_only_and_change_no_bits(model):
    reports = invented(10, seed=6)
    light = replace(model, traits={**model.traits, "host 5-gram": replace(model.traits["host 5-gram"], pair=0.0)})
    rows, learning = Rows(reports, light), Rows(reports, light, learning=True)
    one, other = rows.candidates()
    assert np.array_equal(np.stack(learning.candidates()), np.stack([one, other]))
    assert np.allclose(rows.bits(one, other), learning.bits(one, other), atol=1e-4)
    assert rows.terms(one, other).shape[1] < learning.terms(one, other).shape[1] == len(light.traits) + 1
