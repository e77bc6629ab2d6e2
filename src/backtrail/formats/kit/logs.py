"""What readers of raw logs share: lines in blocks, times, and records gathered field by field."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec

from backtrail.model.record import Record
from backtrail.model.telemetry import UNKNOWN_TIME, Column, Direction, Relation, Telemetry, Ties

BLOCK = 1 << 21
"""Bytes of lines handed on at once: enough to work field by field, little enough to hold."""

MAX_LINE = 1 << 20
"""Bytes of a line; a longer one is a problem, not a record."""

_BOM = b"\xef\xbb\xbf"

Lines = list[tuple[int, bytes]]
"""Number, from 1, and content of each line, without its end."""


def blocks(stream: BinaryIO) -> Iterator[tuple[Lines, list[Record]]]:
    """Lines of a file, some thousands at once, empty ones left out; and the problems of lines that are too long."""
    number, rest = 0, stream.read(3).removeprefix(_BOM)
    while True:
        data = stream.read(BLOCK)
        joined = rest + data
        pieces = joined.split(b"\n")
        rest = pieces.pop() if data else b""
        if b"\r" in joined:
            pieces = [line.rstrip(b"\r") for line in pieces]
        lines = [(n, line) for n, line in enumerate(pieces, number + 1) if line]
        number += len(pieces)
        if len(max(pieces, key=len, default=b"")) > MAX_LINE:
            yield [line for line in lines if len(line[1]) <= MAX_LINE], _too_long(lines)
        else:
            yield lines, []
        if not data:
            return
        if len(rest) > MAX_LINE:
            number += 1
            yield [], [_problem(number)]
            rest = _rest_after_line(stream)


def _too_long(lines: Lines) -> list[Record]:
    return [_problem(n) for n, line in lines if len(line) > MAX_LINE]


def _problem(number: int) -> Record:
    return Record(where=f"line {number}", problem=f"a line of more than {MAX_LINE >> 20} MiB")


def _rest_after_line(stream: BinaryIO) -> bytes:
    """Read past the end of a line that is too long; what follows it."""
    while data := stream.read(BLOCK):
        _, newline, rest = data.partition(b"\n")
        if newline:
            return rest
    return b""


def json_lines(lines: Lines) -> tuple[list[tuple[int, dict[str, Any]]], list[Record]]:
    """JSON objects, a line each, and the problems of lines that are none."""
    found: list[tuple[int, dict[str, Any]]] = []
    problems = []
    for number, line in lines:
        try:
            found.append((number, _objects.decode(line)))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            start = line[:40].decode("utf-8", "replace")
            problems.append(Record(where=f"line {number}", problem=f"no JSON object: {error}; it begins {start!r}"))
    return found, problems


_objects = msgspec.json.Decoder(dict[str, Any])


def seconds(value: object) -> float:
    """Seconds since 1970 UTC of a time as logs write it: a number, or ISO 8601 with or without zone.

    A text without zone is taken as UTC; what is no time gives `UNKNOWN_TIME`.
    """
    if isinstance(value, int | float):
        return _sane(float(value))
    if isinstance(value, str):
        try:
            return _sane(float(value))
        except ValueError:
            return _from_iso(value)
    return UNKNOWN_TIME


def _sane(number: float) -> float:
    return number if 0.0 < number < 4e9 else UNKNOWN_TIME


def _from_iso(text: str) -> float:
    try:
        when = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return UNKNOWN_TIME
    try:
        return _sane((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (OverflowError, ValueError):
        return UNKNOWN_TIME


class _Tied:
    """Ties of one sort, field by field."""

    def __init__(self) -> None:
        self.of: list[str] = []
        self.values: list[str] = []
        self.rows: list[int] = []
        self.details: list[str] = []
        self.until: list[float] = []
        self.counts: list[int] = []


class Gatherer:
    """Collects records that differ from one another into one `Telemetry`.

    Args:
        unit: What record numbers count: `line` or `record`.
    """

    def __init__(self, unit: str = "line") -> None:
        self._unit = unit
        self._start()

    def _start(self) -> None:
        self.numbers: list[int] = []
        self.times: list[float] = []
        self._columns: dict[tuple[str, Direction], tuple[list[str], list[int], list[int], list[int]]] = defaultdict(
            lambda: ([], [], [], [])
        )
        self._ties: dict[tuple[Relation, str, str, bool], _Tied] = defaultdict(_Tied)

    def record(self, number: int, at: float) -> None:
        """Begin a record: its number in the file, and its moment in seconds since 1970."""
        self.numbers.append(number)
        self.times.append(at)

    def value(self, kind: str, value: object, direction: Direction = "", sent: int = 0, received: int = 0) -> None:
        """A value that the present record shows; nothing for an empty one."""
        if isinstance(value, str) and value:
            values, rows, out, back = self._columns[kind, direction]
            values.append(value)
            rows.append(len(self.numbers) - 1)
            out.append(sent)
            back.append(received)

    def tie(  # noqa: PLR0913 - the parts of a tie
        self,
        relation: Relation,
        of_kind: str,
        of: str,
        kind: str,
        value: str,
        *,
        detail: str = "",
        each: bool = False,
        until: float | None = None,
        count: int = 1,
    ) -> None:
        """Two values that the present record ties together, from its time on or until another."""
        tied = self._ties[relation, of_kind, kind, each]
        tied.of.append(of)
        tied.values.append(value)
        tied.rows.append(len(self.numbers) - 1)
        tied.details.append(detail)
        tied.until.append(self.times[-1] if until is None else until)
        tied.counts.append(count)

    def taken(self) -> Telemetry:
        """What was collected so far; the next record begins a new `Telemetry`."""
        columns = [
            Column(kind=kind, values=values, rows=rows, direction=direction, sent=out, received=back)
            for (kind, direction), (values, rows, out, back) in self._columns.items()
        ]
        ties = [
            Ties(
                relation=relation, of_kind=of_kind, of=tied.of, kind=kind, values=tied.values, rows=tied.rows,
                details=tied.details, until=tied.until, counts=tied.counts, each=each,
            )
            for (relation, of_kind, kind, each), tied in self._ties.items()
        ]  # fmt: skip
        done = Telemetry(
            unit="record" if self._unit == "record" else "line",
            numbers=self.numbers, times=self.times, columns=tuple(columns), ties=tuple(ties),
        )  # fmt: skip
        self._start()
        return done


def amount(value: object) -> int:
    """A number of bytes; what is none counts as 0."""
    if isinstance(value, int):
        return max(value, 0)
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19 else 0


def mailboxes(text: str) -> Iterator[str]:
    """Addresses of a mail header: what stands in angle brackets, or the bare word with an @ in it."""
    for part in text.split(","):
        inside = part.rpartition("<")[2].partition(">")[0].strip() if "<" in part else part.strip()
        if "@" in inside:
            yield inside
