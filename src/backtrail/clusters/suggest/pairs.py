"""Reports grouped without any label: pairs that share something rare, weighed trait by trait, joined by average link.

Two reports say for each trait: the rarity of the values they share, in bits, damped by how much each shows. A pair
begins at `pair_start` bits and adds the traits' weights. Only pairs that share a rare value are looked at (blocking);
any other pair counts as one that shares nothing. Sets are joined while the mean over all their pairs is above the
threshold (average linkage, Sokal and Michener 1958, on a sparse graph), so that a chain through one shared address
does not hold two large sets together.
"""

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray
from scipy import optimize, sparse

from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.table import Report, Vocabulary

Floats = NDArray[np.floating]

_FAN_OUT = 200
"""Reports that may show a value which makes them a pair to look at."""

_NEIGHBOURS = 60
"""Pairs that are kept of one report: those that share most."""

_CHUNK = 200_000


class Pairs(Struct, frozen=True, kw_only=True):
    """Pairs of reports that share something rare.

    Attributes:
        reports: Number of reports.
        one: Index of the first of each pair.
        other: Index of the second.
        terms: Pairs by traits: bits of what is shared, damped.
    """

    reports: int
    one: NDArray[np.int64]
    other: NDArray[np.int64]
    terms: Floats


def pairs(reports: Sequence[Report], model: TraitModel) -> Pairs:
    """Pairs worth weighing, and what each trait says for them."""
    tables = Vocabulary().table(reports, model.traits)
    damped = {trait: _damped(table) for trait, table in tables.items()}
    one, other = _candidates(
        [_rare(damped[trait], tables[trait]) for trait, t in model.traits.items() if t.near == "value"]
    )
    terms = np.zeros((len(one), len(model.traits)), np.float32)
    for start in range(0, len(one), _CHUNK):
        part = slice(start, start + _CHUNK)
        for i, trait in enumerate(model.traits):
            rows = damped[trait]
            terms[part, i] = np.asarray(rows[one[part]].multiply(rows[other[part]]).sum(axis=1)).ravel()
    return Pairs(reports=len(reports), one=one, other=other, terms=terms)


def _damped(table: Any) -> Any:
    """Rows whose products are the shared bits over the square root of the geometric mean of what both rows show."""
    holders = np.asarray(table.sum(axis=0)).ravel()
    rarity = np.log2((table.shape[0] + 1) / np.maximum(holders, 1))
    shown = np.maximum(np.diff(table.indptr), 1).astype(np.float64)
    return (sparse.diags_array(shown**-0.25) @ table @ sparse.diags_array(np.sqrt(rarity))).tocsr()


def _rare(rows: Any, table: Any) -> Any:
    holders = np.asarray(table.sum(axis=0)).ravel()
    return rows[:, np.flatnonzero((holders > 1) & (holders <= _FAN_OUT))]


def _candidates(rare: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs that share rare values, at most so many for one report: those that share most of them."""
    rows = sparse.hstack(rare, format="csr")
    turned = rows.T.tocsr()
    found: set[tuple[int, int]] = set()
    for start in range(0, rows.shape[0], 1000):
        block = (rows[start : start + 1000] @ turned).tocsr()
        for i in range(block.shape[0]):
            at = slice(block.indptr[i], block.indptr[i + 1])
            columns, shared = block.indices[at], block.data[at]
            if len(columns) > _NEIGHBOURS + 1:
                columns = columns[np.argpartition(-shared, _NEIGHBOURS)[: _NEIGHBOURS + 1]]
            found.update((min(start + i, int(j)), max(start + i, int(j))) for j in columns if j != start + i)
    ordered = np.array(sorted(found), np.int64).reshape(-1, 2)
    return ordered[:, 0], ordered[:, 1]


def bits(found: Pairs, model: TraitModel) -> Floats:
    """Log2 odds of each pair."""
    weights = np.array([trait.pair for trait in model.traits.values()])
    scores: Floats = model.pair_start + found.terms @ weights
    return scores


def clusters(found: Pairs, scores: Floats, apart: float, threshold: float) -> list[int]:
    """Cluster of each report, numbered in the order of first members.

    Args:
        found: Pairs.
        scores: Bits of each.
        apart: Bits of a pair that shares nothing.
        threshold: Mean bits over all pairs between two sets from which they are joined.
    """
    between: list[dict[int, float]] = [{} for _ in range(found.reports)]
    for a, b, score in zip(found.one.tolist(), found.other.tolist(), (scores - apart).tolist(), strict=True):
        between[a][b] = between[b][a] = score
    size = [1] * found.reports
    into = list(range(found.reports))
    queue = [(-score, a, b, 1, 1) for a, held in enumerate(between) for b, score in held.items() if a < b]
    heapq.heapify(queue)
    while queue:
        mean, a, b, size_a, size_b = heapq.heappop(queue)
        if -mean + apart < threshold:
            break
        if into[a] == a and into[b] == b and size[a] == size_a and size[b] == size_b:
            kept = _joined(a, b, between, size, into)
            for c, sum_ in between[kept].items():
                first, second = min(kept, c), max(kept, c)
                entry = (-sum_ / (size[kept] * size[c]), first, second, size[first], size[second])
                heapq.heappush(queue, entry)
    return _numbered(into)


def _joined(a: int, b: int, between: list[dict[int, float]], size: list[int], into: list[int]) -> int:
    """Join two sets into the one with more neighbours."""
    if len(between[a]) < len(between[b]):
        a, b = b, a
    for c, sum_ in between[b].items():
        if c != a:
            between[a][c] = between[c][a] = between[a].get(c, 0.0) + sum_
        del between[c][b]
    between[b] = {}
    size[a] += size[b]
    into[b] = a
    return a


def _numbered(into: list[int]) -> list[int]:
    def root(x: int) -> int:
        while into[x] != x:
            into[x] = into[into[x]]
            x = into[x]
        return x

    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(x), len(numbers)) for x in range(len(into))]


def fit_pairs(found: Pairs, labels: Sequence[str], model: TraitModel, pull: float = 1e-3) -> TraitModel:
    """Learn the weights of pairs from the groups of reports: logistic regression on pairs that share something rare.

    Args:
        found: Pairs.
        labels: Group of each report.
        model: Where to start from, and what weights are pulled towards.
        pull: Cost of moving a weight by 1, against the mean log loss in nats.
    """
    group = np.unique(list(labels), return_inverse=True)[1]
    same = (group[found.one] == group[found.other]).astype(np.float64)
    start = np.array([model.pair_start, *(trait.pair for trait in model.traits.values())])
    result = optimize.minimize(
        _cost,
        start,
        args=(found.terms, same, start, pull),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] + [(0.0, None)] * len(model.traits),
        options={"maxiter": 200},
    )
    pair_start, *weights = np.round(result.x, 4).tolist()
    traits = {
        name: replace(trait, pair=weight) for (name, trait), weight in zip(model.traits.items(), weights, strict=True)
    }
    return replace(model, pair_start=pair_start, traits=traits)


def _cost(vector: Floats, terms: Floats, same: Floats, start: Floats, pull: float) -> tuple[float, Floats]:
    """Mean log loss in nats of log2 odds, pulled to the start, and its gradient."""
    scores = (vector[0] + terms @ vector[1:]) * np.log(2)
    loss = np.logaddexp(0, scores) - same * scores
    error = (1 / (1 + np.exp(-scores)) - same) * np.log(2) / len(same)
    away = vector - start
    gradient = np.concatenate([[error.sum()], error @ terms]) + 2 * pull * away
    return float(loss.mean() + pull * (away @ away)), gradient
