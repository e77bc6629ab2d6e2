"""Values of many reports as numbered columns, without keeping the values: what grouping needs of 100,000 reports.

A value is remembered by 64 bits of its hash: 15 million values share one by chance less than once in 100,000 runs. Its
column is the place at which it was first met, so that nothing depends on the hash itself.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

from backtrail.clusters.suggest.table import Matrix, Report

Codes = NDArray[np.int64]
Numbers = NDArray[np.int32]


class Columns(Struct, frozen=True):
    """Columns of the values of a trait.

    Attributes:
        codes: Hashes of the values, ascending.
        numbers: The column of each.
    """

    codes: Codes
    numbers: Numbers

    def row(self, values: Collection[str]) -> Matrix:
        """One more report as a row, without the values that nobody showed."""
        asked = np.array(sorted(map(hash, values)), np.int64)
        at = np.searchsorted(self.codes, asked)
        at[at == len(self.codes)] = 0
        known = self.numbers[at[self.codes[at] == asked]] if len(self.codes) else self.numbers[:0]
        width = max(len(self.codes), 1)
        return scipy.sparse.csr_array((np.ones(len(known), np.float32), np.sort(known), [0, len(known)]), (1, width))


def numbered(reports: Iterable[Report], traits: Sequence[str]) -> tuple[dict[str, Matrix], dict[str, Columns]]:
    """Reports by values for each trait, and the columns of the values. Each report is looked at once and let go.

    Args:
        reports: The reports.
        traits: Names of the traits wanted.
    """
    met = {trait: (array("q"), array("i"), array("i")) for trait in traits}
    count = 0
    for at, report in enumerate(reports):
        count = at + 1
        for trait, values in report.traits.items():
            if values and trait in met:
                codes, rows, lengths = met[trait]
                codes.extend(map(hash, sorted(values)))
                rows.append(at)
                lengths.append(len(values))
    tables: dict[str, Matrix] = {}
    columns: dict[str, Columns] = {}
    for trait in traits:
        codes, rows, lengths = met.pop(trait)
        ends = np.zeros(count + 1, np.int64)
        ends[np.frombuffer(rows, np.int32) + 1] = np.frombuffer(lengths, np.int32)
        tables[trait], columns[trait] = _table(np.frombuffer(codes, np.int64), _narrow(np.cumsum(ends)))
    return tables, columns


def _narrow(ends: Codes) -> NDArray[np.integer]:
    """Ends of rows in 32 bits where they fit: scipy keeps columns as wide as these."""
    return ends.astype(np.int32) if ends[-1] < np.iinfo(np.int32).max else ends


def _table(codes: Codes, ends: NDArray[np.integer]) -> tuple[Matrix, Columns]:
    distinct, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    numbers = np.empty(len(distinct), np.int32)
    numbers[np.argsort(first)] = np.arange(len(distinct), dtype=np.int32)
    shape = (len(ends) - 1, max(len(distinct), 1))
    ones: Any = np.ones(len(codes), np.float32)
    table = scipy.sparse.csr_array((ones, numbers[inverse], ends), shape=shape)
    table.sort_indices()
    return table, Columns(distinct, numbers)
