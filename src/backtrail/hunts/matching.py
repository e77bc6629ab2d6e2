"""A block of lines against everything that is looked for: the scan, its exact phase, and the other spellings."""

import re
from collections.abc import Iterable, Iterator
from copy import copy
from typing import Any

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from backtrail.hunts import derived, exact
from backtrail.hunts.derived import Piece
from backtrail.hunts.grams import grams, pieces
from backtrail.hunts.kernel import rows
from backtrail.hunts.keys import Compiled
from backtrail.hunts.survey import rare_signs
from backtrail.hunts.tables import ADDRESS, DIGEST, ESCAPED, HOST, MAILS, NETWORK, ODD, PORTS, SERIAL, URLS
from backtrail.hunts.tokens import masks
from backtrail.hunts.words import Wanted

MARGIN = 64
"""Bytes before and behind a block that hold no token."""

_ROWS = 1 << 15
_TOKEN_ALONE = np.isin(np.arange(256), (HOST, ADDRESS, NETWORK, DIGEST, SERIAL))
_MD5 = 32
_IMPHASH = re.compile(rb"(?i)imphash\W{1,5}\Z")
_BESIDE = 8
"""Bytes behind a text that its rule may look at."""

_WINDOW = 1 << 16
"""Bytes of a line, to either side of a match, that the exact phase looks at."""


class Found(Struct, frozen=True):
    """A row found in a block.

    Attributes:
        row: Row of the list.
        start: First byte of the match in the block's buffer.
        end: End of the match.
        text: What matched, when it is not spelled so in the block.
    """

    row: int
    start: int
    end: int
    text: bytes = b""


class Matcher:
    """Looks through blocks.

    Args:
        of: What is looked for.
        decode: Also find defanged and percent-encoded spellings.
    """

    def __init__(self, of: Compiled, decode: bool = False) -> None:
        self.of = of
        self._decode = decode
        self._out = np.zeros((_ROWS, 4), np.int64)
        self._places = np.zeros((_ROWS, 2), np.int64)
        self._masks = masks()
        self._grams = grams(of.strings) if of.strings else None

    def twin(self) -> "Matcher":
        """Another one for the same, for another thread."""
        twin = copy(self)
        twin._out, twin._places = np.zeros_like(self._out), np.zeros_like(self._places)
        twin._masks = masks()
        twin.of = structs.replace(self.of, tables=self.of.tables._replace(scratch=np.zeros(8, np.int64)))
        return twin

    def block(self, buffer: bytearray, lo: int, hi: int) -> Iterator[Found]:
        """All that whole lines between two places show; a row may come more than once.

        Args:
            buffer: The bytes, with `MARGIN` bytes that are newlines around the lines.
            lo: First byte of the first line.
            hi: End of the last.
        """
        aside: list[Piece] = []
        yield from self._look(buffer, lo, hi, aside)
        if self._decode:
            aside += derived.decoded(self.of, buffer, lo, hi)
        aside += self._rarely_spelled(buffer, lo, hi)
        if aside:
            yield from self._again(aside)

    def _rarely_spelled(self, buffer: bytearray, lo: int, hi: int) -> Iterator[Piece]:
        """Names as Windows' DNS server writes them, and UTF-16."""
        names, wide = rare_signs(np.frombuffer(buffer, np.uint8), lo, hi)
        if names:
            yield from derived.labels(buffer, lo, hi)
        if wide:
            yield from derived.wide(buffer, lo, hi)

    def _look(self, buffer: bytearray, lo: int, hi: int, aside: list[Piece] | None) -> Iterator[Found]:
        for out in self._rows(buffer, lo, hi):
            yield from self._confirmed(buffer, out, aside)
        if self._grams is not None:
            yield from self._texts(buffer, np.frombuffer(buffer, np.uint8), lo, hi)

    def _rows(self, buffer: bytearray, lo: int, hi: int) -> Iterator[NDArray[np.int64]]:
        """Rows that the kernel finds between two places, each time as many as it has room for; used over and over."""
        data = np.frombuffer(buffer, np.uint8)
        at = run = lo
        while run < hi:
            at, run, n = rows(data, (at, run, hi), self._masks, self.of.tables, self._out)
            yield self._out[:n]

    def _confirmed(self, buffer: bytearray, out: NDArray[np.int64], aside: list[Piece] | None) -> Iterator[Found]:
        """What the token alone confirms, at once; the rest one by one."""
        entries = out[:, 0]
        classes = self.of.tables.classes[np.maximum(entries, 0)] if len(self.of.tables.classes) else entries
        alone = (entries >= 0) & (out[:, 3] == 0) & _TOKEN_ALONE[classes]
        rows = self.of.rows[entries[alone]].tolist()
        for row, (_, start, end, _) in zip(rows, out[alone].tolist(), strict=True):
            if end - start != _MD5 or not _of_imports(buffer, start) or self.of.columns.kind(row) == "imphash":
                yield Found(row, start, end)
        for entry, start, end, remark in out[~alone].tolist():
            if entry < 0:
                if aside is not None:
                    aside += self._spelled_out(buffer, start, end, remark)
            elif remark != ESCAPED or exact.is_json(_line(buffer, start, end)[0]):
                yield from self._exactly(buffer, int(entry), start, end)

    def _spelled_out(self, buffer: bytearray, start: int, end: int, remark: int) -> Iterable[Piece]:
        return derived.odd(self.of, buffer, start, end) if remark == ODD else ()

    def _exactly(self, buffer: bytearray, entry: int, start: int, end: int) -> Iterator[Found]:
        wanted = int(self.of.tables.classes[entry])
        if wanted not in (URLS, MAILS, PORTS):
            yield Found(int(self.of.rows[entry]), start, end)
            return
        line, first = _line(buffer, start, end)
        for row, shown, last in exact.rows(self.of, wanted, line, start - first, end - first):
            yield Found(row, first + shown, first + last)

    def _texts(self, buffer: bytearray, data: Any, lo: int, hi: int) -> Iterator[Found]:
        """Each text once for each line, where a piece of it is."""
        done: dict[int, int] = {}
        at, line, first = lo, b"", -1
        while at < hi:
            at, n = pieces(data, (at, hi), self._grams, self._places)
            for text, place in self._places[:n].tolist():
                if done.get(text, -1) < place:
                    if not first <= place < first + len(line) or len(line) >= _WINDOW:
                        line, first = _line(buffer, place, place + 1)
                    if found := _text_at(self.of.strings[text], line, place - first):
                        done[text] = first + len(line)
                        yield Found(self.of.strings[text].row, first + found.start(), first + found.end())

    def _again(self, aside: list[Piece]) -> Iterator[Found]:
        """The same look at other spellings, and what is found told by the bytes they stand for."""
        starts, size = [], MARGIN
        parts = [b"\n" * MARGIN]
        for piece in aside:
            starts.append(size)
            parts += [piece.text, b"\n"]
            size += len(piece.text) + 1
        parts.append(b"\n" * MARGIN)
        buffer = bytearray(b"".join(parts))
        for found in self._look(buffer, MARGIN, size, None):
            piece = aside[int(np.searchsorted(starts, found.start, "right")) - 1]
            text = bytes(buffer[found.start : found.end])
            yield Found(found.row, piece.start, piece.end, text)


