"""Backtrail's own JSON Lines: a record a line, in one of three shapes.

Flat, one observation: `{"kind", "value", "role", "first", "last", "intrusion", "confidence", "tlp"}`; all but the
first two may be left out. Report, many at once: `{"id", "date", "indicators": [{"type", "value"}], "techniques": [],
"software": [], "group"}`; the id is the intrusion, the date is when each value was seen, and a group is somebody's
claim, never a feature. Claim: `{"subject", "predicate", "object"}`, what nothing else can state: `source:X`,
`derived-from`, `Y`; `software:NAME`, `exclusivity`, `public 2012-01-01`.
"""

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.text import decode_text
from backtrail.formats.kit.type_words import kind_of
from backtrail.model.kinds import is_kind
from backtrail.model.record import Claimed, Heading, Record, Seen

MAX_LINE = 16 << 20
_REPORT = (b'"indicators"', b'"techniques"', b'"software"')


class _Typed(Struct):
    type: str
    value: str


class _Report(Struct):
    id: str
    date: str | None = None
    indicators: list[_Typed] = []
    techniques: list[str] = []
    software: list[str] = []
    group: str | None = None


_flat = msgspec.json.Decoder(Seen)
_report = msgspec.json.Decoder(_Report)
_claim = msgspec.json.Decoder(Claimed)
_intrusion = msgspec.json.Decoder(dict[str, Any])


def sniff(head: bytes, name: str) -> bool:
    first = head.removeprefix(BOM_UTF8).lstrip().split(b"\n", 1)[0]
    if not first.startswith(b"{"):
        return False
    shapes = ((b'"kind"', b'"value"'), (b'"subject"', b'"predicate"'), *((b'"id"', key) for key in _REPORT))
    return any(one in first and other in first for one, other in shapes)


def read(stream: BinaryIO) -> Iterator[Record]:
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        line = line.removeprefix(BOM_UTF8) if number == 1 else line
        where = f"line {number}"
        if len(line) > MAX_LINE:
            yield Record(where=where, problem=f"a line of more than {MAX_LINE >> 20} MiB")
            while line and not line.endswith(b"\n"):
                line = stream.readline(MAX_LINE)
        elif line.strip():
            yield _record(line, where)


def _record(line: bytes, where: str) -> Record:
    try:
        fields = _intrusion.decode(line)
        if "kind" in fields:
            of = fields.get("intrusion")
            seen = _flat.decode(line)
            if not is_kind(seen.kind):
                return Record(where=where, problem=f"no such kind of observation: {seen.kind[:80]!r}")
            return Record(where=where, seen=(seen,), intrusion=of if isinstance(of, str) else None)
        if "predicate" in fields:
            return Record(where=where, claims=(_claim.decode(line),))
        return _from_report(_report.decode(line), where)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Record(
            where=where, problem=f"no observation and no claim: {error}; it begins {decode_text(line[:40])!r}"
        )


def _from_report(report: _Report, where: str) -> Record:
    typed = [(kind_of(i.type) or f"x-observations:{i.type}", i.value) for i in report.indicators]
    typed += [("technique", t) for t in report.techniques] + [("software", s) for s in report.software]
    seen = tuple(Seen(kind=kind, value=value, first=report.date, last=report.date) for kind, value in typed)
    claims: tuple[Claimed, ...] = ()
    if report.group:
        subject = f"intrusion:{report.id}"
        claims = (Claimed(subject=subject, predicate="attributed-to", object=f"group:{report.group}"),)
    return Record(where=where, seen=seen, claims=claims, intrusion=report.id)


def write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
    for record in records:
        for seen in record.seen:
            fields = {name: getattr(seen, name) for name in Seen.__struct_fields__} | {"intrusion": record.intrusion}
            yield msgspec.json.encode({name: value for name, value in fields.items() if value is not None}) + b"\n"


FORMAT = Format(
    name="observations",
    title="Backtrail JSON Lines",
    media_type="application/x-ndjson",
    suffix=".jsonl",
    sniff=sniff,
    read=read,
    write=write,
)
