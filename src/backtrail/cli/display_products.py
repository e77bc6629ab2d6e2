"""What went out, or could, as a person reads it at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backtrail.cli.display import next_step, renders

if TYPE_CHECKING:
    from backtrail.verbs.export import Exported
    from backtrail.verbs.publish import Published
    from backtrail.verbs.report import Reported


@renders
def _(result: Reported, console: Console) -> None:
    console.print(
        f"{result.group}: {result.indicators:,} indicators, {result.withheld:,} observations withheld, TLP:{result.tlp}"
    )
    for file in result.files:
        console.print(escape(file))


@renders
def _(result: Exported, console: Console) -> None:
    console.print(
        f"{escape(str(result.file))}: {result.indicators:,} indicators, TLP:{result.tlp}; "
        f"{result.withheld:,} observations withheld, {result.unusable:,} in terms no tool can match"
    )
    if result.listed or result.expired:
        console.print(
            f"no rules from {result.listed:,} that warning lists know (--release) "
            f"and {result.expired:,} no longer valid (--expired)"
        )


@renders
def _(result: Published, console: Console) -> None:
    console.print(
        f"{escape(result.file)}\n{result.group}, edition {result.edition}, TLP:{result.tlp}: {result.files} files, "
        f"{result.indicators:,} indicators; {result.withheld:,} observations withheld, {result.kept:.1%} of the "
        f"adversary's kept" + (f"; {result.withdrawn} indicators withdrawn" if result.withdrawn else "")
    )
    console.print(f"[dim]sha256 {result.sha256}, {result.decision}[/]")
    again = () if result.edition == "hunt" else (f"backtrail replicate {result.file}",)
    next_step(console, f"backtrail verify {result.file}", *again)
