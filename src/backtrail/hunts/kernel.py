"""One pass over a block: tokens with dots and runs of hex found, their keys looked up, what is found confirmed.

Eight bytes are asked at once whether one of them is a dot; a run of at least n hex digits has one at every n-th byte,
so that only these are looked at. A token costs more only when its top-level label, then its last two labels, or its
value have a bit in a bitmap. A row of `out` is: entry (-1 for a remark), first byte, end, remark.
"""

from typing import Any

import numpy as np

from backtrail.hunts.addressbytes import quad, v6
from backtrail.hunts.bytetable import DIGIT, FOLD, HEX, NAME, WORD
from backtrail.hunts.jit import compiled, first_bit, rarely
from backtrail.hunts.mixing import HEXES, SEED, hex_key, mixed, step, v4_key, v6_key
from backtrail.hunts.mixing import SERIAL as SERIAL_SALT
from backtrail.hunts.tables import (
    ADDRESS,
    ANCHOR_SHIFT,
    BUCKET_SHIFT,
    DIGEST,
    ESCAPED,
    HOST,
    LABELS,
    MAILS,
    NETWORK,
    ODD,
    SERIAL,
    SERIALS,
    SIXES,
    STRIDE,
)

MARGIN = 64
"""Bytes before and behind a block that hold no token."""

SPARE = 1024
"""Rows of `out` that one token may need: a name has at most 127 labels."""

_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_DOTS = np.uint64(0x2E2E2E2E2E2E2E2E)
_OPENS = np.uint64(0x2828282828282828)
_NONE = np.uint64(0)
_ONE = np.uint64(1)
_THREE = np.uint64(3)
_SIX = np.uint64(6)
_63 = np.uint64(63)
_48 = np.uint64(48)
_64 = np.uint64(64)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_MAPPED = np.uint64(0xFFFF)
_32 = np.uint64(32)
_BACKSLASH, _COLON, _DOT, _HYPHEN, _U, _X, _ZERO, _AT = 92, 58, 46, 45, 117, 120, 48, 64


@compiled
def _bit(bitmap: Any, at: Any) -> Any:
    return (bitmap[np.int64(at >> _SIX)] >> (at & _63)) & _ONE != _NONE


@compiled
def _anchored(key: Any, t: Any) -> Any:
    return _bit(t.anchors, key >> np.uint64(t.limits[ANCHOR_SHIFT]))


@compiled
def _same(data: Any, start: Any, end: Any, entry: Any, t: Any) -> Any:
    """Whether a token is the text of an entry, colons in the token left out."""
    at, stop = t.starts[entry], t.starts[entry] + t.lengths[entry]
    for i in range(start, end):
        if data[i] != _COLON:
            if at == stop or t.texts[at] != FOLD[data[i]]:
                return False
            at += 1
    return at == stop


@compiled
def _fits(data: Any, start: Any, end: Any, entry: Any, whole: Any, t: Any) -> Any:
    """Whether an entry with the right key is what the token says."""
    kind = t.classes[entry]
    if kind == HOST:
        return _same(data, start, end, entry, t)
    if kind in (DIGEST, SERIAL):
        return _same(data, start, end, entry, t)
    if whole == 2:
        return kind in (ADDRESS, NETWORK) or t.lengths[entry] == 0
    if kind == MAILS and data[start - 1] != _AT:
        return False
    return whole == 1 and _same(data, start, end, entry, t)


@rarely
def _found(key: Any, data: Any, start: Any, end: Any, how: Any, t: Any, out: Any, n: Any) -> Any:
    """Write entries with a key that fit.

    `how`: 0 a parent of the host, 1 the whole host, 2 an address; 4 more behind what may be an escape.
    """
    bucket = np.int64(key >> np.uint64(t.limits[BUCKET_SHIFT]))
    for entry in range(t.buckets[bucket], t.buckets[bucket + 1]):
        if t.keys[entry] == key and n < len(out) and _fits(data, start, end, entry, how & 3, t):
            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = entry, start, end, how >> 2
            n += 1
    return n


@rarely
def _remark(remark: Any, start: Any, end: Any, out: Any, n: Any) -> Any:
    if n < len(out):
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = -1, start, end, remark
        n += 1
    return n


@compiled
def _escapes(data: Any, start: Any) -> Any:
    """Whether the byte at `start` follows an odd number of backslashes, so that it may be the letter of an escape."""
    i = start - 1
    while data[i] == _BACKSLASH:
        i -= 1
    return (start - 1 - i) % 2 == 1


@compiled
def _is_escape_letter(byte: Any) -> Any:
    return byte in (110, 116, 114, 98, 102)


