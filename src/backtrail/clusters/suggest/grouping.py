"""Many reports grouped at once: pairs first, then rounds; every choice is made on reports whose group is known."""

from collections.abc import Sequence
from itertools import islice

from msgspec.structs import replace

from backtrail.clusters.suggest.measures import Grouped, grouped
from backtrail.clusters.suggest.pairs import Rows, fit_pairs, joined
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.rounds import rounds
from backtrail.clusters.suggest.table import Report

_ROUNDS = 3
_PRECISION = 0.70
"""B-cubed precision that a grouping must have: a wrong merge costs an analyst more than a missing one."""

_THRESHOLDS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Bits over even odds from which a pair may join, that are tried."""


def group(reports: Sequence[Report], model: TraitModel, seed: int) -> list[int]:
    """A number for each report; reports of one number are one group, as far as can be seen. Labels are not looked at.

    Args:
        reports: The reports.
        model: Weights, threshold and rounds.
        seed: For the parts of rounds.
    """
    rows = Rows(reports, model)
    one, other = rows.candidates()
    start = joined(rows.count, one, other, rows.bits(one, other), model.threshold)
    return [start, *islice(rounds(reports, start, model, seed), model.rounds)][-1]


def fit_grouping(reports: Sequence[Report], model: TraitModel, seed: int) -> TraitModel:
    """Learn from reports whose group is known: weights of pairs, the threshold, and the number of rounds.

    Threshold and rounds are those of the best B-cubed F1 at a B-cubed precision of 0.70 or more.
    """
    known = [report for report in reports if report.group is not None]
    labels = [report.group or "" for report in known]
    model = fit_pairs(Rows(known, model), labels)
    start = _Starts(known, model)
    choices = []
    for threshold in _THRESHOLDS:
        first = start.at(threshold)
        following = islice(rounds(known, first, model, seed), _ROUNDS)
        for number, held in enumerate((first, *following)):
            choices.append((_worth(grouped(held, labels)), threshold, number))
    _, threshold, number = max(choices, key=lambda choice: (choice[0], -choice[2]))
    return replace(model, threshold=threshold, rounds=number)


class _Starts:
    """Groupings by pairs alone, at any threshold."""

    def __init__(self, known: Sequence[Report], model: TraitModel) -> None:
        rows = Rows(known, model)
        self._one, self._other = rows.candidates()
        self._bits = rows.bits(self._one, self._other)
        self._count = rows.count

    def at(self, threshold: float) -> list[int]:
        return joined(self._count, self._one, self._other, self._bits, threshold)


def _worth(measured: Grouped) -> tuple[bool, float]:
    enough = measured.precision >= _PRECISION
    return enough, measured.f1 if enough else measured.precision