def _of_imports(buffer: bytearray, start: int) -> bool:
    """Whether a digest is told as that of an import table: as long as an MD5 of a file, and none.

    Thousands of programs share one, so that a file's MD5 that happens to be published for it would hit them all.
    """
    return _IMPHASH.search(bytes(buffer[start - 16 : start])) is not None


def _line(buffer: bytearray, start: int, end: int) -> tuple[bytes, int]:
    """The line around a place, as far as it is looked at, and where it begins."""
    floor = max(0, start - _WINDOW)
    first = buffer.rfind(b"\n", floor, start) + 1 or floor
    last = buffer.find(b"\n", end, end + _WINDOW)
    return bytes(buffer[first : last if last >= 0 else min(len(buffer), end + _WINDOW)]), first


def _text_at(wanted: Wanted, line: bytes, at: int) -> re.Match[bytes] | None:
    """The text around a piece of it; not looked for further away than it can reach, since lines are long."""
    stop = at + wanted.reach + 2 * _BESIDE
    for found in wanted.expression.finditer(line, max(0, at - wanted.reach), stop):
        if found.end() > stop - _BESIDE and stop < len(line):
            return None
        begun = found.start()
        if line[max(0, begun - 2) : begun - 1] != b"\\" or _may_begin(line, begun):
            return found
    return None


def _may_begin(line: bytes, start: int) -> bool:
    """Whether a text behind a backslash and a letter is one by itself: the two are an escape of JSON, not a path."""
    slashes = len(line[: start - 1]) - len(line[: start - 1].rstrip(b"\\"))
    letter = line[start - 1 : start]
    return letter not in (b"n", b"t", b"r", b"b", b"f") or (slashes % 2 == 1 and is_json_line(line))


is_json_line = exact.is_json
