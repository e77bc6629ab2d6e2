"""A grouping told again what it has found: its sets are taken for known groups, and every report is asked whose it is.

Pairs find what shares a rare value. What two reports of one group do not share with each other, but with the group's
manner as a whole, only shows once there is a group. So sets of several reports are taken for groups, the reports of
each part are weighed by what the other parts say of them (never by themselves), and move to the likeliest; those that
look like nobody's stay alone. This is classification expectation maximisation (Celeux and Govaert, 1992) with the
model that also names known groups.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest.fitting import Weights
from backtrail.clusters.suggest.known import Known
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.table import Report

_PARTS = 4
_SEVERAL = 3
"""Reports from which a set is taken for a group."""

_ASKED = 300


def rounds(reports: Sequence[Report], start: Sequence[int], model: TraitModel, seed: int) -> Iterator[list[int]]:
    """Better and better groupings, without end; each gives a number to every report.

    Args:
        reports: The reports; their groups are not looked at.
        start: A first grouping.
        model: Weights.
        seed: For the parts.
    """
    chance = np.random.default_rng(seed)
    weights, held = Weights.of(model), list(start)
    while True:
        part = chance.integers(0, _PARTS, len(reports))
        size = Counter(held)
        alone = max(held) + 1
        following = [group if size[group] < _SEVERAL else alone + i for i, group in enumerate(held)]
        for number in range(_PARTS):
            told = [
                replace(report, group=str(group))
                for report, group, where in zip(reports, held, part, strict=True)
                if where != number and size[group] >= _SEVERAL
            ]
            if told:
                asked = np.flatnonzero(part == number).tolist()
                for i, group in _answers(Known(told, model), weights, reports, asked):
                    following[i] = group
        held = following
        yield held


def _answers(
    known: Known, weights: Weights, reports: Sequence[Report], asked: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Reports that are likelier one group's than any other's or nobody's, with that group."""
    for start in range(0, len(asked), _ASKED):
        some = asked[start : start + _ASKED]
        best = weights.scores(known.evidence([reports[i] for i in some])).argmax(axis=1)
        yield from (
            (i, int(known.groups[g])) for i, g in zip(some, best.tolist(), strict=True) if g < len(known.groups)
        )
