"""Rows of an indicator list turned into keys, a million at a time, where their spelling is plain.

What is not (defanged, international, with a port, anything odd) is left to `observations.canonical`'s rules, one by
one, in `keys.py`.
"""

from typing import Any

import numpy as np

from backtrail.hunts.addressbytes import quad
from backtrail.hunts.bytetable import DIGIT, FOLD, HEX, WORD
from backtrail.hunts.jit import compiled
from backtrail.hunts.mixing import HEXES, SEED, anchor_keys, hex_key, host_key, mixed, step, v4_key
from backtrail.hunts.suffixes import host_suffix, text_suffix
from backtrail.hunts.tables import ADDRESS, DIGEST, HOST, URLS

SLOW = 255
"""Class of a row that wants its spelling put right first."""

_DOT, _HYPHEN, _UNDERSCORE, _SLASH, _COLON = 46, 45, 95, 47, 58


@compiled
def plain_host(data: Any, start: Any, end: Any) -> Any:
    """Whether these bytes are a host name with two labels or more, without punycode, spelled as it should be."""
    if end - start > 253 or end - start < 3:
        return False
    label, dots = start, 0
    for i in range(start, end + 1):
        if i == end or data[i] == _DOT:
            if i == label or i - label > 63 or data[label] == _HYPHEN or data[i - 1] == _HYPHEN:
                return False
            if i - label > 4 and data[label + 2] == _HYPHEN and data[label + 3] == _HYPHEN:
                return False
            if i < end:
                label = i + 1
                dots += 1
        elif not WORD[data[i]] and data[i] != _HYPHEN and data[i] != _UNDERSCORE:
            return False
    return dots > 0 and not DIGIT[data[label]]


@compiled
def _plain_path(data: Any, start: Any, end: Any) -> Any:
    """Whether the path of a URL is its own canonical spelling."""
    for i in range(start, end):
        byte = data[i]
        if byte >= 127 or byte <= 32 or byte in (35, 37, 34, 92, 96, 60, 62, 91, 93, 94, 123, 124, 125, 40, 41):
            return False
    return True


@compiled
def _host_in_url(data: Any, start: Any, end: Any) -> Any:
    """Where the host of a plain URL begins and ends; -1 when it is no plain URL."""
    at = start
    while at < end and WORD[data[at]]:
        if data[at] != FOLD[data[at]]:
            return -1, -1
        at += 1
    if at == start or at + 3 >= end or data[at] != _COLON or data[at + 1] != _SLASH or data[at + 2] != _SLASH:
        return -1, -1
    first = at + 3
    stop = first
    while stop < end and data[stop] != _SLASH:
        stop += 1
    if stop == end or not _plain_path(data, stop, end):
        return -1, -1
    return first, stop


@compiled
def url_text_key(data: Any, start: Any, stop: Any, end: Any) -> Any:
    """Key of a URL without its scheme: host in lower case, the rest as it is."""
    state = SEED
    for i in range(start, end):
        state = step(state, FOLD[data[i]] if i < stop else data[i])
    return mixed(state)


@compiled
def text_key(data: Any, start: Any, end: Any) -> Any:
    """Key of a text as it is."""
    return url_text_key(data, start, start, end)


@compiled
def _host_row(data: Any, start: Any, end: Any, n: Any, out: Any) -> Any:
    """A host in a row; whether it is plain."""
    _, keys, texts, anchors, tops, _, suffixes = out
    if not plain_host(data, start, end):
        return False
    keys[n] = host_key(data, start, end)
    tops[n], anchors[n] = anchor_keys(data, start, end)
    suffixes[n] = host_suffix(data, start, end)
    texts[n, 0], texts[n, 1] = start, end - start
    return True


@compiled
def _digest_row(data: Any, start: Any, end: Any, n: Any, out: Any) -> Any:
    _, keys, texts, anchors, _, _, suffixes = out
    for i in range(start, end):
        if HEX[data[i]] != 1:
            return False
    keys[n] = anchors[n] = hex_key(data, start, end, HEXES)
    suffixes[n] = text_suffix(data, start, end)
    texts[n, 0], texts[n, 1] = start, end - start
    return True


@compiled
def _url_row(data: Any, start: Any, end: Any, n: Any, out: Any) -> Any:
    first, stop = _host_in_url(data, start, end)
    if first < 0 or not _host_row(data, first, stop, n, out):
        return False
    out[5][n] = url_text_key(data, first, stop, end)
    return True


@compiled
def _address_row(data: Any, start: Any, end: Any, n: Any, out: Any) -> Any:
    value, stop = quad(data, start)
    if value < 0 or stop != end:
        return False
    out[1][n] = out[3][n] = v4_key(value, 32)
    out[6][n] = text_suffix(data, start, end)
    return True


@compiled
def _one(data: Any, place: Any, wanted: Any, size: Any, n: Any, out: Any) -> Any:
    """Whether a row is plain; if so its key, text, anchor, key of the whole and suffix are in `out`'s arrays."""
    start, end = place
    if wanted == HOST:
        return _host_row(data, start, end - (end > start and data[end - 1] == _DOT), n, out)
    if wanted == ADDRESS:
        return _address_row(data, start, end, n, out)
    if wanted == DIGEST:
        return end - start == size and _digest_row(data, start, end, n, out)
    return wanted == URLS and _url_row(data, start, end, n, out)


@compiled
def key_rows(data: Any, starts: Any, ends: Any, wanted: Any, sizes: Any, out: Any) -> Any:
    """All rows; `wanted` and `sizes` (digits of a digest) are given for each."""
    for n in range(len(starts)):
        plain = _one(data, (starts[n], ends[n]), wanted[n], sizes[n], n, out)
        out[0][n] = wanted[n] if plain else SLOW


@compiled
def set_bits(bitmap: Any, places: Any) -> Any:
    """Set bits of a bitmap."""
    for place in places:
        bitmap[np.int64(place >> np.uint64(6))] |= np.uint64(1) << (place & np.uint64(63))
