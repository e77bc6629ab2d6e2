"""Progress of long reads on stderr: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from backtrail.verbs.reading import FileRead
from backtrail.verbs.reading import Progress as Reading

_EVERY_SECONDS = 10.0


class ReadingBar:
    """Shows how far an ingest is.

    Args:
        paths: What is read; their size is the whole of the bar.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._total = sum(map(_size, paths))
        self._before = 0
        self._records = self._problems = 0
        self._told = time.monotonic()
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("ingest"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[records]:,} records"),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[problems]} rejected"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=self._total or None, records=0, problems=0)

    def __enter__(self) -> "ReadingBar":
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def reading(self, at: Reading) -> None:
        """A file is being read."""
        self._update(self._before + at.done, self._records + at.records)

    def done(self, file: FileRead) -> None:
        """A file was read."""
        self._before += _size(Path(file.path))
        self._records += file.records
        self._problems += file.problems
        self._update(self._before, self._records)

    def _update(self, done: int, records: int) -> None:
        self._bar.update(self._task, completed=done, records=records, problems=self._problems)
        if not self._console.is_terminal and time.monotonic() - self._told > _EVERY_SECONDS:
            self._told = time.monotonic()
            share = f"{100 * done // self._total} %  " if self._total else ""
            print(f"ingest  {share}{records:,} records  rejected {self._problems}", file=sys.stderr)


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0
