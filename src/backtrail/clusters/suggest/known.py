"""What is known of groups, and what a report says for each of them: log-likelihood ratios of traits.

For a value v of a trait, and a group with n reports that show the trait, c of them with v (both decayed by age), the
chance that the group's next report shows v is (c + s·b) / (n + s): the background rate b of v, over groups, corrected
by what the group is known to do (a Dirichlet prior of strength s). Its ratio to b, in bits, is what the value says
for the group: Fellegi and Sunter's log2(m / u) with m counted in the group. What a report shares with a group (ratios
above 1) and what the group was never seen to do (below) are summed apart, since they are weighed apart; sums are
damped, since values of one report are not independent; the strongest value of a trait counts once more, undamped, since
one that is telling tells as much among many. Two more terms compare with the nearest reports of a group,
since a group may have several ways; their likeness L counts as log2((L + l) / l) bits, l being what means nothing.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray

from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.table import Matrix, Report, Vocabulary, days, sizes, widened

Floats = NDArray[np.floating]

_NEAR = 5


class TraitCounts:
    """One trait of the known reports, counted by group; the last row is those of nobody known."""

    def __init__(self, table: Matrix, weighted: Matrix, plain: Matrix, model: TraitModel) -> None:
        has = (np.diff(table.indptr) > 0).astype(np.float64)
        self.reports = weighted @ has
        self.values = (weighted @ table).tocsc()
        groups = np.asarray(((plain @ table) > 0).sum(axis=0)).ravel()
        everyone = int(((plain @ has) > 0).sum())
        self.groups = groups
        self.background = (groups + model.background_rate) / (everyone + model.background_size)
        self.unseen = np.log2(model.strength / (self.reports + model.strength))
        self._strength = model.strength

    def bits(self, columns: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
        """Bits of values (columns) for groups (rows): what is shared, and what stands in for `unseen` where less."""
        some = self.values[:, columns].tocoo()
        rate = self.background[columns][some.col]
        ratio = (some.data + self._strength * rate) / (self.reports[some.row] + self._strength)
        bits = np.log2(ratio / rate)
        at = (some.row, some.col)
        shared = scipy.sparse.csr_array((np.maximum(bits, 0), at), shape=some.shape)
        instead = scipy.sparse.csr_array((np.minimum(bits, 0) - self.unseen[some.row], at), shape=some.shape)
        return shared, instead

    def counted(self, group: int, column: int) -> float:
        """Reports of a group that show a value, each as much as its age leaves."""
        return float(self.values[group, column])


class Evidence:
    """What reports say for each group, before it is weighed.

    Attributes:
        terms: Reports by groups (the last is nobody known) by columns, in bits.
        prior: Groups by terms of the prior, in bits.
        size: What each report holds, in doublings.
    """

    def __init__(self, terms: NDArray[np.float32], prior: Floats, size: Floats) -> None:
        self.terms, self.prior, self.size = terms, prior, size


class Known:
    """Reports whose group is known, and those of nobody known, as of a day."""

    def __init__(self, reports: Sequence[Report], model: TraitModel) -> None:
        """Count them; `now` is the date of the latest.

        Args:
            reports: What is known.
            model: Parameters; its weights are not used here.
        """
        self.model = model
        self.reports = tuple(reports)
        self.groups = tuple(sorted({report.group for report in reports if report.group is not None}))
        self.traits = tuple(model.traits)
        number = {group: i for i, group in enumerate(self.groups)}
        self.row = np.array([number[r.group] if r.group is not None else len(self.groups) for r in reports], np.int64)
        self._words = Vocabulary()
        self._tables = self._words.table(reports, self.traits)
        self._plain = self._by_group(np.ones(len(reports)))
        weighted = self._by_group(self._decay(model.half_life))
        shown = [trait for trait in self.traits if self._tables[trait].nnz]  # the others say nothing of anybody
        self.counts = {trait: TraitCounts(self._tables[trait], weighted, self._plain, model) for trait in shown}
        sums = [
            np.asarray(weights.sum(axis=1)).ravel()[:-1]
            for weights in (self._plain, weighted, self._by_group(self._decay(model.recent)))
        ]
        self.prior = np.stack([np.log2(some + least) for some, least in zip(sums, (0.5, 0.1, 0.02), strict=True)], 1)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Names of the terms, in the order of `Evidence.terms`."""
        return (
            *(f"{trait}{which}" for trait in self.traits for which in ("+", "-")),
            *(f"nearest {near}{which}" for near in self.model.nearest for which in ("1", "5")),
            *(f"{trait}!" for trait in self.traits),
        )

    def evidence(self, reports: Sequence[Report]) -> Evidence:
        """What reports say for each group: `len(reports)` by `len(groups) + 1` by `len(columns)`."""
        tables = self._words.table(reports, self.traits)
        terms = np.zeros((len(reports), len(self.groups) + 1, len(self.columns)), np.float32)
        for i, trait in enumerate(self.traits):
            if trait in self.counts and tables[trait].nnz:
                terms[:, :, 2 * i], terms[:, :, 2 * i + 1], terms[:, :, i - len(self.traits)] = self._of_trait(
                    trait, tables[trait]
                )
        at = 2 * len(self.traits)
        for near in self.model.nearest:
            one, five = self._nearest(self.likeness(tables, near))
            terms[:, :, at] = np.log2(one / self.model.likeness_one + 1)
            terms[:, :, at + 1] = np.log2(five / self.model.likeness_five + 1)
            at += 2
        return Evidence(terms, self.prior, sizes(reports))

    def number(self, trait: str, value: str) -> int | None:
        """Number of a value that some known report shows."""
        number = self._words.number(trait, value)
        return number if number is not None and number < self._tables[trait].shape[1] else None

    def showing(self, trait: str, number: int, group: int) -> tuple[str, ...]:
        """Ids of a group's reports that show a value, by its number."""
        rows = self._members[group]
        shown = self._tables[trait][rows][:, [number]].nonzero()[0]
        return tuple(self.reports[rows[i]].id for i in shown.tolist())

    def nearest(self, report: Report, near: str, group: int, most: int) -> tuple[str, ...]:
        """Ids of the reports of a group that are most like a report, nearest first."""
        rows = self._members[group]
        likeness = self.likeness(self._words.table([report], self.traits), near)[0][rows]
        return tuple(self.reports[rows[i]].id for i in np.argsort(-likeness, kind="stable")[:most].tolist())

    def _of_trait(self, trait: str, table: Matrix) -> tuple[Floats, Floats, Floats]:
        """What reports share with each group, what it never showed, and the strongest value that they share."""
        counts = self.counts[trait]
        number = np.diff(table.indptr).astype(np.float64)
        met = np.unique(table.indices[table.indices < counts.values.shape[1]])
        shared, instead = counts.bits(met)
        some = table[:, met]
        absent = (some @ instead.T).toarray() + number[:, None] * counts.unseen[None, :]
        least = np.maximum(number, 1)[:, None]
        return (some @ shared.T).toarray() / least**self.model.damping, absent / least, _strongest(some, shared)

    def likeness(self, tables: dict[str, Matrix], near: str) -> Floats:
        """Cosine of reports (rows) and known reports (columns), values weighed by their rarity over groups."""
        left, right = [], []
        for trait in self.traits:
            shown = trait in self.counts
            if self.model.traits[trait].near == near and (shown or tables[trait].nnz):
                width = tables[trait].shape[1]
                groups = np.zeros(width)
                if shown:
                    groups[: len(self.counts[trait].groups)] = self.counts[trait].groups
                rare = scipy.sparse.diags_array(np.maximum(np.log2((len(self.groups) + 2) / (groups + 0.5)), 0))
                left.append(tables[trait] @ rare)
                right.append(widened(self._tables[trait], width) @ rare)
        if not left:
            return np.zeros((next(iter(tables.values())).shape[0], len(self.reports)))
        one, other = scipy.sparse.hstack(left, format="csr"), scipy.sparse.hstack(right, format="csr")
        found: Floats = (one @ other.T).toarray()
        return found / np.maximum(_length(one)[:, None] * _length(other)[None, :], 1e-6)

    def _nearest(self, likeness: Floats) -> tuple[Floats, Floats]:
        """The best likeness with each group, and the mean of the five best (a missing one is 0)."""
        shape = (likeness.shape[0], len(self.groups) + 1)
        one, five = np.zeros(shape), np.zeros(shape)
        for group, members in enumerate(self._members):
            if len(members):
                best = np.sort(likeness[:, members], axis=1)[:, -_NEAR:]
                one[:, group], five[:, group] = best[:, -1], best.sum(axis=1) / _NEAR
        return one, five

    @cached_property
    def _members(self) -> list[NDArray[np.int64]]:
        return [np.flatnonzero(self.row == group) for group in range(len(self.groups) + 1)]

    def _by_group(self, weights: Floats) -> Matrix:
        at = (self.row, np.arange(len(self.row)))
        return scipy.sparse.csr_array((weights, at), shape=(len(self.groups) + 1, len(self.row)))

    def _decay(self, half_life: float) -> Floats:
        """Weight by age at the latest report, never below the floor; without a date, that of one half-life."""
        day = days(report.date for report in self.reports)
        latest = np.nanmax(day) if np.isfinite(day).any() else 0.0
        age: Floats = np.where(np.isnan(day), half_life, latest - day)
        weights: Floats = np.maximum(np.power(0.5, age / half_life), self.model.floor)
        return weights


def _strongest(some: Matrix, shared: Matrix) -> Floats:
    """Most bits that one value of a report (row of `some`) gives a group (row of `shared`)."""
    found = np.zeros(some.shape[0] * shared.shape[0])
    values = shared.T.tocsr()[some.indices].tocoo()
    report = np.repeat(np.arange(some.shape[0]), np.diff(some.indptr))[values.row]
    np.maximum.at(found, report * shared.shape[0] + values.col, values.data)
    return found.reshape(some.shape[0], shared.shape[0])


def _length(matrix: Matrix) -> Floats:
    found: Floats = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return found
