"""Storing 100,000 observations with provenance, explaining a pair and importing the package at that size.

The peer of storing is SQLite itself: the same number of rows with a text and an index, one transaction, by the
standard library. Memory is the peak of a process of its own.
"""

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 100_000
INTRUSIONS = 200


def _evidence(folder: Path) -> Path:
    """JSON lines: most values in one intrusion only, one in fifty shared by two."""
    path = folder / "observations.jsonl"
    with path.open("w") as out:
        for n in range(ROWS):
            name = f"h{n // 2 if n % 100 < 2 else n}.example"
            of = f"IN-{n % INTRUSIONS:03d}"
            out.write(
                f'{{"kind":"domain-name","value":"{name}","role":"c2","first":"2012-04-01","intrusion":"{of}"}}\n'
            )
    return path


def _peer(folder: Path) -> float:
    start = time.perf_counter()
    db = sqlite3.connect(folder / "peer.sqlite")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE o (id INTEGER PRIMARY KEY, kind TEXT, value TEXT, intrusion TEXT, line INTEGER)")
    db.execute("CREATE INDEX i ON o (value)")
    rows = (("domain-name", f"h{n}.example", f"IN-{n % INTRUSIONS:03d}", n) for n in range(ROWS))
    with db:
        db.executemany("INSERT INTO o (kind, value, intrusion, line) VALUES (?, ?, ?, ?)", rows)
    return time.perf_counter() - start


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = _evidence(folder)
        code = (
            "import sys, time, resource, backtrail\n"
            "from pathlib import Path\n"
            "case = backtrail.create_case(sys.argv[1])\n"
            "start = time.perf_counter()\n"
            "done = backtrail.ingest(case, [Path(sys.argv[2])], grade='B2', tlp='GREEN')\n"
            "took = time.perf_counter() - start\n"
            f"assert done.total('observations') == {ROWS}\n"
            "print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
        )
        run = subprocess.run([sys.executable, "-c", code, folder / "case", path], capture_output=True, check=True)
        took, peak = map(float, run.stdout.split())
        peer = _peer(folder)
        print(f"store {ROWS:,} observations with provenance: {took:.1f} s, {peak:.0f} MB peak (want 10 s, 400 MB);")
        print(f"  plain SQLite rows {peer:.2f} s, ratio {took / peer:.1f}x")
        _explain(folder / "case")
    _import()


def _explain(folder: Path) -> None:
    import backtrail

    case = backtrail.open_case(folder)
    times = []
    for n in range(5):
        start = time.perf_counter()
        backtrail.explain(case, f"IN-{n * 2:03d}", f"IN-{n * 2 + 1:03d}")
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    found = backtrail.cluster(case)
    clustered = time.perf_counter() - start
    print(f"explain at {ROWS:,} observations: {min(times) * 1000:.0f} to {max(times) * 1000:.0f} ms (want 1,000 ms)")
    print(f"cluster at {ROWS:,} observations: {clustered:.1f} s, {found.pairs} pairs")


def _import() -> None:
    def took(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    bare = min(took("pass") for _ in range(5))
    ours = min(took("import backtrail") for _ in range(5))
    peer = min(took("import stix2") for _ in range(3))
    print(
        f"import backtrail: {(ours - bare) * 1000:.0f} ms beyond Python itself (want 300 ms); "
        f"import stix2 {(peer - bare) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
    print(f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
