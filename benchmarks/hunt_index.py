"""What an index saves: the same hunts with and without one, in one run, with rare and with common hits.

Wall and CPU seconds of whole processes, one process each, the best of some runs; hits are compared, line by line. The
telemetry is that of `hunt_scan` (`--times` links to each file make more of it), plain and packed.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.hunt_scan import PROGRAM, Cost, run, telemetry
from benchmarks.hunt_telemetry import World

RUNS = 3


def lists(folder: Path) -> dict[str, Path]:
    """A list of which a single indicator is there, in two lines, and one of which two thirds are."""
    base = World().indicators(3_000)
    others = [i for i in World(77).indicators(3_000) if i not in set(base)]
    out = {}
    for name, rows in (("none", others), ("rare", [*others, base[5]]), ("common", base)):
        out[name] = folder / f"{name}.csv"
        out[name].write_text("type,value\n" + "".join(f"{k},{v}\n" for k, v in rows))
    return out


def hunted(table: Path, where: list[str], out: Path) -> Cost:
    command = [str(PROGRAM), "hunt", "--indicators", str(table), "--jobs", "1", "--format", "jsonl", *where]
    return min((run(command, out) for _ in range(RUNS)), key=lambda cost: cost.wall)


def compared(title: str, logs: Path, folder: Path, tables: dict[str, Path]) -> None:
    """Index, then hunts with it and without."""
    index, out, with_index = folder / "index", folder / "scan.out", folder / "index.out"
    shutil.rmtree(index, ignore_errors=True)
    made = run([str(PROGRAM), "index", str(logs), "-o", str(index), "--jobs", "1"], out)
    again = run([str(PROGRAM), "index", str(logs), "-o", str(index)], out)
    raw = sum(file.stat().st_size for file in logs.iterdir())
    size = sum(file.stat().st_size for file in index.iterdir())
    print(
        f"{title}: {raw / 1e9:.2f} GB in {len(list(logs.iterdir()))} files; index {made.cpu:.1f} CPU s, "
        f"{made.memory:,.0f} MB, {size / raw:.1%} of the size; nothing new: {again.wall:.2f} s"
    )
    for name, table in tables.items():
        scan = hunted(table, [str(logs)], out)
        asked = hunted(table, [str(logs), "--index", str(index)], with_index)
        same = "the same hits" if out.read_bytes() == with_index.read_bytes() else "OTHER HITS"
        print(
            f"  {name:<7} {scan.lines:>6,} hits: scan {scan.wall:5.2f} s ({scan.cpu:.2f} CPU s), "
            f"index {asked.wall:5.2f} s ({asked.cpu:.2f} CPU s), {scan.wall / asked.wall:.1f}x, {same}"
        )


def linked(logs: Path, folder: Path, times: int) -> Path:
    """Names of the same files, some times over."""
    many = folder / "many"
    shutil.rmtree(many, ignore_errors=True)
    many.mkdir()
    for n in range(times):
        for file in logs.iterdir():
            os.link(file, many / f"{n}-{file.name}")
    return many


def packed(logs: Path, folder: Path) -> Path:
    """Each file as gz."""
    out = folder / "packed"
    out.mkdir(exist_ok=True)
    for file in logs.iterdir():
        to = out / f"{file.name}.gz"
        if not to.exists():
            with to.open("wb") as stream:
                subprocess.run(["gzip", "-1", "-c", str(file)], stdout=stream, check=True)
    return out


def main() -> None:
    """Print all ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/backtrail-hunt"))
    parser.add_argument("--gb", type=float, default=1.2)
    parser.add_argument("--times", type=int, default=4, help="how often the files are taken for the larger run")
    arguments = parser.parse_args()
    logs, _ = telemetry(arguments.folder, arguments.gb)
    tables = lists(arguments.folder)
    nothing = arguments.folder / "nothing"
    nothing.write_text("a\n")
    start = hunted(tables["rare"], [str(nothing)], arguments.folder / "scan.out")
    print(f"start-up {start.wall:.2f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stdout)
    compared("plain", logs, arguments.folder, tables)
    compared("gz", packed(logs, arguments.folder), arguments.folder, tables)
    if arguments.times > 1:
        compared(
            f"plain, {arguments.times} times", linked(logs, arguments.folder, arguments.times), arguments.folder, tables
        )
        shutil.rmtree(arguments.folder / "many")


if __name__ == "__main__":
    main()
