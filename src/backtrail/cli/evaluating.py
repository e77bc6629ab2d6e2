"""`backtrail evaluate` at a terminal: what was measured, as a small table."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from msgspec import Struct
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backtrail.cli.answer import answer
from backtrail.cli.display import renders
from backtrail.model.words import number
from backtrail.verbs.evaluate import Evaluated, evaluate

_LABELS = {
    "top1": "right group first",
    "top5": "right group among five",
    "macro": "right first, mean over groups",
    "at90": "answered rightly at 90 % precision",
    "at95": "answered rightly at 95 % precision",
    "auroc": "known told from unknown (AUROC)",
    "ece": "calibration error, 15 bins",
    "log_loss": "log loss, nats",
    "precision": "B-cubed precision",
    "recall": "B-cubed recall",
    "f1": "B-cubed F1",
    "pair_precision": "pairs, precision",
    "pair_recall": "pairs, recall",
    "pair_f1": "pairs, F1",
}


def evaluate_command(
    what: Literal["attribution", "clustering"],
    *,
    train: Path,
    test: Path,
    out: Path,
    unknown: Path | None = None,
    as_is: Annotated[bool, Parameter(negative="")] = False,
    seed: int = 0,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
) -> int:
    """Measure suggestions of groups, or a grouping, on labelled reports (JSON lines).

    `attribution` writes `{"id", "ranking": [{"group", "probability"}...], "unknown": p}` for each test record, from
    what the training files hold; test records do not inform one another. `clustering` writes `{"id", "cluster"}` for
    the records of both files, grouped without labels; those of the training file only set parameters beforehand.
    Where test records have a `group`, the answers are measured.

    Args:
        what: `attribution` or `clustering`.
        train: Records whose `group` is known.
        test: Records to answer for.
        out: File to write, JSON lines.
        unknown: Records of no known group, to learn what those look like.
        as_is: Use the model that ships, without learning weights from the training file.
        seed: For what is held out by chance while learning.
        as_json: JSON instead of a table.
    """
    done = evaluate(what, train=train, test=test, out=out, unknown=unknown, as_is=as_is, seed=seed)
    answer(done, as_json)
    return 0


@renders
def _(result: Evaluated, console: Console) -> None:
    console.print(
        f"{number(result.records, 'record')} answered, {number(result.groups, 'group')} known, "
        f"model {result.model}: {result.out}"
    )
    if 0 < result.labelled < result.records:
        console.print(f"measured on the {result.labelled:,} of them that carry a group; the others are not labelled")
    if result.unread:
        types = ", ".join(f"{escape(type)} ({n:,})" for type, n in result.unread.items())
        console.print(f"[dim]not weighed, indicators of type {types}[/]")
    if result.told_before:
        told = number(result.told_before, "record")
        console.print(f"[dim]{told} of the test file show just what a training record does[/]")
    if result.undated:
        console.print(f"[dim]{number(result.undated, 'record')} of the files without a date that can be read[/]")
    for title, measured in (
        ("", result.suggested),
        ("all records", result.grouped),
        ("test records", result.grouped_test),
    ):
        if measured is not None:
            console.print(_measures(title, measured))
    if not (result.suggested or result.grouped):
        console.print("no test record has a group: nothing to measure against")


def _measures(title: str, measured: Struct) -> Table:
    table = Table(title=title or None, title_justify="left", show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    for name in measured.__struct_fields__:
        value = getattr(measured, name)
        shown = "-" if value is None else f"{value:.3f}" if isinstance(value, float) else f"{value:,}"
        table.add_row(_LABELS.get(name, name.replace("_", " ")), shown)
    return table
