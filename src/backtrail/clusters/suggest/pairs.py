"""Reports grouped without any label: pairs that share something rare, weighed trait by trait, joined by average link.

Two reports say for each trait: the rarity of the values they share, in bits, damped by how much each shows. A pair
begins at `pair_start` bits and adds the traits' weights, and `pair_near` for each doubling that its dates are nearer
than ten years: an address, a host or a manner is one hand's for a while, and another's later. Only pairs that share a
rare value are looked at (blocking). Sets are joined by their surest pairs (Kruskal, 1956), large ones by two pairs of
different reports, so that a chain through one shared address does not hold them together.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy
from msgspec.structs import replace
from numpy.typing import NDArray

from backtrail.clusters.suggest.columns import numbered
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.products import products
from backtrail.clusters.suggest.table import Report, days

Floats = NDArray[np.floating]
Numbers = NDArray[np.int64]

_FAN_OUT = 50
"""Reports that may show a value which makes them a pair to look at."""

_NEIGHBOURS = 60
"""Pairs that are kept of one report: those that share most."""

SEVERAL = 3
"""Reports from which a set is large."""

_BLOCK = 1_000

_MONTH, _LONG = 30.0, 3650.0
"""Days below which nearer says little more, and from which farther says nothing more."""


class Rows:
    """Reports made ready to be compared with one another.

    The product of two rows of a trait is the rarity, in bits, of the values that both reports show, divided by a power
    of the geometric mean of how many each shows.

    Args:
        reports: The reports; each is looked at once and let go.
        model: Weights of pairs, and which traits block.
        learning: Keep traits without a weight too, which `terms` tells of so that weights are learned.
    """

    def __init__(self, reports: Iterable[Report], model: TraitModel, learning: bool = False) -> None:
        dates: list[date | None] = []
        kept = [name for name, trait in model.traits.items() if learning or trait.pair > 0 or trait.blocks]
        tables, self._columns = numbered(_noted(reports, dates), kept)
        self._days = days(dates).astype(np.float32)  # whole days: exact
        self.model, self.count = model, next((table.shape[0] for table in tables.values()), 0)
        self._holders = {trait: np.bincount(table.indices, minlength=table.shape[1]) for trait, table in tables.items()}
        self._of_trait = {trait: self._damped(trait, tables.pop(trait)) for trait in list(tables)}
        blocking = [trait for trait, t in model.traits.items() if t.blocks]
        self._blocks = scipy.sparse.hstack([self._rare(trait) for trait in blocking], format="csr")
        self._weighed = self._stacked(self._of_trait)

    def candidates(self) -> tuple[Numbers, Numbers]:
        """Pairs that share rare values, at most so many for one report: those that share most of them. Sorted."""
        turned, codes = self._blocks.T.tocsr(), [np.zeros(0, np.int64)]
        for start in range(0, self.count, _BLOCK):
            block = (self._blocks[start : start + _BLOCK] @ turned).tocsr()
            for i, (first, last) in enumerate(pairwise(block.indptr.tolist())):
                columns = block.indices[first:last]
                if len(columns) > _NEIGHBOURS + 1:
                    columns = columns[np.argpartition(-block.data[first:last], _NEIGHBOURS)[: _NEIGHBOURS + 1]]
                other = columns[columns != start + i].astype(np.int64)
                codes.append(np.minimum(other, start + i) * self.count + np.maximum(other, start + i))
        found = np.unique(np.concatenate(codes))
        return found // max(self.count, 1), found % max(self.count, 1)

    def terms(self, one: Numbers, other: Numbers) -> Floats:
        """Pairs by traits that were kept, and last nearness: bits of what is shared, damped, before any weight."""
        found = np.zeros((len(one), len(self._of_trait) + 1), np.float32)
        for i, rows in enumerate(self._of_trait.values()):
            found[:, i] = products(rows, one, other)
        found[:, -1] = _nearness(self._days[one], self._days[other])
        return found

    def bits(self, one: Numbers, other: Numbers) -> Floats:
        """Log2 odds of pairs, with the weights of the model."""
        found: Floats = self.model.pair_start + products(self._weighed, one, other)
        if self.model.pair_near:
            found += self.model.pair_near * _nearness(self._days[one], self._days[other])
        return found

    def touched(self, report: Report) -> list[tuple[int, float]]:
        """Reports that share a rare value with one more report, with the bits of each pair; nothing else is weighed."""
        known = {trait: columns.row(report.traits.get(trait, ())) for trait, columns in self._columns.items()}
        rows = {trait: self._damped(trait, table) for trait, table in known.items()}
        met = set()
        for trait, t in self.model.traits.items():
            if t.blocks:
                holders = self._holders[trait][known[trait].indices]
                for column in known[trait].indices[(holders > 0) & (holders <= _FAN_OUT)].tolist():
                    met.update(self._by_value(trait).indices[slice(*self._by_value(trait).indptr[column : column + 2])])
        at = np.array(sorted(met), np.int64)
        scores = self.model.pair_start + (self._weighed[at] @ self._stacked(rows).T).toarray().ravel()
        scores += self.model.pair_near * _nearness(self._days[at], days([report.date]))
        return [(int(i), float(score)) for i, score in zip(at, scores, strict=True)]

    def _by_value(self, trait: str) -> Any:
        """Reports that show each value of a trait; worked out when it is first asked for."""
        if trait not in self._turned:
            self._turned[trait] = self._of_trait[trait].tocsc()
        return self._turned[trait]

    @cached_property
    def _turned(self) -> dict[str, Any]:
        return {}

    def _damped(self, trait: str, table: Any) -> Any:
        """Rows with the root of the rarity of each value, damped by how many a report shows; in place, as they came."""
        rarity = np.sqrt(np.log2((self.count + 1) / np.maximum(self._holders[trait], 1)))
        shown = np.diff(table.indptr)
        power = self.model.pair_damping if self.model.traits[trait].blocks else self.model.damping
        damping = np.maximum(shown, 1).astype(np.float64) ** (-power / 2)
        table.data = (np.repeat(damping, shown) * rarity[table.indices]).astype(np.float32)
        return table

    def _rare(self, trait: str) -> Any:
        """The part of a table whose values some, but not too many, reports show."""
        table, holders = self._of_trait[trait], self._holders[trait]
        chosen = (holders > 1) & (holders <= _FAN_OUT)
        kept = chosen[table.indices]
        ends = np.concatenate([[0], np.cumsum(kept)]).astype(table.indptr.dtype)[table.indptr]
        columns = (np.cumsum(chosen, dtype=np.int32) - 1)[table.indices[kept]]
        shape = (self.count, max(int(chosen.sum()), 1))
        return scipy.sparse.csr_array((table.data[kept], columns, ends), shape=shape)

    def _stacked(self, rows: Mapping[str, Any]) -> Any:
        """Rows of all traits side by side, each times the root of its weight."""
        weighty = [(rows[trait], t.pair) for trait, t in self.model.traits.items() if t.pair > 0]
        if not weighty:
            return scipy.sparse.csr_array((next(iter(rows.values())).shape[0], 1))
        stacked = scipy.sparse.hstack([some for some, _ in weighty], format="csr", dtype=np.float32)
        roots = np.sqrt([weight for _, weight in weighty]).astype(np.float32)
        stacked.data *= np.repeat(roots, [some.shape[1] for some, _ in weighty])[stacked.indices]
        return stacked


def _noted(reports: Iterable[Report], dates: list[date | None]) -> Iterator[Report]:
    """The same reports, each let go once it was looked at; only its date is kept."""
    for report in reports:
        dates.append(report.date)
        yield report


def _nearness(one: Floats, other: Floats) -> Floats:
    """Doublings by which two days are nearer than ten years; 0 where a day is not known."""
    apart = np.minimum(np.nan_to_num(np.abs(one - other), nan=_LONG), _LONG)
    found: Floats = np.log2((_MONTH + _LONG) / (_MONTH + apart))
    return found


def joined(count: int, one: Numbers, other: Numbers, bits: Floats, threshold: float) -> list[int]:
    """Cluster of each report, numbered in the order of first members: surest pairs first, down to the threshold.

    Two sets that both hold several reports are joined by two pairs of different reports at the least: one shared
    address, or one report of two groups, does not hold them together.

    Args:
        count: Number of reports.
        one: First of each pair.
        other: Second of each pair.
        bits: Of each pair.
        threshold: Bits from which a pair joins.
    """
    return Sets(count).filled(one, other, bits, threshold).numbers()


class Sets:
    """Disjoint sets of reports, with the pairs met between large ones, and the reports that are known to be apart.

    Attributes:
        joins: Joins that pairs made: number of the pair, roots of the two sets (the larger first), and their sizes. A
            root is of the surest pairs of its set, and stands for it.
    """

    def __init__(self, count: int) -> None:
        self._parent, self._size = list(range(count)), [1] * count
        self._met: dict[int, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        self._apart: dict[int, set[int]] = {}
        self.joins: list[tuple[int, int, int, int, int]] = []

    def filled(self, one: Numbers, other: Numbers, bits: Floats, threshold: float) -> "Sets":
        """These sets, joined by pairs: surest first, down to the threshold."""
        for at in np.argsort(-bits, kind="stable").tolist():
            if bits[at] < threshold:
                break
            self.meet(int(one[at]), int(other[at]), at)
        return self

    def root(self, x: int) -> int:
        while self._parent[x] != x:
            self._parent[x] = self._parent[self._parent[x]]
            x = self._parent[x]
        return x

    def roots(self) -> list[int]:
        """The root of each report's set."""
        return [self.root(x) for x in range(len(self._parent))]

    def numbers(self) -> list[int]:
        """Set of each report, numbered in the order of first members."""
        numbers: dict[int, int] = {}
        return [numbers.setdefault(root, len(numbers)) for root in self.roots()]

    def size(self, x: int) -> int:
        """Reports in the set of a report."""
        return self._size[self.root(x)]

    def bind(self, a: int, b: int) -> None:
        """Join the sets of two reports whatever their pairs say."""
        one, other = self.root(a), self.root(b)
        if one != other:
            self._join(one, other, None)

    def part(self, a: int, b: int) -> None:
        """Never let the sets of two reports come together."""
        one, other = self.root(a), self.root(b)
        self._apart.setdefault(one, set()).add(b)
        self._apart.setdefault(other, set()).add(a)

    def apart(self, a: int, b: int) -> bool:
        """Whether the sets of two reports are known to be apart."""
        kept = self._apart.get(self.root(a), ())
        return self.root(b) in {self.root(x) for x in kept}

    def meet(self, a: int, b: int, pair: int) -> None:
        """Join the sets of two reports, unless both are large and only one report of either speaks for it."""
        one, other = self.root(a), self.root(b)
        if one == other or self.apart(one, other):
            return
        if min(self._size[one], self._size[other]) >= SEVERAL:
            self._met[one][other].append((a, b))
            self._met[other][one].append((b, a))
            if not _independent(self._met[one][other]):
                return
        self._join(one, other, pair)

    def _join(self, one: int, other: int, pair: int | None) -> None:
        kept, gone = sorted((one, other), key=lambda root: (-self._size[root], root))
        if pair is not None:
            self.joins.append((pair, kept, gone, self._size[kept], self._size[gone]))
        self._parent[gone] = kept
        self._size[kept] += self._size[gone]
        if gone in self._apart:
            self._apart.setdefault(kept, set()).update(self._apart.pop(gone))
        for third, pairs in self._met.pop(gone, {}).items():
            del self._met[third][gone]
            if third != kept:
                self._met[kept][third] += pairs
                self._met[third][kept] += [(b, a) for a, b in pairs]
        spoken = (third for third, pairs in self._met[kept].items() if _independent(pairs))
        following = next((third for third in spoken if not self.apart(kept, third)), None)
        if following is not None:
            self._join(kept, following, pair)


