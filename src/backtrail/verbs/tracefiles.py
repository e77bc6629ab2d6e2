"""Files of traces: what a log shows, written beside the database, and written again where a file is lost."""

import contextlib
from itertools import groupby

from backtrail import evidence, formats
from backtrail.knowledge import facts, intake
from backtrail.model.errors import FormatError, NotFoundError
from backtrail.model.telemetry import Kept, Origin, Telemetry
from backtrail.observations import Traces
from backtrail.verbs.case import Case


class TraceFiles:
    """Files of traces of one log; one that shows very much is written in parts.

    Args:
        case: The case.
        name: Of the first file.
        origin: Where the log was taken.

    Attributes:
        kept: The files, as far as they are written.
    """

    def __init__(self, case: Case, name: str, origin: Origin) -> None:
        self.kept: list[Kept] = []
        self._case, self._name, self._origin = case, name, origin
        self._traces = Traces()
        self._parts = 0

    def add(self, telemetry: Telemetry, format: str) -> None:
        """Fold in some records."""
        self._traces.add(telemetry)
        if self._traces.full:
            self.close(format)

    def close(self, format: str) -> None:
        """Write what is held; nothing where that is nothing."""
        name = f"{self._name}-{self._parts}" if self._parts else self._name
        size = self._case.telemetry.put(name, self._origin, self._traces.taken())
        self._parts += 1
        if size:
            self.kept.append(Kept(name=name, origin=self._origin, format=format, size=size))


def name(sha256: str, context: str) -> str:
    """Name of the first file of a log's traces: by the log, and by the id of what was said of it from outside."""
    return f"{sha256}-{context[2:18]}"


def restored(case: Case) -> tuple[int, int]:
    """Make lost or damaged files of traces again from their logs.

    Returns:
        Logs whose files were made again, and logs that are not in the case's folder, so that theirs were not.
    """
    with case.knowledge.reading() as db:
        there = facts.traces(db)
    made = missing = 0
    for log, lost in groupby(case.telemetry.lost(there), key=_log):
        try:
            _again(case, log, next(lost))
            made += 1
        except NotFoundError:
            missing += 1
    return made, missing


def _log(kept: Kept) -> str:
    """The name without the number of its part: one for each log in each context."""
    return "-".join(kept.name.split("-")[:2])


def _again(case: Case, name: str, lost: Kept) -> None:
    files = TraceFiles(case, name, lost.origin)
    with case.store.open(lost.origin.evidence) as stream, contextlib.suppress(FormatError):
        for one in evidence.records(formats.named(lost.format), stream):
            if isinstance(one, Telemetry):
                files.add(one, lost.format)
    files.close(lost.format)
    with case.knowledge.writing() as db:
        intake.renew_traces(db, lost.origin.evidence, name, files.kept)
