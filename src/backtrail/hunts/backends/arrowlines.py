"""Lines of a stream as Arrow blocks, each line with its number and place in the file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import nanoarrow
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from backtrail.hunts.backends.blocks import blocks, from_pieces
from backtrail.hunts.backends.confirm import Caught
from backtrail.hunts.backends.streams import Stream

SIZE = 32 << 20
"""Bytes of lines that are handed over at once."""


class Lines(Struct):
    """Some lines.

    Attributes:
        data: Their bytes, a newline behind each.
        starts: Where each begins in them, and one more.
        numbers: Number of each in its file.
        offsets: Byte of each in its file.
    """

    data: bytes
    starts: NDArray[np.int64]
    numbers: NDArray[np.int64]
    offsets: NDArray[np.int64]

    def line(self, index: int) -> bytes:
        """A line without its newline."""
        return self.data[self.starts[index] : self.starts[index + 1] - 1]

    def caught(self, stream: Stream, index: int) -> Caught:
        """A line as a row that is to be confirmed."""
        number = int(self.numbers[index])
        if stream.numbers is not None:
            return Caught(stream.name, stream.unit, stream.numbers[number - 1], None, self.line(index))
        return Caught(stream.name, stream.unit, number, int(self.offsets[index]), self.line(index), wide=stream.wide)

    def arrow(self) -> "ArrowTable":
        """Columns `n` (place in the block) and `line`; bytes are told as characters of Latin-1: none is lost."""
        data, starts = self.data, self.starts
        if not data.isascii():
            data = data.decode("latin-1").encode()
            ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 10) + 1
            starts = np.concatenate([np.zeros(1, np.int64), ends])
        return ArrowTable.of(data, starts)


def lines_of(stream: Stream) -> Iterator[Lines]:
    """All lines of a stream, in blocks; a line of more than a megabyte in parts."""
    parts: list[bytes] = []
    numbers: list[NDArray[np.int64]] = []
    offsets: list[NDArray[np.int64]] = []
    size, wide = 0, stream.skipped
    for block in blocks(from_pieces(stream.pieces), stream.skipped):
        data = bytes(block.buffer[block.lo : block.hi])
        data += b"" if data.endswith(b"\n") else b"\n"
        begins = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(np.frombuffer(data, np.uint8) == 10)[:-1] + 1])
        parts.append(data)
        numbers.append(block.number + np.arange(len(begins), dtype=np.int64))
        if stream.wide:
            units = np.array([len(one.decode("utf-8", "replace").encode("utf-16-le")) for one in data.splitlines(True)])
            offsets.append(wide + np.cumsum(units) - units)
            wide += int(units.sum())
        else:
            offsets.append(block.offset + begins)
        size += len(data)
        if size >= SIZE:
            yield _gathered(parts, numbers, offsets)
            parts, numbers, offsets, size = [], [], [], 0
    if parts:
        yield _gathered(parts, numbers, offsets)


def _gathered(
    parts: Sequence[bytes], numbers: Sequence[NDArray[np.int64]], offsets: Sequence[NDArray[np.int64]]
) -> Lines:
    data = b"".join(parts)
    starts = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(np.frombuffer(data, np.uint8) == 10) + 1])
    return Lines(data, starts, np.concatenate(numbers), np.concatenate(offsets))


class ArrowTable:
    """Columns as an Arrow stream (PyCapsule interface), new at each call: an engine asks for columns, then rows."""

    def __init__(self, columns: Mapping[str, Any], length: int) -> None:
        schema = nanoarrow.struct({name: nanoarrow.Array(array).schema for name, array in columns.items()})
        self._batch = nanoarrow.c_array_from_buffers(
            schema, length, [None], null_count=0, children=list(columns.values())
        )

    @classmethod
    def of(cls, data: bytes, starts: NDArray[np.int64]) -> "ArrowTable":
        """Lines out of their bytes: texts are the bytes as they lie, with the newline behind each."""
        length = len(starts) - 1
        texts = nanoarrow.c_array_from_buffers(
            nanoarrow.string(), length, [None, starts.astype(np.int32), data], null_count=0
        )
        index = nanoarrow.c_array_from_buffers(
            nanoarrow.int64(), length, [None, np.arange(length, dtype=np.int64)], null_count=0
        )
        return cls({"n": index, "line": texts}, length)

    @classmethod
    def texts(cls, name: str, values: Sequence[str]) -> "ArrowTable":
        """One column of texts."""
        return cls({name: nanoarrow.c_array(values, nanoarrow.string())}, len(values))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A stream of one batch."""
        return nanoarrow.ArrayStream(nanoarrow.Array(self._batch)).__arrow_c_stream__(requested_schema)
