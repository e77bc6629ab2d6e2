"""`backtrail verify` and `backtrail replicate`: what a reader of a package can do without the case."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from backtrail.cli.answer import answer
from backtrail.cli.display import renders
from backtrail.model.errors import PolicyError
from backtrail.verbs.known import require_file
from backtrail.verbs.replicate import Replicated, Verified, replicate, verify

AsJson = Annotated[bool, Parameter(name="--json", negative="", help="JSON instead of a sentence.")]


def verify_command(package: Path, *, as_json: AsJson = False) -> int:
    """Compare a package with its manifest; exit code 4 when anything differs.

    Args:
        package: The package, a zip.
        as_json: JSON instead of a sentence.
    """
    found = verify(_there(package))
    answer(found, as_json)
    return PolicyError.exit_code if found.differences else 0


def replicate_command(package: Path, *, as_json: AsJson = False) -> int:
    """Do the grouping of a package again from nothing but its links; exit code 4 when it comes out otherwise.

    Args:
        package: The package, a zip.
        as_json: JSON instead of a sentence.
    """
    found = replicate(_there(package))
    answer(found, as_json)
    return 0 if found.agrees else PolicyError.exit_code


def _there(package: Path) -> Path:
    inside = sorted(package.glob("*.zip")) if package.is_dir() else []
    require_file(package, f"the package in it: {inside[0]}" if inside else "a package, the .zip that `publish` writes")
    return package


@renders
def _(result: Verified, console: Console) -> None:
    state = "[bold]as published[/]" if not result.differences else f"[bold]{len(result.differences)} differences[/]"
    console.print(f"{result.id}, edition {result.edition}, TLP:{result.tlp}: {result.files} files, {state}")
    for line in result.differences[:40]:
        console.print(f"  {escape(line)}")
    console.print(f"[dim]sha256 {result.sha256}\nfreeze {result.freeze}[/]")


_FEW = 20
"""Links that weigh more than their model allows, of which each is told."""


@renders
def _(result: Replicated, console: Console) -> None:
    outcome = "come out as one group again" if result.agrees else f"come out as {result.groups} groups"
    console.print(f"{result.id}: {result.members} intrusions by {result.links:,} links {outcome}")
    for line in result.excesses[:_FEW]:
        console.print(f"  [bold]{escape(line)}[/]")
    if len(result.excesses) > _FEW:
        console.print(f"  and {len(result.excesses) - _FEW:,} more")
    if result.unchecked:
        console.print(
            f"[dim]its model is version {escape(result.unchecked)}: weights are checked against itself only[/]"
        )
    if result.alone:
        console.print(f"[dim]held by no link, but by decisions: {escape(', '.join(result.alone))}[/]")
