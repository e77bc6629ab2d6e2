"""Results as a person reads them at a terminal: plain tables, small bars, and what to run next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from backtrail.cli.tables import columned, fitting, tabled
from backtrail.model.words import number, percent, words

if TYPE_CHECKING:
    from backtrail.model.decision import Decision
    from backtrail.model.weight import Bar, Explanation
    from backtrail.verbs.deciding import Decided
    from backtrail.verbs.demo import Demo
    from backtrail.verbs.digest import Digest
    from backtrail.verbs.ingest import Ingested
    from backtrail.verbs.init import Initialised
    from backtrail.verbs.reading import FileRead
    from backtrail.verbs.show import (
        ShownClaim,
        ShownDecision,
        ShownEvidence,
        ShownGroup,
        ShownIntrusion,
        ShownObservation,
    )
    from backtrail.verbs.status import Status
    from backtrail.verbs.table import Table

F = TypeVar("F", bound=Callable[..., None])

_BAR = 24
"""Columns of the longest bar of a waterfall."""

_MOST_BARS = 20

_REPEATED = ("source", "grade", "tlp", "intrusion", "by", "media_type", "format", "outcome", "arrived")
"""Columns told once below the table when every row says the same."""

SPECIAL: dict[str, Callable[[Console, Any], None]] = {}
"""Rows that are no table, by the name of their type: how they are printed."""

_SHOWN: dict[str, Callable[[Any, Console], None]] = {}


def renders(function: F) -> F:
    """Say how results of a type are printed: that of the first parameter, by its name as it is written.

    By name, so that what shows one result does not load the verbs that make all the others.
    """
    first = next(iter(function.__annotations__.values()))
    kind = first.partition("[")[0] if isinstance(first, str) else first.__name__
    assert kind not in _SHOWN, f"{kind} is shown already"
    _SHOWN[kind] = function
    return function


def display(console: Console, result: object) -> None:
    """Print a result."""
    render(result, console)


def render(result: object, console: Console) -> None:
    """Print a result as its type says; any other one by its fields."""
    shown = (_SHOWN[kind.__name__] for kind in type(result).__mro__ if kind.__name__ in _SHOWN)
    next(shown, _any)(result, console)


def _any(result: object, console: Console) -> None:
    _fields(console, msgspec.to_builtins(result))


_NO_LONGER = "[bold]retracted: it no longer counts[/]"


def short(id: str) -> str:
    """An id long enough to be given back."""
    return id[:12] if id[:2] in ("O-", "C-") or len(id) == 64 else id


def _fields(console: Console, fields: dict[str, object]) -> None:
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        if value not in (None, "", [], (), {}):
            console.print(f"[dim]{name.replace('_', ' '):<{width}}[/]  {escape(_told(value))}")


def _told(value: object) -> str:
    """A value of a field; what has parts as a person would list them."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_told, value))
    if isinstance(value, dict):
        return " ".join(f"{name} {_told(one)}" for name, one in value.items() if one not in (None, "", [], (), {}))
    return str(value)


def next_step(console: Console, *lines: str) -> None:
    for line in lines:
        console.print(f"[dim]next:[/] {escape(line)}")


@renders
def _(result: Table[Any], console: Console) -> None:
    if not len(result):
        console.print("nothing to list")
        return
    if result.type.__name__ in SPECIAL:
        SPECIAL[result.type.__name__](console, result)
        return
    columns = {
        name: values for name, values in result.columns.items() if any(v not in (None, "", "[]") for v in values)
    }
    same = {} if len(result) < 2 else {n: v[0] for n, v in columns.items() if n in _REPEATED and len(set(v)) == 1}
    cells = {name: [_cell(name, v) for v in values] for name, values in columns.items() if name not in same}
    least, spared = fitting(cells, console.width)
    numeric = [name for name in least if all(isinstance(v, int | float | None) for v in columns[name])]
    rows = list(zip(*(cells[name] for name in least), strict=True))
    tabled(console, list(least), rows, numeric, list(least.values()))
    if spared:
        shown = ", ".join(name.replace("_", " ") for name in spared)
        console.print(f"[dim]not shown in {console.width} columns: {shown}; a wider window or --json has all[/]")
    if same:
        console.print(
            "[dim]in all rows: " + escape(", ".join(f"{name} {value}" for name, value in same.items())) + "[/]"
        )


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if name.endswith("_seen") and isinstance(value, str):
        return value[:16]  # to the minute: --json has the rest
    text = f"{value:,}" if isinstance(value, int) and name not in ("version", "seq") else str(value)
    return short(text) if name in ("id", "evidence", "sha256") else text


@renders
def _(result: Initialised, console: Console) -> None:
    console.print(f"case made in {escape(result.folder)} ({result.db})")
    next_step(console, f"export BACKTRAIL_CASE={result.folder}", "backtrail ingest EVIDENCE --grade B2 --tlp AMBER")


