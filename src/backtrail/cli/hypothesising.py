"""`backtrail hypothesis` at a terminal: the board as analysts read it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from backtrail.cli.display import next_step, renders
from backtrail.cli.tables import columned
from backtrail.model.hypothesis import Assessment, Question, Scenario, Weighed
from backtrail.model.words import number, percent, words

_TELLS_NOTHING = 0.1
_BAR = 20
_SYMBOL = {"++": "++", "+": "+", "0": "·", "-": "−", "--": "−−"}


@renders
def _(result: Assessment, console: Console) -> None:
    question = result.question
    analysts = number(len(result.analysts), "analyst")
    review = f", to be reviewed {question.review}" if question.review else ""
    console.print(f"[bold]{question.id} {escape(question.text)}[/] [dim]{question.group}; {analysts}{review}[/]\n")
    console.print(_board(result))
    for standing in result.hypotheses:
        console.print(f"  [dim]{standing.id}[/] {escape(standing.text)}")
    console.print()
    _items(console, result)
    console.print(f"\n[bold]{escape(result.sentence)}[/]\n{escape(result.confident)}\n")
    _scenarios(console, "hangs on", result.linchpins)
    _scenarios(console, "without", result.robustness)
    for title, lines in (("would change it", result.change), ("note", result.warnings),
                         ("taken for granted", question.assumptions),
                         ("dissent", tuple(f"{d.analyst}: {d.text}" for d in question.dissents))):  # fmt: skip
        for line in lines:
            console.print(f"[dim]{title}:[/] {escape(line)}")
    next_step(console, f"backtrail hypothesis board {question.id} --json", "backtrail log")


def _board(result: Assessment) -> RichTable:
    """Hypotheses as rows (Dhami 2024: fewer fall for what they expect), evidence as columns, most telling first."""
    telling = [one for one in result.items if one.diagnosticity >= _TELLS_NOTHING]
    table = RichTable(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("", *(one.item.id for one in telling), "prior", "now", "range", ""):
        table.add_column(name, justify="center" if name.startswith("E") else "right" if name else "left", no_wrap=True)
    for standing in result.hypotheses:
        bar = "█" * round(_BAR * standing.posterior)
        table.add_row(
            standing.id,
            *(_SYMBOL[one.steps[standing.id]] + ("?" if one.disagree else "") for one in telling),
            f"{standing.prior:.2f}",
            f"[bold]{percent(standing.posterior)}[/]",
            f"{percent(standing.low)}–{percent(standing.high)}",
            f"[blue]{bar}[/]",
        )
    return table


def _items(console: Console, result: Assessment) -> None:
    if not result.items:
        console.print("no evidence was put to it yet")
        next_step(console, f"backtrail hypothesis cite {result.question.id} TEXT --number NUMBER --gains H4")
        return
    table = columned(("item", "what it says", "source", "family", "to fake", "bits", "rests on"), ("bits",))
    nothing = []
    for one in result.items:
        if one.diagnosticity < _TELLS_NOTHING and one.item.id not in _unrated(result.question):
            nothing.append(one.item.id)
            continue
        table.add_row(*map(escape, _item(one)))
    console.print(table)
    if nothing:
        console.print(f"[dim]{', '.join(nothing)} tell the answers not apart[/]")


def _unrated(question: Question) -> set[str]:
    return {item.id for item in question.items} - {one.item for one in question.ratings}


def _item(one: Weighed) -> tuple[str, ...]:
    item = one.item
    rests = item.number or ", ".join(id[:10] for id in item.rests[:2]) + (" ..." if len(item.rests) > 2 else "")
    said = item.text + (f" ({'; '.join(one.notes)})" if one.notes else "")
    return item.id, said, item.grade, item.family, item.spoof, f"{one.diagnosticity:.1f}", rests


def _scenarios(console: Console, title: str, some: tuple[Scenario, ...]) -> None:
    for one in some:
        console.print(
            f"[dim]{title}[/] {escape(one.without)}: {words(one.probability)} {percent(one.probability)}"
            + (f", {one.leader} leads" if one.bands and one.probability < 0.5 else "")
        )
