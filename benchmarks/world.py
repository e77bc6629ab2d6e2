"""Worlds of known truth, the full `apt1-like` first: made, read, swept, clustered, scored, each step its own process.

Printed: seconds, processor seconds, peak memory and megabytes of raw logs a core and second; records of each file
against the number that the generator wrote; bad lines against those it planted; the score against the truth.
Independent of `backtrail` but for its commands: what it knows of the case it reads from `ls evidence` and `problems`.

    python -m benchmarks.world [--world NAME] [--seed N] [--scale S] [--folder DIR]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from benchmarks import numbers

LOGS = {"zeek", "suricata", "winjson", "evtx", "pcap", "squid", "w3c", "apache", "syslog", "json_log"}


def run(step: str, *command: str | Path, into: Path | None = None) -> dict[str, float]:
    """Run a command of the virtual environment; wall and processor seconds, and peak memory in MB."""
    start = time.perf_counter()
    program = Path(sys.executable).parent / str(command[0])
    with (into or Path(os.devnull)).open("wb") as out:
        child = subprocess.Popen([program, *map(str, command[1:])], stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 6):
        sys.exit(f"{step} ended with {os.waitstatus_to_exitcode(status)}")
    found = {
        "seconds": time.perf_counter() - start,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1024,
    }
    print(
        f"{step:<8} {found['seconds']:7.1f} s  {found['cpu']:7.1f} s processor  {found['peak']:6.0f} MB peak",
        flush=True,
    )
    return found


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def records(world: Path, folder: Path) -> None:
    """Records and bad lines of each file against the truth."""
    read: dict[str, int] = defaultdict(int)
    formats: dict[str, str] = {}
    for row in lines(folder / "evidence.jsonl"):
        name = row["origin"].removeprefix(f"{world}/evidence/").partition("!")[0]
        if row["format"] != "archive":
            read[name] += row["records"]
            formats[name] = row["format"]
    bad: dict[str, set[int]] = defaultdict(set)
    for row in lines(folder / "problems.jsonl"):
        name = row["origin"].removeprefix(f"{world}/evidence/").partition("!")[0]
        bad[name].add(int(row["where"].split()[-1]) if row["where"].split()[-1].isdigit() else 0)
    truth = [t for t in lines(world / "truth" / "files.jsonl") if formats.get(t["path"]) in LOGS]
    wrong = [(t["path"], t["records"], read[t["path"]]) for t in truth if read[t["path"]] != t["records"]]
    planted = {(t["path"], n) for t in truth for n in t["bad"]}
    told = {(name, n) for name, some in bad.items() for n in some}
    total = sum(t["records"] for t in truth)
    print(f"records  {total:,} in {len(truth):,} logs; {len(wrong)} files differ from the truth")
    for path, true, found in wrong[:5]:
        print(f"         {path}: {found:,} read, {true:,} written")
    print(f"bad      {len(planted):,} lines planted, {len(planted & told):,} reported with their places")


WORLDS = ("apt1-like", "east-port", "many-small", "night-shift")
"""The published case, and three that are not like it."""


def one(name: str, seed: str, scale: str, folder: Path) -> None:
    """Make, read, sweep, cluster and score a world."""
    folder.mkdir(parents=True, exist_ok=True)
    world, case = folder / "world", folder / "case"
    run(
        "make",
        "backtrail-worlds",
        *("make", "--world", name, "--seed", seed, "--scale", scale, "--out", world, "--force"),
    )
    if (case / "case.toml").is_file():  # of an earlier run in the same folder
        shutil.rmtree(case)
    os.environ["BACKTRAIL_CASE"] = str(case)
    subprocess.run([Path(sys.executable).parent / "backtrail", "init", case], check=True, capture_output=True)
    run("lists", "backtrail", "lists", "--add", world / "evidence" / "reference" / "lists")
    ingest = run("ingest", "backtrail", "ingest", world / "evidence")
    sweep = run("sweep", "backtrail", "sweep")
    run("facts", "backtrail", "facts", "--json", into=folder / "facts.json")
    for file, *command in (("evidence", "ls", "evidence"), ("problems", "problems")):
        run(file, "backtrail", *command, "--json", into=folder / f"{file}.jsonl")
    rows = lines(folder / "evidence.jsonl")
    logs = {row["sha256"]: row["size"] for row in rows if row["format"] in LOGS}
    size = sum(logs.values()) / 1e6
    print(f"raw logs {size:,.0f} MB: ingest {size / ingest['cpu']:.1f} MB/s a core (want 20), ", end="")
    print(f"peak {max(ingest['peak'], sweep['peak']):.0f} MB (want at most 1,024)")
    records(world, folder)
    run(
        "score",
        "backtrail-worlds",
        "score",
        world / "truth",
        folder / "facts.json",
        "--json",
        into=folder / "score.json",
    )
    subprocess.run(
        [Path(sys.executable).parent / "backtrail-worlds", "score", world / "truth", folder / "facts.json"], check=True
    )


def main() -> None:
    """Print the figures, and write the table of numbers when all worlds were made."""
    options = argparse.ArgumentParser()
    options.add_argument("--world", choices=WORLDS, help="this one only; the table of numbers is not written then")
    options.add_argument("--seed", default="1")
    options.add_argument("--scale", default="1")
    options.add_argument("--folder", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        runs = {name: folder / name for name in ([given.world] if given.world else WORLDS)}
        for name, place in runs.items():
            print(f"== {name}", flush=True)
            one(name, given.seed, given.scale, place)
        if not given.world:
            numbers.write(runs)
            print(f"written: {numbers.DOCUMENT}")


if __name__ == "__main__":
    main()
