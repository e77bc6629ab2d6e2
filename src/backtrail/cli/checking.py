"""`backtrail leakcheck` at a terminal: findings as a table, and exit code 4 while any stands."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

import backtrail
from backtrail.cli.answer import answer
from backtrail.cli.display import next_step, renders
from backtrail.cli.tables import columned
from backtrail.model.errors import PolicyError, UsageError
from backtrail.verbs.leakcheck import Checked, allow, leakcheck

_MOST = 40
"""Findings that are printed; `--json` has all."""


def leakcheck_command(  # noqa: PLR0913 - each is an option
    paths: Annotated[list[Path] | None, Parameter(consume_multiple=True, negative="")] = None,
    *,
    names: Path | None = None,
    screen: Annotated[bool, Parameter(negative="--no-screen")] = True,
    allow_finding: Annotated[str | None, Parameter(name="--allow")] = None,
    reason: str = "",
    second: str = "",
    case: Annotated[Path | None, Parameter(name="--case", env_var="BACKTRAIL_CASE")] = None,
    author: Annotated[str | None, Parameter(name="--author", env_var="BACKTRAIL_AUTHOR")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a table.")] = False,
) -> int:
    """Look for every victim of the case in files that are to go out; exit code 4 while anything is found.

    Text, what is packed or encoded in it, metadata and file names are looked through; what cannot be looked into
    counts as a finding. There is no way to skip all: a finding is let through by itself, with a reason and a second
    name.

    Args:
        paths: Files and folders.
        names: More secrets, one a line, or `intrusion,secret`.
        screen: Also look for what the register does not know: organisations, persons, inner networks, credentials.
        allow_finding: Let this finding through.
        reason: Why it gives nobody away.
        second: Who agrees.
        case: Folder of the case.
        author: Who decides.
        as_json: JSON instead of a table.
    """
    if case is None:
        raise UsageError("which case? name its folder with --case or in BACKTRAIL_CASE")
    with backtrail.open_case(case, author=author) as opened:
        if allow_finding:
            answer(allow(opened, allow_finding, reason=reason, second=second))
            return 0
        if not paths:
            raise UsageError("nothing to look through; name files or folders")
        found = leakcheck(opened, paths, names=names, screen=screen)
    answer(found, as_json)
    return PolicyError.exit_code if found.leaks else 0


@renders
def _(result: Checked, console: Console) -> None:
    if result.leaks:
        table = columned(("finding", "where", "at", "what", "whose", "fix"), ("at",))
        table.columns[0].no_wrap = True
        for leak in result.leaks[:_MOST]:
            told = f"{leak.rule}: {leak.what}" if leak.what else leak.rule
            table.add_row(*map(escape, (leak.id, leak.file, str(leak.at), told, leak.whose, leak.fix)))
        console.print(table)
        if len(result.leaks) > _MOST:
            console.print(f"[dim]and {len(result.leaks) - _MOST:,} more[/]")
    state = f"[bold]{len(result.leaks):,} findings: this may not go out[/]" if result.leaks else "nothing found"
    console.print(
        f"{state}; {result.files:,} files, {result.texts:,} texts in them, {result.secrets:,} secrets looked for"
        + (f"; {len(result.allowed)} let through" if result.allowed else "")
    )
    if result.leaks:
        next_step(console, f"backtrail leakcheck --allow {result.leaks[0].id} --reason ... --second NAME")
