"""Products of two rows of a sparse table, for many pairs of rows: what two reports share, added up."""

from typing import Any, cast

import numba
import numpy as np

from backtrail.clusters.suggest.table import Matrix

_numba = cast(Any, numba)


def products(rows: Matrix, one: Any, other: Any) -> Any:
    """Product of the two rows of each pair.

    Args:
        rows: A table in CSR, the columns of each row ascending.
        one: First rows of pairs.
        other: Second rows, as many.
    """
    return _products(rows.indptr, rows.indices, rows.data, one, other)


def _added(indptr: Any, indices: Any, data: Any, one: Any, other: Any) -> Any:
    """Both rows are walked at once, column by column, as they are sorted."""
    found = np.zeros(len(one))
    for pair in range(len(one)):
        a, a_end = indptr[one[pair]], indptr[one[pair] + 1]
        b, b_end = indptr[other[pair]], indptr[other[pair] + 1]
        while a < a_end and b < b_end:
            if indices[a] < indices[b]:
                a += 1
            elif indices[b] < indices[a]:
                b += 1
            else:
                found[pair] += data[a] * data[b]
                a += 1
                b += 1
    return found


_products = _numba.njit(cache=True)(_added)
