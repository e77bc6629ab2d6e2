"""The second, small automaton: pieces of texts by four bytes at every n-th place; only when texts are looked for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from backtrail.hunts.bytetable import FOLD
from backtrail.hunts.jit import compiled
from backtrail.hunts.tables import Bytes, Numbers, Words
from backtrail.hunts.words import GRAM, Wanted, anchors

_BITS = 16
_MOST_STRIDE = 8
SPARE = 1024
"""Rows of `out` that one place may need."""


class Grams(NamedTuple):
    """Pieces as arrays.

    Attributes:
        bits: Bitmap of hashes of four bytes.
        buckets: First of `grams` for each hash, and one more.
        grams: Piece and offset in it.
        owners: Index of the text that each piece belongs to.
        starts: Where each piece begins in `texts`.
        lengths: Its length.
        texts: The pieces.
        stride: Every n-th place is looked at.
    """

    bits: Words
    buckets: Numbers
    grams: Numbers
    owners: Numbers
    starts: Numbers
    lengths: Numbers
    texts: Bytes
    stride: int


@compiled
def _hash(data: Any, at: Any) -> Any:
    word = np.uint64(FOLD[data[at]]) | np.uint64(FOLD[data[at + 1]]) << np.uint64(8)
    word |= np.uint64(FOLD[data[at + 2]]) << np.uint64(16) | np.uint64(FOLD[data[at + 3]]) << np.uint64(24)
    return np.int64((word * np.uint64(0x9E3779B1) >> np.uint64(16)) & np.uint64(0xFFFF))


def grams(wanted: Sequence[Wanted]) -> Grams:
    """Compile texts."""
    pieces = anchors(wanted)
    stride = min(_MOST_STRIDE, min((len(p) for _, p in pieces), default=GRAM) - GRAM + 1)
    texts = np.frombuffer(b"".join(p for _, p in pieces) + b"\0\0\0\0", np.uint8)
    lengths = np.array([len(p) for _, p in pieces], np.int64)
    starts = np.cumsum(lengths) - lengths
    found = [(_hash(texts, starts[n] + at), n, at) for n in range(len(pieces)) for at in range(stride)]
    found.sort()
    hashes = np.array([h for h, _, _ in found], np.int64)
    bits = np.zeros(1 << (_BITS - 6), np.uint64)
    for h in set(hashes.tolist()):
        bits[h >> 6] |= np.uint64(1 << (h & 63))
    return Grams(
        bits=bits, buckets=np.searchsorted(hashes, np.arange((1 << _BITS) + 1)).astype(np.int64),
        grams=np.array([(n, at) for _, n, at in found], np.int64).reshape(-1, 2),
        owners=np.array([o for o, _ in pieces], np.int64), starts=starts, lengths=lengths, texts=texts, stride=stride,
    )  # fmt: skip


@compiled
def _is_piece(data: Any, at: Any, piece: Any, t: Any) -> Any:
    start = t.starts[piece]
    for i in range(t.lengths[piece]):  # noqa: SIM110 - compiled
        if FOLD[data[at + i]] != t.texts[start + i]:
            return False
    return True


@compiled
def pieces(data: Any, place: Any, t: Any, out: Any) -> Any:
    """Pieces between two places, as text and place; where it stopped (the end, unless `out` is full), and how many."""
    lo, hi = place
    n, i = 0, lo
    while i < hi and n <= len(out) - SPARE:
        h = _hash(data, i)
        if t.bits[h >> 6] >> np.uint64(h & 63) & np.uint64(1):
            for g in range(t.buckets[h], t.buckets[h + 1]):
                piece = t.grams[g, 0]
                at = i - t.grams[g, 1]
                if n < len(out) and at >= lo and at + t.lengths[piece] <= hi and _is_piece(data, at, piece, t):
                    out[n, 0], out[n, 1] = t.owners[piece], at
                    n += 1
        i += t.stride
    return min(i, hi), n
