"""Zeek logs, as tab-separated text with its `#fields` header or as JSON lines, of any type and field order.

What each log shows stands in `kit/zeek_logs.py`; of a type that is not there, its addresses are taken. A header in
the middle of a file (logs put together) is honoured. Reference: docs.zeek.org, *Zeek Log Formats and Inspection*.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, BinaryIO

from msgspec import Struct

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Lines, blocks, json_lines, seconds
from backtrail.formats.kit.zeek_logs import Documents, Fields, path_of, shown
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_KEYS = (b'"id.orig_h"', b'"certificate.serial"', b'"seen_bytes"', b'"fuid"')


class _Header(Struct):
    """What the `#` lines of a log say of the rows below them."""

    separator: str = "\t"
    set_separator: str = ","
    empty: str = "(empty)"
    unset: str = "-"
    path: str = ""
    fields: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


def sniff(head: bytes, name: str) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf")
    if start.startswith((b"#separator ", b"#fields\t")):
        return True
    first = start.split(b"\n", 1)[0]
    return first.startswith(b"{") and (b'"_path"' in first or (b'"ts"' in first and any(key in first for key in _KEYS)))


def read(stream: BinaryIO) -> Iterator[Read]:
    header = _Header()
    for lines, problems in blocks(stream):
        yield from problems
        if lines and lines[0][1].startswith(b"{"):
            yield from _from_json(lines)
        else:
            yield from _from_text(lines, header)


def _from_json(lines: Lines) -> Iterator[Read]:
    documents, problems = json_lines(lines)
    yield from problems
    by_path: dict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for number, document in documents:
        by_path[path_of(document)].append((number, document))
    for path, some in by_path.items():
        fields = Fields(Documents([document for _, document in some]), ",")
        yield _telemetry(path, fields, [number for number, _ in some])


def _from_text(lines: Lines, header: _Header) -> Iterator[Read]:
    begin = 0
    for at in [at for at, (_, line) in enumerate(lines) if line[:1] == b"#"]:
        yield from _rows(lines[begin:at], header)
        _directive(lines[at][1].decode("utf-8", "replace"), header)
        begin = at + 1
    yield from _rows(lines[begin:], header)


def _directive(line: str, header: _Header) -> None:
    """One `#` line; unknown ones and comments are passed over."""
    name, _, value = line[1:].partition(" " if line.startswith("#separator") else header.separator)
    match name:
        case "separator":
            header.separator = _unescaped(value) or "\t"
        case "set_separator":
            header.set_separator = value or ","
        case "empty_field":
            header.empty = value
        case "unset_field":
            header.unset = value
        case "path":
            header.path = value
        case "fields":
            header.fields = tuple(value.split(header.separator))
            header.types = ()
        case "types":
            header.types = tuple(value.split(header.separator))


def _rows(lines: Lines, header: _Header) -> Iterator[Read]:
    if not lines:
        return
    width = len(header.fields)
    if not width:
        for number, _ in lines:
            yield Record(where=f"line {number}", problem="a row before any #fields line")
        return
    numbers = [number for number, _ in lines]
    text = b"\n".join([line for _, line in lines]).decode("utf-8", "replace")
    rows = [row.split(header.separator) for row in text.split("\n")]
    if set(map(len, rows)) != {width}:
        for number, row in zip(numbers, rows, strict=True):
            if len(row) != width:
                yield Record(where=f"line {number}", problem=f"{len(row)} cells under a header of {width}")
        numbers = [number for number, row in zip(numbers, rows, strict=True) if len(row) == width]
        rows = [row for row in rows if len(row) == width]
    if rows:
        columns = dict(zip(header.fields, zip(*rows, strict=True), strict=True))
        fields = Fields(columns, header.set_separator, (header.empty, header.unset), header.types)
        yield _telemetry(header.path, fields.each(_unescaped) if "\\x" in text else fields, numbers)


def _unescaped(text: str) -> str:
    """`\\x2c` as the character it stands for."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text) if "\\x" in text else text


def _telemetry(path: str, fields: Fields, numbers: list[int]) -> Telemetry:
    columns, ties = shown(path, fields)
    return Telemetry(unit="line", numbers=numbers, times=_times(fields, len(numbers)), columns=columns, ties=ties)


def _times(fields: Fields, count: int) -> list[float]:
    ts = fields.raw("ts")
    if not ts:
        return [0.0] * count
    try:
        return [float(t) for t in ts]
    except (TypeError, ValueError):
        return [seconds(t) for t in ts]


FORMAT = Format(
    name="zeek", title="Zeek log", media_type="text/tab-separated-values", suffix=".log", sniff=sniff, read=read
)
