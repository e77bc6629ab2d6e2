"""Many reports grouped at once: pairs first, then rounds; every choice is made on reports whose group is known."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest.measures import Grouped, grouped
from backtrail.clusters.suggest.pairs import Rows, clusters, fit_pairs
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.rounds import rounds
from backtrail.clusters.suggest.table import Report

_ROUNDS = 12
_PRECISION = 0.70
"""B-cubed precision that a grouping must have: a wrong merge costs an analyst more than a missing one."""

_THRESHOLDS = 12
_STARTS = 2
"""Thresholds from which rounds are tried: the loosest and the best."""


def group(reports: Sequence[Report], model: TraitModel, seed: int) -> list[int]:
    """A number for each report; reports of one number are one group, as far as can be seen. Labels are not looked at.

    Args:
        reports: The reports.
        model: Weights, threshold and rounds.
        seed: For the parts of rounds.
    """
    rows = Rows(reports, model)
    one, other = rows.candidates()
    start = clusters(rows.count, one, other, rows.bits(one, other), model.pair_start, model.threshold)
    return [start, *islice(rounds(reports, start, model, seed), model.rounds)][-1]


def fit_grouping(reports: Sequence[Report], model: TraitModel, seed: int) -> TraitModel:
    """Learn from reports whose group is known: weights of pairs, the threshold, and the number of rounds.

    Threshold and rounds are those of the best B-cubed F1 at a B-cubed precision of 0.70 or more.
    """
    known = [report for report in reports if report.group is not None]
    labels = [report.group or "" for report in known]
    model = fit_pairs(Rows(known, model), labels)
    start = _Starts(known, model)
    tried = [(t, grouped(start.at(t), labels)) for t in start.thresholds]
    best = max(tried, key=lambda pair: _worth(pair[1]))
    choices = [(_worth(best[1]), best[0], 0)]
    for threshold in sorted({tried[0][0], best[0]})[:_STARTS]:
        following = islice(rounds(known, start.at(threshold), model, seed), _ROUNDS)
        choices += [(_worth(grouped(held, labels)), threshold, number) for number, held in enumerate(following, 1)]
    _, threshold, number = max(choices, key=lambda choice: (choice[0], -choice[2]))
    return replace(model, threshold=threshold, rounds=number)


class _Starts:
    """Groupings by pairs alone, at any threshold."""

    def __init__(self, known: Sequence[Report], model: TraitModel) -> None:
        rows = Rows(known, model)
        self._one, self._other = rows.candidates()
        self._bits = rows.bits(self._one, self._other)
        self._count, self._apart = rows.count, model.pair_start

    @property
    def thresholds(self) -> list[float]:
        """From just over what shares nothing up to what only the surest pairs reach."""
        most = float(np.quantile(self._bits, 0.99)) if len(self._bits) else 0.0
        steps = np.linspace(self._apart + 0.25, max(most, self._apart + 1), _THRESHOLDS)
        return [round(float(t), 2) for t in steps]

    def at(self, threshold: float) -> list[int]:
        return clusters(self._count, self._one, self._other, self._bits, self._apart, threshold)


def _worth(measured: Grouped) -> tuple[bool, float]:
    enough = measured.precision >= _PRECISION
    return enough, measured.f1 if enough else measured.precision
