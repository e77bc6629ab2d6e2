"""Files of evidence: lines in order of time, with planted damage, and an account of what was written."""

import gzip
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random

from msgspec import Struct, field

from backtrail_worlds.clock import stamp

BREAKABLE = ("tsv", "json", "columns")


class Written(Struct, frozen=True):
    """A file and what is in it.

    Attributes:
        records: Rows, lines, objects or events, bad ones among them; no headers, no `#` lines.
        bad: Line numbers (from 1) of planted bad ones.
    """

    path: str
    records: int
    bad: list[int]
    sha256: str


class Log(Struct):
    """A log that is being collected. `form` says how a line may be broken: tsv, json, columns or text."""

    name: str
    form: str
    header: tuple[bytes, ...] = ()
    footer: bytes = b""
    bom: bool = False
    crlf: bool = False
    gz: bool = False
    rows: list[tuple[float, bytes]] = field(default_factory=list)
    size: int = 0

    def add(self, moment: float, line: bytes) -> None:
        """A line; they are sorted when all are there."""
        self.rows.append((moment, line))
        self.size += len(line) + 1


class Folder:
    """Writes below one folder of the evidence and remembers what it wrote."""

    def __init__(self, root: Path, inside: str) -> None:
        self._root = root
        self._inside = inside
        self.written: list[Written] = []

    def text(self, name: str, text: str, records: int = 1, *, crlf: bool = False, bom: bool = False) -> None:
        """A small text file."""
        body = text.replace("\n", "\r\n") if crlf else text
        self.data(name, (b"\xef\xbb\xbf" if bom else b"") + body.encode(), records, [])

    def data(self, name: str, body: bytes, records: int, bad: list[int]) -> None:
        """A file as it is."""
        path = self._root / self._inside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        self.written.append(Written(f"{self._inside}/{name}", records, bad, sha256(body).hexdigest()))

    def log(self, log: Log, by_year: bool) -> None:
        """A log, in one file or one for each year. An empty one is not written."""
        log.rows.sort(key=lambda row: row[0])
        if not by_year:
            self._part(log, log.name, log.rows)
            return
        years: dict[str, list[tuple[float, bytes]]] = {}
        for row in log.rows:
            years.setdefault(stamp(row[0], "%Y"), []).append(row)
        stem, _, suffix = log.name.rpartition(".")
        for year, rows in years.items():
            self._part(log, f"{stem}.{year}.{suffix}", rows)

    def _part(self, log: Log, name: str, rows: Sequence[tuple[float, bytes]]) -> None:
        if not rows:
            return
        bad = [len(log.header) + i + 1 for i, (_, line) in enumerate(rows) if line.startswith(BROKEN)]
        lines = [*log.header, *(line.removeprefix(BROKEN) for _, line in rows)]
        if log.footer:
            lines.append(log.footer)
        end = b"\r\n" if log.crlf else b"\n"
        body = (b"\xef\xbb\xbf" if log.bom else b"") + end.join(lines) + end
        if log.gz:
            name, body = name + ".gz", _packed(body)
        self.data(name, body, len(rows), bad)


BROKEN = b"\x00broken\x00"
"""Stands before a broken line until it is written."""


def _packed(body: bytes) -> bytes:
    """Gzip with no name and no time in it, so that the same bytes come out."""
    packed = BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=6, mtime=0) as file:
        file.write(body)
    return packed.getvalue()


def damage(logs: Sequence[Log], broken: int, doubled: int, rng: Random) -> None:
    """Break so many lines, and write so many twice, in logs where a reader must notice."""
    fit = [log for log in logs if log.form in BREAKABLE and len(log.rows) > 8]
    for _ in range(doubled if fit else 0):
        log = rng.choice(fit)
        log.rows.append(rng.choice(log.rows))
    for _ in range(broken if fit else 0):
        log = rng.choice(fit)
        moment, line = rng.choice(log.rows)
        log.rows.append((moment + 0.01, BROKEN + _broken(log.form, line, rng)))


def _broken(form: str, line: bytes, rng: Random) -> bytes:
    """A line cut off, with bytes that are no text, or with a column too many."""
    line = line.removeprefix(BROKEN)
    if form == "json":
        return rng.choice((line[: len(line) // 3], line[: len(line) // 2] + b"\x00\xff\xfe", b"{]" + line[:20]))
    gap = b"\t" if form == "tsv" else b" "
    cut = gap.join(line.split(gap)[:3])
    return rng.choice((cut, b"\x07\xff\xfe\x80" + cut[:9], cut + gap + b"\xc3\x28"))
