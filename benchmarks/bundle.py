"""A STIX bundle of a million objects through `backtrail ingest`: time and peak memory.

The peer decodes the same document whole with the standard library, as any reader without a window must; its peak is
printed beside.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

OBJECTS = 1_000_000


def _bundle(folder: Path) -> Path:
    path = folder / "bundle.json"
    with path.open("w") as out:
        out.write('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[')
        for n in range(OBJECTS):
            id = f"domain-name--00000000-0000-4000-8000-{n:012d}"
            content = {"type": "domain-name", "spec_version": "2.1", "id": id, "value": f"h{n}.example"}
            out.write((",\n" if n else "\n") + json.dumps(content))
        out.write("\n]}\n")
    return path


_TIMED = "import time, resource; start = time.perf_counter()\n"
_TOLD = "print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
_OURS = (
    "import sys, backtrail\nfrom pathlib import Path\ncase = backtrail.create_case(sys.argv[1])\n"
    "done = backtrail.ingest(case, [Path(sys.argv[2])])\n"
    f"assert done.total('observations') == {OBJECTS}, done\n"
)
_PEER = "import json, sys\njson.load(open(sys.argv[2]))\n"


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = _bundle(folder)
        print(f"bundle of {OBJECTS:,} objects, {path.stat().st_size >> 20} MB")
        peaks = []
        for who, code in (("backtrail ingest", _OURS), ("json.load alone", _PEER)):
            arguments = [sys.executable, "-c", _TIMED + code + _TOLD, folder / "case", path]
            took, peak = map(float, subprocess.run(arguments, capture_output=True, check=True).stdout.split())
            peaks.append(peak)
            print(f"  {who}: {took:.0f} s, {peak:.0f} MB peak" + (" (want 512 MB)" if who.startswith("b") else ""))
        print(f"  memory ratio {peaks[0] / peaks[1]:.2f}x")


if __name__ == "__main__":
    main()
