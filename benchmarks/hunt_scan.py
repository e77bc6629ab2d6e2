"""Hunting raw files against `rg -F -f`, `grep -F -f` and Hyperscan, in one run, on the same telemetry.

CPU seconds are those of whole processes with their children (wait4), so that loading indicators counts. Every peer
gets the values as fixed strings, as one does by hand, and a limit of CPU seconds, behind which it is stopped; the ratio
is then at least what is printed. Hits are compared with what was planted, line by line.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.hunt_telemetry import World, make

WANTED = {3_000: 1.0, 100_000: 3.0, 1_000_000: 5.0}
STOPPED = ", stopped at the limit of CPU seconds, not at its end"
RUNS = 5
TIMES = 10
"""How often a log is repeated that is packed."""

PROGRAM = Path(sys.executable).with_name("backtrail")


class Cost(NamedTuple):
    cpu: float
    wall: float
    memory: float
    lines: int
    stopped: bool = False


_MEASURED = """
import os, subprocess, sys, time
start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stderr=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
print(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1000, int(os.WIFSIGNALED(status)), file=sys.stderr)
"""
"""Started for each command, since a process that is started counts the memory of the one that starts it as its own."""


def run(command: list[str], out: Path, limit: int | None = None) -> Cost:
    """CPU seconds, seconds, megabytes and lines of a command; Python may keep its byte code, as it does elsewhere."""
    command = command if limit is None else ["prlimit", f"--cpu={limit}:{limit}", *command]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with out.open("wb") as stream:
        measured = [sys.executable, "-S", "-c", _MEASURED, *command]
        told = subprocess.run(measured, stdout=stream, stderr=subprocess.PIPE, env=environment, check=True).stderr
    cpu, wall, memory, stopped = map(float, told.split())
    with out.open("rb") as stream:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
    return Cost(cpu, wall, memory, lines, bool(stopped))


def hunt(indicators: Path, logs: list[Path], out: Path, jobs: int = 1) -> Cost:
    return run(
        [
            str(PROGRAM),
            "hunt",
            "--indicators",
            str(indicators),
            "--jobs",
            str(jobs),
            "--format",
            "jsonl",
            *map(str, logs),
        ],
        out,
    )


def telemetry(folder: Path, gb: float) -> tuple[Path, set[tuple[str, int, str]]]:
    """The folder of the logs, which are made if they are not there, and what is planted in them."""
    logs, truth_at = folder / "logs", folder / "truth.json"
    if not truth_at.exists():
        truth_at.write_text(json.dumps(sorted(make(logs, int(gb * 1e9), World().indicators(3_000)))))
    return logs, {tuple(one) for one in json.loads(truth_at.read_text())}


def judged(out: Path, truth: set[tuple[str, int, str]]) -> tuple[int, int]:
    """Planted hits that were found, and hits that were not planted."""
    found = set()
    for line in out.read_bytes().splitlines():
        hit = json.loads(line)
        found.add((Path(hit["file"]).name, hit["number"], hit["indicator"]["value"]))
    return len(found & truth), len(found - truth)


def against(folder: Path, count: int, logs: list[Path], truth, base, limit: int) -> None:
    """One size of list: ours and the peers."""
    indicators = World().indicators(count) if count > len(base) else base
    indicators = list(dict.fromkeys([*base, *indicators]))[:count]
    table, plain = folder / f"{count}.csv", folder / f"{count}.txt"
    table.write_text("type,value\n" + "".join(f"{k},{v}\n" for k, v in indicators))
    plain.write_text("".join(f"{v}\n" for _, v in indicators))
    out = folder / "out"
    ours = hunt(table, logs, out)
    right, false = judged(out, truth)
    size = sum(log.stat().st_size for log in logs) / 1e9
    print(
        f"{count:>9,} indicators: backtrail {ours.cpu:6.2f} CPU s ({size / ours.cpu:.2f} GB/CPU s), {ours.memory:,.0f} MB, "  # noqa: E501
        f"{right:,} of {len(truth):,} planted, {false} false"
    )
    for name, command in (("rg -F -f", ["rg", "-j1", "-F", "-f"]), ("grep -F -f", ["grep", "-F", "-f"])):
        if shutil.which(command[0]):
            cost = run([*command, str(plain), *map(str, logs)], out, limit)
            wanted = f" (want {WANTED[count]:.0f}x)" if command[0] == "rg" and count in WANTED else ""
            print(
                f"{'':>22} {name:<10} {cost.cpu:6.2f} CPU s, ratio {cost.cpu / ours.cpu:.1f}x{wanted}, {cost.memory:,.0f} MB, "  # noqa: E501
                f"{cost.lines:,} lines{STOPPED if cost.stopped else ''}"
            )
    _hyperscan(plain, logs, ours, limit)


_HYPERSCAN = """
import sys, hyperscan
words = open(sys.argv[1], "rb").read().split()
db = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
flags = [hyperscan.HS_FLAG_CASELESS] * len(words)
db.compile(expressions=words, ids=list(range(len(words))), literal=True, flags=flags)
for name in sys.argv[2:]:
    with open(name, "rb") as stream:
        while data := stream.read(1 << 22):
            db.scan(data, match_event_handler=lambda *a: None)
