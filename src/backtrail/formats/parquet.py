"""Parquet: rows of a typed table as text, and what its footer says. Native code on hostile bytes: in a child process.

Source: *Apache Parquet Format*. Read by pyarrow, which comes with the extra `parquet`.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Passage, Record

_ROWS = 4096
MAX_TEXT = 256 << 20


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(b"PAR1")


def read(stream: BinaryIO) -> Iterator[Record]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise FormatError("no Parquet without pyarrow: pip install 'backtrail[parquet]'", where="offset 0") from error
    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(stream.read()))
        yield Record(where="footer", passage=Passage(text=_footer(file)))
        yield from _rows(file)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise FormatError(f"no Parquet that can be read: {str(error).splitlines()[0][:200]}", where="row 1") from error


def _footer(file: Any) -> str:
    """Names of the columns, who wrote it, and key-value metadata."""
    held = file.metadata.metadata or {}
    pairs = (f"{key.decode('utf-8', 'replace')}: {value.decode('utf-8', 'replace')}" for key, value in held.items())
    return "\n".join([*file.schema_arrow.names, str(file.metadata.created_by), *pairs]) + "\n"


def _rows(file: Any) -> Iterator[Record]:
    number = characters = 0
    for batch in file.iter_batches(batch_size=_ROWS, use_threads=False):
        for row in batch.to_pylist():
            number += 1
            text = "".join(f"{column}: {_told(value)}\n" for column, value in row.items() if value is not None)
            characters += len(text)
            if characters > MAX_TEXT:
                raise LimitError(f"more than {MAX_TEXT >> 20} MiB of text", where=f"row {number}")
            yield Record(where=f"row {number}", passage=Passage(text=text))


def _told(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return " ".join(map(_told, value)) if isinstance(value, list) else str(value)


FORMAT = Format(
    name="parquet",
    title="Parquet",
    media_type="application/vnd.apache.parquet",
    suffix=".parquet",
    sniff=sniff,
    read=read,
    in_child=True,
)
