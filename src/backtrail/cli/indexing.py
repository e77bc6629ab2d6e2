"""`backtrail index` at a terminal: progress, what was done, an exit code."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from backtrail.cli.answer import answer
from backtrail.cli.display import next_step, renders
from backtrail.cli.hunting import PARTIAL, HuntBar, size_of, tell_problems
from backtrail.verbs.index import IndexMade, index


def index_command(
    paths: Annotated[list[Path], Parameter(consume_multiple=True, negative="")],
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"])],
    decode: Annotated[bool, Parameter(negative="")] = False,
    jobs: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
) -> int:
    """Look through logs once and keep the keys of what hunts can find in them, with their places, as Parquet.

    Run it again to bring the index up to date: only files that are new or changed since (by size, time and their first
    64 kB) are read. A run that was stopped goes on where it was. Then `hunt --index` reads the blocks only that may
    show an indicator; its hits are those of a scan. Damaged files are told (exit code 6), the rest goes on.

    Args:
        paths: Files (packed or not) and folders.
        output: Folder of the index.
        decode: Also keep defanged and percent-encoded spellings, for `hunt --decode`.
        jobs: Processes; as many as there are processors when left out.
        as_json: JSON instead of a table.
    """
    with HuntBar("index") as bar:
        done = index(paths, output=output, decode=decode, jobs=jobs, progress=bar.look)
    answer(done, as_json)
    return PARTIAL if done.problems else 0


@renders
def _(result: IndexMade, console: Console) -> None:
    tell_problems(console, result.problems)
    console.print(
        f"{result.new:,} files looked through ({size_of(result.read)}), {result.same:,} known already\n"
        f"[bold]{escape(result.folder)}[/]: {result.files:,} files, {size_of(result.content)} in "
        f"{result.blocks:,} blocks, {size_of(result.size)} on disk"
    )
    next_step(console, f"backtrail hunt --indicators FILE --index {result.folder}")
