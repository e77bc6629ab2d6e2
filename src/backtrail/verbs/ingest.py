"""ingest: evidence in, observations known."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from backtrail import evidence, formats
from backtrail.evidence import Arrival, Bounds, Refusal
from backtrail.knowledge import intake
from backtrail.model.errors import FormatError, UsageError
from backtrail.model.marking import TLP, Source, grade, tlp
from backtrail.model.record import Record
from backtrail.observations import canonical
from backtrail.verbs.case import Case
from backtrail.verbs.reading import Context, FileRead, Progress, Reading


class Ingested(Struct, frozen=True):
    """How all files went.

    Attributes:
        files: Each of them.
        logs: Files of traces that were made: logs in which a sweep has not looked yet.
    """

    files: tuple[FileRead, ...]
    logs: int = 0

    def total(self, field: str) -> int:
        """Sum of `records`, `observations` or `problems` over the files."""
        return sum(getattr(file, field) for file in self.files)


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
    before = _logs(case)
    with case.store.staging() as staging:
        named = [_named(case, path, stdin) for path in paths]
        for arrival in evidence.arrivals(named, staging, Bounds()):
            file = _refused(arrival) if isinstance(arrival, Refusal) else reader.take(arrival)
            files.append(file)
            if on_file:
                on_file(file)
    return Ingested(tuple(files), logs=_logs(case) - before)


def _logs(case: Case) -> int:
    return sum(1 for _ in (case.folder / "telemetry").glob("*.parquet"))


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
        self._manifests: dict[Path, Context] = {}
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
        return Reading(self.case, arrival, blob, context, self.progress).run()

    def _context(self, arrival: Arrival) -> Context:
        options = self.options
        context = self._manifest_context(arrival.manifest) if arrival.manifest else Context(None, Source())
        marked = context.source
        stated = Source(
            options.source or marked.name,
            grade(options.grade) if options.grade else marked.grade,
            options.tlp or marked.tlp,
        )
        intrusion = options.intrusion or (self._one_each(arrival.origin) if options.per_file else context.intrusion)
        return Context(intrusion, stated, options.format, context.server)

    def _one_each(self, origin: str) -> str:
        """A name for the intrusion of one file; of two files of one name the later ones get their folder's too."""
        stem = _stem(origin)
        if self._named.setdefault(stem, origin) == origin:
            return stem
        return f"{origin.rpartition('/')[0].rpartition('/')[2]}/{stem}"

    def _manifest_context(self, manifest: Path) -> Context:
        if manifest not in self._manifests:
            with manifest.open("rb") as stream:
                try:
                    name = "server" if manifest.name == "server.toml" else "manifest"
                    records = [record for record in formats.named(name).read(stream) if isinstance(record, Record)]
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


def _stated(records: list[Record]) -> Context:
    """Intrusion or server, source, grade and marking that a manifest states."""
    said = {claim.predicate: claim.object for record in records for claim in record.claims}
    intrusion = records[0].intrusion if records else None
    source = Source(
        said.get("source", "unnamed"), grade(said["grade"]) if "grade" in said else Source().grade, tlp(said.get("tlp"))
    )
    return Context(intrusion, source, server=_address(said["address"]) if "address" in said else None)


def _address(text: str) -> str | None:
    """The address of a server as traces spell it; None, with the problem told where the manifest is read."""
    try:
        return canonical("ipv4-addr", text)[1]
    except ValueError:
        return None
