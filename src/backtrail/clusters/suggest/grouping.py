"""Many reports grouped at once: pairs first, then rounds; every choice is made on reports whose group is known."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest.asking import Answer, answered, question
from backtrail.clusters.suggest.measures import Grouped, grouped
from backtrail.clusters.suggest.merging import Manners
from backtrail.clusters.suggest.pairs import Floats, Lesson, Numbers, Rows, fit_pairs, joined, lesson, weigh
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.rounds import rounds
from backtrail.clusters.suggest.table import Report

_PRECISION = 0.85
"""B-cubed precision below which a grouping loses as much worth as it lacks, where it is chosen, so that it has 0.70
where it is used: a wrong merge costs an analyst more than a missing one."""

_GAIN = 0.04
"""B-cubed F1 that a round must gain: it moves reports by manner, and manner is less sure than a value."""

_ALIKE = 0.005
"""Worth by which choices do not differ beyond chance; of these, the one that joins most is taken."""

_THRESHOLDS = tuple(number / 2 for number in range(-4, 7))
"""Bits over even odds from which a pair may join, that are tried; the threshold rises from there as reports come in."""

_WITH_ROUNDS = 3
"""Thresholds, from the lowest that is precise enough, that are tried with a round too: rounds cost most of the time."""

_MERGES = (0.0, 6.0, 4.0, 3.0, 2.0)
"""Bits beyond nobody known from which the reports of one set may be another's (0: sets are not joined), that are tried
before a round, until they are worth less than those before."""

_PARTS = 5
_EARLIER = 0.6
"""Part of the reports whose weights all of them are tried with, since more come in later than taught the weights."""

_GROWTH = 1.25
"""Bits by which threshold and `merge` rise when there are twice as many reports as they were chosen on: sets that are
larger have more pairs of which one may join them by chance. Four times the pairs would be two bits, but they are no
independent chances; docs/decisions/0017 has what others gave."""

_GROWN = 4.0
"""Times as many reports from which the threshold rises no further."""


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
    start = answered(
        rows.count, one, other, rows.bits(one, other), _risen(model.threshold, model, rows.count), answers
    ).numbers()
    bound = {start[place] for answer in answers for place in (answer.one, answer.other)}
    merged = start
    if model.merge:
        apart = [(start[answer.one], start[answer.other]) for answer in answers if not answer.same]
        merged = Manners(reports, start, model).joined(_risen(model.merge, model, rows.count), apart)
    held = [merged, *islice(rounds(reports, merged, model, seed), model.rounds)][-1]
    return [mine if old in bound else new for old, mine, new in zip(start, merged, held, strict=True)]


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
    bits, threshold = rows.bits(one, other), _risen(model.threshold, model, rows.count)
    said: list[Answer] = []
    while len(said) < most:
        sets = answered(rows.count, one, other, bits, threshold, said)
        asked = question(one, other, bits, sets, said, model.pair_start)
        if asked is None:
            break
        said.append(Answer(asked.one, asked.other, answer(asked.one, asked.other)))
    return said


def _risen(bits: float, model: TraitModel, count: int) -> float:
    """Bits from which pairs or sets are joined, when there are so many reports."""
    grown = count / model.pair_reports if model.pair_reports else 1.0
    return bits + _GROWTH * float(np.log2(np.clip(grown, 1.0, _GROWN)))


def fit_grouping(reports: Sequence[Report], model: TraitModel, seed: int) -> TraitModel:
    """Learn from reports whose group is known: weights of pairs, the threshold, and whether a round follows.

    Threshold and round are those of the best B-cubed F1 at enough B-cubed precision. Weights flatter the pairs that
    they were learned from, so each choice is tried twice: with pairs weighed by what the pairs of other groups taught,
    and weighed by what the earlier reports taught.
    """
    known = sorted((report for report in reports if report.group is not None), key=_when)
    told, early = lesson(known, model), lesson(known[: int(_EARLIER * len(known))], model)
    later = weigh(told.terms, fit_pairs(early.terms, early.same, model))
    tried = [_Joined(told.one, told.other, bits) for bits in (_crossed(told, model, seed), later)]
    chosen = _chosen(known, tried, model, seed)
    found = fit_pairs(told.terms, told.same, model)
    return replace(found, threshold=chosen.threshold, rounds=chosen.rounds, merge=chosen.merge, pair_reports=len(known))


class _Choice(NamedTuple):
    """What is chosen; of two about as good the lesser: it joins more, with less."""

    threshold: float
    rounds: int = 0
    merge: float = 0.0


class _Joined:
    """Pairs of reports with their bits, to be joined from any threshold."""

    def __init__(self, one: Numbers, other: Numbers, bits: Floats) -> None:
        self.one, self.other, self.bits = one, other, bits

    def sets(self, count: int, threshold: float) -> list[int]:
        return joined(count, self.one, self.other, self.bits, threshold)


def _chosen(known: Sequence[Report], tried: Sequence[_Joined], model: TraitModel, seed: int) -> _Choice:
    """Threshold, rounds, and bits from which sets are one: of those about as good as the best, what joins most."""
    labels = [report.group or "" for report in known]
    starts = {threshold: [some.sets(len(known), threshold) for some in tried] for threshold in _THRESHOLDS}
    measured = {threshold: [grouped(held, labels) for held in sets] for threshold, sets in starts.items()}
    worth = {_Choice(threshold): _worth(some) for threshold, some in measured.items()}
    precise = [threshold for threshold, some in measured.items() if _precision(some) >= _PRECISION]
    for threshold in precise[:_WITH_ROUNDS]:
        last = -1.0
        for merge, moved in _moved(known, starts[threshold], model, seed):
            now = worth[_Choice(threshold, 1, merge)] = _worth([grouped(held, labels) for held in moved]) - _GAIN
            if now < last - _ALIKE:
                break
            last = now
    best = max(worth.values())
    return min(choice for choice, some in worth.items() if some >= best - _ALIKE)


def _moved(
    known: Sequence[Report], starts: Sequence[list[int]], model: TraitModel, seed: int
) -> Iterator[tuple[float, list[list[int]]]]:
    """Groupings after a round, for each number of bits from which sets are joined before it."""
    manners = [Manners(known, start, model) for start in starts]
    for merge in _MERGES:
        sets = [some.joined(merge) for some in manners] if merge else starts
        yield merge, [next(rounds(known, start, model, seed)) for start in sets]


def _precision(measured: Sequence[Grouped]) -> float:
    return float(np.mean([some.precision for some in measured]))


def _worth(measured: Sequence[Grouped]) -> float:
    return float(np.mean([some.f1 for some in measured])) - max(0.0, _PRECISION - _precision(measured))


def _when(report: Report) -> tuple[date, str]:
    """Order by date; reports without one come first, as what is known before all."""
    return report.date or date.min, report.id


def _crossed(told: Lesson, model: TraitModel, seed: int) -> Floats:
    """Bits of pairs, each weighed by what the pairs of other groups taught."""
    parts = np.random.default_rng(seed).integers(0, _PARTS, int(told.group.max(initial=0)) + 1)[told.group]
    found = np.zeros(len(told.same))
    for part in range(_PARTS):
        asked = parts == part
        found[asked] = weigh(told.terms[asked], fit_pairs(told.terms[~asked], told.same[~asked], model))
    return found
