"""Many reports grouped at once: pairs first, then rounds; every choice is made on reports whose group is known."""

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from backtrail.clusters.suggest.asking import Answer, answered, question
from backtrail.clusters.suggest.measures import grouped
from backtrail.clusters.suggest.pairs import Floats, Rows, fit_pairs, joined, weigh
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.rounds import rounds
from backtrail.clusters.suggest.table import Report

_ROUNDS = 1
_PRECISION = 0.85
"""B-cubed precision that a grouping must have where it is chosen, so that it has 0.70 where it is used: a wrong merge
costs an analyst more than a missing one."""

_GAIN = 0.04
"""B-cubed F1 that rounds must gain: they move reports by manner, and manner is less sure than a value."""

_THRESHOLDS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Bits over even odds from which a pair may join, that are tried."""


def group(reports: Sequence[Report], model: TraitModel, seed: int, answers: Sequence[Answer] = ()) -> list[int]:
    """A number for each report; reports of one number are one group, as far as can be seen. Labels are not looked at.

    Args:
        reports: The reports.
        model: Weights, threshold and rounds.
        seed: For the parts of rounds.
        answers: What an analyst said of some; the grouping holds it.
    """
    rows = Rows(reports, model)
    one, other = rows.candidates()
    start = answered(rows.count, one, other, rows.bits(one, other), model.threshold, answers).numbers()
    held = [start, *islice(rounds(reports, start, model, seed), model.rounds)][-1]
    bound = {start[place] for answer in answers for place in (answer.one, answer.other)}
    return [old if old in bound else new for old, new in zip(start, held, strict=True)]


def interviewed(
    reports: Sequence[Report], model: TraitModel, answer: Callable[[int, int], bool], most: int
) -> list[Answer]:
    """Ask an analyst the questions worth most, one after the other, each after the answers so far.

    Args:
        reports: The reports.
        model: Weights and threshold.
        answer: Says of two reports, by their places, whether they are one group's.
        most: Questions at most; fewer are asked when nothing is open.
    """
    rows = Rows(reports, model)
    one, other = rows.candidates()
    bits = rows.bits(one, other)
    said: list[Answer] = []
    while len(said) < most:
        sets = answered(rows.count, one, other, bits, model.threshold, said)
        asked = question(one, other, bits, sets, said, model.pair_start)
        if asked is None:
            break
        said.append(Answer(asked.one, asked.other, answer(asked.one, asked.other)))
    return said


def fit_grouping(reports: Sequence[Report], model: TraitModel, seed: int) -> TraitModel:
    """Learn from reports whose group is known: weights of pairs, the threshold, and the number of rounds.

    Threshold and rounds are those of the best B-cubed F1 at enough B-cubed precision, where each half of the pairs is
    weighed by what the other half taught, since weights flatter the pairs that they were learned from.
    """
    known = [report for report in reports if report.group is not None]
    labels = [report.group or "" for report in known]
    rows = Rows(known, model)
    one, other = rows.candidates()
    terms, group = rows.terms(one, other), np.unique(labels, return_inverse=True)[1]
    same = group[one] == group[other]
    bits = _crossed(terms, same, model, seed)
    choices: list[tuple[bool, float, float, int]] = []
    for threshold in _THRESHOLDS:
        first = joined(rows.count, one, other, bits, threshold)
        following = islice(rounds(known, first, model, seed), _ROUNDS)
        for number, held in enumerate((first, *following)):
            measured = grouped(held, labels)
            enough = measured.precision >= _PRECISION
            worth = measured.f1 - (_GAIN if number else 0.0) if enough else measured.precision
            choices.append((enough, worth, threshold, -number))
    _, _, threshold, number = max(choices)
    return replace(fit_pairs(terms, same, model), threshold=threshold, rounds=-number)


def _crossed(terms: Floats, same: NDArray[np.bool_], model: TraitModel, seed: int) -> Floats:
    """Bits of pairs, each half weighed by what the other taught."""
    half = np.random.default_rng(seed).random(len(same)) < 0.5
    found = np.zeros(len(same))
    for asked in (half, ~half):
        found[asked] = weigh(terms[asked], fit_pairs(terms[~asked], same[~asked], model))
    return found
