"""An index as it lies on disk, and asked: Parquet that is written once, in segments, each of them whole or not there.

    00001.keys.parquet    key (its sort in the bits above 48), block
    00001.blocks.parquet  block, file, visit, part, stream, start, end, lines, first, last
    00001.files.parquet   file, visit, size, mtime, head, plain, content, problems, segment

The files of a segment are written last, and make it valid. A file that is indexed again gets a later visit, by which
its older blocks are dead.
"""

from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import nanoarrow
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from backtrail.hunts.backends.arrowlines import ArrowTable
from backtrail.hunts.backends.looking import Span
from backtrail.hunts.keeping import VERSION, Asked
from backtrail.model.errors import FormatError, NotFoundError

BLOCK_BITS = 20
"""Bits of a block's number below those of its segment."""

MANIFEST = "index.json"
TABLES = {
    "keys": "key UBIGINT, block UBIGINT",
    "blocks": 'block UBIGINT, file VARCHAR, visit BIGINT, part INTEGER, stream INTEGER, start BIGINT, "end" BIGINT, '
    "lines BIGINT, first VARCHAR, last VARCHAR",
    "files": "file VARCHAR, visit BIGINT, size BIGINT, mtime BIGINT, head VARCHAR, plain BOOLEAN, content BIGINT, "
    "problems VARCHAR, segment BIGINT",
}
_HEAD = 1 << 16
_MEMORY = "512MB"
_LIVING_FILES = "(SELECT * FROM files QUALIFY row_number() OVER (PARTITION BY file ORDER BY visit DESC) = 1)"
_LIVING = f"(SELECT * FROM blocks SEMI JOIN {_LIVING_FILES} USING (file, visit))"
_BEFORE = (
    "coalesce(sum(lines) OVER (PARTITION BY file, stream ORDER BY part, start "
    "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)"
)


class Print(Struct, frozen=True):
    """By what a file is known again: its size, its time (ns), SHA-256 of its first 64 kB."""

    size: int
    mtime: int
    head: str

    @classmethod
    def of(cls, path: Path) -> "Print":
        """Raises OSError."""
        with path.open("rb") as stream:
            head = sha256(stream.read(_HEAD)).hexdigest()
        at = path.stat()
        return cls(at.st_size, at.st_mtime_ns, head)


class IndexedFile(Struct, frozen=True):
    """A file of an index.

    Attributes:
        file: Where it lies, in full.
        print: By what it is known again.
        plain: Whether it can be read from the middle.
        content: Its bytes, unpacked.
        problems: What could not be read in it: place and reason.
    """

    file: str
    print: Print
    plain: bool
    content: int
    problems: tuple[tuple[str, str], ...] = ()


class Manifest(Struct):
    """What an index knows: version of its keys, and whether it has those of defanged and encoded text."""

    version: int
    decode: bool


class Index:
    """An index that is asked.

    Args:
        folder: Its folder.

    Raises:
        NotFoundError: There is none.
        FormatError: It is of another version, or damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.manifest = _manifest(folder)
        self._db = duckdb.connect()
        self._db.execute(
            f"SET memory_limit = '{_MEMORY}'; SET allowed_directories = [{quoted(str(folder.absolute()))}]"
        )
        self._db.execute("SET enable_external_access = false; SET lock_configuration = true")
        whole = segments(folder)
        for table, columns in TABLES.items():
            files = ", ".join(quoted(str((folder / f"{n:05}.{table}.parquet").absolute())) for n in whole)
            self._db.execute(f"CREATE TEMP TABLE no_{table} ({columns})")
            self._run(f"CREATE TEMP VIEW {table} AS FROM {f'read_parquet([{files}])' if files else f'no_{table}'}")

    def _run(self, query: str) -> list[tuple[Any, ...]]:
        try:
            return self._db.execute(query).fetchall()
        except duckdb.Error as error:
            raise FormatError(f"{self._folder}: {str(error).splitlines()[0]}", where="byte 0") from None

    def files(self) -> dict[str, IndexedFile]:
        """Files by where they lie."""
        rows = self._run(f"SELECT file, size, mtime, head, plain, content, problems FROM {_LIVING_FILES} ORDER BY file")
        return {
            file: IndexedFile(
                file, Print(size, mtime, head), plain, content,
                msgspec.json.decode(problems, type=tuple[tuple[str, str], ...]),
            )
            for file, size, mtime, head, plain, content, problems in rows
        }  # fmt: skip

    def spans(self, asked: Asked) -> dict[str, list[Span]]:
        """Blocks that may show what is asked for, by file."""
        low, high = (np.array([pair[n] for pair in asked.ranges], np.uint64) for n in (0, 1))
        self._db.register("wanted", table(key=asked.keys))
        self._db.register("ranges", table(low=low, high=high))
        caught = "SELECT block FROM keys SEMI JOIN wanted USING (key)"
        if asked.ranges:
            caught += " UNION ALL SELECT block FROM keys JOIN ranges ON key BETWEEN low AND high"
        rows = self._run(
            f'SELECT file, stream, start, "end", before FROM (SELECT *, {_BEFORE} AS before FROM {_LIVING}) '
            f"SEMI JOIN ({caught}) USING (block) ORDER BY file, stream, start"
        )
        out: dict[str, list[Span]] = defaultdict(list)
        for file, stream, start, end, before in rows:
            out[file].append(Span(stream, start, end, int(before)))
        return out

    def counts(self) -> tuple[int, int]:
        """Blocks that live, and bytes of the index."""
        ((blocks,),) = self._run(f"SELECT count() FROM {_LIVING}")
        return int(blocks), sum(path.stat().st_size for path in self._folder.iterdir() if path.is_file())

    def living(self) -> set[int]:
        """Segments in which something lives."""
        blocks = self._run(f"SELECT DISTINCT block >> {BLOCK_BITS} FROM {_LIVING}")
        return {int(n) for (n,) in [*blocks, *self._run(f"SELECT DISTINCT segment FROM {_LIVING_FILES}")]}


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise NotFoundError(f"{folder}: no index (make one: backtrail index LOGS -o {folder})") from None
    except msgspec.DecodeError as error:
        raise FormatError(f"{folder / MANIFEST}: {error}", where="byte 0") from None
    if manifest.version != VERSION:
        raise FormatError(f"{folder}: an index of version {manifest.version}; make it again", where="byte 0")
    return manifest


def segments(folder: Path) -> list[int]:
    """Numbers of segments that are whole."""
    return sorted(int(path.name.partition(".")[0]) for path in folder.glob("[0-9]*.files.parquet"))


def table(**columns: NDArray[np.uint64]) -> ArrowTable:
    """Columns of numbers, for the engine."""
    arrays = {
        name: nanoarrow.c_array_from_buffers(nanoarrow.uint64(), len(array), [None, array], null_count=0)
        for name, array in columns.items()
    }
    return ArrowTable(arrays, min(map(len, columns.values())))


def quoted(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
