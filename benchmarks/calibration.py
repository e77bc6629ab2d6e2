"""How often pairs of so high a probability are of one actor: measured on generated cases whose truth is known.

The worlds have seeds on which nothing was chosen or tried. Each is made, read and swept by the commands; then all pairs
that a case tells of are weighed and laid beside the truth. Every pair of a case counts once, so that large groups have
most of them. What is printed is also written to `clusters/calibration.toml`, from which reports draw it: run this when
the match-weight model changed. Intervals are Wilson's (1927), 95 %.

    python -m benchmarks.calibration [--seeds 201 202] [--jobs 2]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from backtrail import Case, clusters
from backtrail.clusters import calibration
from backtrail.model.decision import State
from backtrail.model.weight import Explanation
from backtrail.profiles.trace import wilson
from backtrail.verbs.weighing import weighed

WORLDS = ("small", "many-small", "east-port", "night-shift")
SCALE = "0.1"
"""Volume of the noise in logs, which no pair is weighed by."""

EDGES = (1 / 3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
T = TypeVar("T")
WRITTEN = Path(__file__).parents[1] / "src" / "backtrail" / "clusters" / "calibration.toml"


def ran(case: Path, *command: str | Path) -> None:
    """Run a command of the virtual environment on a case, quietly."""
    program = Path(sys.executable).parent / str(command[0])
    environment = os.environ | {"BACKTRAIL_CASE": str(case)}
    done = subprocess.run([program, *map(str, command[1:])], env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 6):
        sys.exit(f"{command} ended with {done.returncode}: {done.stderr[-500:]}")


def case_of(world: str, seed: int, folder: Path, sweep: bool = True) -> tuple[tuple[Explanation, ...], dict[str, str]]:
    """A case made of a world by the commands: the pairs that it tells of, and the true group of each intrusion."""
    made, case = folder / "world", folder / "case"
    ran(case, "backtrail-worlds", "make", "--world", world, "--seed", str(seed), "--scale", SCALE, "--out", made)
    ran(case, "backtrail", "init", case)
    ran(case, "backtrail", "lists", "--add", made / "evidence" / "reference" / "lists")
    ran(case, "backtrail", "ingest", made / "evidence")
    if sweep:
        ran(case, "backtrail", "sweep")
    rows = map(json.loads, (made / "truth" / "intrusions.jsonl").read_text("utf-8").splitlines())
    group = {row["id"]: row["group"] or row["id"] for row in rows}
    opened = Case(case, clock=lambda: "2013-02-18T00:00:00Z", author="benchmark")
    with opened.knowledge.reading() as db:
        pairs = weighed(opened, db, State()).pairs
    return pairs, group


def each(seeds: Sequence[int], jobs: int, work: Callable[[str, int, Path], T]) -> Iterator[tuple[str, int, T]]:
    """What work makes of each world and seed, in a folder of its own that is gone afterwards."""
    wanted = [(world, seed) for seed in seeds for world in WORLDS]
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(jobs) as pool:
        places = [Path(temporary) / f"{world}-{seed}" for world, seed in wanted]
        for place in places:
            place.mkdir()
        for (world, seed), made in zip(wanted, pool.map(work, *zip(*wanted, strict=True), places), strict=True):
            yield world, seed, made


def judged(world: str, seed: int, folder: Path) -> list[tuple[float, bool]]:
    """Probability of each pair that a case tells of, and whether it is of one actor."""
    pairs, group = case_of(world, seed, folder)
    told = [(pair.probability, group[pair.a] == group[pair.b]) for pair in pairs]
    linked = [same for probability, same in told if 0.8 <= probability < 0.99]
    print(
        f"{world:<12} seed {seed}: {len(group)} intrusions, {len(pairs)} pairs; {sum(linked)} of {len(linked)} said to "
        f"be .80 to .99 are one actor's",
        flush=True,
    )
    return told


def bins(told: list[tuple[float, bool]]) -> Iterator[calibration.Bin]:
    """Pairs by their probability."""
    for low, high in pairwise(EDGES):
        some = [(p, same) for p, same in told if low <= p < high or high == p == 1.0]
        if some:
            right = sum(same for _, same in some)
            least, most = wilson(right, len(some))
            yield calibration.Bin(
                said=round(sum(p for p, _ in some) / len(some), 4), pairs=len(some), same=right,
                low=round(max(least, 0.0), 4), high=round(min(most, 1.0), 4),
            )  # fmt: skip


def main() -> None:
    """Print the table and write it beside the model."""
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, nargs="+", default=[201, 202, 203])
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()
    told = [some for _, _, some in each(given.seeds, given.jobs, judged)]
    found = tuple(bins([one for some in told for one in some]))
    for one in found:
        print(
            f"said {one.said:.3f}  true {one.same / one.pairs:.3f} ({one.low:.3f} to {one.high:.3f})  n {one.pairs:,}"
        )
    made = calibration.Calibration(model=clusters.built_in().version, worlds=len(told), bins=found)
    WRITTEN.write_text(calibration.written(made), "utf-8")


if __name__ == "__main__":
    main()
