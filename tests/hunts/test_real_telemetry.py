"""Published indicators of APT1 hunted through real logs of others: nothing is there, and what is planted is found."""

import gzip
import io
import random
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from backtrail import formats
from backtrail.hunts.backends import HuntOptions, behaviour, named
from backtrail.hunts.columns import from_table
from backtrail.hunts.events import event_fields, values_of
from backtrail.hunts.patterns.openioc import OpenIocTree
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

PLANTED = 50
EXPECTED: dict[str, int] = {}
"""Values of the lists that the logs show anyway, with the number of lines."""


@pytest.fixture(scope="module")
def apt1(shared):
    folder = shared / "data/apt1"
    rows = [f"domain-name,{line}" for line in (folder / "appendix_d_fqdns.txt").read_text().split()]
    rows += [f"md5,{line}" for line in (folder / "appendix_e_md5.txt").read_text().split()]
    return from_table(("type,value\n" + "\n".join(rows) + "\n").encode())


def hunted(columns, *paths):
    options = HuntOptions(jobs=2, spell=canonical, refang=refang)
    return list(named("scan").hunt(columns, paths, options))


def test_nothing_of_apt1_is_in_the_logs_of_others(apt1, shared):
    found = hunted(apt1, shared / "data/telemetry")
    assert Counter(hit.indicator.value for hit in found) == EXPECTED


def test_fifty_planted_lines_are_found_at_their_places(apt1, shared, tmp_path):
    r = random.Random(50)
    logs = [p for p in sorted((shared / "data/telemetry/zeek").rglob("*.gz")) if p.stat().st_size > 5_000]
    truth = set()
    for n in range(PLANTED):
        log = logs[n % len(logs)]
        copy = tmp_path / f"{n}.{log.name.removesuffix('.gz')}"
        text = gzip.decompress(log.read_bytes())
        lines = text.split(b"\n")
        at = r.randrange(len(lines) // 2, len(lines))
        row = r.randrange(len(apt1))
        lines.insert(at, _line(lines[at - 1], apt1.kind(row), apt1.value(row), r))
        data = b"\n".join(lines)
        if n % 2:
            copy = copy.with_suffix(copy.suffix + ".gz")
            data = gzip.compress(data, 1)
        copy.write_bytes(data)
        truth.add((copy.name, at + 1, apt1.value(row)))
    found = hunted(apt1, tmp_path)
    shown = {(Path(h.file).name, h.number, h.indicator.value) for h in found}
    assert len(truth) == PLANTED and truth <= shown
    parents = {v for _, _, v in shown - truth}
    assert all(any(v.endswith("." + p) for _, _, v in truth) for p in parents), "only parents of planted names besides"


def _line(beside: bytes, kind: str, value: str, r: random.Random) -> bytes:
    """A line in the manner of the one beside it."""
    shown = value.upper() if r.random() < 0.3 else value
    if kind == "domain-name" and r.random() < 0.5:
        shown = "x." + shown
    if beside.startswith(b"{"):
        return b'{"ts":1361000000.1,"id.orig_h":"10.0.0.5","query":"%s"}' % shown.encode()
    return b"1361000000.100000\tCabc\t10.0.0.5\t4711\t10.0.0.53\t53\t%s\t-" % shown.encode()


def test_trees_of_apt1_find_in_real_logs_what_each_tree_asked_of_each_line_finds(shared, tmp_path):
    """What keeps lines from being read loses none: real events, and such with a digest or a name of a tree planted."""
    trees = [p for file in sorted((shared / "data/apt1/openioc").glob("*.ioc")) for p in _trees(file)]
    lines = []
    for file in sorted((shared / "data/telemetry/otrf").glob("*.zip"))[:8]:
        with zipfile.ZipFile(file) as archive:
            for name in (n for n in archive.namelist() if n.endswith(".json")):
                lines += archive.read(name).splitlines()[::60]
    terms = re.findall(r'"search":"FileItem/Md5sum"[^}]*?"value":"([0-9a-f]{32})"', " ".join(t.text for t in trees))
    planted = [b'{"Image":"C:\\\\a.exe","Hashes":"MD5=%s"}' % value.upper().encode() for value in terms[::40]]
    log = tmp_path / "events.json"
    log.write_bytes(b"\n".join([*lines, *planted]) + b"\n")
    options = HuntOptions(spell=canonical, refang=refang)
    found = {(h.indicator.value, h.number) for h in behaviour.hunt(trees, [log], options)}
    slow = [(tree.name, OpenIocTree(tree.text)) for tree in trees]
    values = [values_of(event_fields(line.decode("utf-8", "replace"))) for line in log.read_bytes().splitlines()]
    truth = {(name, n) for n, one in enumerate(values, 1) for name, tree in slow if tree.one(one)}
    assert found == truth and len(truth) >= len(planted) > 5


def _trees(file):
    content = file.read_bytes()
    for record in formats.detect(content, file.name).read(io.BytesIO(content)):
        yield from getattr(record, "patterns", ())
