"""Sets of reports joined when the reports of one are, all in all, of the other's manner.

Pairs leave a group in pieces that share nothing rare with each other. Of one report that looks like another set little
can be said; of a whole set more, since what its reports say is averaged. So each set of several reports is taken for a
known group, and the reports of every other set are asked, with the weights that name known groups, how much likelier
they are of it than of nobody known.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest.fitting import Weights
from backtrail.clusters.suggest.known import Floats, Known
from backtrail.clusters.suggest.pairs import Numbers, Sets
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.table import Report

_SEVERAL = 2
"""Reports from which a set is asked about."""

_ASKED = 150


class Manners:
    """How much likelier than nobody's the reports of each set are another set's.

    Args:
        reports: The reports; their groups are not looked at.
        held: The set of each report.
        model: Weights.
    """

    def __init__(self, reports: Sequence[Report], held: Sequence[int], model: TraitModel) -> None:
        self._held = held
        size = Counter(held)
        several = [i for i, number in enumerate(held) if size[number] >= _SEVERAL]
        self._sets = sorted({held[i] for i in several})
        self._bits: Floats = np.zeros((0, 0))
        if several:
            row = np.searchsorted(self._sets, [held[i] for i in several]).astype(np.int64)
            self._bits = _bits([replace(reports[i], group=f"{held[i]:012d}") for i in several], row, model)

    def joined(self, least: float, apart: Iterable[tuple[int, int]] = ()) -> list[int]:
        """The set of each report, when sets of at least so many bits, either way, are one; named by the first.

        Args:
            least: Bits, more than 0.
            apart: Sets that are not one, nor may others bring them together.
        """
        sets, place = Sets(len(self._sets)), {number: at for at, number in enumerate(self._sets)}
        for pair in apart:
            if all(number in place for number in pair):
                sets.part(place[pair[0]], place[pair[1]])
        bits = np.triu(np.maximum(self._bits, self._bits.T), 1)
        linked = np.argwhere(bits >= least)
        for one, other in linked[np.argsort(-bits[tuple(linked.T)], kind="stable")].tolist():
            if not sets.apart(one, other):
                sets.bind(one, other)
        first: dict[int, int] = {}
        named = {number: first.setdefault(sets.root(at), number) for at, number in enumerate(self._sets)}
        return [named.get(number, number) for number in self._held]


def _bits(told: Sequence[Report], row: Numbers, model: TraitModel) -> Floats:
    """Sets by sets: mean bits of the reports of one for the other beyond those for nobody known."""
    known, weights = Known(told, model), Weights.of(model)
    found = np.zeros((len(known.groups), len(known.groups)))
    for start in range(0, len(told), _ASKED):
        scores = weights.scores(known.evidence(told[start : start + _ASKED]))
        np.add.at(found, row[start : start + _ASKED], scores[:, :-1] - scores[:, -1:])
    means: Floats = found / np.bincount(row)[:, None]
    return means
