"""Questions to a whole block that a processor answers for many bytes at a time, so that the scan need not ask them."""

from typing import Any

import numpy as np

from backtrail.hunts.jit import compiled
from backtrail.hunts.lanes import newline_mask, null_mask, ones, open_mask, up_to, zero_mask
from backtrail.hunts.lookup import NONE, ONE
from backtrail.hunts.tables import Bytes, Numbers

_64 = np.uint64(64)


@compiled
def newlines(data: Any, lo: Any, hi: Any) -> Any:
    """How many lines end between two places; 64 bytes behind them are the array's as well."""
    count, p, stop = NONE, np.uint64(lo), np.uint64(hi)
    while p < stop:
        count += ones(newline_mask(data, p) & up_to(stop - p))
        p += _64
    return count


@compiled
def _newlines_before(data: Any, lo: Any, places: Any, out: Any) -> Any:
    at, count = np.int64(lo), NONE
    for k in range(len(places)):
        count += newlines(data, at, places[k])
        at = places[k]
        out[k] = count


def newlines_before(data: Bytes, lo: int, places: Numbers) -> Numbers:
    """Newlines before each of some places, which are in order, from `lo` on; in one call, see `kernel`."""
    out = np.zeros(len(places), np.int64)
    _newlines_before(data, lo, places, out)
    return out


@compiled
def rare_signs(data: Any, lo: Any, hi: Any) -> Any:
    """Whether there may be any `(0` (names end with `(0)` as Windows' DNS server writes them), and any byte of zero."""
    label, zero, p, stop = NONE, NONE, np.uint64(lo), np.uint64(hi)
    while p < stop:
        label |= open_mask(data, p) & zero_mask(data, p + ONE)
        zero |= null_mask(data, p)
        p += _64
    return label != NONE, zero != NONE