"""


def _hyperscan(plain: Path, logs: list[Path], ours: Cost, limit: int) -> None:
    """Literals without case; HYPERSCAN_PYTHON names an interpreter that has the package `hyperscan`."""
    python = os.environ.get("HYPERSCAN_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import hyperscan"], stderr=subprocess.DEVNULL, check=False).returncode:
        print(f"{'':>22} Hyperscan: not installed (pip install hyperscan)")
        return
    cost = run([python, "-c", _HYPERSCAN, str(plain), *map(str, logs)], plain.with_suffix(".hs"), limit)
    print(
        f"{'':>22} {'Hyperscan':<10} {cost.cpu:6.2f} CPU s, ratio {cost.cpu / ours.cpu:.1f}x, {cost.memory:,.0f} MB"
        f"{STOPPED if cost.stopped else ''}"
    )


def cores(table: Path, logs: list[Path], out: Path) -> None:
    logs = logs * 8
    runs = [(hunt(table, logs, out, 1), hunt(table, logs, out, 2)) for _ in range(RUNS)]
    one, two = (median(cost[n].wall for cost in runs) for n in (0, 1))
    size = sum(log.stat().st_size for log in logs) / 1e9
    more = median(b.cpu / a.cpu for a, b in runs)
    print(
        f"{size:.1f} GB, two cores against one, median of {RUNS}: {one:.2f} s, {two:.2f} s, "
        f"{one / two:.2f}x (want 1.7x), CPU seconds {more:.2f}x; load {os.getloadavg()[0]:.1f}"
    )


def packed(folder: Path, table: Path, log: Path, out: Path) -> None:
    """gz and zst against decompressing alone with the same library: wall time of one process each, its threads' too.

    To both formats, members one after another are one file.
    """
    importing = "from backtrail.model import zstd\nimport sys\nfrom isal import igzip"
    unpack = {
        "gz": "import sys\nfrom isal import igzip\nf=igzip.open(sys.argv[1])\nwhile f.read(1<<20): pass",
        "zst": "import sys\nfrom backtrail.model import zstd\nf=zstd.ZstdFile(sys.argv[1])\nwhile f.read(1<<20): pass",
    }
    makers = {"gz": ["gzip", "-1", "-c"], "zst": ["zstd", "-q", "-c"]}
    nothing = folder / "nothing"
    nothing.write_text("a\n")
    start = min(hunt(table, [nothing], out).wall for _ in range(RUNS))
    for suffix, maker in makers.items():
        file = folder / f"{log.name}.{suffix}"
        once = subprocess.run([*maker, str(log)], stdout=subprocess.PIPE, check=True).stdout
        file.write_bytes(once * TIMES)
        runs = [
            (hunt(table, [file], out), run([sys.executable, "-c", unpack[suffix], str(file)], out)) for _ in range(RUNS)
        ]
        ours, bare = (min(cost[n].wall for cost in runs) for n in (0, 1))
        ours, bare = ours - start, bare - min(run([sys.executable, "-c", importing], out).wall for _ in range(RUNS))
        size = log.stat().st_size * TIMES / 1e9
        print(
            f"{size:.1f} GB {log.name}.{suffix}: {ours:.2f} s, decompressing alone {bare:.2f} s, without start-up: "
            f"{bare / ours:.0%} (want 70 %); best of {RUNS}, load {os.getloadavg()[0]:.1f}"
        )


def flat(folder: Path, table: Path, logs: list[Path], out: Path, most: int) -> None:
    """Cost of each GB from one to `most`, by links to the same files."""
    size = sum(log.stat().st_size for log in logs) / 1e9
    for times in sorted({1, max(1, round(most / size / 2)), max(1, round(most / size))}):
        cost = hunt(table, [*logs] * times, out)
        print(f"{size * times:5.1f} GB: {cost.cpu / size / times:.2f} CPU s for a GB, {cost.memory:,.0f} MB")


def main() -> None:
    """Print all ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/backtrail-hunt"))
    parser.add_argument("--gb", type=float, default=1.2)
    parser.add_argument("--counts", type=int, nargs="*", default=[3_000, 100_000, 1_000_000])
    parser.add_argument("--limit", type=int, default=60, help="CPU seconds after which a peer is stopped")
    parser.add_argument("--flat", type=int, default=10, help="GB up to which the cost of a GB is measured")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    logs_in, truth = telemetry(folder, arguments.gb)
    base = World().indicators(3_000)
    logs = sorted(logs_in.iterdir())
    subprocess.run(["cat", *map(str, logs)], stdout=subprocess.DEVNULL, check=True)
    for count in arguments.counts:
        against(folder, count, logs, truth, base, arguments.limit)
    table, out = folder / f"{arguments.counts[0]}.csv", folder / "out"
    cores(table, logs, out)
    for log in (logs[2], logs[3]):
        packed(folder, table, log, out)
    flat(folder, table, logs, out, arguments.flat)


if __name__ == "__main__":
    main()
