"""Many reports grouped at once: pairs first, then rounds; every choice is made on reports whose group is known."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest.measures import Grouped, grouped
from backtrail.clusters.suggest.pairs import Floats, Pairs, bits, clusters, fit_pairs, pairs
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
    found = pairs(reports, model)
    start = clusters(found, bits(found, model), model.pair_start, model.threshold)
    return [start, *islice(rounds(reports, start, model, seed), model.rounds)][-1]


def fit_grouping(reports: Sequence[Report], model: TraitModel, seed: int) -> TraitModel:
    """Learn from reports whose group is known: weights of pairs, the threshold, and the number of rounds.

    Threshold and rounds are those of the best B-cubed F1 at a B-cubed precision of 0.70 or more.
    """
    known = [report for report in reports if report.group is not None]
    labels = [report.group or "" for report in known]
    found = pairs(known, model)
    if not len(found.one):
        return model
    model = fit_pairs(found, labels, model)
    scores = bits(found, model)
    tried = [(t, grouped(clusters(found, scores, model.pair_start, t), labels)) for t in _thresholds(scores, model)]
    best = max(tried, key=lambda pair: _worth(pair[1]))
    choices = [(_worth(best[1]), best[0], 0)]
    for threshold in sorted({tried[0][0], best[0]})[:_STARTS]:
        for number, measured in _rounds(known, labels, found, scores, threshold, model, seed):
            choices.append((_worth(measured), threshold, number))
    _, threshold, number = max(choices, key=lambda choice: (choice[0], -choice[2]))
    return replace(model, threshold=threshold, rounds=number)


def _thresholds(scores: Floats, model: TraitModel) -> list[float]:
    most = float(np.quantile(scores, 0.99))
    return [
        round(float(t), 2) for t in np.linspace(model.pair_start + 0.25, max(most, model.pair_start + 1), _THRESHOLDS)
    ]


def _worth(measured: Grouped) -> tuple[bool, float]:
    enough = measured.precision >= _PRECISION
    return enough, measured.f1 if enough else measured.precision


def _rounds(
    known: Sequence[Report],
    labels: Sequence[str],
    found: Pairs,
    scores: Floats,
    threshold: float,
    model: TraitModel,
    seed: int,
) -> Iterator[tuple[int, Grouped]]:
    start = clusters(found, scores, model.pair_start, threshold)
    for number, held in enumerate(islice(rounds(known, start, model, seed), _ROUNDS), 1):
        yield number, grouped(held, labels)
