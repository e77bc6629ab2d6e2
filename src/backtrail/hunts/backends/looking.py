"""One task of a scan: a file, or a part of a large one, looked through from begin to end."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from sys import stdin
from typing import BinaryIO

import numpy as np
from msgspec import Struct, structs

from backtrail.hunts.around import Around, around
from backtrail.hunts.backends.blocks import Block, Cut, Fill, Passing, blocks, cuts, from_file, from_pieces
from backtrail.hunts.backends.streams import Stream, streams
from backtrail.hunts.backends.together import AHEAD, together
from backtrail.hunts.matching import Found, Matcher
from backtrail.hunts.survey import newlines_before

_HEADER = 1 << 14
_KEPT = 1 << 14
"""Bytes of a line, to either side of a match, that are read for its fields."""

FULL = 100
"""Hits of an indicator, in each process, whose lines are read for fields; for more, only the place is told."""

_TELL = 64 << 20
"""Bytes after which a task tells how far it is."""


class Span(Struct, frozen=True):
    """Whole lines of a stream.

    Attributes:
        stream: Number of the stream in the file: 0, or that of the member of an archive.
        start: Byte of the stream that they begin at.
        end: End of them.
        before: Lines before them.
    """

    stream: int
    start: int
    end: int
    before: int


class Task(Struct, frozen=True):
    """What to look through.

    Attributes:
        file: Number of the file.
        path: The file; `-` is standard input.
        name: As it is shown.
        part: Number of the part.
        start: First byte of the part.
        end: End of it; -1 for a file that is not split.
        spans: Only these; of a file that is not split.
        plain: Whether the file can be read from the middle.
    """

    file: int
    path: str
    name: str
    part: int = 0
    start: int = 0
    end: int = -1
    spans: tuple[Span, ...] = ()
    plain: bool = False


class Spot(Struct, frozen=True):
    """A place where a row of the list was found.

    Attributes:
        row: The row.
        name: File or member.
        unit: What the number counts.
        number: Of the line or record; within the part, for a part.
        offset: Byte of the match.
        matched: What matched.
        around: What stands around it, unless enough such lines were read.
    """

    row: int
    name: str
    unit: str
    number: int
    offset: int | None
    matched: str
    around: Around | None


class Kept(Struct, frozen=True):
    """A block of an index.

    Attributes:
        stream: Number of its stream in the file.
        start: Byte of the stream that it begins at.
        end: End of it.
        lines: Lines in it.
        first: Moment of its first line, if it says one.
        last: Of its last line.
        keys: Its keys, as bytes of numbers.
    """

    stream: int
    start: int
    end: int
    lines: int
    first: str | None
    last: str | None
    keys: bytes


class News(Struct, frozen=True):
    """What a task tells while it goes on.

    Attributes:
        spots: Found since the last news.
        done: Bytes looked at since then.
        problems: What could not be looked at: file, place, reason.
        lines: Lines of the part; told at its end.
        over: Whether it is the end.
        kept: Blocks for an index.
    """

    spots: list[Spot]
    done: int = 0
    problems: list[tuple[str, str, str]] = []
    lines: int = 0
    over: bool = False
    kept: list[Kept] = []


class Looker:
    """Looks through tasks.

    Args:
        matcher: What is looked for.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher, self._twin = matcher, matcher.twin()
        self._read: Counter[int] = Counter()

    def look(self, task: Task) -> Iterator[News]:
        """News of a task until it is over."""
        problems: list[tuple[str, str, str]] = []

        def problem(place: str, reason: str) -> None:
            problems.append((task.name, place, reason))

        try:
            yield from self._task(task, problem, problems)
        except (OSError, MemoryError) as error:
            problem("byte 0", f"cannot be read: {getattr(error, 'strerror', None) or error or 'out of memory'}")
        yield News([], problems=problems, over=True)

    def _task(
        self, task: Task, problem: Callable[[str, str], None], problems: list[tuple[str, str, str]]
    ) -> Iterator[News]:
        if task.path == "-":
            yield from self._streams(task.name, stdin.buffer, problem, problems)
            return
        with Path(task.path).open("rb", buffering=0) as raw:
            if task.spans and task.plain:
                yield from self._plain_spans(task, raw)
            elif task.spans:
                yield from self._packed_spans(task, raw, problem)
            elif task.end < 0:
                yield from self._streams(task.name, raw, problem, problems)
            else:
                yield from self._part(task, raw)

    def _part(self, task: Task, raw: BinaryIO) -> Iterator[News]:
        """Lines that begin within the part, the last of them to its end."""
        header = raw.read(_HEADER)
        start = _line_start(raw, task.start)
        end = _line_start(raw, task.end)
        raw.seek(start)
        fill = from_file(raw, max(0, end - start))
        yield from self._lines(Stream(task.name, iter(())), header.decode("utf-8", "replace"), start, fill=fill)

    def _plain_spans(self, task: Task, raw: BinaryIO) -> Iterator[News]:
        header = raw.read(_HEADER).decode("utf-8", "replace")
        stream = Stream(task.name, iter(()))
        for span in task.spans:
            raw.seek(span.start)
            fill = from_file(raw, span.end - span.start)
            yield from self._lines(stream, header, span.start, span.before, fill)

    def _packed_spans(self, task: Task, raw: BinaryIO, problem: Callable[[str, str], None]) -> Iterator[News]:
        """Unpacked from the start, since there is no other way in; up to the last span."""
        last = task.spans[-1].stream
        for number, stream in enumerate(streams(task.name, raw, problem)):
            spans = [span for span in task.spans if span.stream == number]
            if spans:
                passing = Passing(stream.pieces, stream.skipped)
                header = passing.head(_HEADER).decode("utf-8", "replace")
                for span in spans:
                    within = structs.replace(stream, pieces=passing.between(span.start, span.end))
                    yield from self._lines(within, header, span.start, span.before)
            if number == last:
                return

    def _streams(
        self, name: str, raw: BinaryIO, problem: Callable[[str, str], None], problems: list[tuple[str, str, str]]
    ) -> Iterator[News]:
        for stream in streams(name, raw, problem):
            for news in self._lines(stream, None, stream.skipped):
                yield structs.replace(news, problems=_taken(problems))

    def _lines(
        self, stream: Stream, header: str | None, offset: int, before: int = 0, fill: Fill | None = None
    ) -> Iterator[News]:
        """News of the pieces of a stream, or of what is filled in."""
        done, lines, units = 0, 0, offset
        spots: list[Spot] = []
        for block, found in self._found(stream, fill or from_pieces(stream.pieces), offset, before + 1):
            if header is None:
                header = bytes(block.buffer[block.lo : min(block.hi, block.lo + _HEADER)]).decode("utf-8", "replace")
            spots += self._spots(stream, block, found, header, units)
            done += block.hi - block.lo
            lines = block.number + block.lines - 1
            if stream.wide:
                units += len(bytes(block.buffer[block.lo : block.hi]).decode("utf-8", "replace").encode("utf-16-le"))
            if len(spots) > 2000 or done > _TELL:
                yield News(spots, done)
                spots, done = [], 0
        yield News(spots, done, lines=lines)

    def _found(self, stream: Stream, fill: Fill, offset: int, number: int) -> Iterator[tuple[Block, list[Found]]]:
        """Blocks with what they show; two threads where there is something to unpack."""
        if not stream.packed:
            for block in blocks(fill, offset, number):
                yield block, _look(self._matcher, block)
            return
        unpacked = cuts(stream.pieces, offset, AHEAD + 1)
        for _, (block, found) in together(unpacked, partial(_laid_out, self._matcher), partial(_laid_out, self._twin)):
            block.number = number
            number += block.lines
            yield block, found

    def _spots(self, stream: Stream, block: Block, found: list[Found], header: str, units: int) -> Iterator[Spot]:
        """Each row once for each line, at its first place there."""
        if not found:
            return
        found.sort(key=lambda one: one.start)
        starts = np.array([one.start for one in found], np.int64)
        buffer = block.buffer
        seen: set[tuple[int, int]] = set()
        numbers = block.number + newlines_before(np.frombuffer(buffer, np.uint8), block.lo, starts)
        for one, number in zip(found, numbers.tolist(), strict=True):
            if (one.row, number) in seen:
                continue
            seen.add((one.row, number))
            matched = (one.text or bytes(buffer[one.start : one.end])).decode("utf-8", "replace")
            line = _line(buffer, one, block)
            offset = _offset(stream, block, one.start, units)
            place = number if stream.numbers is None else stream.numbers[number - 1]
            yield Spot(
                one.row, stream.name, stream.unit, place, offset, matched, self._around(one.row, line, header, matched)
            )

    def _around(self, row: int, line: bytes, header: str, matched: str) -> Around | None:
        self._read[row] += 1
        if self._read[row] > FULL:
            return None
        return around(line.decode("utf-8", "replace"), header, matched)


