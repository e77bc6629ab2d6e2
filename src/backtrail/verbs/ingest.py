"""ingest: evidence in, observations known."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from backtrail import evidence, formats
from backtrail.evidence import Arrival, Bounds, Refusal
from backtrail.formats.kit.format import Format
from backtrail.knowledge import intake
from backtrail.knowledge.base import Db
from backtrail.model.errors import FormatError, UnknownFormatError, UsageError
from backtrail.model.marking import TLP, Source, grade, tlp
from backtrail.model.observation import Claim, Observation, Problem, Provenance, content_id
from backtrail.model.record import Record
from backtrail.observations import Observed, Stated, observe
from backtrail.verbs.case import Case

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


class Ingested(Struct, frozen=True):
    """How all files went."""

    files: tuple[FileRead, ...]

    def total(self, field: str) -> int:
        """Sum of `records`, `observations` or `problems` over the files."""
        return sum(getattr(file, field) for file in self.files)


class Progress(Struct, frozen=True):
    """How far a long read is: the file, its bytes and the records so far."""

    path: str
    done: int
    size: int
    records: int


class _Context(Struct, frozen=True):
    """What is said of a file from outside it."""

    intrusion: str | None
    source: Source
    format: str | None = None

    @property
    def id(self) -> str:
        s = self.source
        return content_id("X", self.intrusion, s.name, str(s.grade), s.tlp, self.format)


class _Options(Struct, frozen=True, kw_only=True):
    intrusion: str | None
    per_file: bool
    source: str | None
    grade: str | None
    tlp: str | None
    format: str | None


def ingest(  # noqa: PLR0913 - each is an option of the terminal
    case: Case,
    paths: Sequence[Path],
    *,
    intrusion: str | None = None,
    per_file: bool = False,
    source: str | None = None,
    grade: str | None = None,
    tlp: str | None = None,
    format: str | None = None,
    stdin: BinaryIO | None = None,
    on_file: Callable[[FileRead], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> Ingested:
    """Keep evidence unchanged and record what can be observed in it.

    A file is acknowledged when all of its records are kept; a killed run leaves whole files or nothing, and running
    again goes on where it ended. A folder with an `intrusion.toml` or `.json` is one intrusion.

    Args:
        case: The case.
        paths: Files, folders, archives (zip, tar, gz, zst, bz2, xz), or `-` for standard input.
        intrusion: Id of the intrusion the evidence is from; overrides a manifest and what records say.
        per_file: Take each file for one intrusion, named by the file without its suffix.
        source: Who says so.
        grade: Admiralty grade of the source, such as B2.
        tlp: Marking: CLEAR, GREEN, AMBER, AMBER+STRICT or RED; unmarked evidence counts as RED.
        format: Name of the format, when it should not be found out from the content.
        stdin: What `-` reads.
        on_file: Called after each file.
        progress: Called now and then while a file is read.
    """
    options = _Options(
        intrusion=_given("intrusion", intrusion),
        per_file=per_file,
        source=_given("source", source),
        grade=grade,
        tlp=_checked(tlp),
        format=format,
    )
    reader = _Reader(case, options, progress)
    files = []
    with case.store.staging() as staging:
        named = [_named(case, path, stdin) for path in paths]
        for arrival in evidence.arrivals(named, staging, Bounds()):
            file = _refused(arrival) if isinstance(arrival, Refusal) else reader.take(arrival)
            files.append(file)
            if on_file:
                on_file(file)
    return Ingested(tuple(files))


def _refused(refusal: Refusal) -> FileRead:
    """What has no bytes to keep: told, and not remembered."""
    return FileRead(path=refusal.origin, format="unread", records=0, observations=0, problems=1, reason=refusal.reason)


def _checked(marking: str | None) -> str | None:
    """A marking as given; a mistyped one is an error, not RED."""
    if marking is None:
        return None
    if tlp(marking) == "RED" and "RED" not in marking.upper():
        raise UsageError(f"{marking!r} is no TLP marking: {', '.join(TLP)}")
    return tlp(marking)


def _given(name: str, text: str | None) -> str | None:
    if text is not None and not text.strip():
        raise UsageError(f"--{name} is empty")
    return text


def _named(case: Case, path: Path, stdin: BinaryIO | None) -> tuple[str, Path]:
    if str(path) == "-" and stdin:
        return "-", case.store.path(case.store.add(stdin).sha256)
    return str(path), path


class _Reader:
    """Reads arrivals into the case, one transaction each."""

    def __init__(self, case: Case, options: _Options, progress: Callable[[Progress], None] | None) -> None:
        self.case = case
        self.options = options
        self.progress = progress
        self._manifests: dict[Path, _Context] = {}
        self._named: dict[str, str] = {}

    def take(self, arrival: Arrival) -> FileRead:
        """Keep a file and read it, unless the same content was read in the same context before."""
        context = self._context(arrival)
        with arrival.file.open("rb") as stream:
            blob = self.case.store.add(stream)
        with self.case.knowledge.reading() as db:
            known = intake.ingestion(db, blob.sha256, context.id)
        if known:
            with self.case.knowledge.writing() as db:
                row = intake.add_evidence(db, blob.sha256, blob.size, "")
                intake.add_custody(db, row, arrival.origin, self.case.now(), self.case.author)
            return FileRead(
                path=arrival.origin, format=known.format, records=known.records, observations=known.observations,
                problems=known.problems, known=True,
            )  # fmt: skip
        return _Reading(self.case, arrival, blob, context, self.progress).run()

    def _context(self, arrival: Arrival) -> _Context:
        options = self.options
        context = self._manifest_context(arrival.manifest) if arrival.manifest else _Context(None, Source())
        marked = context.source
        stated = Source(
            options.source or marked.name,
            grade(options.grade) if options.grade else marked.grade,
            options.tlp or marked.tlp,
        )
        intrusion = options.intrusion or (self._one_each(arrival.origin) if options.per_file else context.intrusion)
        return _Context(intrusion, stated, options.format)

    def _one_each(self, origin: str) -> str:
        """A name for the intrusion of one file; of two files of one name the later ones get their folder's too."""
        stem = _stem(origin)
        if self._named.setdefault(stem, origin) == origin:
            return stem
        return f"{origin.rpartition('/')[0].rpartition('/')[2]}/{stem}"

    def _manifest_context(self, manifest: Path) -> _Context:
        if manifest not in self._manifests:
            with manifest.open("rb") as stream:
                try:
                    records = list(formats.named("manifest").read(stream))
                except FormatError:  # told when the manifest itself is read
                    records = []
            self._manifests[manifest] = _stated(records)
        return self._manifests[manifest]


