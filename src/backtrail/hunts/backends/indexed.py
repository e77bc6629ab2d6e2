"""Hunting with an index: only blocks that have a key of what is looked for are looked through, by the scan.

Files that are not in the index, or changed since, are looked through whole; so is everything when a list asks for what
an index does not know. The hits are those of a scan.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import structs

from backtrail.hunts.backends.backend import HuntOptions
from backtrail.hunts.backends.files import Found, found
from backtrail.hunts.backends.indexfiles import Index, IndexedFile, Print
from backtrail.hunts.backends.looking import Span, Task
from backtrail.hunts.backends.scan import prepared, run
from backtrail.hunts.keeping import asked
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator

_TOGETHER = 4
"""Blocks of a plain file that one process is given at once."""


def hunt(indicators: Sequence[Indicator], paths: Sequence[Path], options: HuntOptions, index: Index) -> Iterator[Hit]:
    """Hits of indicators.

    Args:
        indicators: What is looked for.
        paths: Files and folders; all of the index when there are none.
        options: See `HuntOptions`.
        index: The index.
    """
    goal = prepared(indicators, options)
    told = _Once(options.problem or (lambda *_: None))
    options = structs.replace(options, problem=told)
    question = asked(goal)
    if options.decode and not index.manifest.decode:
        question.unanswered.append("the index was made without --decode")
    for reason in question.unanswered:
        told("the index", "", f"everything is looked through: {reason}")
    known = index.files()
    files = list(found(paths or [Path(file) for file in known], told))
    spans = {} if question.unanswered else index.spans(question)
    tasks: list[Task] = []
    for file in files:
        one = known.get(str(file.path.absolute()))
        if one is None or question.unanswered or not _same(file, one):
            tasks += file.tasks()
            continue
        for place, reason in one.problems:
            told(file.name, place, reason)
        tasks += _tasks(file, one, spans.get(one.file, []))
        if options.answered:
            options.answered(one.content - sum(span.end - span.start for span in spans.get(one.file, [])))
    yield from run(goal, files, tasks, options)


def _same(file: Found, known: IndexedFile) -> bool:
    try:
        return Print.of(file.path) == known.print
    except OSError:
        return False


def _tasks(file: Found, known: IndexedFile, spans: list[Span]) -> Iterator[Task]:
    """The blocks of a plain file may be shared out; a packed one is unpacked once."""
    step = _TOGETHER if known.plain else max(1, len(spans))
    for at in range(0, len(spans), step):
        shared = tuple(spans[at : at + step])
        yield Task(file.number, str(file.path), file.name, spans=shared, plain=known.plain)


class _Once:
    """Tells each problem once: what the index knows of damage comes up again when a block behind it is looked at."""

    def __init__(self, told: Callable[[str, str, str], None]) -> None:
        self._told = told
        self._known: set[tuple[str, str, str]] = set()

    def __call__(self, file: str, place: str, reason: str) -> None:
        if (file, place, reason) not in self._known:
            self._known.add((file, place, reason))
            self._told(file, place, reason)
