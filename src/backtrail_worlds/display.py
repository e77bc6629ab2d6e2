"""A score as tables for a reader: worst first, numbers that were not recovered last."""

from rich.console import Console
from rich.table import Table

from backtrail_worlds.score import Score


def show(score: Score) -> None:
    """Print to standard output."""
    console = Console(highlight=False)
    console.print(_clustering(score))
    for line in _sentences(score):
        console.print(line)
    console.print(_edges(score))
    console.print(_numbers(score))
    console.print(_missing(score))


def _clustering(score: Score) -> Table:
    table = Table("intrusions to groups", "precision", "recall", "F1", box=None, header_style="bold")
    for name, measure in (("B-cubed", score.clustering.bcubed), ("pairwise", score.clustering.pairwise)):
        table.add_row(name, *(f"{value:.3f}" for value in (measure.precision, measure.recall, measure.f1)))
    subject = score.clustering.subject
    table.add_row(f"subject ({subject.group or 'not found'})", f"{subject.precision:.3f}", f"{subject.recall:.3f}", "")
    return table


def _sentences(score: Score) -> list[str]:
    c = score.clustering
    lines = [
        f"subject: {c.subject.members_found} of {c.subject.members_true} members",
        f"thin cases left alone: {c.thin_left_alone} of {c.thin}",
        f"groups: {c.groups_found} found, {c.groups_true} true",
    ]
    if c.mixed_groups:
        lines.append(f"mixed groups: {', '.join(c.mixed_groups)}")
    return lines


def _edges(score: Score) -> Table:
    table = Table("edges", "true", "found", "right", "precision", "recall", box=None, header_style="bold")
    for relation, e in sorted(score.edges.items(), key=lambda item: item[1].recall):
        table.add_row(relation, str(e.true), str(e.found), str(e.right), f"{e.precision:.3f}", f"{e.recall:.3f}")
    return table


def _numbers(score: Score) -> Table:
    right = sum(number.recovered for number in score.numbers)
    table = Table(
        f"numbers: {right} of {len(score.numbers)}", "published", "true", "found", box=None, header_style="bold"
    )
    for n in sorted((n for n in score.numbers if n.found is not None), key=lambda n: not n.recovered):
        mark = n.id if n.recovered else f"[red]{n.id}[/red]"
        table.add_row(mark, "" if n.published is None else _short(n.published), _short(n.true), _short(n.found))
    return table


def _missing(score: Score) -> str:
    """Ids of numbers that the facts do not give, in a sentence; `--json` has their true values."""
    ids = [n.id for n in score.numbers if n.found is None]
    return f"[dim]{len(ids)} numbers are not given by the facts: {', '.join(ids)}[/dim]" if ids else ""


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