@rarely
def _host_start(data: Any, at: Any, end: Any, states: Any, t: Any, out: Any, n: Any) -> Any:
    """The token begins at `at`: look up the whole of it, and what follows an escape letter."""
    state, before = states
    key = mixed(state)
    if _anchored(key, t):
        n = _found(key, data, at, end, 1, t, out, n)
    if data[at - 1] == _BACKSLASH and _escapes(data, at):
        if data[at] == _U:
            return _remark(ODD, at, end, out, n)
        if _is_escape_letter(data[at]) and data[at + 1] != _DOT:
            n = _found(mixed(before), data, at + 1, end, 5, t, out, n)
    return n


@rarely
def _host_rest(data: Any, at: Any, end: Any, state: Any, t: Any, out: Any, n: Any) -> Any:
    """Look up a host and its parents from two labels on; `at` is the dot before the second label from the right."""
    key = mixed(state)
    if not _anchored(key, t):
        return n
    n = _found(key, data, at + 1, end, 0, t, out, n)
    i, before = at, state
    while NAME[data[i]]:
        if data[i] >= 128:
            return _remark(ODD, i, end, out, n)
        if data[i] == _DOT and i != at:
            n = _found(mixed(state), data, i + 1, end, 0, t, out, n)
        before = state
        state = step(state, FOLD[data[i]])
        i -= 1
    key = mixed(state)
    n = _found(key, data, i + 1, end, 1, t, out, n)
    if data[i] == _BACKSLASH and _is_escape_letter(data[i + 1]) and _escapes(data, i + 1):
        n = _found(mixed(before), data, i + 2, end, 5, t, out, n)
    return n


@compiled
def _host(data: Any, end: Any, t: Any, out: Any, n: Any) -> Any:
    """A token with a dot that ends before `end`: its top-level label asked first, then its last two."""
    state, i = SEED, np.uint64(end - 1)
    while data[i] != _DOT:
        state = step(state, FOLD[data[i]])
        i -= _ONE
    if not _bit(t.tops, state >> _48):
        return n
    last = i
    before, state = state, step(state, FOLD[data[i]])
    i -= _ONE
    while NAME[data[i]] and data[i] != _DOT:
        if data[i] >= 128:
            return _remark(ODD, np.int64(i), end, out, n)
        before = state
        state = step(state, FOLD[data[i]])
        i -= _ONE
    if data[i] == _DOT:
        return _host_rest(data, np.int64(i), end, state, t, out, n)
    if i + _ONE == last:
        return n
    return _host_start(data, np.int64(i) + 1, end, (state, before), t, out, n)


@compiled
def _ends_address(data: Any, at: Any) -> Any:
    """Whether an IPv4 address may end here: no name goes on, or a dot and a port, or the end of a sentence."""
    byte = data[at]
    if byte == _HYPHEN:
        return not NAME[data[at + 1]] or DIGIT[data[at + 1]]
    if byte != _DOT:
        return not NAME[byte]
    i = at + 1
    while DIGIT[data[i]]:
        i += 1
    if i == at + 1:
        return not NAME[data[i]]
    fits = i - at <= 6 and not (data[at + 1] == _ZERO and i > at + 2)
    return fits and (not NAME[data[i]] or (data[i] == _DOT and not NAME[data[i + 1]]))


@compiled
def _begins_address(data: Any, start: Any, floor: Any) -> Any:
    """Whether an IPv4 address may begin here; behind a hyphen, if that follows an address (which ends at `floor`)."""
    byte, before = data[start - 1], data[start - 2]
    if byte == _HYPHEN:
        return not NAME[before] or start - 1 == floor
    if byte == _U or byte in (110, 116, 114, 98, 102):
        return before == _BACKSLASH and _escapes(data, start - 1)
    return not NAME[byte]


@compiled
def v4_lookup(value: Any, data: Any, start: Any, end: Any, remark: Any, t: Any, out: Any, n: Any) -> Any:
    """Look up an IPv4 address and the networks it is in."""
    key = v4_key(value, 32)
    if _anchored(key, t):
        n = _found(key, data, start, end, 2 + 4 * remark, t, out, n)
    if _bit(t.sixteens, np.uint64(value >> 16)):
        for prefix in t.prefixes4:
            n = _found(
                v4_key(value >> (32 - prefix) << (32 - prefix), prefix), data, start, end, 2 + 4 * remark, t, out, n
            )
    return n


@compiled
def _number(data: Any, dot: Any, floor: Any, t: Any, out: Any, n: Any) -> Any:
    """An IPv4 address around its first dot: where it ends (0 when there is none), and how much is found."""
    tens = np.int64(DIGIT[data[dot - 2]])
    start = dot - 1 - tens - (tens & np.int64(DIGIT[data[dot - 3]]))
    if DIGIT[data[start - 1]]:
        return 0, n
    value, stop = quad(data, start)
    if value < 0:
        return 0, n
    if not _begins_address(data, start, floor) or not _ends_address(data, stop):
        return 0, n
    remark = ESCAPED if WORD[data[start - 1]] else 0
    return stop, v4_lookup(value, data, start, stop, remark, t, out, n)


