"""Addresses read out of bytes, strictly: what is not exactly an address is none. Ends are told, values are numbers."""

from typing import Any

import numpy as np

from backtrail.hunts.bytetable import DIGIT, HEX, VALUE
from backtrail.hunts.jit import compiled

DOT = np.uint8(46)
COLON = np.uint8(58)
_ONE, _TWO = np.uint64(1), np.uint64(2)


@compiled
def _octet(data: Any, at: Any) -> Any:
    """Value, end and faults of one to three digits; without branches, whose way a processor could only guess."""
    first = np.int64(data[at]) - 48
    second = np.int64(data[at + _ONE]) - 48
    third = np.int64(data[at + _TWO]) - 48
    two = np.int64(second >= 0) & np.int64(second <= 9)
    three = two & np.int64(third >= 0) & np.int64(third <= 9)
    value = first + two * (9 * first + second)
    value = value + three * (9 * value + third)
    wrong = np.int64(first < 0) | np.int64(first > 9) | np.int64(value > 255) | (np.int64(first == 0) & two)
    return value, at + np.uint64(1 + two + three), wrong


@compiled
def quad(data: Any, start: Any) -> Any:
    """Value and end of four octets with dots between them; value -1 for none."""
    at, total, wrong = np.uint64(start), 0, 0
    for part in range(4):
        value, at, fault = _octet(data, at)
        total = total * 256 + value
        wrong |= fault
        if part < 3:
            wrong |= np.int64(data[at] != DOT)
            at += _ONE
    if wrong or DIGIT[data[at]]:
        return -1, np.int64(at)
    return total, np.int64(at)


@compiled
def _group(data: Any, at: Any, end: Any) -> Any:
    """Value and end of one to four hex digits; value -1 for none."""
    value, i = 0, at
    while i < end and HEX[data[i]] == 1 and i < at + 5:
        value = value * 16 + VALUE[data[i]]
        i += 1
    return (-1, i) if i == at or i > at + 4 else (value, i)


@compiled
def _groups(data: Any, at: Any, end: Any, out: Any) -> Any:
    """Groups into `out`; their number and the place of `::` among them (-1 without), or a number of -1."""
    count, gap, i = 0, -1, at
    if end - at >= 2 and data[at] == COLON and data[at + 1] == COLON:
        gap, i = 0, at + 2
    while i < end and count < 8:
        value, i = _group(data, i, end)
        if value < 0:
            return -1, gap
        out[count] = value
        count += 1
        if i < end:
            if data[i] != COLON:
                return -1, gap
            i += 1
            if i < end and data[i] == COLON:
                if gap >= 0:
                    return -1, gap
                gap, i = count, i + 1
            elif i == end:
                return -1, gap
    return (count, gap) if i == end else (-1, gap)


@compiled
def v6(data: Any, start: Any, end: Any, groups: Any) -> Any:
    """Whether these bytes are an IPv6 address in any spelling without dots, and its two halves.

    `groups` are eight numbers to work with.
    """
    count, gap = _groups(data, start, end, groups)
    if count < 0 or (gap < 0 and count != 8) or (gap >= 0 and count > 7):
        return False, np.uint64(0), np.uint64(0)
    high, low = np.uint64(0), np.uint64(0)
    for i in range(8):
        value = 0
        if gap < 0 or i < gap:
            value = groups[i]
        elif i >= 8 - (count - gap):
            value = groups[i - (8 - count)]
        if i < 4:
            high = (high << np.uint64(16)) | np.uint64(value)
        else:
            low = (low << np.uint64(16)) | np.uint64(value)
    return True, high, low
