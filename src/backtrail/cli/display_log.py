"""How the decision log is shown: a line for each decision, however many things it is about."""

from collections.abc import Sequence

from rich.console import Console

from backtrail.cli.display import SPECIAL
from backtrail.cli.tables import tabled
from backtrail.model.decision import Decision
from backtrail.verbs.table import Table

_SHOWN = 2
_LONGEST = 24


def _log(console: Console, result: Table[Decision]) -> None:
    heads = ("id", "at", "author", "decision", "about", "reason")
    tabled(console, heads, [_row(one) for one in result])
    console.print("[dim]all of a decision: backtrail show D-N, or --json[/]")


def _row(one: Decision) -> tuple[str, ...]:
    return one.id, one.at[:16], one.author, f"{one.action} {one.text or ''}".rstrip(), _about(one), one.reason


def _about(one: Decision) -> str:
    """What it is about, the first of each sort."""
    names = [name for name in (one.group, one.other) if name]
    undone = [f"D-{one.undoes}"] if one.undoes else []
    alias = [str(one.alias)] if one.alias else []
    return "\n".join(
        [
            *names,
            *_first(one.intrusions),
            *_first([target.rpartition(" ")[2] for target in one.targets]),
            *alias,
            *undone,
        ]
    )


def _first(names: Sequence[str]) -> list[str]:
    more = len(names) - _SHOWN
    return [*map(_clipped, names[:_SHOWN]), *([f"and {more:,} more"] if more > 0 else [])]


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


SPECIAL["Decision"] = _log
