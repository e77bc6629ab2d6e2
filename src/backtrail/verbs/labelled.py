"""Labelled reports as JSON lines, for measuring: `date`, `indicators`, `techniques`, `software`, and the group.

A line is `{"id", "date", "indicators": [{"type", "value"}], "techniques": [], "software": [], "group"}`. Titles,
references, file names and the like often name the group, and are never read.
"""

import codecs
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
from msgspec import Struct

from backtrail.clusters.suggest.table import Report
from backtrail.clusters.suggest.traits import reads, traits
from backtrail.model.errors import FormatError
from backtrail.observations import public_suffix
from backtrail.verbs.known import require_file


class _Indicator(Struct):
    type: str
    value: str


class _Line(Struct):
    """What is read of a line, and nothing else."""

    id: str
    date: str | None = None
    indicators: list[_Indicator] = []
    techniques: list[str] = []
    software: list[str] = []
    group: str | None = None


_KINDS = {
    "domain": "domain-name",
    "ip": "ipv4-addr",
    "ip_port": "ip-port",
    "url_path": "url-path",
    "filename": "file-name",
    "dllname": "file-name",
    "filepath": "file-path",
    "regkey": "registry-key",
    "email": "email-addr",
    "pdb": "pdb-path",
    "cve": "vulnerability",
    "http_fp": "http-fingerprint",
    "user_agent": "user-agent",
    "email_subject": "email-subject",
}
"""Short names of kinds in such files; any other name is the kind's own."""


def labelled(path: Path, *, with_group: bool = True, unread: Counter[str] | None = None) -> Iterator[Report]:
    """Reports of a file, in its order.

    Args:
        path: JSON lines.
        with_group: Whether groups are read; without, every report is of nobody known.
        unread: Counts indicators of types that no trait reads.

    Raises:
        NotFoundError: No such file.
        UsageError: A folder.
        FormatError: A line that is no such report; the whole file is refused, since half of it would measure nothing.
    """
    decoder = msgspec.json.Decoder(_Line)
    require_file(path, "a file of reports, a line of JSON each")
    content = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                said = decoder.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise FormatError(f"{path}: {error}", where=f"line {number}") from None
            if unread is not None:
                unread.update(i.type for i in said.indicators if not reads(_KINDS.get(i.type, i.type)))
            yield _report(said, with_group)


def _report(line: _Line, with_group: bool) -> Report:
    values = [(_KINDS.get(i.type, i.type), i.value) for i in line.indicators]
    values += [("technique", t) for t in line.techniques] + [("software", s) for s in line.software]
    return Report(
        id=line.id,
        date=_date(line.date),
        traits=traits(values, public_suffix),
        group=((line.group or "").strip() or None) if with_group else None,
    )


def _date(text: str | None) -> date | None:
    """A day; the first of a month or a year that is all there is; None for what is no date."""
    for rest in ("", "-01", "-01-01"):
        try:
            return date.fromisoformat((text or "")[:10] + rest)
        except ValueError:
            continue
    return None
