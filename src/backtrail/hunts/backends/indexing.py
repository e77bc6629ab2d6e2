"""Logs made into an index: of each block of lines the keys of all that a hunt could find there, with its place.

A block has about 16 MB; of a packed file, of what is unpacked. A scan cuts lines of more than a megabyte at places that
depend on where it began, so that a part of a file with such a line is one block; so is a file in UTF-16.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from backtrail.hunts.around import around
from backtrail.hunts.backends.blocks import Block, Cut, Fill, blocks, cuts, from_pieces
from backtrail.hunts.backends.looking import Kept, Looker, News, Task
from backtrail.hunts.backends.streams import Stream
from backtrail.hunts.backends.together import AHEAD, together
from backtrail.hunts.keeping import Collector, once
from backtrail.hunts.keys import Spell

SIZE = 16 << 20
"""Bytes of a block."""

_HEADER = 1 << 14
_LINES = 20
"""Lines at either end of a block, one of which should say a moment."""


class Indexer(Looker):
    """Looks through tasks and keeps the keys of their blocks.

    Args:
        spell: `observations.canonical`.
        refang: `observations.canonical.refang`.
        decode: Also keep keys of defanged and percent-encoded spellings.
    """

    def __init__(self, spell: Spell, refang: Callable[[str], str], decode: bool) -> None:
        self._collector = Collector(spell, refang, decode)
        super().__init__(self._collector)
        self._stream = 0

    def look(self, task: Task) -> Iterator[News]:
        """News of a task until it is over, with blocks."""
        self._stream = 0
        self._collector.taken()
        return super().look(task)

    def _lines(
        self, stream: Stream, header: str | None, offset: int, before: int = 0, fill: Fill | None = None
    ) -> Iterator[News]:
        growing = _Growing(self._stream, offset, header)
        self._stream += 1
        for block in _blocks(stream, offset, fill):
            self._collector.keep(block.buffer, block.lo, block.hi)
            growing.add(block)
            if growing.size >= SIZE and not stream.wide:
                growing.close(self._collector.taken().tobytes())
            yield News([], block.hi - block.lo)
        growing.close(self._collector.taken().tobytes())
        yield News([], kept=growing.blocks())


def _blocks(stream: Stream, offset: int, fill: Fill | None) -> Iterator[Block]:
    """Blocks; of packed streams unpacked while those before them are kept."""
    if not stream.packed:
        return blocks(fill or from_pieces(stream.pieces), offset)
    unpacked = cuts(stream.pieces, offset, AHEAD + 1)
    return (block for _, block in together(unpacked, Cut.laid_out, Cut.laid_out))


class _Growing:
    """Blocks of a stream or part, the last of which grows."""

    def __init__(self, stream: int, start: int, header: str | None) -> None:
        self._stream, self._header = stream, header
        self._kept: list[Kept] = []
        self._whole, self._cut = True, False
        self._start = start
        self.size = self._lines = 0
        self._first: str | None = None
        self._last: str | None = None

    def add(self, block: Block) -> None:
        """More lines."""
        head, tail = _text(block, block.lo, block.lo + _HEADER), _text(block, block.hi - _HEADER, block.hi)
        if self._header is None:
            self._header = head
        self._cut = self._cut or not self._whole
        self._whole = block.buffer[block.hi - 1] == ord("\n")
        if not self.size:
            self._first = self._moment(head.splitlines()[:_LINES])
        self._last = self._moment(tail.splitlines()[: -_LINES - 1 : -1])
        self.size += block.hi - block.lo
        self._lines += block.lines

    def close(self, keys: bytes) -> None:
        """The block ends; these are its keys."""
        if self.size:
            end = self._start + self.size
            self._kept.append(Kept(self._stream, self._start, end, self._lines, self._first, self._last, keys))
            self._start, self.size, self._lines = end, 0, 0

    def blocks(self) -> list[Kept]:
        """All blocks; one, if a line was cut."""
        return [_merged(self._kept)] if self._cut else self._kept

    def _moment(self, lines: Sequence[str]) -> str | None:
        moments = (around(line, self._header or "", "").at for line in lines if not line.startswith("#"))
        return next((moment for moment in moments if moment), None)


def _merged(kept: Sequence[Kept]) -> Kept:
    first, last = kept[0], kept[-1]
    keys = once([np.frombuffer(one.keys, np.uint64) for one in kept])
    lines = sum(one.lines for one in kept)
    return Kept(first.stream, first.start, last.end, lines, first.first, last.last, keys.tobytes())


def _text(block: Block, start: int, end: int) -> str:
    return bytes(block.buffer[max(block.lo, start) : min(block.hi, end)]).decode("utf-8", "replace")
