"""Two groups beside each other, as a person reads it at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backtrail.cli.display import next_step, renders
from backtrail.model.words import number, percent

if TYPE_CHECKING:
    from backtrail.verbs.compare import Compared

_PARTS = 3
"""Values in common that are shown of each family."""


@renders
def _(result: Compared, console: Console) -> None:
    console.print(
        f"[bold]{escape(result.a)}[/] ({number(result.members[0], 'intrusion')}) and [bold]{escape(result.b)}[/] "
        f"({result.members[1]:,}): {number(result.compared, 'pair')} sharing something, {result.linked:,} linked "
        f"(from {result.threshold:.2f}, model {result.model})"
    )
    if result.told < result.compared:
        console.print(f"[dim]{number(result.compared - result.told, 'pair')} far from a link: told of none below[/]")
    for pair in result.best:
        told = ", ".join(f"{bar.kind} {bar.value[:40]} {bar.bits:+.1f}" for bar in pair.bars[:2] if bar.bits > 0)
        console.print(
            f"  {pair.total:+5.1f} bits  {percent(pair.probability)}  {escape(pair.a)} – {escape(pair.b)}  "
            f"[dim]{escape(told)}[/]",
            overflow="ellipsis",
            no_wrap=True,
        )
    families: dict[str, list[str]] = {}
    for one in result.common:
        families.setdefault(one.bar.family, []).append(f"{one.bar.kind} {one.bar.value} ({number(one.pairs, 'pair')})")
    for family, values in families.items():
        console.print(f"\n[bold]{family}[/]: {number(len(values), 'value')} in common")
        for value in values[:_PARTS]:
            console.print(f"  {escape(value)}", overflow="ellipsis", no_wrap=True)
    for one in result.against:
        bar, pairs = one.bar, number(one.pairs, "pair")
        told = bar.family if bar.sort == "absent" else f"{bar.kind} {escape(bar.value)}"
        console.print(f"\n[bold]{bar.sort}[/] in {pairs}: {told} ({bar.bits:+.1f} bits)")
    if result.uncollected:
        console.print(f"[dim]nothing on one side, so absence says nothing: {', '.join(result.uncollected)}[/]")
    if result.best:
        next_step(console, f"backtrail explain {result.best[0].a} {result.best[0].b}")
