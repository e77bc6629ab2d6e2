"""What came of telemetry, as a person reads it: sweeps, leads, and the facts of the case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from backtrail.cli.display import SPECIAL, next_step, renders
from backtrail.cli.tables import columned
from backtrail.model.words import number, percent

if TYPE_CHECKING:
    from backtrail.verbs.facts import Facts
    from backtrail.verbs.leads import Lead
    from backtrail.verbs.sweep import Swept


def _leads(console: Console, leads: Sequence[Lead]) -> None:
    """Leads, each with its reasons below it."""
    for lead in leads:
        traffic = f"  {_bytes(lead.sent)} out, {_bytes(lead.received)} in" if lead.sent or lead.received else ""
        console.print(f"[bold]{lead.rank:+5.1f}[/]  {escape(lead.kind)}  [bold]{escape(lead.value)}[/]")
        console.print(
            f"[dim]       {lead.id[:10]}  {lead.victims} victims  {lead.seen}  {lead.count:,} records{traffic}[/]"
        )
        for line in (*lead.reasons, *(f"     {place}" for place in lead.places[:4])):
            console.print(f"       {escape(line)}")
        for line in lead.same[:2]:
            console.print(f"       [dim]the same file: {escape(line)}[/]")
    next_step(console, "backtrail accept L-... --reason ...", "backtrail reject L-... --reason ...")


def _bytes(count: int) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}"
        count //= 1000
    return f"{count:,} TB"


@renders
def _(result: Swept, console: Console) -> None:
    if result.restored:
        console.print(f"{result.restored:,} logs were read again: what they show was lost or damaged")
    if result.elsewhere:
        console.print(
            f"[bold]{result.elsewhere:,} logs are not in this folder[/]: what they show is not looked through"
        )
    console.print(
        f"{result.findings:,} findings looked for in {result.logs:,} logs ({result.traces:,} different values): "
        f"{result.seen:,} seen; {result.sightings:,} sightings ({result.new:,} new) in {result.intrusions:,} "
        f"intrusions, {result.registrations:,} registrations"
    )
    next_step(console, "backtrail leads", "backtrail cluster")


@renders
def _(result: Facts, console: Console) -> None:
    grid = columned(("group", "members", "weakest"), ("members", "weakest"))
    for group in result.groups:
        known = [m.confidence for m in group.members if m.confidence is not None]
        grid.add_row(group.name or group.id, f"{len(group.members):,}", percent(min(known)) if known else "")
    console.print(grid)
    console.print(f"{number(len(result.unassigned), 'intrusion')} in no group")
    edges: dict[str, int] = {}
    for edge in result.edges:
        edges[edge.relation] = edges.get(edge.relation, 0) + 1
    for relation, count in sorted(edges.items()):
        console.print(f"{relation:<14} {count:>7,}")
    next_step(console, "backtrail facts --json")


SPECIAL["Lead"] = _leads
