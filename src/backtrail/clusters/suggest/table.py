"""Reports as sparse tables, one for each trait: rows are reports, columns are values, 1 where a report shows one."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

Matrix = Any
"""A `scipy.sparse.csr_array`; scipy has no types."""


class Report(Struct, frozen=True, kw_only=True):
    """One report, intrusion or event.

    Attributes:
        id: Its id.
        date: When it was published or last active; None when nobody says.
        traits: What it shows (`traits.traits`).
        group: The group it is of; None for one of nobody known, or to be found out.
    """

    id: str
    date: date | None
    traits: Mapping[str, Collection[str]]
    group: str | None = None


class Vocabulary:
    """Numbers of the values of each trait, given out as they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = defaultdict(dict)

    def table(self, reports: Sequence[Report], traits: Iterable[str]) -> dict[str, Matrix]:
        """Reports by values, for each trait; values not met before get new numbers."""
        return {trait: self._matrix(reports, trait) for trait in traits}

    def values(self, trait: str) -> list[str]:
        """Values of a trait by number."""
        return list(self._numbers[trait])

    def number(self, trait: str, value: str) -> int | None:
        """Number of a value, if it was met."""
        return self._numbers[trait].get(value)

    def _matrix(self, reports: Sequence[Report], trait: str) -> Matrix:
        numbers = self._numbers[trait]
        starts: list[int] = [0]
        columns: list[int] = []
        for report in reports:
            columns.extend(numbers.setdefault(value, len(numbers)) for value in sorted(report.traits.get(trait, ())))
            starts.append(len(columns))
        ones = np.ones(len(columns), np.float32)
        return scipy.sparse.csr_array((ones, columns, starts), shape=(len(reports), max(len(numbers), 1)))


def widened(matrix: Matrix, width: int) -> Matrix:
    """The same table with room for values that were met later."""
    return scipy.sparse.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], width))


def days(dates: Iterable[date | None]) -> NDArray[np.float64]:
    """Dates as days since year 1; not a number where there is none."""
    return np.fromiter((day.toordinal() if day else np.nan for day in dates), np.float64)


def sizes(reports: Sequence[Report]) -> NDArray[np.float64]:
    """Binary logarithm of the number of values that reports show themselves, and one."""
    return np.log2([1.0 + _shown(report) for report in reports])


_VALUES = ("host", "address", "endpoint", "url", "path", "file digest", "file name", "technique", "software")


def _shown(report: Report) -> int:
    return sum(len(report.traits.get(trait, ())) for trait in _VALUES)
