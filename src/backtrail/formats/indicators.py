"""Indicator lists as CSV, TSV or with semicolons, by their header.

A column of types and one of values (`type,value`, in many spellings), or columns that are named like kinds
(`md5`, `fqdn`, `ip`): each cell of such a column is a value. The file written is the one of the published package:
`value,type,role,first_seen,last_seen,valid_until,confidence,evidence_ids,warninglist_hits,action,marking`.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from msgspec import Struct

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.text import decode_text, text_lines
from backtrail.formats.kit.type_words import kind_of
from backtrail.model.errors import FormatError
from backtrail.model.record import Claimed, Heading, Indicator, Record, Seen

COLUMNS = (
    "value", "type", "role", "first_seen", "last_seen", "valid_until", "confidence", "evidence_ids",
    "warninglist_hits", "action", "marking",
)  # fmt: skip

_TYPE = {"type", "kind", "indicator_type", "ctype", "ioc_type", "attribute_type"}
_VALUE = {"value", "indicator", "ioc", "content", "observable", "ioc_value", "indicator_value"}
_FIELDS = {
    "role": "role", "first_seen": "first", "first": "first", "last_seen": "last", "last": "last",
    "marking": "tlp", "tlp": "tlp", "confidence": "confidence", "intrusion": "intrusion", "date": "first",
    "comment": "comment", "description": "comment", "note": "comment",
}  # fmt: skip
_EXTRA = {
    "valid_until": "valid_until", "evidence_ids": "evidence", "warninglist_hits": "warnings", "action": "action",
}  # fmt: skip
"""Columns that make a row an indicator as it left the house, not just a value seen."""

_FILES = ("md5", "sha1", "sha256", "sha512")
"""What a comment is kept of: responders write there which family a file is of."""

_LONGEST_NAME = 40
"""Characters of a column name; a longer one is a sentence with a comma in it."""

_DELIMITERS = ",\t;"


class _Layout(Struct, frozen=True):
    """Where in a row things stand: type and value, or columns that are kinds; and the fields beside them."""

    type: int | None
    value: int | None
    kinds: tuple[tuple[int, str], ...]
    fields: tuple[tuple[int, str], ...]
    width: int


def sniff(head: bytes, name: str) -> bool:
    """A header with a column of values, over rows as wide as it is: prose with commas has neither."""
    lines = [line for line in decode_text(head[:8192]).splitlines() if line.strip()]
    header = _cells(lines[0]) if lines else []
    if len(header) < 2 or "\0" in lines[0] or _layout(header) is None:
        return False
    if any(len(name) > _LONGEST_NAME or name.rstrip().endswith((".", ":", "?")) for name in header):
        return False
    delimiter = _delimiter(lines[0])
    return len(lines) == 1 or any(len(_cells(line, delimiter)) == len(header) for line in lines[1:6])


def read(stream: BinaryIO) -> Iterator[Record]:
    lines = text_lines(stream)
    number, header = next(((n, line) for n, line in lines if line.strip()), (1, ""))
    layout = _layout(_cells(header))
    if layout is None:
        raise FormatError("no header with a column of values", where=f"line {number}")
    pulled: list[int] = []
    reader = csv.reader(_pulled(lines, pulled), delimiter=_delimiter(header))
    while True:
        pulled.clear()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(where=f"line {pulled[0] if pulled else number}", problem=str(error))
            continue
        if any(cell.strip() for cell in row):
            yield _record(row, layout, f"line {pulled[0]}")


def _pulled(lines: Iterator[tuple[int, str]], numbers: list[int]) -> Iterator[str]:
    """Lines for the CSV reader, noting the number of each: a quoted cell may go over several."""
    for number, line in lines:
        numbers.append(number)
        yield line + "\n"


def _delimiter(header: str) -> str:
    return max(_DELIMITERS, key=header.count)


def _cells(line: str, delimiter: str | None = None) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter or _delimiter(line)), [])
    except csv.Error:
        return []


def _layout(header: list[str]) -> _Layout | None:
    names = [name.strip().strip("\ufeff#").strip().lower().replace(" ", "_") for name in header]
    type = next((i for i, name in enumerate(names) if name in _TYPE), None)
    value = next((i for i, name in enumerate(names) if name in _VALUE), None)
    kinds = tuple((i, kind) for i, name in enumerate(names) if (kind := kind_of(name)) and name not in _TYPE | _VALUE)
    wanted = _FIELDS | _EXTRA
    fields = tuple((i, wanted[name]) for i, name in enumerate(names) if name in wanted)
    if type is not None and value is not None:
        return _Layout(type, value, (), fields, len(names))
    return _Layout(None, None, kinds, fields, len(names)) if kinds else None


def _record(row: list[str], layout: _Layout, where: str) -> Record:
    if len(row) > layout.width and any(cell.strip() for cell in row[layout.width :]):
        return Record(where=where, problem=f"{len(row)} cells under a header of {layout.width}")
    row = row + [""] * (layout.width - len(row))
    fields = {name: row[i].strip() or None for i, name in layout.fields}
    confidence = fields.get("confidence")
    problem = None
    if confidence and not (
        confidence.isascii() and confidence.isdigit() and len(confidence) <= 3 and int(confidence) <= 100
    ):
        problem = f"confidence {confidence[:20]!r} is no number from 0 to 100"
        confidence = None
    values = _values(row, layout)
    if not values:
        return Record(where=where, problem="a row without a value")
    common: dict[str, Any] = {name: fields.get(name) for name in ("role", "first", "last", "tlp")}
    common["confidence"] = int(confidence) if confidence else None
    seen = tuple(_seen(kind, value, common, fields) for kind, value in values)
    claims = tuple(_commented(values, fields.get("comment")))
    return Record(where=where, seen=seen, claims=claims, intrusion=fields.get("intrusion"), problem=problem)


def _commented(values: Iterable[tuple[str, str]], comment: str | None) -> Iterator[Claimed]:
    if comment:
        for kind, value in values:
            if kind in _FILES:
                yield Claimed(subject=f"{kind}:{value.lower()}", predicate="comment", object=comment)


def _seen(kind: str, value: str, common: dict[str, Any], fields: dict[str, str | None]) -> Seen:
    if not any(fields.get(name) for name in _EXTRA.values()):
        return Seen(kind=kind, value=value, **common)
    return Indicator(
        kind=kind,
        value=value,
        **common,
        valid_until=fields.get("valid_until"),
        evidence=tuple((fields.get("evidence") or "").split()),
        warnings=tuple(one for one in (fields.get("warnings") or "").split("; ") if one),
        action=fields.get("action") or "alert",
    )


def _values(row: list[str], layout: _Layout) -> list[tuple[str, str]]:
    if layout.type is not None and layout.value is not None:
        word, value = row[layout.type].strip(), row[layout.value].strip()
        kind = kind_of(word) or (word if word.startswith("x-") and ":" in word else f"x-csv:{word or 'untyped'}")
        return [(kind, value)] if value else []
    return [(kind, row[i].strip()) for i, kind in layout.kinds if row[i].strip()]


def write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
    """Values stay exactly as they are: a defender's tool reads this file, not a spreadsheet."""
    yield _line(COLUMNS)
    for record in records:
        for seen in record.seen:
            yield _line(_written(seen))


def _written(seen: Seen) -> tuple[str, ...]:
    more = seen if isinstance(seen, Indicator) else None
    return (
        seen.value, seen.kind, seen.role or "", seen.first or "", seen.last or "",
        (more.valid_until or "") if more else "",
        "" if seen.confidence is None else str(seen.confidence),
        " ".join(more.evidence) if more else "",
        "; ".join(more.warnings) if more else "",
        more.action if more else "",
        seen.tlp or "",
    )  # fmt: skip


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


FORMAT = Format(
    name="indicators",
    title="CSV or TSV indicator list",
    media_type="text/csv",
    suffix=".csv",
    sniff=sniff,
    read=read,
    write=write,
)
