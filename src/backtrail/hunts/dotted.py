"""One token with dots, read exactly: a host name, an IPv4 address, a range of them.

It costs more only when its top-level label, then its last two labels, or its value have a bit in a bitmap.
"""

from typing import Any

import numpy as np

from backtrail.hunts.addressbytes import quad
from backtrail.hunts.bytetable import DIGIT, FOLD, NAME, WORD
from backtrail.hunts.jit import compiled, rarely
from backtrail.hunts.lookup import (
    ESCAPE,
    NUMBER,
    ONE,
    PARENT,
    SPARE,
    WHOLE,
    anchored,
    bit,
    escapes,
    found,
    is_escape_letter,
    keep,
    remark_row,
)
from backtrail.hunts.mixing import SEED, mixed, step, v4_key
from backtrail.hunts.tables import ESCAPED, FOURS_ABOVE, KEEPS, ODD

_48 = np.uint64(48)
_BACKSLASH, _DOT, _HYPHEN, _U, _ZERO = 92, 46, 45, 117, 48


@rarely
def _host_start(data: Any, at: Any, end: Any, states: Any, t: Any, out: Any, n: Any) -> Any:
    """The token begins at `at`: look up the whole of it, and what follows an escape letter."""
    state, before = states
    key = mixed(state)
    if anchored(key, t):
        n = found(key, data, at, end, WHOLE, t, out, n)
    if data[at - 1] == _BACKSLASH and escapes(data, at):
        if data[at] == _U:
            return remark_row(ODD, at, end, out, n)
        if is_escape_letter(data[at]) and data[at + 1] != _DOT:
            n = found(mixed(before), data, at + 1, end, WHOLE + ESCAPE, t, out, n)
    return n


@rarely
def _host_rest(data: Any, at: Any, end: Any, state: Any, t: Any, out: Any, n: Any) -> Any:
    """Look up a host and its parents from two labels on; `at` is the dot before the second label from the right."""
    key = mixed(state)
    if not anchored(key, t):
        return n
    n = found(key, data, at + 1, end, PARENT, t, out, n)
    i, before = at, state
    while NAME[data[i]]:
        if data[i] >= 128:
            return remark_row(ODD, i, end, out, n)
        if data[i] == _DOT and i != at:
            n = found(mixed(state), data, i + 1, end, PARENT, t, out, n)
        before = state
        state = step(state, FOLD[data[i]])
        i -= 1
    key = mixed(state)
    n = found(key, data, i + 1, end, WHOLE, t, out, n)
    if data[i] == _BACKSLASH and is_escape_letter(data[i + 1]) and escapes(data, i + 1):
        n = found(mixed(before), data, i + 2, end, WHOLE + ESCAPE, t, out, n)
    return n


@compiled
def _host(data: Any, end: Any, t: Any, out: Any, n: Any) -> Any:
    """A token with a dot that ends before `end`: its top-level label asked first, then its last two."""
    state, i = SEED, np.uint64(end - 1)
    while data[i] != _DOT:
        state = step(state, FOLD[data[i]])
        i -= ONE
    if not bit(t.tops, state >> _48):
        return n
    last = i
    before, state = state, step(state, FOLD[data[i]])
    i -= ONE
    while NAME[data[i]] and data[i] != _DOT:
        if data[i] >= 128:
            return remark_row(ODD, np.int64(i), end, out, n)
        before = state
        state = step(state, FOLD[data[i]])
        i -= ONE
    if data[i] == _DOT:
        return _host_rest(data, np.int64(i), end, state, t, out, n)
    if i + ONE == last:
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
        return before == _BACKSLASH and escapes(data, start - 1)
    return not NAME[byte]


@compiled
def v4_lookup(value: Any, data: Any, start: Any, end: Any, remark: Any, t: Any, out: Any, n: Any) -> Any:
    """Look up an IPv4 address and the networks it is in."""
    how = NUMBER + ESCAPE * remark
    key = v4_key(value, 32)
    if anchored(key, t):
        n = found(key, data, start, end, how, t, out, n)
    if bit(t.sixteens, np.uint64(value >> 16)):
        if t.limits[KEEPS]:
            n = keep(FOURS_ABOVE, np.uint64(value >> 8), t, out, n)
        for prefix in t.prefixes4:
            n = found(v4_key(value >> (32 - prefix) << (32 - prefix), prefix), data, start, end, how, t, out, n)
    return n


@compiled
def _number(data: Any, dot: Any, floor: Any, t: Any, out: Any, n: Any) -> Any:
    """An IPv4 address around its first dot: where it ends (0 when there is none), and how much is found."""
    if not (data[dot + 2] == _DOT or data[dot + 3] == _DOT or data[dot + 4] == _DOT):
        return 0, n
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
        at += ONE
        kind = NAME[data[at]]
    i = np.int64(at)
    if seen & 2 or (data[i] == _BACKSLASH and data[i + 1] == _U):
        return i, remark_row(ODD, dot, i, out, n)
    end = i
    while end > dot and (data[end - 1] in (_DOT, _HYPHEN)):
        end -= 1
    if end <= dot + 1 or (DIGIT[data[end - 1]] and _ends_in_number(data, end)):
        return i, n
    return i, _host(data, end, t, out, n)


@compiled
def token(data: Any, place: Any, t: Any, out: Any, n: Any) -> Any:
    """All that a token with dots shows, which ends at a place; where it stopped (there, unless `out` is full).

    Args:
        data: The bytes.
        place: Where the token begins at the earliest, and where it ends; it goes on behind if that is the end of what
            is looked at now.
        t: What is looked for.
        out: Rows.
        n: How many there are already.
    """
    lo, end = place
    at = end
    while at > lo and NAME[data[at - 1]]:
        at -= 1
    dot = at
    while n < len(out) - SPARE:
        while dot < end and data[dot] != _DOT:
            dot += 1
        if dot >= end:
            return end, n
        at, n = _dotted(data, dot, at, t, out, n)
        dot = at
    return min(at, end), n