@renders
def _(result: Ingested, console: Console) -> None:
    _by_format(console, [f for f in result.files if not f.known])
    known = sum(f.known for f in result.files)
    console.print(
        f"{number(len(result.files), 'file')}, {number(result.total('records'), 'record')}, "
        f"{result.total('observations'):,} observations, {result.total('problems'):,} rejected"
        + (f"; {known:,} files known already" if known else "")
    )
    if any(f.problems and not f.reason for f in result.files):
        next_step(console, "backtrail problems")
    next_step(console, *_after_ingest(result))


def _after_ingest(result: Ingested) -> Iterator[str]:
    """What to do before grouping: lists are loaded by themselves, and logs are looked through."""
    lists = sorted({str(Path(f.path).parent) for f in result.files if f.format == "warning_list" and not f.known})
    if lists:
        yield f"backtrail lists --add {' '.join(map(quote, lists))}"
    if result.logs:
        yield "backtrail sweep"
    yield "backtrail cluster"


def _by_format(console: Console, files: list[FileRead]) -> None:
    """What was read by format, and the files in which something was rejected."""
    counted = ("files", "records", "observations", "rejected")
    grid = columned(("format", *counted), counted)
    for name in sorted({f.format for f in files}):
        some = [f for f in files if f.format == name]
        sums = (sum(getattr(f, field) for f in some) for field in ("records", "observations", "problems"))
        grid.add_row(name, *(f"{n:,}" for n in (len(some), *sums)))
    if grid.row_count:
        console.print(grid)
    for f in [f for f in files if f.problems][:10]:
        reason = f": {escape(f.reason)}" if f.reason else ""
        console.print(f"[bold]{f.problems} rejected[/] in {escape(f.path)}{reason}")


@renders
def _(result: Status, console: Console) -> None:
    _fields(console, msgspec.to_builtins(result))
    if not result.evidence:
        next_step(console, "backtrail ingest EVIDENCE --grade B2 --tlp AMBER")
    elif result.open:
        next_step(console, "backtrail cluster")


@renders
def _(result: Explanation, console: Console) -> None:
    console.print(
        f"[bold]{escape(result.a)} – {escape(result.b)}  {words(result.probability)}  "
        f"{percent(result.probability)}[/]  ({result.total:+.1f} bits, {result.intrusions:,} intrusions)"
    )
    if result.linchpin is not None and result.without is not None:
        bar = result.bars[result.linchpin]
        console.print(
            f"without {bar.kind} {escape(_clip(bar.value))}: {words(result.without)} {percent(result.without)}"
        )
    console.print(f"without what is cheap to fake: {words(result.robust)} {percent(result.robust)}")
    if result.ungraded:
        low, high = map(percent, result.ungraded)
        console.print(f"by what ungraded sources are worth: {low} to {high} (backtrail grade)")
    _waterfall(console, result)
    if result.uncollected:
        console.print(f"[dim]nothing on one side, so absence says nothing: {', '.join(result.uncollected)}[/]")
    if written := getattr(result, "file", ""):
        console.print(f"written: {escape(written)}")
    if result.bars:
        next_step(console, f"backtrail show {short(result.bars[0].evidence[0])}")


_DRAWN = {"for": "█", "against": "▒", "absent": "░"}


def _waterfall(console: Console, result: Explanation) -> None:
    weighty = [bar for bar in result.bars if bar.bits]
    shown = weighty[:_MOST_BARS] + [bar for bar in weighty[_MOST_BARS:] if bar.bits < 0]
    largest = max((abs(bar.bits) for bar in shown), default=1.0)
    value = max(20, min(console.width, 120) - _BAR - 32)
    console.print(f"\n  {'prior':<16} {'two intrusions taken at random':<{value}}   {result.prior:+5.1f}")
    for bar in shown:
        drawn = _DRAWN[bar.sort] * max(1, round(_BAR * abs(bar.bits) / largest))
        text = escape(f"{_clip(bar.value, value):<{value}}")
        console.print(f"  {bar.kind:<16} {text} {bar.strength} {bar.bits:+5.1f} {drawn}", no_wrap=True)
        evidence = " ".join(short(id) for id in bar.evidence[:2]) + (" …" if len(bar.evidence) > 2 else "")
        notes = "; ".join((*bar.notes, *(f"on {name}" for name in bar.warnings), evidence))
        console.print(Padding(f"[dim]{escape(notes)}[/]", (0, 0, 0, 4)))
    console.print(f"  [bold]{'total':<16} {'':<{value}}   {result.total:+5.1f}[/]")
    _idle(console, [bar for bar in result.bars if not bar.bits])


_IDLE = 5
"""Values without weight that are shown."""


