"""hunt: indicators of a group, or of any list, looked for in any amount of telemetry."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.resources import files
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from backtrail import formats
from backtrail.formats.kit import stix_sightings
from backtrail.hunts import backends
from backtrail.hunts.backends import HuntOptions, Look
from backtrail.hunts.jit import is_kept
from backtrail.hunts.kernel import rows
from backtrail.hunts.ranking import Finding, Findings, first_fields
from backtrail.model.errors import FormatError, NotFoundError, UsageError, interrupted
from backtrail.model.hit import Hit
from backtrail.model.record import Heading, Indicator, Record
from backtrail.model.warninglist import WarningList
from backtrail.observations import canonical
from backtrail.observations.canonical import refang
from backtrail.observations.warninglists import Matcher, decode

if TYPE_CHECKING:
    from backtrail.hunts.columns import Columns
    from backtrail.verbs.behaviour import Behaviour
    from backtrail.verbs.case import Case

__all__ = [
    "Finding",
    "HuntProblem",
    "Hunted",
    "Look",
    "compiles_first",
    "first_fields",
    "hunt",
    "read_indicators",
    "sightings",
]


class HuntProblem(Struct, frozen=True):
    """What could not be looked at, or for.

    Attributes:
        file: The file, or the indicator.
        place: Where in it.
        reason: Why.
    """

    file: str
    place: str
    reason: str


def compiles_first() -> bool:
    """Whether the next hunt begins with a minute of compiling, as the first after an installation does."""
    return not is_kept(rows)


class Hunted(Struct, frozen=True, kw_only=True):
    """What a hunt found.

    Attributes:
        indicators: Indicators and rules that were looked for.
        size: Bytes looked through, unpacked.
        hits: Hits in all; an indicator counts once for each line that shows it.
        findings: Indicators that were found, those to look at first first.
        listed: Those that warning lists know (public resolvers, CDNs, sinkholes ...).
        problems: What could not be looked at.
        unusable: Indicators that could not be looked for, each with the reason; at most a thousand.
        interrupted: Whether it was stopped before its end.
        answered: Bytes for which an index answered, so that they were not read.
    """

    indicators: int
    size: int
    hits: int
    findings: tuple[Finding, ...]
    listed: tuple[Finding, ...]
    problems: tuple[HuntProblem, ...]
    unusable: tuple[tuple[str, str], ...] = ()
    interrupted: bool = False
    answered: int = 0


def hunt(  # noqa: PLR0913 - each is an option
    paths: Sequence[Path],
    *,
    indicators: Path | None = None,
    rules: Sequence[Path] = (),
    group: str | None = None,
    since: str | None = None,
    case: "Case | None" = None,
    lists: Sequence[Path] = (),
    decode: bool = False,
    jobs: int | None = None,
    backend: str = "scan",
    index: Path | None = None,
    progress: Callable[[Look], None] | None = None,
    each: Callable[[Hit], None] | None = None,
) -> Hunted:
    """Look for indicators in telemetry of any size, and give every true hit with its place and its reason.

    Args:
        paths: Files (packed or not), folders, `-` for standard input.
        indicators: A list of indicators in any format that Backtrail reads; `type,value` CSV at the least.
        rules: Behaviour, besides or alone: Sigma rules (`.yml`), STIX patterns (bundles, or a pattern on each line of
            a `.txt`), OpenIOC; files or folders.
        group: A group of the case, in place of a list.
        since: Only what is new in the group since a decision (`D-12`) or a moment.
        case: The case: its warning lists are applied, its group is read.
        lists: More warning lists: files, folders, or `misp` for those of the extra `warninglists`.
        decode: Also find defanged and percent-encoded spellings.
        jobs: Processes; as many as there are processors when left out.
        backend: The engine.
        index: An index (see `index`); with it `paths` may be empty, which is all that was indexed.
        progress: Called now and then.
        each: Called with every hit when it is found.

    Raises:
        UsageError: Neither a list nor a group, or both; neither paths nor an index.
    """
    paths = _present(paths, index)
    alone = bool(rules) and indicators is None and group is None
    wanted: Sequence[Indicator] = () if alone else _wanted(indicators, group, case, since)
    problems: list[HuntProblem] = []
    unusable: list[tuple[str, str]] = []
    answered: list[int] = []
    looked = _Looked(progress)
    options = HuntOptions(
        jobs=jobs or _cores(),
        decode=decode,
        progress=looked,
        problem=lambda *told: problems.append(HuntProblem(*told)),
        unusable=lambda value, reason: unusable.append((value, reason)),
        answered=answered.append,
        spell=canonical,
        refang=refang,
    )
    behaviour = _behaviour(rules, options) if rules else None
    findings = Findings(_lists(case, lists).hits)
    stopped = False
    try:
        found = () if alone else _engine(backend, index)(wanted, paths, options)
        for hit in chain(found, behaviour.hunt(paths or _indexed(index)) if behaviour else ()):
            told = findings.add(hit)
            if each:
                each(told)
    except (RuntimeError, KeyboardInterrupt) as error:
        if not interrupted(error):
            raise
        stopped = True
    if not (stopped or problems or looked.done or sum(answered)):
        problems.append(HuntProblem(str(index or paths[0]), "", "holds nothing to look through"))
    ranked, listed = findings.ranked()
    return Hunted(
        indicators=len(wanted) + (behaviour.count if behaviour else 0),
        size=looked.done,
        hits=findings.count,
        findings=tuple(ranked),
        listed=tuple(listed),
        problems=tuple(problems),
        unusable=tuple(unusable),
        interrupted=stopped,
        answered=sum(answered),
    )


def _engine(
    backend: str, index: Path | None
) -> Callable[[Sequence[Indicator], Sequence[Path], HuntOptions], Iterator[Hit]]:
    if index is None:
        return backends.named(backend).hunt
    if backend != "scan":
        raise UsageError("an index is asked for the scan; leave out --backend or --index")
    from backtrail.hunts.backends.indexed import hunt as ask
    from backtrail.hunts.backends.indexfiles import Index

    return partial(ask, index=Index(index))


def _indexed(index: Path | None) -> list[Path]:
    """All files of an index, for rules, which it does not answer."""
    from backtrail.hunts.backends.indexfiles import Index

    return [Path(file) for file in Index(index).files()] if index else []


class _Looked:
    """Remembers how far a hunt is."""

    def __init__(self, told: Callable[[Look], None] | None) -> None:
        self._told = told
        self.done = 0

    def __call__(self, look: Look) -> None:
        self.done = look.done
        if self._told:
            self._told(look)


def _behaviour(rules: Sequence[Path], options: HuntOptions) -> "Behaviour":
    from backtrail.verbs.behaviour import Behaviour

    return Behaviour(rules, options)


def _cores() -> int:
    from backtrail.hunts.backends.crew import cores

    return cores()


def _present(paths: Sequence[Path], index: Path | None) -> list[Path]:
    if not paths and index is None:
        raise UsageError("name files or folders to look through, - for standard input, or an --index")
    for path in paths:
        if str(path) != "-" and not path.exists():
            raise NotFoundError(f"{path}: no such file or folder")
    return list(paths)


def _wanted(path: Path | None, group: str | None, case: "Case | None", since: str | None) -> "Columns":
    if (path is None) is (group is None):
        raise UsageError("either --indicators FILE or --group ID says what to hunt for")
    if since and group is None:
        raise UsageError("--since needs a --group: what is new is known of a group only")
    if path is not None:
        return read_indicators(path)
    if case is None:
        raise UsageError("--group needs a case: --case DIR or BACKTRAIL_CASE")
    return _of_group(case, group or "", since)


def _of_group(case: "Case", group: str, since: str | None) -> "Columns":
    """Indicators of a group; what reads a case is loaded here, since most hunts have a list."""
    from backtrail.hunts.columns import of
    from backtrail.verbs import publishing
    from backtrail.verbs.since import new_since

    with case.knowledge.reading() as db:
        product = publishing.product(case, db, group)
        return of(new_since(db, product, since) if since else product.selection.indicators)


def read_indicators(path: Path) -> "Columns":
    """A list of indicators out of a file of any format; a plain table of a million rows within a second.

    Raises:
        NotFoundError: There is no such file.
        FormatError: There is no indicator in it.
    """
    from backtrail.hunts.columns import from_table, of

    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")
    content = path.read_bytes()
    columns = from_table(content)
    if columns is None:
        columns = of(_read(path, content))
    if not len(columns):
        raise FormatError(f"{path}: no indicator in it", where="line 1")
    return columns


def _read(path: Path, content: bytes) -> Iterator[Indicator]:
    from backtrail.hunts.columns import as_indicator

    format = formats.detect(content[: formats.HEAD], path.name)
    for record in format.read(BytesIO(content)):
        if isinstance(record, Record):
            yield from (as_indicator(seen) for seen in record.seen)


def _lists(case: "Case | None", more: Sequence[Path]) -> Matcher:
    """Warning lists: the built-in one, those of the case, and others that are named."""
    said: list[WarningList] = []
    bodies = [(files("backtrail.observations") / "lists" / "public-tools.json").read_bytes()]
    if case is not None:
        from backtrail.knowledge.lists import bodies as loaded
        from backtrail.verbs.known import said_of_hits

        with case.knowledge.reading() as db:
            bodies += loaded(db)
            said = said_of_hits(db)
    for path in more:
        folder = _installed_lists() if str(path) == "misp" else path
        if not folder.exists():
            raise NotFoundError(f"{folder}: no such file or folder")
        bodies += [file.read_bytes() for file in (sorted(folder.rglob("*.json")) if folder.is_dir() else [folder])]
    return Matcher([*(decode(body) for body in bodies), *said])


def _installed_lists() -> Path:
    from backtrail.verbs.lists import installed

    return installed()


def sightings(done: Hunted, *, now: str) -> Iterator[bytes]:
    """What a hunt found as STIX 2.1 sightings; what is on warning lists is left out.

    Args:
        done: The hunt.
        now: Moment of it.
    """
    heading = Heading(id=f"hunt {now}", title="hunt", created=now, tlp="AMBER")
    found = ((f.indicator, f.count, f.seen.first, f.seen.last, f.hits) for f in done.findings)
    return stix_sightings.write(found, heading)
