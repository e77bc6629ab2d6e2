"""`backtrail suggest` and `backtrail model` at a terminal."""

import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as RichTable

import backtrail
from backtrail.cli.answer import answer
from backtrail.cli.display import next_step, renders
from backtrail.model.errors import UsageError
from backtrail.model.words import number, percent, words
from backtrail.verbs.known_reports import Ignored
from backtrail.verbs.model import Fitted, diff_model, fit_model, show_model
from backtrail.verbs.suggest import NOBODY, Suggested, suggest

_BAR = 24
"""Columns of the longest bar."""

_NAME = 32
"""Columns of the names of bars."""

_BARS = 12
"""Bars shown of a candidate; the rest is summed up in one line, so that what is shown adds up."""

_PARTS = 3
"""Values shown of a bar."""

_LEAST = 0.05
"""Bits below which a value is printed as nought, and so not shown."""

_FRESH = 0.95
"""Share from which age is not worth a word."""


def suggest_command(  # noqa: PLR0913 - each is an option
    intrusion: str,
    *,
    model: Path | None = None,
    most: int = 3,
    blind: Annotated[bool, Parameter(negative="")] = False,
    said: str | None = None,
    sure: int | None = None,
    svg: Path | None = None,
    case: Annotated[Path | None, Parameter(name="--case", env_var="BACKTRAIL_CASE")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
) -> int:
    """Rank the accepted groups for an intrusion, each with its probability and the bars that add up to it.

    Nothing is assigned. "Nobody known" is a candidate too. An intrusion that is in a group already is compared as if
    it were in none, so that an assignment can be checked.

    Args:
        intrusion: The intrusion.
        model: A fitted model of `backtrail model fit`; the one that ships when left out.
        most: Groups to explain.
        blind: Ask for your own answer first, so that it is not led by this one.
        said: Your answer, a group or `nobody`, where nobody can be asked.
        sure: How sure you are, in percent.
        svg: File, ending in .svg, into which the waterfall of the likeliest group is drawn.
        case: Folder of the case.
        as_json: JSON instead of a table.
    """
    if case is None:
        raise UsageError("which case? name its folder with --case or in BACKTRAIL_CASE")
    if blind and said is None:
        said, sure = _asked(intrusion)
    with backtrail.open_case(case) as opened:
        answer(suggest(opened, intrusion, model=model, most=most, said=said, sure=sure, svg=svg), as_json)
    return 0


def _asked(intrusion: str) -> tuple[str, int]:
    """The analyst's own answer, before anything is shown."""
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to be asked; give --said GROUP and --sure PERCENT")
    asking = Console(stderr=True, highlight=False)
    said = asking.input(f"whose is {escape(intrusion)}, before you see the answer? (a group, or {NOBODY}) ").strip()
    sure = asking.input("how sure are you, in percent? ").strip().rstrip("% ")
    if not said or not sure.isdigit():
        raise UsageError("an answer is a group, or nobody, and a percentage")
    return said, int(sure)


def model_command(
    what: Literal["show", "diff", "fit"],
    file: Path | None = None,
    other: Path | None = None,
    *,
    seed: int = 0,
    case: Annotated[Path | None, Parameter(name="--case", env_var="BACKTRAIL_CASE")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
) -> int:
    """Show the numbers that links and suggestions rest on, compare two models, or learn one from the accepted groups.

    Args:
        what: `show` every number; `diff` those in which two models differ; `fit` a new model from accepted groups.
        file: A model; the one that ships when left out. For `fit`, the file to write.
        other: For `diff`, the model to compare with; the one that ships when left out.
        seed: For what is held out by chance while learning.
        case: The case to learn from.
        as_json: JSON instead of a table.
    """
    if what == "show":
        answer(show_model(file), as_json)
    elif file is None:
        raise UsageError(f"model {what} needs a file")
    elif what == "diff":
        answer(diff_model(file, other), as_json)
    else:
        if case is None:
            raise UsageError("which case? name its folder with --case or in BACKTRAIL_CASE")
        with backtrail.open_case(case) as opened:
            answer(fit_model(opened, file, seed=seed), as_json)
    return 0


@renders
def _(result: Fitted, console: Console) -> None:
    console.print(
        f"{result.out}: {result.version}, learned from {result.members:,} members of {result.groups:,} groups; "
        f"{result.changed:,} numbers differ from those that ship"
    )
    next_step(console, f"backtrail suggest INTRUSION --model {result.out}")


@renders
def _(result: Suggested, console: Console) -> None:
    where = f"in {result.group}" if result.group else "held to be an outlier" if result.outlier else "in no group"
    console.print(f"[bold]{escape(result.intrusion)}[/], {where}; by its links and by traits, model {result.model}\n")
    console.print(_candidates(result))
    if result.said is not None:
        sure = f", {result.sure} % sure" if result.sure is not None else ""
        mine = next((c for c in result.candidates if (c.group or NOBODY) == result.said), None)
        console.print(f"you said {escape(result.said)}{sure}; the model: {percent(mine.probability if mine else 0.0)}")
    known = [c for c in result.candidates if c.group]
    if known:
        _waterfall(console, known[0])
        console.print(
            f"without {known[0].linchpin}: {words(known[0].without)} {percent(known[0].without)}; "
            f"without what is cheap to fake: {words(known[0].robust)} {percent(known[0].robust)}"
        )
        if known[0].hangs_on_context and known[0].probability >= result.threshold:
            console.print(f"[dim]{known[0].linchpin} is context alone: an assignment must not hang on it (EV-9)[/]")
    for group, decision in result.apart.items():
        console.print(f"[bold]{decision} holds it apart from {group}[/]")
    if result.partner:
        console.print(
            f"[bold]linked more surely with {escape(result.partner.member)}[/], which is in no group: "
            f"{result.partner.bits:+.1f} bits"
        )
    _ignored(console, result.ignored)
    looked = ", ".join(result.collected) or "nothing"
    rest = "; of other families nothing was looked for, or nothing found" if result.uncollected else ""
    console.print(f"[dim]the intrusion shows {looked}{rest}[/]")
    if result.file:
        console.print(f"written: {escape(result.file)}")
    if known and not result.group:
        next_step(console, *_next(result, known[0].group or NOBODY))


def _next(result: Suggested, first: str) -> Iterator[str]:
    """What to do about an intrusion in no group: nothing that a decision refuses, or that the numbers speak against."""
    if result.partner:
        yield f"backtrail explain {result.intrusion} {result.partner.member}"
        yield "backtrail cluster"
        return
    yield f"backtrail explain {result.intrusion} {first}"
    if result.proposed:
        yield f"backtrail assign {result.intrusion} --to {result.proposed} --reason ..."
    elif _likeliest_is_nobody(result) and not result.outlier:
        yield f"backtrail outlier {result.intrusion} --reason ..."


def _likeliest_is_nobody(result: Suggested) -> bool:
    first = result.candidates[0]
    return first.group is None and first.probability >= result.threshold


def _candidates(result: Suggested) -> RichTable:
    table = RichTable(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in (("candidate", "left"), ("", "left"), ("", "right"), ("bits", "right")):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for c in result.candidates:
        shown = (escape(c.group or "nobody known"), words(c.probability), percent(c.probability), f"{c.bits:+.1f}")
        table.add_row(*shown)
    if result.rest:
        table.add_row("other groups", "", percent(result.rest), "")
    return table


def _waterfall(console: Console, candidate: Any) -> None:
    console.print(f"\nwhy {escape(candidate.group)}:")
    shown = [bar for bar in candidate.bars if abs(bar.bits) >= _LEAST][:_BARS]
    largest = max((abs(bar.bits) for bar in shown), default=1.0)
    for bar in shown:
        drawn = ("█" if bar.bits > 0 else "▒") * max(1, round(_BAR * abs(bar.bits) / largest))
        console.print(f"  {bar.trait:<{_NAME}} {bar.strength:1} {bar.bits:+6.1f} {drawn}", no_wrap=True)
        parts = [_part(part) for part in bar.parts[:_PARTS] if abs(part.bits) >= _LEAST]
        parts += [f"and {len(bar.parts) - len(parts):,} more"] if len(bar.parts) > len(parts) else []
        told = "; ".join([*parts, *([bar.note] if bar.note else [])])
        console.print(Padding(f"[dim]{escape(told)}[/]", (0, 0, 0, 4)))
    rest = [bar.bits for bar in candidate.bars if bar not in shown]
    for some, which in (([b for b in rest if b > 0], "for"), ([b for b in rest if b < 0], "against")):
        if some:  # never one for the other: what is netted is hidden
            told = f"{number(len(some), 'smaller one')} {which}"
            console.print(f"  {told:<{_NAME}}   {math.fsum(some):+6.1f}")
    console.print(f"  [bold]{'total':<{_NAME}}   {candidate.bits:+6.1f}[/]\n")


def _part(part: Any) -> str:
    """A value with its bits, whose members show it, and what speaks for caution."""
    aged = f"age × {part.aged:.2f}" if part.aged < _FRESH else ""
    members = (id for id in part.evidence[:2] if id not in part.value)
    told = (f"{part.bits:+.1f}", *members, aged, *(f"on {name}" for name in part.warnings))
    return f"{part.value} ({', '.join(one for one in told if one)})"


def _ignored(console: Console, ignored: Sequence[Ignored]) -> None:
    """What the intrusion shows and that is not weighed, by the reason."""
    for reason in dict.fromkeys(one.reason for one in ignored):
        some = [f"{one.kind} {one.value}" for one in ignored if one.reason == reason]
        more = [f"and {len(some) - _PARTS:,} more (--json has all)"] if len(some) > _PARTS else []
        console.print(f"[dim]not weighed, {escape(reason)}: {escape(', '.join([*some[:_PARTS], *more]))}[/]")
