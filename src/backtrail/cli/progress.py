"""Progress of what takes long on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

if TYPE_CHECKING:
    from backtrail.verbs.reading import FileRead
    from backtrail.verbs.reading import Progress as Reading

_EVERY_SECONDS = 10.0


class Bar:
    """A bar.

    Args:
        what: The verb.
        shown: What stands behind the bar, in rich's words.
        total: Bytes in all, if they are known.
        fields: What `shown` speaks of.
    """

    def __init__(self, what: str, shown: str, total: int | None = None, **fields: Any) -> None:
        self._what = what
        self._console = Console(stderr=True)
        self._told = self._began = time.monotonic()
        self._bar = Progress(
            TextColumn(what),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            TextColumn(shown),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, **fields)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _update(self, done: int, size: int, line: str, **fields: Any) -> None:
        """So many bytes are done, of so many (0 when that is not known); `line` is what a plain line says."""
        self._bar.update(self._task, completed=done, total=max(size, done) or None, **fields)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._told > _EVERY_SECONDS:
            self._told = now
            share = f"{min(100, 100 * done // size)} %  " if size else ""
            rate = f"{done / 1e6:,.0f} MB  {done / 1e6 / (now - self._began):,.0f} MB/s"
            print(f"{self._what}  {share}{rate}  {line}", file=sys.stderr)


class ReadingBar(Bar):
    """Shows how far an ingest is.

    Args:
        paths: What is read; their size is the whole of the bar.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._total = sum(map(_size, paths))
        self._before = self._records = self._problems = 0
        shown = "{task.fields[records]:,} records  {task.fields[problems]} rejected"
        super().__init__("ingest", shown, self._total or None, records=0, problems=0)

    def reading(self, at: Reading) -> None:
        """A file is being read."""
        self._so_far(self._before + at.done, self._records + at.records)

    def done(self, file: FileRead) -> None:
        """A file was read."""
        self._before += _size(Path(file.path))
        self._records += file.records
        self._problems += file.problems
        self._so_far(self._before, self._records)

    def _so_far(self, done: int, records: int) -> None:
        line = f"{records:,} records  rejected {self._problems}"
        self._update(done, self._total, line, records=records, problems=self._problems)


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
