"""What a token's key says: bitmaps asked first, then the table; what is found becomes a row of `out`.

A row of `out` is: entry (-1 for a remark), first byte, end, remark. For an index (`tables.KEEPS`) nothing is looked up:
a row is the key itself, unless it was kept a moment ago.
"""

from typing import Any

import numpy as np

from backtrail.hunts.bytetable import FOLD
from backtrail.hunts.jit import compiled, rarely
from backtrail.hunts.mixing import PRIME
from backtrail.hunts.tables import (
    ADDRESS,
    ADDRESSES,
    ANCHOR_SHIFT,
    BUCKET_SHIFT,
    DIGEST,
    DIGESTS,
    HOST,
    HOSTS,
    KEEPS,
    MAILS,
    NETWORK,
    SERIAL,
)

SPARE = 1024
"""Rows of `out` that one token may need: a name has at most 127 labels."""

PARENT, WHOLE, NUMBER, DIGITS, ESCAPE = 0, 1, 2, 3, 4
"""How a token is looked up: as a name above a host, as a whole host, as an address, as hex digits; 4 more behind what
may be an escape."""

NONE = np.uint64(0)
ONE = np.uint64(1)
_SIX = np.uint64(6)
_63 = np.uint64(63)
_48 = np.uint64(48)
_16 = np.uint64(16)
_BACKSLASH, _COLON, _AT = 92, 58, 64
_SORTS = np.array([HOSTS, HOSTS, ADDRESSES, DIGESTS])
"""Sort of a key, by how it is looked up."""


@compiled
def bit(bitmap: Any, at: Any) -> Any:
    return (bitmap[np.int64(at >> _SIX)] >> (at & _63)) & ONE != NONE


@compiled
def anchored(key: Any, t: Any) -> Any:
    return bit(t.anchors, key >> np.uint64(t.limits[ANCHOR_SHIFT]))


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
    if whole == NUMBER:
        return kind in (ADDRESS, NETWORK) or t.lengths[entry] == 0
    if kind == MAILS and data[start - 1] != _AT:
        return False
    return whole == WHOLE and _same(data, start, end, entry, t)


@compiled
def keep(sort: Any, number: Any, t: Any, out: Any, n: Any) -> Any:
    """Write a key of 48 bits and its sort, unless it was written a moment ago."""
    key = (np.uint64(sort) << _48) | number
    slot = np.int64((key * PRIME) >> _48) & (len(t.kept) - 1)
    if t.kept[slot] != key and n < len(out):
        t.kept[slot] = key
        out[n, 0] = np.int64(key)
        n += 1
    return n


@rarely
def _hit(entry: Any, data: Any, start: Any, end: Any, how: Any, t: Any, out: Any, n: Any) -> Any:
    """Write an entry with the right key, if it is what the token says."""
    if n < len(out) and _fits(data, start, end, entry, how & 3, t):
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = entry, start, end, how >> 2
        n += 1
    return n


@compiled
def found(key: Any, data: Any, start: Any, end: Any, how: Any, t: Any, out: Any, n: Any) -> Any:
    """Write entries with a key that fit; `how` as above."""
    if t.limits[KEEPS]:
        return keep(_SORTS[how & 3], key >> _16, t, out, n)
    bucket = np.int64(key >> np.uint64(t.limits[BUCKET_SHIFT]))
    for entry in range(t.buckets[bucket], t.buckets[bucket + 1]):
        if t.keys[entry] == key:
            n = _hit(entry, data, start, end, how, t, out, n)
    return n


@rarely
def remark_row(remark: Any, start: Any, end: Any, out: Any, n: Any) -> Any:
    if n < len(out):
        out[n, 0], out[n, 1], out[n, 2], out[n, 3] = -1, start, end, remark
        n += 1
    return n


@compiled
def escapes(data: Any, start: Any) -> Any:
    """Whether the byte at `start` follows an odd number of backslashes, so that it may be the letter of an escape."""
    i = start - 1
    while data[i] == _BACKSLASH:
        i -= 1
    return (start - 1 - i) % 2 == 1


@compiled
def is_escape_letter(byte: Any) -> Any:
    return byte in (110, 116, 114, 98, 102)
