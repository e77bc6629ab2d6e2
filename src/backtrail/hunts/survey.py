"""Questions to a whole block that a processor answers for many bytes at a time, so that the scan need not ask them."""

from typing import Any

import numpy as np

from backtrail.hunts.jit import compiled
from backtrail.hunts.lanes import newline_mask, ones, open_mask, up_to, zero_mask
from backtrail.hunts.lookup import NONE, ONE, remark_row
from backtrail.hunts.tables import LABELS

_OPEN, _CLOSE, _ZERO = 40, 41, 48
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
def may_have_labels(data: Any, lo: Any, hi: Any) -> Any:
    """Whether there may be any `(0`: names end with `(0)` as Windows' DNS server writes them."""
    seen, p = NONE, np.uint64(lo)
    while p < np.uint64(hi):
        seen |= open_mask(data, p) & zero_mask(data, p + ONE)
        p += _64
    return seen != NONE


@compiled
def labels(data: Any, lo: Any, hi: Any, out: Any) -> Any:
    """All `(0)` as remarks; where it stopped (the end, unless `out` is full), and how much."""
    at, n = np.int64(lo), 0
    while at < hi and n < len(out):
        if data[at] == _OPEN and data[at + 1] == _ZERO and data[at + 2] == _CLOSE:
            n = remark_row(LABELS, at, at + 3, out, n)
        at += 1
    return at, n
