"""Tables as wide as the terminal and no wider: short cells are never broken, and nothing is cut off."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table as RichTable

_GAP = 2
"""Columns between two columns of a table."""

_NARROW = 16
"""Columns no wider than this are never wrapped."""

_FOLDED = 24
"""Columns that a wider one is folded to before others are left out."""

_SPARED = (
    "read_at", "media_type", "arrived", "tlp", "grade", "last_seen", "source", "first_seen", "found_by", "country",
    "closed", "size",
)  # fmt: skip
"""Columns left out of a table that is wider than the terminal, first those that are missed least."""


def columned(columns: Iterable[str], right: Collection[str] = ()) -> RichTable:
    """An empty table."""
    table = RichTable(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim", padding=(0, _GAP - 1, 0, 0))
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right" if column in right else "left", overflow="fold")
    return table


def tabled(
    console: Console,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[str] = (),
    least: Sequence[int] = (),
) -> None:
    """Print a table; a block of lines for each row where the terminal is too narrow for one.

    Args:
        console: Where to.
        columns: Heads.
        rows: Cells, as text.
        right: Columns of numbers.
        least: Widths that columns have at least, where their cells are as wide; by their cells when left out.
    """
    cells = [[row[at] for row in rows] for at in range(len(columns))]
    natural = [_widest((name, *some)) for name, some in zip(columns, cells, strict=True)]
    if least:
        least = [min(most, full) for most, full in zip(least, natural, strict=True)]
    else:
        least = [_least(name, some, _NARROW) for name, some in zip(columns, cells, strict=True)]
    if not _fits(least, console.width):
        _blocks(console, columns, rows)
        return
    table = columned(columns, right)
    for column, width in zip(table.columns, _widths(least, natural, console.width), strict=True):
        column.width = width
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)


def fitting(cells: Mapping[str, Sequence[str]], width: int) -> tuple[dict[str, int], list[str]]:
    """Columns that a terminal has room for, each with its least width, and those left out."""
    kept = {name: _least(name, some, _FOLDED) for name, some in cells.items()}
    spared: list[str] = []
    for name in _SPARED:
        if _fits(kept.values(), width):
            break
        if kept.pop(name, None):
            spared.append(name)
    if not _fits(kept.values(), width):
        kept = {name: _least(name, cells[name], _NARROW) for name in kept}
    if not _fits(kept.values(), width):  # blocks of lines have room for all of them
        return {name: _least(name, some, _NARROW) for name, some in cells.items()}, []
    return kept, spared


def _fits(least: Collection[int], width: int) -> bool:
    return sum(least) + _GAP * (len(least) - 1) <= width


def _least(name: str, cells: Iterable[str], folded: int) -> int:
    """Columns that a column needs so that neither the words of its head nor short cells are broken."""
    return max(min(_widest(cells), folded), *map(cell_len, name.replace("_", " ").split()))


def _widest(cells: Iterable[str]) -> int:
    return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)


def _widths(least: Sequence[int], natural: Sequence[int], width: int) -> list[int]:
    """Widths between what columns need and what they would have: those that lack little get it first."""
    found, left = list(least), width - _GAP * (len(least) - 1) - sum(least)
    order = sorted(range(len(found)), key=lambda at: natural[at] - found[at])
    for place, at in enumerate(order):
        given = max(min(natural[at] - found[at], left // (len(order) - place)), 0)
        found[at] += given
        left -= given
    return found


def _blocks(console: Console, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for first, *rest in rows:
        console.print(f"[bold]{escape(first)}[/]")
        for name, cell in zip(columns[1:], rest, strict=True):
            if cell:
                console.print(Padding(f"[dim]{escape(name.replace('_', ' '))}[/]  {escape(cell)}", (0, 0, 0, 2)))