def _idle(console: Console, bars: list[Bar]) -> None:
    """Values both sides share that weigh nothing, each with the reason."""
    if bars:
        console.print(f"\n[dim]{number(len(bars), 'shared value')} without weight:[/]")
    for bar in bars[:_IDLE]:
        reason = bar.notes[-1] if bar.notes else ""
        console.print(f"[dim]  {bar.kind} {escape(_clip(bar.value))}: {escape(reason)}[/]")
    if len(bars) > _IDLE:
        console.print(f"[dim]  and {len(bars) - _IDLE:,} more (--json has all)[/]")


def _clip(text: str, width: int = 48) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


@renders
def _(result: Decided, console: Console) -> None:
    console.print(f"{result.id}  {escape(result.summary)}")
    if result.decision.action != "undo":
        console.print(f"[dim]take it back with: backtrail undo {result.id}[/]")


@renders
def _(result: Digest, console: Console) -> None:
    console.print(result.digest)


@renders
def _(result: ShownObservation, console: Console) -> None:
    _fields(console, {k: v for k, v in msgspec.to_builtins(result.observation).items() if k != "read_at"})
    _places(console, result)


@renders
def _(result: ShownClaim, console: Console) -> None:
    _fields(console, msgspec.to_builtins(result.claim))
    _places(console, result)


def _places(console: Console, result: ShownObservation | ShownClaim) -> None:
    if result.retracted:
        console.print(_NO_LONGER)
    for place in result.places:
        raw = f"  written {escape(repr(place.raw))}" if place.raw else ""
        console.print(
            f"[dim]read at[/]  {escape(place.origin)}  {escape(place.where)}  [dim]{place.evidence[:12]}[/]{raw}"
        )


@renders
def _(result: ShownIntrusion, console: Console) -> None:
    facts = msgspec.to_builtins(result.intrusion)
    _fields(console, {k: v for k, v in facts.items() if k not in ("theft", "disputed")} | {"standing": result.standing})
    if result.group:
        console.print(f"[dim]group[/]     {result.group}")
    for entry in result.intrusion.theft:
        console.print(
            f"[dim]theft[/]     {escape(entry.category)}  {entry.bytes_low or '?'}…{entry.bytes_high or '?'} bytes"
        )
    for field, values in result.intrusion.disputed.items():
        console.print(f"[bold]sources disagree[/] on {field}: {escape(', '.join(values))}")
    for pattern in result.patterns:
        console.print(f"[dim]pattern[/]   {escape(pattern)}")
    grid = columned(("kind", "observations"), ("observations",))
    for kind, n in result.observations.items():
        grid.add_row(kind, f"{n:,}")
    console.print(grid)


@renders
def _(result: ShownGroup, console: Console) -> None:
    group = result.group
    console.print(
        f"[bold]{escape(group.title)}[/]" + (f" – merged into {result.survivor}" if group.merged_into else "")
    )
    _fields(
        console,
        {
            "anchor": group.anchor,
            "members": ", ".join(group.members),
            "aliases": ", ".join(map(str, group.aliases)),
        },
    )
    _log(console, result.decisions)


@renders
def _(result: ShownEvidence, console: Console) -> None:
    for row in result.rows:
        _fields(console, msgspec.to_builtins(row))
    if result.retracted:
        console.print(_NO_LONGER)


@renders
def _(result: ShownDecision, console: Console) -> None:
    _fields(
        console, {"id": result.decision.id} | msgspec.to_builtins(result.decision) | {"undone_by": result.undone_by}
    )


def _log(console: Console, decisions: Iterable[Decision]) -> None:
    for d in decisions:
        console.print(f"[dim]{d.id}  {d.at[:16]}  {escape(d.author)}[/]  {d.action}  {escape(d.reason)}")


@renders
def _(result: Demo, console: Console) -> None:
    _by_format(console, list(result.read))
    console.print()
    if result.swept:
        display(console, result.swept)
        if result.leads:
            SPECIAL["Lead"](console, result.leads)
        else:
            console.print("nothing to list")
        console.print()
    for n, proposal in enumerate(result.proposals, 1):
        size = number(len(proposal.members), "intrusion")
        console.print(f"UNC-{n:04d}  {size}, weakest link {percent(proposal.weakest)}: "
                      f"[dim]{escape(', '.join(proposal.members))}[/]")  # fmt: skip
    console.print(f"left alone  [dim]{escape(', '.join(result.unlinked))}[/]\n")
    if result.explained:
        display(console, result.explained)
    console.print("\nwritten:")
    for file in result.files:
        console.print(f"  {escape(file)}")
    pages = [f"open {file}" for file in result.files if file.endswith(".html")]
    next_step(console, *pages[:1], f"export BACKTRAIL_CASE={result.case}")
