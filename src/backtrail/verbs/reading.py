"""The reading of one file into the case: all of it in one transaction, or nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from msgspec import Struct

from backtrail import evidence, formats
from backtrail.evidence import Arrival
from backtrail.formats.kit.format import Format, Read
from backtrail.knowledge import intake
from backtrail.knowledge.base import Db
from backtrail.model.errors import FormatError, UnknownFormatError
from backtrail.model.marking import Source
from backtrail.model.observation import Claim, Observation, Problem, Provenance, content_id
from backtrail.model.record import Record
from backtrail.model.telemetry import Origin, Telemetry
from backtrail.observations import Observed, Stated, observe
from backtrail.verbs import tracefiles
from backtrail.verbs.case import Case
from backtrail.verbs.tracefiles import TraceFiles

_BATCH = 5_000
"""Records held in memory between two writes."""


class FileRead(Struct, frozen=True, kw_only=True):
    """How one file went.

    Attributes:
        path: Where it came from.
        format: Name of its format, `archive`, or `unread`.
        records: Records in it: STIX objects, MISP attributes, OpenIOC terms, rows, lines.
        observations: Observations read from it.
        problems: Records, or parts of one, that were rejected.
        known: It was read before in the same context, and nothing was done.
        reason: Why it could not be taken at all.
    """

    path: str
    format: str
    records: int
    observations: int
    problems: int
    known: bool = False
    reason: str = ""


class Progress(Struct, frozen=True):
    """How far a long read is: the file, its bytes and the records so far."""

    path: str
    done: int
    size: int
    records: int


class Context(Struct, frozen=True):
    """What is said of a file from outside it."""

    intrusion: str | None
    source: Source
    format: str | None = None
    server: str | None = None

    @property
    def id(self) -> str:
        s = self.source
        server = () if self.server is None else (self.server,)
        return content_id("X", self.intrusion, s.name, str(s.grade), s.tlp, self.format, *server)


class Reading:
    """The reading of one file in one transaction."""

    def __init__(
        self,
        case: Case,
        arrival: Arrival,
        blob: evidence.Blob,
        context: Context,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.case, self.arrival, self.blob, self.context, self.progress = case, arrival, blob, context, progress
        self.records = self.observations = self.problems = 0
        origin = Origin(blob.sha256, context.intrusion, context.server, context.source)
        self.traces = TraceFiles(case, tracefiles.name(blob.sha256, context.id), origin)

    def run(self) -> FileRead:
        with self.case.store.open(self.blob.sha256) as stream:
            format = self._format(stream)
            name = "archive" if self.arrival.members is not None else format.name if format else "unread"
            with self.case.knowledge.writing() as db:
                media_type = format.media_type if format else "application/octet-stream"
                row = intake.add_evidence(db, self.blob.sha256, self.blob.size, media_type)
                intake.add_custody(db, row, self.arrival.origin, self.case.now(), self.case.author)
                if format:
                    for batch in _batches(self._records(format, stream)):
                        self._keep(db, row, batch, name)
                        self._tell(stream)
                    self.traces.close(name)
                    intake.add_traces(db, self.traces.kept, row)
                elif self.arrival.members is None:
                    self._reject(db, row, self._unknown.where, self._unknown.reason)
                elif self.arrival.problem:
                    self._reject(db, row, "archive", self.arrival.problem)
                intake.close_ingestion(db, row, self.context.id, self._done(name))
        return FileRead(
            path=self.arrival.origin, format=name, records=self.records, observations=self.observations,
            problems=self.problems,
        )  # fmt: skip

    def _format(self, stream: BinaryIO) -> Format | None:
        """The format of the file; None for an archive, and for what nobody recognises (with the problem noted)."""
        if self.arrival.members is not None:
            return None
        if self.context.format:
            return formats.named(self.context.format)
        head = stream.read(formats.HEAD)
        stream.seek(0)
        try:
            return formats.detect(head, self.arrival.origin)
        except UnknownFormatError as error:
            self._unknown = error
            return None

    def _records(self, format: Format, stream: BinaryIO) -> Iterator[Read]:
        """Records of the file; that it cannot be read on is the problem of a last record."""
        try:
            yield from evidence.records(format, stream)
        except FormatError as error:
            yield Record(where=f"file at {error.where}", problem=error.reason)

    def _keep(self, db: Db, row: int, batch: "list[Record] | Telemetry", format: str) -> None:
        if isinstance(batch, Telemetry):
            self.records += len(batch.numbers)
            self.traces.add(batch, format)
        else:
            self._keep_records(db, row, batch)

    def _keep_records(self, db: Db, row: int, batch: list[Record]) -> None:
        observed: list[tuple[Observation, Provenance]] = []
        stated: list[tuple[Claim, Provenance]] = []
        problems: list[Problem] = []
        for record in batch:
            self.records += _counted(record)
            for found in observe(record, self.context.intrusion, self.context.source, self.blob.sha256):
                match found:
                    case Observed():
                        observed.append((found.observation, found.provenance))
                    case Stated():
                        stated.append((found.claim, found.provenance))
                    case _:
                        problems.append(found)
            if record.victim:
                intake.add_victim(db, record.victim)
        intake.add_observations(db, observed, row)
        intake.add_claims(db, stated, row)
        self._keep_patterns(db, row, batch)
        intake.add_problems(db, problems, row)
        self.observations += len(observed)
        self.problems += len(problems)

    def _keep_patterns(self, db: Db, row: int, batch: list[Record]) -> None:
        for record in batch:
            if record.patterns:
                intrusion = self.context.intrusion or record.intrusion
                intake.add_patterns(db, [(p, record.where) for p in record.patterns], row, intrusion)

    def _reject(self, db: Db, row: int, where: str, reason: str) -> None:
        self.problems = 1
        problem = Problem(evidence=self.blob.sha256, where=where, reason=reason)
        intake.add_problems(db, [problem], row)

    def _done(self, name: str) -> intake.Ingestion:
        read = "refused" if self.problems and not self.records else "partial" if self.problems else "read"
        return intake.Ingestion(
            format=name, outcome=read, records=self.records, observations=self.observations, problems=self.problems,
            at=self.case.now(),
        )  # fmt: skip

    def _tell(self, stream: BinaryIO) -> None:
        if self.progress:
            self.progress(Progress(self.arrival.origin, stream.tell(), self.blob.size, self.records))


def _counted(record: Record) -> int:
    """How many records of the file this is: a passage counts its lines that say something.

    What a file says of itself as a whole (an event, a definition) is none.
    """
    if record.passage:
        return sum(1 for line in record.passage.text.splitlines() if line.strip())
    return int(record.where.startswith(("record", "line", "row")))


def _batches(given: Iterable[Read]) -> Iterator[list[Record] | Telemetry]:
    """Single records some thousands at once; telemetry comes so already."""
    held: list[Record] = []
    for one in given:
        if isinstance(one, Telemetry):
            yield one
        else:
            held.append(one)
            if len(held) >= _BATCH:
                yield held
                held = []
    if held:
        yield held
