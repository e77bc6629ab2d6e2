"""An index made, or brought up to date: files that are new or changed since are looked through, others are left."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
from msgspec import Struct

from backtrail.hunts.backends.backend import HuntOptions, Look
from backtrail.hunts.backends.crew import work
from backtrail.hunts.backends.files import Found, found
from backtrail.hunts.backends.indexfiles import (
    BLOCK_BITS,
    MANIFEST,
    TABLES,
    Index,
    IndexedFile,
    Manifest,
    Print,
    quoted,
    segments,
    table,
)
from backtrail.hunts.backends.indexing import Indexer
from backtrail.hunts.backends.looking import Kept, News, Task
from backtrail.hunts.keeping import VERSION
from backtrail.model.errors import BacktrailError, ConflictError

_SEGMENT = 4 << 20
"""Keys after which a segment is written."""


class Made(Struct, frozen=True):
    """What a run did.

    Attributes:
        new: Files that were looked through.
        same: Files that the index knew already.
        size: Bytes that were looked through, unpacked.
    """

    new: int
    same: int
    size: int


def make(paths: Sequence[Path], folder: Path, options: HuntOptions) -> Made:
    """Make an index of logs, or bring it up to date.

    Args:
        paths: Files and folders.
        folder: Where the index is, or is to be.
        options: See `HuntOptions`.

    Raises:
        ConflictError: The folder holds something else, or an index with other spellings.
        BacktrailError: It cannot be written.
    """
    known = _opened(folder, options.decode).files()
    told = options.problem or (lambda *_: None)
    files = list(found(paths, told))
    prints = dict(_prints(files, told))
    wanted = [f for f in files if f.number in prints and not _same(known.get(_full(f.path)), prints[f.number])]
    writer = _Writer(folder, {f.number: f for f in wanted}, prints)
    size = 0
    try:
        tasks = [task for file in wanted for task in file.tasks()]
        for task, news in work(lambda: Indexer(options.spell, options.refang, options.decode), tasks, options.jobs):
            for problem in news.problems:
                told(*problem)
            writer.add(task, news)
            size += news.done
            if options.progress:
                options.progress(Look(task.name, size, sum(f.size for f in wanted), 0))
    finally:
        writer.close()
    _clear(folder)
    return Made(len(wanted), len(prints) - len(wanted), size)


def _opened(folder: Path, decode: bool) -> Index:
    """The index of a folder, which is made if there is none."""
    if not (folder / MANIFEST).exists():
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ConflictError(f"{folder} holds something else; name another folder for the index")
        folder.mkdir(parents=True, exist_ok=True)
        _begun(folder, Manifest(VERSION, decode))
    index = Index(folder)
    if index.manifest.decode != decode:
        raise ConflictError(
            f"{folder} was made {'with' if index.manifest.decode else 'without'} --decode; stay with it"
        )
    return index


def _begun(folder: Path, manifest: Manifest) -> None:
    """Write the manifest whole or not at all, so that a full disk leaves a folder in which an index can be made."""
    part = folder / f"{MANIFEST}.part"
    try:
        part.write_bytes(msgspec.json.encode(manifest))
        part.rename(folder / MANIFEST)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BacktrailError(f"{folder}: cannot be written: {error.strerror or error}") from None


def _prints(files: Iterable[Found], told: Callable[[str, str, str], None]) -> Iterator[tuple[int, Print]]:
    for file in files:
        try:
            if str(file.path) == "-" or not file.path.is_file():
                told(file.name, "byte 0", "only files can be indexed: what is read from elsewhere cannot be read again")
            else:
                yield file.number, Print.of(file.path)
        except OSError as error:
            told(file.name, "byte 0", f"cannot be read: {error.strerror or error}")


def _full(path: Path) -> str:
    return str(path.absolute())


def _same(known: IndexedFile | None, now: Print) -> bool:
    return known is not None and known.print == now


class _Writer:
    """Takes blocks and writes segments; a file counts once all of its parts are over."""

    def __init__(self, folder: Path, files: dict[int, Found], prints: dict[int, Print]) -> None:
        self._folder, self._files, self._prints = folder, files, prints
        self._open = {number: {task.part for task in file.tasks()} for number, file in files.items()}
        self._content: dict[int, int] = dict.fromkeys(files, 0)
        self._problems: dict[int, list[tuple[str, str]]] = {number: [] for number in files}
        self._visit = self._segment = max(segments(folder), default=0) + 1
        self._keys: list[Any] = []
        self._blocks: list[tuple[Any, ...]] = []
        self._done: list[tuple[Any, ...]] = []
        self._size = 0

    def add(self, task: Task, news: News) -> None:
        """News of a task."""
        file = self._files[task.file]
        self._content[file.number] += news.done
        self._problems[file.number] += [(place, reason) for _, place, reason in news.problems]
        for kept in news.kept:
            self._block(file, task.part, kept)
        if news.over:
            self._open[file.number].discard(task.part)
            if not self._open[file.number]:
                self._file(file)
        if self._size >= _SEGMENT:
            self._write()

    def _block(self, file: Found, part: int, kept: Kept) -> None:
        number = (self._segment << BLOCK_BITS) | len(self._blocks)
        self._keys.append(np.frombuffer(kept.keys, np.uint64))
        self._size += len(self._keys[-1])
        self._blocks.append(
            (number, _full(file.path), self._visit, part, kept.stream, kept.start, kept.end, kept.lines, kept.first,
             kept.last)
        )  # fmt: skip

    def _file(self, file: Found) -> None:
        at, content = self._prints[file.number], self._content[file.number]
        problems = msgspec.json.encode(self._problems[file.number]).decode()
        place = (_full(file.path), self._visit, at.size, at.mtime, at.head)
        self._done.append((*place, file.plain, content, problems, self._segment))

    def close(self) -> None:
        """Write what is left."""
        if self._done or self._blocks:
            self._write()

    def _write(self) -> None:
        sizes = [len(keys) for keys in self._keys]
        blocks = np.repeat(np.array([row[0] for row in self._blocks], np.uint64), sizes)
        keys = np.concatenate(self._keys) if self._keys else np.zeros(0, np.uint64)
        rows = {"blocks": self._blocks, "files": self._done}
        try:
            with duckdb.connect() as db:
                for name, columns in TABLES.items():
                    db.execute(f"CREATE TEMP TABLE {name} ({columns})")
                    _fill(db, name, rows.get(name, ()))
                db.register("found", table(key=keys, block=blocks))
                db.execute("INSERT INTO keys FROM found ORDER BY key, block")
                for name in TABLES:
                    self._copy(db, name)
        except duckdb.Error as error:
            for file in self._folder.glob(f"{self._segment:05}.*"):
                file.unlink()
            raise BacktrailError(f"{self._folder}: cannot be written: {str(error).splitlines()[0]}") from None
        self._keys, self._blocks, self._done, self._size = [], [], [], 0
        self._segment += 1

    def _copy(self, db: duckdb.DuckDBPyConnection, name: str) -> None:
        file = self._folder / f"{self._segment:05}.{name}.parquet"
        part = file.with_suffix(".part")
        db.execute(f"COPY {name} TO {quoted(str(part))} (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)")
        part.rename(file)


def _fill(db: duckdb.DuckDBPyConnection, name: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with db.appender(name) as out:
        for row in rows:
            out.append_row(*row)


def _clear(folder: Path) -> None:
    """Take away segments in which nothing lives, and what runs that were stopped left behind."""
    living = Index(folder).living()
    for path in folder.glob("[0-9]*.*"):
        if int(path.name.partition(".")[0]) not in living:
            path.unlink()