def _independent(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether two of the pairs have no report in common."""
    return any(a != c and b != d for a, b in pairs for c, d in pairs)


class Lesson(NamedTuple):
    """Pairs of reports whose group is known, to learn from.

    Attributes:
        one: First of each pair.
        other: Second of each pair.
        terms: Pairs by traits and nearness (`Rows.terms`).
        same: Whether both reports of a pair are of one group.
        group: Number of the group of the first.
    """

    one: Numbers
    other: Numbers
    terms: Floats
    same: NDArray[np.bool_]
    group: Numbers


def lesson(known: Sequence[Report], model: TraitModel) -> Lesson:
    """What reports of known groups teach of pairs: those that share something rare."""
    rows = Rows(known, model, learning=True)
    one, other = rows.candidates()
    group = np.unique([report.group or "" for report in known], return_inverse=True)[1]
    return Lesson(one, other, rows.terms(one, other), group[one] == group[other], group[one])


def fit_pairs(terms: Floats, same: NDArray[np.bool_], model: TraitModel, pull: float = 1e-4) -> TraitModel:
    """Learn the weights of pairs by logistic regression on pairs that share something rare.

    Args:
        terms: Pairs by traits and nearness (`Rows.terms`).
        same: Whether both reports of a pair are of one group.
        model: Where to start from, and what weights are pulled towards.
        pull: Cost of moving a weight by 1, against the mean log loss in nats.
    """
    if not len(same):
        return model
    start = np.array([model.pair_start, *_weights(model)])
    result = scipy.optimize.minimize(
        _cost,
        start,
        args=(terms, same.astype(np.float64), start, pull),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] + [(0.0, None)] * (len(start) - 1),
        options={"maxiter": 200},
    )
    pair_start, *weights, near = np.round(result.x, 4).tolist()
    traits = {
        name: replace(trait, pair=weight) for (name, trait), weight in zip(model.traits.items(), weights, strict=True)
    }
    return replace(model, pair_start=pair_start, pair_near=near, traits=traits)


def weigh(terms: Floats, model: TraitModel) -> Floats:
    """Log2 odds of pairs, from their terms."""
    found: Floats = model.pair_start + terms @ np.array(_weights(model))
    return found


def _weights(model: TraitModel) -> list[float]:
    """Weights of the columns of `Rows.terms`."""
    return [*(trait.pair for trait in model.traits.values()), model.pair_near]


def _cost(vector: Floats, terms: Floats, same: Floats, start: Floats, pull: float) -> tuple[float, Floats]:
    """Mean log loss in nats of log2 odds, pulled to the start, and its gradient."""
    scores = (vector[0] + terms @ vector[1:]) * np.log(2)
    loss = np.logaddexp(0, scores) - same * scores
    error = (1 / (1 + np.exp(-scores)) - same) * np.log(2) / len(same)
    away = vector - start
    gradient = np.concatenate([[error.sum()], error @ terms]) + 2 * pull * away
    return float(loss.mean() + pull * (away @ away)), gradient
