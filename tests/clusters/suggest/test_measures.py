import numpy as np
import pytest

from backtrail.clusters.suggest.measures import suggested


def test_measures_of_suggestions_by_hand():
    chance = np.array(
        [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]  # two groups, and nobody known
    )
    measured = suggested(chance, np.array([0, 1, 1, 2]))
    assert (measured.records, measured.unknown) == (4, 1)
    assert measured.top1 == pytest.approx(2 / 3) and measured.top5 == 1.0
    assert measured.macro == pytest.approx((1 + 1 / 2) / 2)
    assert measured.at90 == pytest.approx(2 / 3)  # the surest two are right, the third is not
    assert measured.auroc == 1.0
    assert measured.log_loss == pytest.approx(-np.log([0.8, 0.6, 0.3, 0.8]).mean())
    assert measured.ece == pytest.approx((2 * abs(0.8 - 1) + abs(0.6 - 1) + abs(0.5 - 0)) / 4)


def test_measures_at_another_share_of_nobody_known_count_as_repeated_records_would():
    chance = np.array([[0.9, 0.05, 0.05], [0.2, 0.7, 0.1], [0.3, 0.2, 0.5], [0.6, 0.2, 0.2], [0.4, 0.1, 0.5]])
    right = np.array([0, 1, 0, 2, 2])
    three_times = np.array([0, 1, 2, 3, 3, 3, 4, 4, 4])  # six of nine are nobody's
    shared = suggested(chance, right, share=6 / 9)
    repeated = suggested(chance[three_times], right[three_times])
    for measure in ("top1", "top5", "macro", "at90", "at95", "ece", "log_loss"):
        assert getattr(shared, measure) == pytest.approx(getattr(repeated, measure)), measure
    assert suggested(chance, right, share=2 / 5) == suggested(chance, right)
    assert suggested(chance[:3], right[:3], share=0.4) == suggested(chance[:3], right[:3])


def test_nothing_to_measure_says_nothing():
    measured = suggested(np.zeros((0, 3)), np.zeros(0, int))
    assert measured.top1 is None and measured.records == 0
    only_known = suggested(np.array([[0.9, 0.1]]), np.array([0]))
    assert only_known.auroc is None and only_known.top1 == 1.0
