"""Questions to a whole block that a processor answers for many bytes at a time, so that the scan need not ask them."""

from typing import Any

import numpy as np

from backtrail.hunts.jit import compiled
from backtrail.hunts.lookup import remark_row
from backtrail.hunts.tables import LABELS

_NEWLINE, _OPEN, _CLOSE, _ZERO = 10, 40, 41, 48


@compiled
def newlines(data: Any, lo: Any, hi: Any) -> Any:
    """How many lines end between two places."""
    part, count = data[lo:hi], 0
    for i in range(len(part)):
        count += part[i] == _NEWLINE
    return count


@compiled
def may_have_labels(data: Any, lo: Any, hi: Any) -> Any:
    """Whether there is any `(0`: names end with `(0)` as Windows' DNS server writes them."""
    first, second, count = data[lo:hi], data[lo + 1 : hi + 1], 0
    for i in range(len(first)):
        count += (first[i] == _OPEN) & (second[i] == _ZERO)
    return count > 0


@compiled
def labels(data: Any, lo: Any, hi: Any, out: Any) -> Any:
    """All `(0)` as remarks; where it stopped (the end, unless `out` is full), and how much."""
    at, n = np.int64(lo), 0
    while at < hi and n < len(out):
        if data[at] == _OPEN and data[at + 1] == _ZERO and data[at + 2] == _CLOSE:
            n = remark_row(LABELS, at, at + 3, out, n)
        at += 1
    return at, n
