"""Runs of hex digits and colons: digests, serial numbers and IPv6 addresses.

Masks of 64 bytes say which runs are long enough, and which have the colons that an address needs.
"""

from typing import Any

import numpy as np

from backtrail.hunts.addressbytes import v6
from backtrail.hunts.bytetable import FOLD, HEX, WORD
from backtrail.hunts.dotted import v4_lookup
from backtrail.hunts.jit import compiled, first_bit, rarely
from backtrail.hunts.lanes import colon_mask, ends_with, follow, hex_mask, ones, unset_above, up_to
from backtrail.hunts.lookup import DIGITS, NONE, NUMBER, ONE, SPARE, anchored, escapes, found, is_escape_letter, keep
from backtrail.hunts.mixing import HEXES, hex_key, v6_key
from backtrail.hunts.mixing import SERIAL as SERIAL_SALT
from backtrail.hunts.suffixes import ends_as_wanted
from backtrail.hunts.tables import KEEPS, SERIALS, SIXES, SIXES_ABOVE, STRIDE

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_MAPPED = np.uint64(0xFFFF)
_2, _4, _8, _16, _32, _64 = (np.uint64(n) for n in (2, 4, 8, 16, 32, 64))
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
def _hex_run(data: Any, start: Any, end: Any, colons: Any, t: Any, out: Any, n: Any) -> Any:
    """A run of hex digits and colons; without colons, its last digits are asked first."""
    if colons == 0 and not t.limits[SERIALS] and not ends_as_wanted(data, np.uint64(end), _16, t):
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
def _long_runs(runs: Any, before: Any) -> Any:
    """Bytes at which 1, 2, 4, 8, 16 and 32 bytes of a run are over, by those of the word before."""
    singles, twos, fours, eights, sixteens, _ = before
    two = runs & follow(runs, singles, ONE)
    four = two & follow(two, twos, _2)
    eight = four & follow(four, fours, _4)
    sixteen = eight & follow(eight, eights, _8)
    return runs, two, four, eight, sixteen, sixteen & follow(sixteen, sixteens, _16)


@compiled
def _of_length(lengths: Any, before: Any, stride: Any) -> Any:
    """Bytes at which as many bytes of a run as the stride (2 to 32) are over."""
    if stride >= 32:
        return lengths[5]
    if stride >= 16:
        return lengths[4] & follow(lengths[4], before[4], stride - _16)
    if stride >= 8:
        return lengths[3] & follow(lengths[3], before[3], stride - _8)
    if stride >= 4:
        return lengths[2] & follow(lengths[2], before[2], stride - _4)
    return lengths[1] & follow(lengths[1], before[1], stride - _2)


@compiled
def _extent(data: Any, lo: Any, end: Any) -> Any:
    """Where the run that ends at a place begins, and how many colons are in it."""
    start, colons, size = np.uint64(end), NONE, _64
    while size == _64 and start > np.uint64(lo):
        size = min(unset_above(~hex_mask(data, start - _64)), start - np.uint64(lo))
        if size:
            colons += ones(colon_mask(data, start - _64) >> (_64 - size))
        start -= size
    return np.int64(start), np.int64(colons)


@compiled
def _run(data: Any, lo: Any, end: Any, t: Any, out: Any, n: Any) -> Any:
    """The run that ends at a place."""
    start, colons = _extent(data, lo, end)
    if end - start >= t.limits[STRIDE]:
        n = _hex_run(data, start, end, colons, t, out, n)
    return n


@compiled
def hexes(data: Any, place: Any, t: Any, out: Any, n: Any) -> Any:
    """All runs of hex between two places; where it stopped (the end, unless `out` is full), and how much.

    A run matters that is as long as a digest; or as long as the shortest serial number or IPv6 address that is looked
    for, and then has two colons if it is no serial number. The masks of 64 bytes say which runs do, see `lanes`.
    """
    lo, hi = place
    stride, full = np.uint64(t.limits[STRIDE]), len(out) - SPARE
    any_run = _ALL if t.limits[SERIALS] else NONE
    before = (NONE, NONE, NONE, NONE, NONE, NONE)
    of_length, one, two = NONE, NONE, NONE
    p, stop = np.uint64(lo), np.uint64(hi)
    while p < stop:
        runs = hex_mask(data, p) & up_to(stop - p)
        colons = colon_mask(data, p) & runs
        first, one = ends_with(runs, colons, one)
        second, two = ends_with(runs, colons & first, two)
        lengths = _long_runs(runs, before)
        enough = _of_length(lengths, before, stride)
        wanted = follow(enough, of_length, ONE) & (second | any_run) | follow(lengths[5], before[5], ONE)
        wanted &= ~runs
        while wanted:
            end = np.int64(p) + first_bit(wanted)
            n = _run(data, lo, end, t, out, n)
            if n >= full:
                return end, n
            wanted &= wanted - ONE
        before, of_length = lengths, enough
        p += _64
    if lo < hi and HEX[data[hi - 1]]:
        end = hi
        while HEX[data[end]]:
            end += 1
        n = _run(data, lo, end, t, out, n)
    return hi, n
