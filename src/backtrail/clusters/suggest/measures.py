"""How good suggestions and groupings are, against labels: the measures of `evaluate`.

B-cubed: Bagga and Baldwin (1998). Calibration error: Naeini et al. (2015), 15 bins of equal width. AUROC by ranks
(Mann and Whitney, 1947).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.floating]

_BINS = 15

_ROUNDED = 1e-9
"""Precision that sums of what records count may lack by rounding."""


class Suggested(Struct, frozen=True, kw_only=True):
    """Measures of suggestions. Shares are of known records unless said otherwise; None where nothing can be said.

    Attributes:
        records: Records with a label.
        unknown: Of them, those of no group that was known.
        top1: Right group first (nobody known set aside).
        top5: Right group among the first five.
        macro: Mean over groups of the share right.
        at90: Answered rightly when as many are answered as keeps 90 % of all answers right.
        at95: The same at 95 %.
        auroc: Chance that a record of nobody known gets a higher probability of it than a known one.
        ece: Expected calibration error of the likeliest answer, nobody known included.
        log_loss: Mean, in nats, of all records.
    """

    records: int
    unknown: int
    top1: float | None
    top5: float | None
    macro: float | None
    at90: float | None
    at95: float | None
    auroc: float | None
    ece: float | None
    log_loss: float | None


def suggested(chance: Floats, right: NDArray[np.int64], share: float | None = None) -> Suggested:
    """Measure suggestions.

    Args:
        chance: Probabilities, records by groups and one: the last is nobody known.
        right: Number of the right group; the number of groups for nobody known.
        share: Measure as if so many records were of nobody known: those that are count more, or less; None, or where
            all records are of one sort: as they are.
    """
    groups = chance.shape[1] - 1
    known = right < groups
    if not len(right):
        return Suggested(records=0, unknown=0, **dict.fromkeys(_MEASURES))
    order = np.argsort(-chance[:, :-1], axis=1, kind="stable")
    first = order[:, 0] if groups else np.full(len(right), -1)
    hit = first == right
    rows = np.arange(len(right))
    counted = _counted(known, share)
    return Suggested(
        records=len(right),
        unknown=int((~known).sum()),
        top1=_mean(hit[known]),
        top5=_mean((order[:, :5] == right[:, None]).any(axis=1)[known]),
        macro=_mean(np.array([hit[right == group].mean() for group in np.unique(right[known])])),
        at90=_answered(chance, hit, known, counted, 0.90),
        at95=_answered(chance, hit, known, counted, 0.95),
        auroc=_auroc(chance[:, -1], known),
        ece=_calibration(chance, right, counted),
        log_loss=float(-np.log(np.maximum(chance[rows, right], 1e-12)) @ counted),
    )


_MEASURES = ("top1", "top5", "macro", "at90", "at95", "auroc", "ece", "log_loss")


def _mean(values: NDArray[np.generic]) -> float | None:
    return float(values.mean()) if len(values) else None


def _counted(known: NDArray[np.bool_], share: float | None) -> NDArray[np.float64]:
    """What each record counts; together 1."""
    unknown = float((~known).mean())
    if share is None or unknown in (0.0, 1.0):
        return np.full(len(known), 1 / len(known))
    return np.where(known, (1 - share) / (1 - unknown), share / unknown) / len(known)


def _answered(
    chance: Floats, hit: NDArray[np.bool_], known: NDArray[np.bool_], counted: NDArray[np.float64], precision: float
) -> float | None:
    """Known records answered rightly, when the surest are answered down to the given precision over all answers."""
    if not counted[known].sum():
        return None
    order = np.argsort(-chance[:, :-1].max(axis=1), kind="stable")
    rightly = np.cumsum((hit * counted)[order])
    enough = np.flatnonzero(rightly >= precision * np.cumsum(counted[order]) - _ROUNDED)
    return min(float(rightly[enough[-1]] / counted[known].sum()), 1.0) if len(enough) else 0.0


def _auroc(unknown: Floats, known: NDArray[np.bool_]) -> float | None:
    count = int((~known).sum())
    if count in (0, len(known)):
        return None
    ranks = scipy.stats.rankdata(unknown)
    return float((ranks[~known].sum() - count * (count + 1) / 2) / (count * (len(known) - count)))


def _calibration(chance: Floats, right: NDArray[np.int64], counted: NDArray[np.float64]) -> float:
    sure, hit = chance.max(axis=1), chance.argmax(axis=1) == right
    bins = np.minimum((sure * _BINS).astype(int), _BINS - 1)
    return float(np.abs(np.bincount(bins, (sure - hit) * counted)).sum())


class Grouped(Struct, frozen=True, kw_only=True):
    """Measures of a grouping.

    Attributes:
        records: Records with a label.
        clusters: Clusters they are in.
        precision: B-cubed precision: mean share of a record's cluster that is of its group.
        recall: B-cubed recall: mean share of a record's group that is in its cluster.
        f1: Harmonic mean of both.
        pair_precision: Share of pairs in one cluster that are of one group.
        pair_recall: Share of pairs of one group that are in one cluster.
        pair_f1: Harmonic mean of both.
    """

    records: int
    clusters: int
    precision: float
    recall: float
    f1: float
    pair_precision: float
    pair_recall: float
    pair_f1: float


def grouped(clusters: Sequence[int], labels: Sequence[str]) -> Grouped:
    """Measure a grouping against labels, record by record."""
    both, cluster, label = Counter(zip(clusters, labels, strict=True)), Counter(clusters), Counter(labels)
    records = max(len(labels), 1)
    precision = sum(n * n / cluster[c] for (c, _), n in both.items()) / records
    recall = sum(n * n / label[k] for (_, k), n in both.items()) / records
    right = _pairs(both)
    pair_precision, pair_recall = _share(right, _pairs(cluster)), _share(right, _pairs(label))
    return Grouped(
        records=len(labels),
        clusters=len(cluster),
        precision=precision,
        recall=recall,
        f1=_harmonic(precision, recall),
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        pair_f1=_harmonic(pair_precision, pair_recall),
    )


def _pairs(counts: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0
