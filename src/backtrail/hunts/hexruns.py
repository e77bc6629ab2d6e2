"""Runs of hex digits and colons: digests, serial numbers and IPv6 addresses.

A run of at least n bytes has one at every n-th place, so that only these are looked at.
"""

from typing import Any

import numpy as np

from backtrail.hunts.addressbytes import v6
from backtrail.hunts.bytetable import FOLD, HEX, WORD
from backtrail.hunts.dotted import v4_lookup
from backtrail.hunts.jit import compiled, rarely
from backtrail.hunts.lookup import DIGITS, NONE, NUMBER, ONE, SPARE, anchored, escapes, found, is_escape_letter, keep
from backtrail.hunts.mixing import HEXES, hex_key, v6_key
from backtrail.hunts.mixing import SERIAL as SERIAL_SALT
from backtrail.hunts.tables import KEEPS, SERIALS, SIXES, SIXES_ABOVE, STRIDE

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_MAPPED = np.uint64(0xFFFF)
_16 = np.uint64(16)
_32 = np.uint64(32)
_64 = np.uint64(64)
_BACKSLASH, _COLON, _U, _X, _ZERO = 92, 58, 117, 120, 48


@compiled
def _digest(data: Any, start: Any, end: Any, count: Any, t: Any, out: Any, n: Any) -> Any:
    """Look up hex digits, by themselves and as a serial number without leading zeros."""
    if count < len(t.digests) and t.digests[count]:
        key = hex_key(data, start, end, HEXES)
        if anchored(key, t):
            n = found(key, data, start, end, DIGITS, t, out, n)
    shortest = t.limits[SERIALS]
    if shortest and shortest <= count <= 128:
        first = start
        while first < end - 1 and (data[first] == _ZERO or data[first] == _COLON):
            first += 1
        key = hex_key(data, first, end, SERIAL_SALT)
        if anchored(key, t):
            n = found(key, data, first, end, DIGITS, t, out, n)
    return n


@rarely
def _v6_lookup(data: Any, start: Any, end: Any, t: Any, out: Any, n: Any) -> Any:
    ok, high, low = v6(data, start, end, t.scratch)
    if not ok:
        return n
    if high == NONE and low >> _32 == _MAPPED:
        return v4_lookup(np.int64(low & np.uint64(0xFFFFFFFF)), data, start, end, 0, t, out, n)
    key = v6_key(high, low, 128)
    if anchored(key, t):
        n = found(key, data, start, end, NUMBER, t, out, n)
    if t.limits[KEEPS]:
        n = keep(SIXES_ABOVE, high >> _16, t, out, n)
    for prefix in t.prefixes6:
        upper = high if prefix >= 64 else (NONE if prefix == 0 else high >> (_64 - np.uint64(prefix)))
        if 0 < prefix < 64:
            upper = upper << (_64 - np.uint64(prefix))
        lower = NONE
        if prefix > 64:
            lower = low & (_ALL << np.uint64(128 - prefix))
        n = found(v6_key(upper, lower, prefix), data, start, end, NUMBER, t, out, n)
    return n


@rarely
def _with_colons(data: Any, start: Any, end: Any, colons: Any, t: Any, out: Any, n: Any) -> Any:
    """A run with colons in it: an address, a digest in pairs, or digests beside colons."""
    pairs, at = True, start
    for i in range(start, end + 1):
        if i == end or data[i] == _COLON:
            pairs = pairs and i - at == 2
            if i - at >= 16 or (t.limits[SERIALS] and i - at >= t.limits[SERIALS]):
                n = _digest(data, at, i, i - at, t, out, n)
            at = i + 1
    if pairs:
        return _digest(data, start, end, 2 * (colons + 1), t, out, n)
    if t.limits[SIXES] and colons >= 2:
        first, stop = start, end
        if data[stop - 1] == _COLON and data[stop - 2] != _COLON:
            stop -= 1
        if data[first] == _COLON and data[first + 1] != _COLON:
            first += 1
        n = _v6_lookup(data, first, stop, t, out, n)
    return n


@compiled
def _hex_start(data: Any, start: Any) -> Any:
    """Where hex that begins at `start` begins as a token; -1 when it is the rest of a word."""
    if not WORD[data[start - 1]]:
        return start
    before = data[start - 2]
    if FOLD[data[start - 1]] == _X and before == _ZERO and not WORD[data[start - 3]]:
        return start
    if before == _BACKSLASH and escapes(data, start - 1):
        if data[start - 1] == _U:
            return start + 4
        if is_escape_letter(data[start - 1]):
            return start
    return -1


@compiled
def _hex_run(data: Any, start: Any, end: Any, t: Any, out: Any, n: Any) -> Any:
    """A run of hex digits and colons."""
    colons = 0
    for i in range(start, end):
        if data[i] == _COLON:
            colons += 1
    if colons == 0 and not t.limits[SERIALS] and (end - start > 132 or (end - start < 32)):
        return n
    first = start if data[start] == _COLON else _hex_start(data, start)
    if first < 0 and colons:
        first = start
        while data[first] != _COLON:
            first += 1
        first += 1
        colons -= 1
    stop = end
    if WORD[data[end]] and data[end - 1] != _COLON:
        while stop > first and data[stop - 1] != _COLON:
            stop -= 1
            colons -= data[stop - 1] == _COLON
        stop -= 1
    if first < 0 or stop <= first:
        return n
    if colons <= 0:
        return _digest(data, first, stop, stop - first, t, out, n)
    return _with_colons(data, first, stop, colons, t, out, n)


@compiled
def hexes(data: Any, place: Any, t: Any, out: Any, n: Any) -> Any:
    """All runs of hex between two places; where it stopped (the end, unless `out` is full), and how much.

    A run as long as the stride that covers a place goes on for nearly half a stride to one side of it: three bytes
    of each side are asked together, without a branch that the processor would guess wrong.
    """
    lo, hi = place
    stride = t.limits[STRIDE]
    far = np.uint64((stride - 1) // 2)
    half = np.uint64(max((stride - 1) // 4, min(1, (stride - 1) // 2)))
    near = np.uint64(min(1, (stride - 1) // 2))
    i, last, jump = np.uint64(lo + stride - 1), np.uint64(hi), np.uint64(stride)
    while i < last:
        left = HEX[data[i - near]] & HEX[data[i - half]] & HEX[data[i - far]]
        right = HEX[data[i + near]] & HEX[data[i + half]] & HEX[data[i + far]]
        if not HEX[data[i]] & (left | right):
            i += jump
            continue
        first, stop = i, i + ONE
        while HEX[data[first - ONE]]:
            first -= ONE
        while HEX[data[stop]]:
            stop += ONE
        start, end = np.int64(first), np.int64(stop)
        if end - start >= stride:
            n = _hex_run(data, start, end, t, out, n)
        i = stop + jump
        if n >= len(out) - SPARE:
            return end + 1, n
    return hi, n
