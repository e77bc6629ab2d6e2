"""scan: raw files of any text format, packed or not, looked through as they lie; nothing is taken in first."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from backtrail.hunts.backends.backend import Backend, HuntOptions, Look
from backtrail.hunts.backends.crew import work
from backtrail.hunts.backends.files import Found, found
from backtrail.hunts.backends.looking import Looker, News, Spot, Task
from backtrail.hunts.columns import of
from backtrail.hunts.keys import Compiled, compiled
from backtrail.hunts.matching import Matcher
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator


def hunt(indicators: Sequence[Indicator], paths: Sequence[Path], options: HuntOptions) -> Iterator[Hit]:
    """Hits of indicators in files and folders; see `HuntOptions`."""
    goal = prepared(indicators, options)
    files = list(found(paths, options.problem or (lambda *_: None)))
    yield from run(goal, files, [task for file in files for task in file.tasks()], options)


def prepared(indicators: Sequence[Indicator], options: HuntOptions) -> Compiled:
    """Indicators compiled; what cannot be looked for is told."""
    goal = compiled(of(indicators), options.spell, options.refang)
    for row, reason in goal.unusable:
        if options.unusable:
            options.unusable(goal.columns.value(row)[:200], reason)
    return goal


def run(goal: Compiled, files: list[Found], tasks: Sequence[Task], options: HuntOptions) -> Iterator[Hit]:
    """Hits in tasks; files that changed meanwhile are told."""
    told = options.problem or (lambda *_: None)
    gathered = Gathered(goal.columns, files, options)
    matcher = Matcher(goal, options.decode)
    for task, news in work(lambda: Looker(matcher), tasks, options.jobs):
        for problem in news.problems:
            told(*problem)
        yield from gathered.hits(task, news)
    for file in files:
        if reason := file.changed():
            told(file.name, f"byte {file.size}", reason)


class Gathered:
    """Hits out of news: line numbers within a part become numbers of the file when all parts before it are counted."""

    def __init__(self, columns: Sequence[Indicator], files: list[Found], options: HuntOptions) -> None:
        self._columns = columns
        self._indicators: dict[int, Indicator] = {}
        self._progress: Callable[[Look], None] | None = options.progress
        self._size = sum(f.size for f in files)
        self._done = self._hits = 0
        self._waiting: dict[int, dict[int, list[Spot]]] = defaultdict(lambda: defaultdict(list))
        self._lines: dict[int, dict[int, int]] = defaultdict(dict)
        self._next: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
        self._over: set[tuple[int, int]] = set()

    def hits(self, task: Task, news: News) -> Iterator[Hit]:
        """Hits that are known by now."""
        self._done += news.done
        self._hits += len(news.spots)
        if self._progress:
            self._progress(Look(task.name, self._done, self._size, self._hits))
        if task.end < 0:
            yield from (self._hit(spot, 0) for spot in news.spots)
            return
        self._waiting[task.file][task.part] += news.spots
        self._lines[task.file][task.part] = self._lines[task.file].get(task.part, 0) + news.lines
        part, before = self._next[task.file]
        yield from (self._hit(s, before) for s in self._waiting[task.file].pop(part, ()))
        if news.over:
            self._over.add((task.file, task.part))
            while (task.file, part) in self._over:
                before += self._lines[task.file].pop(part)
                part += 1
                yield from (self._hit(s, before) for s in self._waiting[task.file].pop(part, ()))
            self._next[task.file] = (part, before)

    def _hit(self, spot: Spot, before: int) -> Hit:
        indicator = self._indicators.get(spot.row)
        if indicator is None:
            indicator = self._indicators[spot.row] = self._columns[spot.row]
        around = spot.around
        at = around.at if around else None
        return Hit(
            indicator=indicator,
            matched=spot.matched,
            file=spot.name,
            unit=spot.unit,
            number=spot.number + before,
            offset=spot.offset,
            at=at,
            valid=None if not at or not indicator.valid_until else at[:19] <= indicator.valid_until[:19],
            direction=around.direction if around else "",
            side=around.side if around else "",
            fields=around.fields if around else {},
        )


BACKEND = Backend(name="scan", title="raw files of any text format, as they lie", hunt=hunt)