def _stem(origin: str) -> str:
    """A file's name without its suffix, letters and digits of at most six, and without that of a compression."""
    name = origin.rstrip("/").rpartition("/")[2]
    for _ in range(2):
        head, dot, suffix = name.rpartition(".")
        if not (dot and head and suffix.isalnum() and len(suffix) <= 6 and not suffix.isdigit()):
            break
        name = head
        if suffix.lower() not in ("gz", "zst", "bz2", "xz"):
            break
    return name or origin


def _stated(records: list[Record]) -> _Context:
    """Intrusion, source, grade and marking that a manifest states."""
    said = {claim.predicate: claim.object for record in records for claim in record.claims}
    intrusion = records[0].intrusion if records else None
    source = Source(
        said.get("source", "unnamed"), grade(said["grade"]) if "grade" in said else Source().grade, tlp(said.get("tlp"))
    )
    return _Context(intrusion, source)


class _Reading:
    """The reading of one file in one transaction."""

    def __init__(
        self,
        case: Case,
        arrival: Arrival,
        blob: evidence.Blob,
        context: _Context,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.case, self.arrival, self.blob, self.context, self.progress = case, arrival, blob, context, progress
        self.records = self.observations = self.problems = 0

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
                        self._keep(db, row, batch)
                        self._tell(stream)
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

    def _records(self, format: Format, stream: BinaryIO) -> Iterator[Record]:
        """Records of the file; that it cannot be read on is the problem of a last record."""
        try:
            yield from evidence.records(format, stream)
        except FormatError as error:
            yield Record(where=f"file at {error.where}", problem=error.reason)

    def _keep(self, db: Db, row: int, batch: list[Record]) -> None:
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


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    iterator = iter(records)
    while batch := list(islice(iterator, _BATCH)):
        yield batch
