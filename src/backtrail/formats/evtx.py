"""Windows event logs in binary XML, as Windows keeps them (`.evtx`), by the Rust parser `evtx`.

The parser raises at a damaged record or chunk; asked again it goes on behind it, so that each is one problem and the
rest is read. What events show stands in `kit/windows_events.py`. The parser wants to seek, so that the file is held
in memory. Layout: 4 KiB of header, then chunks of 64 KiB (libyal, *Windows XML Event Log (EVTX) format*).
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO, cast

import msgspec
from evtx import PyEvtxParser

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.windows_events import show
from backtrail.formats.kit.windows_shapes import event_of
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record

MAX_SIZE = 512 << 20
_HEADER = 4096
_CHUNK = 65536
_MAGIC = b"ElfFile\0"
_BATCH = 5_000
_MOST_IN_A_CHUNK = 4_096
"""More failures than this for each chunk: the parser no longer gets anywhere."""


def sniff(head: bytes, name: str) -> bool:
    return head.startswith(_MAGIC)


def read(stream: BinaryIO) -> Iterator[Read]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"an event log of more than {MAX_SIZE >> 20} MiB", where="offset 0")
    gatherer, number = Gatherer("record"), 0
    for number, found in enumerate(record_lines(data), 1):
        if isinstance(found, str):
            yield Record(where=f"record {number}", problem=found)
        elif problem := _add(gatherer, number, found):
            yield problem
        if len(gatherer.numbers) >= _BATCH:
            yield gatherer.taken()
    if gatherer.numbers:
        yield gatherer.taken()
    if (len(data) - _HEADER) % _CHUNK:
        yield Record(where=f"record {number + 1}", problem=f"the file breaks off within a chunk, at byte {len(data)}")


def _add(gatherer: Gatherer, number: int, text: bytes) -> Record | None:
    try:
        document = _objects.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return Record(where=f"record {number}", problem=f"the event cannot be decoded: {error}")
    event = event_of(document)
    if event is None:
        return Record(where=f"record {number}", problem="an event without a number")
    gatherer.record(number, event.time)
    show(gatherer, event)
    return None


_objects = msgspec.json.Decoder(dict[str, Any])


def record_lines(data: bytes) -> Iterator[bytes | str]:
    """Each record as JSON, or why it or its chunk cannot be read."""
    try:
        records = PyEvtxParser(BytesIO(data), number_of_threads=1).records_json()
    except (RuntimeError, OSError, ValueError) as error:
        raise FormatError(f"no Windows event log: {_plain(error)}", where="offset 0") from None
    left = _MOST_IN_A_CHUNK * (1 + len(data) // _CHUNK)
    while left:
        try:
            yield cast("dict[str, str]", next(records))["data"].encode("utf-8", "replace")
        except StopIteration:
            return
        except (RuntimeError, OSError, ValueError) as error:
            left -= 1
            yield _plain(error)
    raise FormatError("too many damaged records", where="offset 0")


def _plain(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


FORMAT = Format(
    name="evtx", title="Windows event log", media_type="application/octet-stream", suffix=".evtx", sniff=sniff,
    read=read, in_child=True,
)  # fmt: skip
