"""What a group did, as a person reads it: the finding, its numbers, its table, and what could not be seen."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from shlex import quote
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backtrail.cli.display import next_step, renders, short
from backtrail.cli.tables import columned, tabled
from backtrail.model.profile import Counted, Profile
from backtrail.model.words import number as counted

if TYPE_CHECKING:
    from backtrail.verbs.show import Place
    from backtrail.verbs.why import Why

_MOST = 40
"""Rows of a table that are printed; `--json` has all."""

_LARGE = 1_000
"""Number from which no fraction is told."""

_MOST_ROWS = 3
"""Places of one part that are printed."""


@renders
def _(result: Profile, console: Console) -> None:
    moment = f" as of {result.as_of}" if result.as_of else ""
    console.print(f"[dim]{escape(result.kind)} of {escape(result.group)}{moment}[/]")
    console.print(f"[bold]{escape(result.finding)}[/]\n")
    if result.numbers:
        heads = ("number", "value", "interval", "unit", "parts", "note")
        rows = [_number(number) for number in result.numbers]
        tabled(console, heads, rows, ("value", "parts"), _least(rows))
    if result.rows:
        tabled(console, result.columns, result.rows[:_MOST])
        if len(result.rows) > _MOST:
            console.print(f"[dim]and {len(result.rows) - _MOST:,} more rows[/]")
    for limit in result.limits:
        console.print(f"[dim]- {escape(limit)}[/]")
    next_step(console, f"backtrail {result.kind} {result.group} --json")


@renders
def _(result: Why, console: Console) -> None:
    number = result.number
    value, interval, unit, _, note = map(escape, _number(number)[1:])
    console.print(f"[dim]{escape(number.id)} of {escape(result.group)}[/]")
    console.print(f"[bold]{value}[/] {unit}{f', {interval}' if interval else ''}{f' ({note})' if note else ''}")
    for line in filter(None, (result.query, result.finding)):
        console.print(f"[dim]{escape(line)}[/]")
    if not result.parts:
        console.print("\nnothing is listed under this number: it is counted or computed from others")
        return
    shown = result.parts[:_MOST]
    within = _folder(row.origin for part in shown for row in part.rows[:_MOST_ROWS])
    told = f", read in {escape(within)}" if within else ""
    console.print(f"\nrests on {counted(len(result.parts), 'part')}{told}:")
    table = columned(("part", "what", "read in", "at", "digest"))
    table.columns[0].no_wrap = table.columns[4].no_wrap = True
    for part in shown:
        for n, row in enumerate(part.rows[:_MOST_ROWS] or (None,)):
            first = (short(part.part), part.what) if n == 0 else ("", "")
            table.add_row(*map(escape, (*first, *_place(row, within))))
        if len(part.rows) > _MOST_ROWS:
            left = "more" if part.more else f"{len(part.rows) - _MOST_ROWS:,} more"
            table.add_row("", "", f"[dim]and {left} places[/]", "", "")
    console.print(table)
    if len(result.parts) > _MOST:
        console.print(f"[dim]and {len(result.parts) - _MOST:,} more parts[/]")
    next_step(console, f"backtrail why {quote(number.id)} --group {result.group} --json")


def _place(row: Place | None, within: str) -> tuple[str, str, str]:
    if row is None:
        return "not read in evidence by itself", "", ""
    return row.origin.removeprefix(within), row.where, row.evidence[:12]


def _folder(origins: Iterable[str]) -> str:
    """The folder that all of some files came from, which is told once."""
    every = list(origins)
    folders = [posixpath.dirname(origin.partition("!")[0]) for origin in every]
    shared = posixpath.commonpath(folders) if all(folders) and len({f[:1] == "/" for f in folders}) == 1 else ""
    return f"{shared}/" if shared and shared != "/" else ""


def _number(number: Counted) -> tuple[str, ...]:
    value = _value(number.value)
    interval = "" if number.low is None else f"{number.low:g}…{'open' if number.high is None else f'{number.high:g}'}"
    parts = f"{len(number.parts):,}" if number.parts else ""
    return number.id, value, interval, number.unit, parts, number.note


def _least(rows: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """Columns that each column has at least: an id is whole, so that `why` takes it, and most words are."""
    unit, note = _longest(row[3] for row in rows), _longest(row[5] for row in rows)
    return max(len(row[0]) for row in rows), 9, 13, unit, 5, note


def _longest(cells: Iterable[str]) -> int:
    """The longest word, but of an uncommonly long one no more than fits beside the rest in 80 columns."""
    return min(max([4, *(len(word) for cell in cells for word in cell.split())]), 11)


def _value(value: float | str) -> str:
    """A number to four digits; `--json` has all of them."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if abs(value) < _LARGE else f"{value:,.0f}"