def _taken(problems: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """What was told so far; a thread that unpacks may tell more at any moment, and that stays."""
    taken = problems[:]
    del problems[: len(taken)]
    return taken


def _look(matcher: Matcher, block: Block) -> list[Found]:
    return list(matcher.block(block.buffer, block.lo, block.hi))


def _laid_out(matcher: Matcher, cut: Cut) -> tuple[Block, list[Found]]:
    block = cut.laid_out()
    return block, _look(matcher, block)


def _line(buffer: bytearray, found: Found, block: Block) -> bytes:
    """The line of a match, or what is kept of it."""
    floor, roof = max(block.lo, found.start - _KEPT), min(block.hi, found.end + _KEPT)
    end = buffer.find(b"\n", found.start, roof)
    return bytes(buffer[buffer.rfind(b"\n", floor, found.start) + 1 or floor : end if end >= 0 else roof])


def _offset(stream: Stream, block: Block, start: int, units: int) -> int | None:
    """Byte in the file; records of binary formats have none."""
    if stream.numbers is not None:
        return None
    if stream.wide:
        return units + len(bytes(block.buffer[block.lo : start]).decode("utf-8", "replace").encode("utf-16-le"))
    return block.offset + start - block.lo


def _line_start(raw: BinaryIO, at: int) -> int:
    """The first line that begins at a byte or behind it."""
    if at == 0:
        return 0
    raw.seek(at - 1)
    while piece := raw.read(1 << 16):
        if (found := piece.find(b"\n")) >= 0:
            return at + found
        at += len(piece)
    return at - 1
