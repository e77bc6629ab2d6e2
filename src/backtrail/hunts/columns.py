"""Indicators as columns: a list of a million rows is bytes and offsets, and a row is an object once it is hit."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

import numpy as np
from msgspec import structs

from backtrail.formats import indicators as table
from backtrail.formats.kit.type_words import kind_of
from backtrail.hunts.jit import compiled
from backtrail.hunts.mixing import SEED, mixed, step
from backtrail.hunts.tables import Bytes, Numbers
from backtrail.model.record import Indicator, Seen

_COMMA, _QUOTE, _NEWLINE, _RETURN, _SPACE = 44, 34, 10, 13, 32

_QUOTED = -2
"""Where a value with quotes inside begins, until it is spelled out."""

_TYPE = ("type", "kind", "indicator_type", "ctype", "ioc_type", "attribute_type")
_VALUE = ("value", "indicator", "ioc", "content", "observable", "ioc_value", "indicator_value")


class Columns(Sequence[Indicator]):
    """Indicators, column by column.

    Args:
        data: Bytes that the values lie in.
        starts: Where each value begins.
        ends: Where it ends.
        kinds: Index of its kind in `names`.
        names: Names of kinds.
        make: Gives the whole indicator of a row.
    """

    def __init__(
        self, data: Bytes, starts: Numbers, ends: Numbers, kinds: Numbers, names: tuple[str, ...], make: Any
    ) -> None:
        self.data, self.starts, self.ends, self.kinds, self.names = data, starts, ends, kinds, names
        self._make = make

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> Indicator: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Indicator]: ...
    def __getitem__(self, index: int | slice) -> Indicator | Sequence[Indicator]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._make(int(index) % len(self))  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[Indicator]:
        return (self[i] for i in range(len(self)))

    def kind(self, row: int) -> str:
        """Kind of a row."""
        return self.names[int(self.kinds[row])]

    def value(self, row: int) -> str:
        """Value of a row, as it was given."""
        return bytes(self.data[self.starts[row] : self.ends[row]]).decode("utf-8", "replace")


def as_indicator(seen: Seen) -> Indicator:
    """What a list says of a value, as something to look for."""
    return seen if isinstance(seen, Indicator) else Indicator(**structs.asdict(seen))


def of(indicators: Iterable[Indicator]) -> Columns:
    """Columns of indicators that are objects already."""
    if isinstance(indicators, Columns):
        return indicators
    kept = list(indicators)
    values = [i.value.encode("utf-8", "replace") for i in kept]
    ends = np.cumsum([len(v) + 1 for v in values], dtype=np.int64) - 1
    starts = ends - np.array([len(v) for v in values], np.int64)
    names = tuple(dict.fromkeys(i.kind for i in kept))
    index = {name: n for n, name in enumerate(names)}
    kinds = np.array([index[i.kind] for i in kept], np.int64)
    data = np.frombuffer(b"\n".join(values) + b"\n", np.uint8)
    return Columns(data, starts.astype(np.int64), ends, kinds, names, kept.__getitem__)


@compiled
def _quote_at(data: Any, i: Any, size: Any) -> Any:
    return i < size and data[i] == _QUOTE


@compiled
def _cell_end(data: Any, i: Any, size: Any) -> Any:
    """Where the cell that begins at `i` ends; -1 for one with line ends inside quotes, or quotes without any around."""
    if i < size and data[i] == _QUOTE:
        i += 1
        while i < size and data[i] != _NEWLINE and not (data[i] == _QUOTE and not _quote_at(data, i + 1, size)):
            i += 1 + (data[i] == _QUOTE)
        if i >= size or data[i] == _NEWLINE:
            return -1
        i += 1
        if i < size and data[i] == _RETURN:
            i += 1
        return i if i == size or data[i] == _COMMA or data[i] == _NEWLINE else -1
    while i < size and data[i] != _COMMA and data[i] != _NEWLINE:
        if data[i] == _QUOTE:
            return -1
        i += 1
    return i


@compiled
def _type_hash(data: Any, start: Any, end: Any) -> Any:
    state = SEED
    for i in range(start, end):
        if data[i] != _QUOTE:
            state = step(state, data[i])
    return np.int64(mixed(state) >> np.uint64(1))


@compiled
def _trimmed(data: Any, start: Any, end: Any) -> Any:
    """The value inside a cell, without blanks and quotes around it."""
    while end > start and (data[end - 1] == _RETURN or data[end - 1] == _SPACE):
        end -= 1
    if end - start >= 2 and data[start] == _QUOTE:
        start, end = start + 1, end - 1
    while start < end and data[start] == _SPACE:
        start += 1
    return start, end


@compiled
def _quoted_inside(data: Any, start: Any, end: Any) -> Any:
    for i in range(start, end):  # noqa: SIM110 - a generator is none of the things numba compiles
        if data[i] == _QUOTE:
            return True
    return False


@compiled
def _rows(data: Any, begin: Any, type_at: Any, value_at: Any, width: Any, out: Any) -> Any:
    """Rows of a table with commas: start, value, end of value, hash of type; -1 when it is not plain.

    The value of a row that has not both, or more than the header, begins at -1; one with quotes inside at -2.
    """
    n, i, size = 0, begin, len(data)
    while i < size:
        row, column, more = i, 0, False
        start, end, kind = -1, -1, 0
        while True:
            stop = _cell_end(data, i, size)
            if stop < 0:
                return -1
            if column == value_at:
                start, end = _trimmed(data, i, stop)
            if column == type_at:
                kind = _type_hash(data, i, stop)
            more = more or (column >= width and stop > i and data[i] != _RETURN)
            column += 1
            i = stop + 1
            if stop == size or data[stop] == _NEWLINE:
                break
        if stop > row + (stop > row and data[stop - 1] == _RETURN):
            fits = column > type_at and not more
            if fits and _quoted_inside(data, start, end):
                start = _QUOTED
            out[n, 0], out[n, 1], out[n, 2], out[n, 3] = row, start if fits else -1, end, kind
            n += 1
    return n


def from_table(content: bytes) -> Columns | None:
    """Columns of a CSV file with a header; None for line ends in cells, other delimiters, or without type and value.

    Such a file is read by the formats room, row by row.
    """
    head, newline, _ = content.partition(b"\n")
    names = [name.strip().lower() for name in head.decode("utf-8-sig", "replace").split(",")]
    type_at = next((i for i, name in enumerate(names) if name in _TYPE), None)
    value_at = next((i for i, name in enumerate(names) if name in _VALUE), None)
    if type_at is None or value_at is None or not newline or b'"' in head:
        return None
    content = content if content.endswith(b"\n") else content + b"\n"
    data = np.frombuffer(content, np.uint8)
    rows = np.zeros((content.count(b"\n") + 1, 4), np.int64)
    n = _rows(data, len(head) + 1, type_at, value_at, len(names), rows)
    if n < 0:
        return None
    rows = rows[:n]
    data = _unquoted(content, data, rows, value_at)
    rows = rows[(rows[:, 1] >= 0) & (rows[:, 2] > rows[:, 1])]
    _, first, kinds = np.unique(rows[:, 3], return_index=True, return_inverse=True)
    words = tuple(_cell(content, int(rows[i, 0]), type_at) for i in first)
    kind_names = tuple(kind_of(word) or (word if word.startswith("x-") else f"x-csv:{word}") for word in words)

    begins, starts, ends = rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()
    del rows

    def make(row: int) -> Indicator:
        at = int(begins[row])
        line = content[at : content.find(b"\n", at)]
        seen = [s for record in table.read(io.BytesIO(head + b"\n" + line + b"\n")) for s in record.seen]
        return as_indicator(seen[0]) if seen else Indicator(kind=kind_names[kinds[row]], value="")

    return Columns(data, starts, ends, kinds.astype(np.int64), kind_names, make)


def _unquoted(content: bytes, data: Bytes, rows: Numbers, value_at: int) -> Bytes:
    """Values with quotes inside, spelled out behind the rest; their rows are changed to lie there."""
    marked = np.flatnonzero(rows[:, 1] == _QUOTED)
    if not len(marked):
        return data
    values = [_cell(content, int(rows[row, 0]), value_at).encode() for row in marked]
    ends = len(data) + np.cumsum([len(value) + 1 for value in values])
    rows[marked, 2] = ends - 1
    rows[marked, 1] = ends - 1 - np.array([len(value) for value in values])
    return np.concatenate([data, np.frombuffer(b"\n".join(values) + b"\n", np.uint8)])


def _cell(content: bytes, start: int, column: int) -> str:
    line = content[start : content.find(b"\n", start)].decode("utf-8", "replace")
    return next(csv.reader([line]))[column].strip()
