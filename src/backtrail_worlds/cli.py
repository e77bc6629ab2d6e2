"""The terminal door of `backtrail-worlds`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, CycloptsError, Parameter
from cyclopts.validators import Number

from backtrail_worlds import make as making
from backtrail_worlds import score as scoring
from backtrail_worlds.display import show
from backtrail_worlds.errors import WorldError
from backtrail_worlds.spec import built_in, load

app = App(
    name="backtrail-worlds",
    help="Breach worlds whose truth is known, and how much of it an analysis found.",
    version_flags=[],
    result_action="return_value",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0 done, 2 wrong use, 3 not found."""
    try:
        return int(app(list(sys.argv[1:] if argv is None else argv), exit_on_error=False, print_error=False) or 0)
    except CycloptsError as error:
        print(f"backtrail-worlds: {error}", file=sys.stderr)
        return 2
    except WorldError as error:
        print(f"backtrail-worlds: {error}", file=sys.stderr)
        return error.code


@app.command
def make(
    *,
    world: str,
    out: Path,
    seed: int = 1,
    scale: Annotated[float, Parameter(validator=Number(gte=0.05, lte=1))] = 1.0,
    jobs: Annotated[int, Parameter(validator=Number(gte=1, lte=64))] = 1,
    force: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Write a world: `OUT/evidence`, and apart from it `OUT/truth`.

    Args:
        world: A built-in world (see `list`) or the path of a .toml file.
        out: An empty or new folder.
        seed: The same seed gives the same bytes.
        scale: Volume of the noise in the logs; the truth does not depend on it.
        jobs: Processes.
        force: Replace a world that is there.
    """
    load(world)
    making.prepare(out, force)
    tell = _progress if sys.stderr.isatty() else _milestones
    making.make(world, seed, scale, out, jobs, tell)
    print(f"{out / 'evidence'} and {out / 'truth'} written", file=sys.stderr)
    return 0


def _progress(done: int, total: int) -> None:
    print(f"\r{done} of {total} folders", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _milestones(done: int, total: int) -> None:
    if done == total or done % max(total // 4, 1) == 0:
        print(f"{done} of {total} folders", file=sys.stderr, flush=True)


@app.command
def score(truth: Path, facts: Path, *, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Compare what a product says with what is true.

    Args:
        truth: The folder `truth` of a world.
        facts: Output of `backtrail facts --json`.
        json: JSON instead of tables.
    """
    result = scoring.score(scoring.read_truth(truth), scoring.read_facts(facts))
    if json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=1).decode())
    else:
        show(result)
    return 0


@app.command(name="list")
def worlds() -> int:
    """Name the built-in worlds."""
    for name in built_in():
        print(f"{name:14} {load(name)[0].title}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