@compiled
def _ends_in_number(data: Any, end: Any) -> Any:
    """Whether the last label begins with a digit, as no top-level domain does."""
    i = end - 1
    while data[i] != _DOT:
        i -= 1
    return DIGIT[data[i + 1]]


@compiled
def _dotted(data: Any, dot: Any, floor: Any, t: Any, out: Any, n: Any) -> Any:
    """The token around its first dot: where it ends, and how much is found."""
    if DIGIT[data[dot + 1]] and DIGIT[data[dot - 1]]:
        stop, n = _number(data, dot, floor, t, out, n)
        if stop:
            return stop, n
    at, seen = np.uint64(dot + 1), np.uint8(0)
    kind = NAME[data[at]]
    while kind:
        seen |= kind
        at += _ONE
        kind = NAME[data[at]]
    i = np.int64(at)
    if seen & 2 or (data[i] == _BACKSLASH and data[i + 1] == _U):
        return i, _remark(ODD, dot, i, out, n)
    end = i
    while end > dot and (data[end - 1] in (_DOT, _HYPHEN)):
        end -= 1
    if end <= dot + 1 or (DIGIT[data[end - 1]] and _ends_in_number(data, end)):
        return i, n
    return i, _host(data, end, t, out, n)


@compiled
def _marks(word: Any) -> Any:
    """The highest bit of each byte that is a dot or an opening parenthesis."""
    x, y = word ^ _DOTS, word ^ _OPENS
    return ~(((x & _LOW) + _LOW) | x | _LOW) | ~(((y & _LOW) + _LOW) | y | _LOW)


@compiled
def dots(data: Any, words: Any, place: Any, t: Any, out: Any, n: Any) -> Any:
    """All tokens with dots between two places; where it stopped (the end, unless `out` is full), and how much."""
    at, hi = place
    last = np.uint64((hi + 7) >> 3)
    while at < hi:
        w = np.uint64(at >> 3)
        marks = _marks(words[w]) & (_ALL << np.uint64((at & 7) << 3))
        while marks == _NONE:
            w += _ONE
            if w >= last:
                return hi, n
            marks = _marks(words[w])
        p = np.int64((w << _THREE) + np.uint64(first_bit(marks) >> 3))
        if p >= hi:
            return hi, n
        floor, at = at, p + 1
        if data[p] == _DOT:
            at, n = _dotted(data, p, floor, t, out, n)
        elif data[p + 1] == _ZERO and data[p + 2] == 41:
            n = _remark(LABELS, p, p + 3, out, n)
        if n >= len(out) - SPARE:
            return at, n
    return hi, n


@compiled
def _digest(data: Any, start: Any, end: Any, count: Any, t: Any, out: Any, n: Any) -> Any:
    """Look up hex digits, by themselves and as a serial number without leading zeros."""
    if count < len(t.digests) and t.digests[count]:
        key = hex_key(data, start, end, HEXES)
        if _anchored(key, t):
            n = _found(key, data, start, end, 0, t, out, n)
    shortest = t.limits[SERIALS]
    if shortest and shortest <= count <= 128:
        first = start
        while first < end - 1 and (data[first] == _ZERO or data[first] == _COLON):
            first += 1
        key = hex_key(data, first, end, SERIAL_SALT)
        if _anchored(key, t):
            n = _found(key, data, first, end, 0, t, out, n)
    return n


@rarely
def _v6_lookup(data: Any, start: Any, end: Any, t: Any, out: Any, n: Any) -> Any:
    ok, high, low = v6(data, start, end, t.scratch)
    if not ok:
        return n
    if high == _NONE and low >> _32 == _MAPPED:
        return v4_lookup(np.int64(low & np.uint64(0xFFFFFFFF)), data, start, end, 0, t, out, n)
    key = v6_key(high, low, 128)
    if _anchored(key, t):
        n = _found(key, data, start, end, 2, t, out, n)
    for prefix in t.prefixes6:
        upper = high if prefix >= 64 else (_NONE if prefix == 0 else high >> (_64 - np.uint64(prefix)))
        if 0 < prefix < 64:
            upper = upper << (_64 - np.uint64(prefix))
        lower = _NONE
        if prefix > 64:
            lower = low & (_ALL << np.uint64(128 - prefix))
        n = _found(v6_key(upper, lower, prefix), data, start, end, 2, t, out, n)
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
    if before == _BACKSLASH and _escapes(data, start - 1):
        if data[start - 1] == _U:
            return start + 4
        if _is_escape_letter(data[start - 1]):
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
        first, stop = i, i + _ONE
        while HEX[data[first - _ONE]]:
            first -= _ONE
        while HEX[data[stop]]:
            stop += _ONE
        start, end = np.int64(first), np.int64(stop)
        if end - start >= stride:
            n = _hex_run(data, start, end, t, out, n)
        i = stop + jump
        if n >= len(out) - SPARE:
            return end + 1, n
    return hi, n
