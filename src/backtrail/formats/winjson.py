"""Windows events as JSON, a line each or as one array, in the shapes of common exporters (`kit/windows_shapes.py`)."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.json_elements import JsonElements
from backtrail.formats.kit.logs import Gatherer, blocks, json_lines
from backtrail.formats.kit.parts import Json, first_lines
from backtrail.formats.kit.windows_events import show
from backtrail.formats.kit.windows_shapes import event_of
from backtrail.model.record import Record

_BATCH = 5_000
_START = 512
_SHAPE = re.compile(rb'"Event"\s*:\s*\{\s*"(?:[#@]?[a-z]+|System|EventData)"|"(?:EventI[dD]|event_id)"\s*:')
_BESIDE = re.compile(
    rb'"(?:Channel|Provider|SourceName|ProviderName|Payload|System|EventTime|log_name|source_name|winlog)"\s*:'
)


class _Array(JsonElements):
    """A document that is one array."""

    def elements(self) -> Iterator[Any]:
        return self._elements()


class _Rest:
    """A stream whose first bytes were looked at already."""

    def __init__(self, start: bytes, stream: BinaryIO) -> None:
        self._start = start
        self._stream = stream

    def read(self, size: int) -> bytes:
        start, self._start = self._start[:size], self._start[size:]
        return start + self._stream.read(size - len(start))


def sniff(head: bytes, name: str) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return start[1:].lstrip().startswith(b"{") and _tells(start)
    return any(line.startswith(b"{") and _tells(line) for line in first_lines(head))


def _tells(text: bytes) -> bool:
    return bool(_SHAPE.search(text) and _BESIDE.search(text))


def read(stream: BinaryIO) -> Iterator[Read]:
    start = stream.read(_START)
    rest = cast("BinaryIO", _Rest(start, stream))
    in_array = start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")
    return _from_array(rest) if in_array else _from_lines(rest)


def _from_lines(stream: BinaryIO) -> Iterator[Read]:
    for lines, problems in blocks(stream):
        yield from problems
        documents, broken = json_lines(lines)
        yield from broken
        gatherer = Gatherer()
        for number, document in documents:
            if problem := _add(gatherer, number, document, "line"):
                yield problem
        if gatherer.numbers:
            yield gatherer.taken()


def _from_array(stream: BinaryIO) -> Iterator[Read]:
    gatherer = Gatherer("record")
    for number, document in enumerate(_Array(stream, "array of events").elements(), 1):
        if problem := _add(gatherer, number, document, "record"):
            yield problem
        if len(gatherer.numbers) >= _BATCH:
            yield gatherer.taken()
    if gatherer.numbers:
        yield gatherer.taken()


def _add(gatherer: Gatherer, number: int, document: Json, unit: str) -> Record | None:
    event = event_of(document) if isinstance(document, dict) else None
    if event is None:
        return Record(where=f"{unit} {number}", problem="no Windows event in a shape that is known")
    gatherer.record(number, event.time)
    show(gatherer, event)
    return None


FORMAT = Format(
    name="winjson",
    title="Windows events (JSON)",
    media_type="application/x-ndjson",
    suffix=".json",
    sniff=sniff,
    read=read,
)
