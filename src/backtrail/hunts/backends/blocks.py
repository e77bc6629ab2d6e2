"""Whole lines in buffers that are used over and over; only the last, unfinished line is carried on."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import numpy as np
from msgspec import Struct

from backtrail.hunts.matching import MARGIN
from backtrail.hunts.survey import newlines

BLOCK = 2 << 20
"""Bytes read at once: what stays in the second cache of a processor while it is looked at."""

MOST_LINE = 1 << 20
"""Bytes of an unfinished line that are carried on; of a longer one a part is looked at, up to a blank or the like."""

PIECE = 1 << 20
"""Bytes that are unpacked at once, at most."""

_SPARE = 5
_spare: list[bytearray] = []
"""Buffers that nobody uses now."""

_SOFT = b" \t\",;'<>|"

Fill = Callable[[memoryview], int]
"""Puts bytes into a buffer; their number, 0 at the end."""


class Block(Struct):
    """Lines in a buffer.

    Attributes:
        buffer: The buffer, which is used again later.
        lo: First byte of the lines.
        hi: End of them.
        offset: Of the first byte in the stream.
        number: Of the first line, from 1.
        lines: Newlines in it.
    """

    buffer: bytearray
    lo: int
    hi: int
    offset: int
    number: int
    lines: int


def blocks(fill: Fill, offset: int = 0, number: int = 1) -> Iterator[Block]:
    """All lines; a block is good until the next is asked for.

    Args:
        fill: Where bytes come from.
        offset: Of the first byte.
        number: Of the first line.
    """
    with _lent() as lend:
        buffer = lend()
        rest = b""
        last = False
        while not last:
            begun = MARGIN + len(rest)
            buffer[MARGIN:begun] = rest
            end = begun + _filled(fill, memoryview(buffer)[begun : MARGIN + MOST_LINE + BLOCK])
            last = end == begun
            hi = end if last else _cut(buffer, MARGIN, end)
            if last:
                buffer[end : end + MARGIN] = b"\n" * MARGIN
            rest = bytes(memoryview(buffer)[hi:end])
            if hi > MARGIN:
                lines = int(newlines(np.frombuffer(buffer, np.uint8), MARGIN, hi))
                yield Block(buffer, MARGIN, hi, offset, number, lines)
                number += lines
                offset += hi - MARGIN


class Cut(Struct, frozen=True):
    """Whole lines as they were unpacked: one thread at a time cuts them, any lays them out.

    Attributes:
        pieces: Their bytes.
        offset: Of the first byte in the stream.
        buffer: Where they go.
    """

    pieces: list[bytes]
    offset: int
    buffer: bytearray

    def laid_out(self) -> Block:
        """The lines in the buffer; what number the first has is not known here."""
        data, at = np.frombuffer(self.buffer, np.uint8), MARGIN
        for piece in self.pieces:
            data[at : at + len(piece)] = np.frombuffer(piece, np.uint8)
            at += len(piece)
        data[at : at + MARGIN] = ord("\n")
        return Block(self.buffer, MARGIN, at, self.offset, 0, int(newlines(data, MARGIN, at)))


def cuts(pieces: Iterator[bytes], offset: int, buffers: int) -> Iterator[Cut]:
    """All lines, as `blocks` gives them, with as little as can be done by one thread.

    Args:
        pieces: Of at most `PIECE` bytes.
        offset: Of the first byte.
        buffers: How many are used in turn: a block is good until as many more were asked for.
    """
    rest: list[bytes] = []
    ring: deque[bytearray] = deque()
    with _lent() as lend:
        while True:
            more = _gathered(pieces)
            whole, rest = _parted(rest + more) if more else (rest, [])
            if whole:
                ring.append(lend() if len(ring) < buffers else ring.popleft())
                yield Cut(whole, offset, ring[-1])
                offset += sum(map(len, whole))
            if not more:
                return


def _gathered(pieces: Iterator[bytes]) -> list[bytes]:
    """Pieces of a block; none at the end."""
    out: list[bytes] = []
    size = 0
    while size < BLOCK and (piece := next(pieces, None)) is not None:
        if piece:
            out.append(piece)
            size += len(piece)
    return out


def _parted(pieces: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Whole lines, and the unfinished one."""
    if (end := pieces[-1].rfind(b"\n") + 1) == 0:
        pieces = [b"".join(pieces)]
        end = _cut(pieces[0], 0, len(pieces[0]))
    *most, last = pieces
    whole, rest = last[:end], last[end:]
    return [*most, whole] if whole else most, [rest] if rest else []


@contextmanager
def _lent() -> Iterator[Callable[[], bytearray]]:
    """Gives buffers, and takes them back at the end: making one takes longer than looking through a small file."""
    given: list[bytearray] = []

    def lend() -> bytearray:
        size = MARGIN + MOST_LINE + BLOCK + PIECE + MARGIN
        given.append(_spare.pop() if _spare and len(_spare[-1]) == size else bytearray(b"\n" * size))
        return given[-1]

    try:
        yield lend
    finally:
        _spare.extend(given[: _SPARE - len(_spare)])


def _filled(fill: Fill, view: memoryview) -> int:
    """Fill a block, however little comes at once."""
    done = 0
    while done < BLOCK and (n := fill(view[done : min(len(view), BLOCK)])):
        done += n
    return done


def _cut(buffer: bytes | bytearray, lo: int, end: int) -> int:
    """Where the last whole line ends; within a line too long to carry on, behind a blank or the like."""
    newline = buffer.rfind(b"\n", lo, end)
    if newline >= 0 and end - newline <= MOST_LINE:
        return newline + 1
    if newline < 0 and end - lo <= MOST_LINE:
        return lo
    soft = max(
        buffer.rfind(mark, end - (MOST_LINE >> 1), end) for mark in (_SOFT[i : i + 1] for i in range(len(_SOFT)))
    )
    return soft + 1 if soft >= lo else end - 256


def from_pieces(pieces: Iterator[bytes]) -> Fill:
    """Filling out of pieces."""
    held = memoryview(b"")

    def fill(view: memoryview) -> int:
        nonlocal held
        while not held:
            piece = next(pieces, None)
            if piece is None:
                return 0
            held = memoryview(piece)
        n = min(len(held), len(view))
        view[:n] = held[:n]
        held = held[n:]
        return n

    return fill


class Passing:
    """Pieces of a stream, of which only parts are wanted.

    Args:
        pieces: The pieces.
        at: Byte that they begin at.
    """

    def __init__(self, pieces: Iterator[bytes], at: int) -> None:
        self._pieces = pieces
        self._at = at
        self._held = b""

    def head(self, size: int) -> bytes:
        """The first bytes; they come again."""
        while len(self._held) < size and (piece := next(self._pieces, None)) is not None:
            self._held += piece
        return self._held[:size]

    def between(self, start: int, end: int) -> Iterator[bytes]:
        """Bytes between two places, neither of which was passed yet."""
        while self._at < end and (piece := self._held or next(self._pieces, None)) is not None:
            first, last = max(0, start - self._at), min(len(piece), end - self._at)
            self._held = piece[last:]
            self._at += last
            if first < last:
                yield piece[first:last]


def from_file(raw: BinaryIO, size: int) -> Fill:
    """Filling out of a file, up to some bytes from where it stands."""
    left = size

    def fill(view: memoryview) -> int:
        nonlocal left
        n = int(raw.readinto(view[:left]) or 0) if left > 0 else 0  # type: ignore[attr-defined]
        left -= n
        return n

    return fill
