"""What a group did, as a person reads it: the finding, its numbers, its table, and what could not be seen."""

from rich.console import Console
from rich.markup import escape

from backtrail.cli.display import columned, next_step, render
from backtrail.model.profile import Counted, Profile

_MOST = 40
"""Rows of a table that are printed; `--json` has all."""


@render.register
def _(result: Profile, console: Console) -> None:
    moment = f" as of {result.as_of}" if result.as_of else ""
    console.print(f"[dim]{escape(result.kind)} of {escape(result.group)}{moment}[/]")
    console.print(f"[bold]{escape(result.finding)}[/]\n")
    if result.numbers:
        numbers = columned(("number", "value", "interval", "unit", "of", "note"), ("value", "of"))
        numbers.columns[0].no_wrap = numbers.columns[1].no_wrap = True
        for number in result.numbers:
            numbers.add_row(*_number(number))
        console.print(numbers)
    if result.rows:
        table = columned(result.columns)
        for row in result.rows[:_MOST]:
            table.add_row(*map(escape, row))
        console.print(table)
        if len(result.rows) > _MOST:
            console.print(f"[dim]and {len(result.rows) - _MOST:,} more rows[/]")
    for limit in result.limits:
        console.print(f"[dim]- {escape(limit)}[/]")
    next_step(console, f"backtrail {result.kind} {result.group} --json")


def _number(number: Counted) -> tuple[str, ...]:
    value = f"{number.value:,}" if isinstance(number.value, int) else str(number.value)
    interval = "" if number.low is None else f"{number.low:g}…{'open' if number.high is None else f'{number.high:g}'}"
    parts = f"{len(number.parts):,}" if number.parts else ""
    return escape(number.id), escape(value), interval, escape(number.unit), parts, escape(number.note)
