"""`backtrail hunt` at a terminal: hits as they come or in order, progress, an exit code."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from rich.console import Console, Group
from rich.markup import escape
from rich.text import Text

from backtrail.cli.answer import answer, heard, in_json
from backtrail.cli.display import next_step, renders
from backtrail.cli.progress import Bar
from backtrail.model.errors import UsageError
from backtrail.model.hit import Hit
from backtrail.model.words import number
from backtrail.verbs.hunt import Finding, Hunted, HuntProblem, Look, compiles_first, first_fields, hunt, sightings

if TYPE_CHECKING:
    from backtrail.verbs.case import Case

FOUND, PARTIAL, INTERRUPTED = 10, 6, 130
_SHOWN_HITS, _SHOWN_LISTED, _SHOWN_PROBLEMS = 3, 10, 10
_COLUMNS = (
    "kind", "value", "listed", "action", "confidence", "valid", "file", "unit", "number", "offset", "at", "direction",
    "side", "matched", "evidence", "valid_until", "fields",
)  # fmt: skip

HuntFormat = Literal["table", "json", "jsonl", "csv", "stix"]


def hunt_command(  # noqa: D417, PLR0913 - each is an option
    paths: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    *,
    indicators: Path | None = None,
    rules: Annotated[list[Path] | None, Parameter(negative="")] = None,
    group: str | None = None,
    since: str | None = None,
    lists: Annotated[list[Path] | None, Parameter(negative="")] = None,
    decode: Annotated[bool, Parameter(negative="")] = False,
    jobs: int | None = None,
    backend: str = "scan",
    index: Path | None = None,
    format: HuntFormat = "table",
    exit_code: Annotated[bool, Parameter(negative="")] = False,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
    as_csv: Annotated[bool, Parameter(name="--csv", negative="", help="The same as --format csv.")] = False,
    case_folder: Annotated[
        Path | None, Parameter(name="--case", env_var="BACKTRAIL_CASE", help="Folder of the case, if there is one.")
    ] = None,
) -> int:
    """Look for indicators in telemetry of any size, and give every true hit with its place and its reason.

    Text of any format, plain or packed (gz, zst, bz2, xz, zip, tar), Windows event logs, captures, folders and
    standard input. `jsonl` and `csv` write every hit when it is found; `table`, `json` and `stix` put them in order
    first. Hits on warning lists are kept apart.

    Args:
        paths: Files, folders, `-` for standard input.
        indicators: A list of indicators in any format that Backtrail reads; `type,value` CSV at the least.
        rules: Behaviour, besides or alone: Sigma rules (`.yml`), STIX patterns (bundles, or a pattern on each line of
            a `.txt`), OpenIOC; files or folders.
        group: A group of the case, in place of a list.
        since: Only what is new in the group since a decision (`D-12`) or a moment.
        lists: More warning lists: files, folders, or `misp` for those of the extra `warninglists`.
        decode: Also find defanged and percent-encoded spellings.
        jobs: Processes; as many as there are processors when left out.
        backend: The engine.
        index: An index (`backtrail index`): only what may show an indicator is looked through, of the paths or, when
            none is named, of all that was indexed.
        format: table, json, jsonl, csv or stix (sightings).
        exit_code: End with 10 when anything was found that is on no warning list.
    """
    format = "json" if as_json else "csv" if as_csv else format
    if group and case_folder is None:
        raise UsageError("--group needs a case: --case DIR or BACKTRAIL_CASE")
    case = _case(case_folder)
    try:
        with HuntBar() as bar:
            done = hunt(
                paths or (), indicators=indicators, rules=rules or (), group=group, since=since, case=case,
                lists=lists or (), decode=decode, jobs=jobs, backend=backend, index=index, progress=bar.look,
                each=_written(format),
            )  # fmt: skip
    finally:
        if case is not None:
            case.close()
    return _ended(done, format, exit_code)


def _case(folder: Path | None) -> "Case | None":
    import backtrail

    return None if folder is None else backtrail.open_case(folder)


def _ended(done: Hunted, format: HuntFormat, exit_code: bool) -> int:
    import backtrail

    if format == "table":
        answer(done)
    elif format == "json":
        in_json(done)
    with heard():
        if format == "stix":
            sys.stdout.buffer.writelines(sightings(done, now=backtrail.now()))
    if format != "table":
        tell_problems(Console(stderr=True, highlight=False), done.problems)
    if done.interrupted:
        return INTERRUPTED
    if exit_code and done.findings:
        return FOUND
    return PARTIAL if done.problems else 0


def _written(format: HuntFormat) -> Callable[[Hit], None] | None:
    """What is done with each hit as it comes."""
    if format == "jsonl":
        return lambda hit: _line(msgspec.json.encode(hit) + b"\n")
    if format == "csv":
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(_COLUMNS)
        return lambda hit: rows.writerow(_row(hit))
    return None


def _line(line: bytes) -> None:
    sys.stdout.buffer.write(line)


def _row(hit: Hit) -> list[Any]:
    i = hit.indicator
    fields = msgspec.json.encode(hit.fields).decode()
    return [
        i.kind, i.value, "; ".join(i.warnings), i.action, i.confidence, hit.valid, hit.file, hit.unit, hit.number,
        hit.offset, hit.at, hit.direction, hit.side, hit.matched, " ".join(i.evidence), i.valid_until, fields,
    ]  # fmt: skip


class HuntBar(Bar):
    """Shows how far a hunt or an index is.

    Args:
        what: The verb.
    """

    def __init__(self, what: str = "hunt") -> None:
        if compiles_first():
            Console(stderr=True).print(f"{what}: the search is compiled once, which takes about a minute and is kept")
        super().__init__(what, "{task.fields[hits]:,} hits  {task.fields[file]}", hits=0, file="")

    def look(self, at: Look) -> None:
        """It is so far."""
        name = at.file.rpartition("/")[2][-40:]
        self._update(at.done, at.size, f"{at.hits:,} hits", hits=at.hits, file=escape(name))


@renders
def _(result: Hunted, console: Console) -> None:
    for finding in result.findings:
        console.print(Group(*_told(finding)))  # at once: what Rich asks of a terminal for each print takes longer
    if result.listed:
        console.print(f"\n[bold]on warning lists, kept apart[/] ({len(result.listed):,})")
        for finding in result.listed[:_SHOWN_LISTED]:
            i = finding.indicator
            console.print(
                f"  {escape(i.kind)} {escape(i.value)}  {finding.count:,} hits  "
                f"[dim]{escape('; '.join(i.warnings[:3]))}[/]"
            )
        if len(result.listed) > _SHOWN_LISTED:
            console.print(f"  [dim]and {len(result.listed) - _SHOWN_LISTED:,} more[/]")
    tell_problems(console, result.problems)
    for reason, count in Counter(reason for _, reason in result.unusable).most_common(3):
        console.print(f"[dim]not looked for: {count:,} indicators: {escape(reason)}[/]")
    stopped = "[bold]stopped before the end:[/] " if result.interrupted else ""
    console.print(
        f"\n{stopped}{result.indicators:,} indicators looked for in {size_of(result.size)}: "
        f"[bold]{len(result.findings):,} found[/], {len(result.listed):,} more on warning lists, {result.hits:,} hits"
    )
    if result.answered:
        console.print(f"the index answered for {size_of(result.answered)} more, which were not read")
    if result.findings:
        next_step(console, "backtrail hunt ... --format jsonl  (every hit)")


def _told(finding: Finding) -> Iterator[Text]:
    """A finding in lines."""
    i = finding.indicator
    confidence = "" if i.confidence is None else f"  confidence {i.confidence}"
    yield _marked(
        f"\n[bold]{finding.rank:+5.1f}  {escape(i.kind)}  {escape(i.value)}[/]  {number(finding.count, 'hit')}  "
        f"{escape(i.action)}{confidence}"
    )
    sides = ", ".join(finding.sides[:4]) + (f" and {len(finding.sides) - 4:,} more" if len(finding.sides) > 4 else "")
    seen = str(finding.seen) if finding.seen.first else "no time told"
    yield _marked(
        f"[dim]       {escape(seen)}  {number(len(finding.files), 'file')}  side {escape(sides or 'unknown')}[/]"
    )
    yield _marked(f"[dim]       {escape('; '.join(finding.reasons))}[/]")
    if i.evidence:
        yield _marked(f"[dim]       evidence {escape(' '.join(e[:12] for e in i.evidence[:6]))}[/]")
    for hit in finding.hits[:_SHOWN_HITS]:
        yield from _told_hit(hit)
    if finding.count > _SHOWN_HITS:
        yield _marked(f"[dim]       and {finding.count - _SHOWN_HITS:,} more[/]")


def _told_hit(hit: Hit) -> Iterator[Text]:
    way = {"out": "→", "in": "←"}.get(hit.direction, " ")
    fields = "  ".join(f"[dim]{escape(k)}[/] {escape(v[:60])}" for k, v in first_fields(hit).items())
    place = f"       {escape(hit.file)} {hit.unit} {hit.number:,}  {hit.at or ''} {escape(hit.side)} {way}"
    yield _marked(place.rstrip())
    if fields:
        line = _marked(f"         {fields}")
        line.no_wrap, line.overflow = True, "ellipsis"
        yield line


def _marked(text: str) -> Text:
    return Text.from_markup(text, emoji=False)


def tell_problems(console: Console, problems: Sequence[HuntProblem]) -> None:
    """What could not be looked at; the first of it."""
    for problem in problems[:_SHOWN_PROBLEMS]:
        console.print(
            f"[bold]not looked at:[/] {escape(problem.file)} {escape(problem.place)}: {escape(problem.reason)}"
        )
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"[dim]and {len(problems) - _SHOWN_PROBLEMS:,} more[/]")


def size_of(size: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
