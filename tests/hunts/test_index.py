"""A hunt with an index gives the hits of a scan, to the byte; an index is brought up to date by what is new only."""

import bz2
import gzip
import io
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.hunts.backends import HuntOptions, blocks, files, indexed, indexing, indexwriting, named, streams
from backtrail.hunts.backends.indexfiles import Index
from backtrail.hunts.columns import of
from backtrail.hunts.keeping import asked
from backtrail.hunts.keys import compiled
from backtrail.model import zstd
from backtrail.model.errors import ConflictError, FormatError, NotFoundError
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

CASES = [msgspec.json.decode(line) for line in (Path(__file__).parent / "corpus/lines.jsonl").read_bytes().splitlines()]
EVIL = [Indicator(kind="domain-name", value="evil.example"), Indicator(kind="ipv4-addr", value="192.0.2.77")]


def options(told=None, answered=None, **more):
    said = told if told is not None else []
    return HuntOptions(
        spell=canonical, refang=refang, problem=lambda *one: said.append(one),
        answered=answered.append if answered is not None else None, **more,
    )  # fmt: skip


def scanned(indicators, paths, **more):
    return list(named("scan").hunt(indicators, paths, options(**more)))


def made(paths, folder, **more):
    return indexwriting.make(paths, folder, options(**more))


def asked_of(indicators, paths, folder, **more):
    return list(indexed.hunt(indicators, paths, options(**more), Index(folder)))


def is_answered(indicator):
    return not asked(compiled(of([indicator]), canonical, refang)).unanswered


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_corpus_line_by_line(case, tmp_path):
    """Each line is a file, so that no key comes from another line; indicators that an index cannot answer apart."""
    logs, decode = tmp_path / "logs", case["decode"]
    logs.mkdir()
    for n, line in enumerate(case["lines"]):
        (logs / f"{n:03}.log").write_text(line["line"] + "\n", "utf-8")
    made([logs], tmp_path / "index", decode=decode)
    wanted = [Indicator(**i) for i in case["indicators"]]
    for some in (wanted, [one for one in wanted if is_answered(one)]):
        assert asked_of(some, [logs], tmp_path / "index", decode=decode) == scanned(some, [logs], decode=decode)


def test_most_of_the_corpus_is_answered():
    indicators = [Indicator(**i) for case in CASES for i in case["indicators"]]
    assert sum(map(is_answered, indicators)) > len(indicators) / 2


PIECE = st.sampled_from([
    "evil.example", "a.evil.example", "EVIL.example.", "notevil.example", "evil.example.org", "1.2.3.4", "1.2.3.45",
    "11.2.3.4", "1.2.3.4.443", "10.9.8.7", "::ffff:1.2.3.4", "::ffff:102:304", "2001:db8::1", "2001:0DB8:0::1",
    "2001:db8:5::9", "0a" * 16, "0A" * 16, "bc" * 20, ":".join(["ab"] * 20), "http://u.example/a?b=1", "u.example",
    "op@mail.example", "(4)evil(7)example(0)", "bücher.example", "b\\u00fccher.example", "\\nevil.example", '{"a":"',
    "203.0.113.5:443", "203.0.113.5", "443",
])  # fmt: skip
GLUE = st.sampled_from([" ", "\t", ",", "/", '"', ":", "=", ".", "-", "x", "@", "[", "]", ""])
WANTED = [
    Indicator(kind=kind, value=value)
    for kind, value in (
        ("domain-name", "evil.example"), ("domain-name", "bücher.example"), ("ipv4-addr", "1.2.3.4"),
        ("ipv6-addr", "2001:db8::1"), ("network", "10.9.0.0/16"), ("network", "2001:db8:5::/48"), ("md5", "0a" * 16),
        ("sha1", "bc" * 20), ("x509-sha1", "ab" * 20), ("url", "http://u.example/a?b=1"),
        ("email-addr", "op@mail.example"), ("ip-port", "203.0.113.5:443"),
    )
]  # fmt: skip


@settings(max_examples=75, deadline=None)
@given(
    st.lists(st.lists(st.one_of(PIECE, PIECE, GLUE), max_size=8).map("".join), min_size=1, max_size=12),
    st.sets(st.sampled_from(range(len(WANTED))), min_size=1, max_size=4),
    st.integers(1, 60),
)
def test_a_hunt_with_an_index_finds_what_a_scan_finds(lines, chosen, size):
    """Blocks of a line or two: a key that is missing would show."""
    wanted = [WANTED[n] for n in sorted(chosen)]
    with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "SIZE", size)
        patch.setattr(blocks, "BLOCK", 64)
        patch.setattr(files, "PART", 256)
        log, folder = Path(name) / "a.log", Path(name) / "index"
        log.write_text("\n".join(lines), "utf-8")
        made([log], folder)
        answered = []
        assert asked_of(wanted, [log], folder, answered=answered) == scanned(wanted, [log])
        assert answered, "asked of the index, not of the whole file"


TEXT = b"".join(b"%d line of nothing in particular\n" % n for n in range(1, 100_001))


def planted(*numbers):
    lines = TEXT.split(b"\n")
    for number in numbers:
        lines[number - 1] = b"query www.EVIL.example ok"
    return b"\n".join(lines)


def in_zip(data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("one.log", TEXT)
        archive.writestr("two.log", data)
        archive.writestr("three.log", b"evil.example\n")
    return out.getvalue()


def in_tar(data):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in (("one.log", data), ("two.log", data)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


PACKERS = {
    "plain": bytes, "gz": gzip.compress, "bz2": bz2.compress, "zst": zstd.compress, "zip": in_zip, "tar": in_tar,
    "utf-16": lambda d: d.decode().encode("utf-16"), "bom": lambda d: b"\xef\xbb\xbf" + d,
}  # fmt: skip


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("packer", PACKERS)
def test_places_are_right_however_a_file_is_packed(packer, jobs, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "SIZE", 1 << 18)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 16)
    monkeypatch.setattr(streams, "PIECE", 1 << 16)
    monkeypatch.setattr(files, "PART", 1 << 20)
    file = tmp_path / "a.log"
    file.write_bytes(PACKERS[packer](planted(1, 50_000, 99_999)))
    made([file], tmp_path / "index", jobs=jobs)
    answered = []
    found = asked_of(EVIL, [file], tmp_path / "index", jobs=jobs, answered=answered)
    assert sorted(found, key=lambda h: (h.file, h.number)) == sorted(
        scanned(EVIL, [file]), key=lambda h: (h.file, h.number)
    )
    assert len(found) >= 3 and (packer == "utf-16" or sum(answered) > len(TEXT) // 2)


def test_a_line_of_many_megabytes(tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "SIZE", 1 << 20)
    r = random.Random(1)
    line = b"".join(b"%d evil.example " % r.randrange(10**9) if n % 9999 == 0 else b"%d " % n for n in range(700_000))
    file = tmp_path / "a.log"
    file.write_bytes(b"evil.example\n" + b"nothing here\n" * 200_000 + line + b"\nlast 192.0.2.77\n")
    made([file], tmp_path / "index")
    assert asked_of(EVIL, [file], tmp_path / "index") == scanned(EVIL, [file])


def test_only_what_is_new_or_changed_is_indexed_again(tmp_path):
    logs, folder = tmp_path / "logs", tmp_path / "index"
    logs.mkdir()
    for name in ("a.log", "b.log", "empty.log"):
        (logs / name).write_bytes(b"" if name == "empty.log" else planted(7))
    assert made([logs], folder).new == 3
    again = made([logs], folder)
    assert (again.new, again.same, again.size) == (0, 3, 0)
    (logs / "b.log").write_bytes(b"x 192.0.2.77\n")
    (logs / "c.log").write_bytes(b"evil.example\n")
    later = made([logs], folder)
    assert (later.new, later.same) == (2, 2)
    assert asked_of(EVIL, [logs], folder) == scanned(EVIL, [logs])
    assert asked_of(EVIL, [], folder) == scanned(EVIL, sorted(logs.iterdir()))
    (logs / "a.log").write_bytes(b"nothing")
    made([logs], folder)
    assert not list(folder.glob("00001.keys*")) or Index(folder).living() >= {1}, "what is dead is taken away"


def test_files_that_changed_since_are_looked_through_whole(tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(TEXT)
    made([log], tmp_path / "index")
    log.write_bytes(planted(5))
    os.utime(log, ns=(1, 1))
    (tmp_path / "b.log").write_bytes(b"evil.example\n")
    answered = []
    found = asked_of(EVIL, [log, tmp_path / "b.log"], tmp_path / "index", answered=answered)
    assert [(Path(h.file).name, h.number) for h in found] == [("a.log", 5), ("b.log", 1)] and not answered


def test_damage_is_told_when_indexing_and_when_hunting_and_the_rest_goes_on(tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    noise = random.Random(1)
    text = b"evil.example\n" + b"".join(b"%x line\n" % noise.getrandbits(256) for _ in range(60_000))
    packed = gzip.compress(text)
    (logs / "cut.gz").write_bytes(packed[: len(packed) * 3 // 4])
    (logs / "whole.log").write_bytes(planted(5))
    first, second = [], []
    indexwriting.make([logs], tmp_path / "index", options(first))
    found = list(indexed.hunt(EVIL, [logs], options(second), Index(tmp_path / "index")))
    assert [(Path(h.file).name, h.number) for h in found] == [("cut.gz", 1), ("whole.log", 5)]
    assert first == second and len(first) == 1 and "cannot be read on" in first[0][2]


def test_what_an_index_cannot_answer_is_said_and_everything_is_looked_through(tmp_path):
    log, told = tmp_path / "a.log", []
    log.write_bytes(b"run harbour.exe at evil.example\n")
    made([log], tmp_path / "index")
    wanted = [*EVIL, Indicator(kind="file-name", value="harbour.exe")]
    found = list(indexed.hunt(wanted, [log], options(told), Index(tmp_path / "index")))
    assert {h.indicator.value for h in found} == {"harbour.exe", "evil.example"}
    assert told == [("the index", "", "everything is looked through: an index has no texts (file-name)")]


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(indexwriting, "_SEGMENT", 1)
    logs, folder = tmp_path / "logs", tmp_path / "index"
    logs.mkdir()
    for n in range(6):
        (logs / f"{n}.log").write_bytes(b"host%d.example evil.example\n" % n)

    def stop(look):
        if look.file.endswith("3.log"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        indexwriting.make([logs], folder, options(progress=stop))
    (folder / "00099.keys.part").write_bytes(b"half")
    (folder / "00099.keys.parquet").write_bytes(b"half")
    done = made([logs], folder)
    assert done.same >= 3 and done.new + done.same == 6
    assert not list(folder.glob("00099*"))
    assert asked_of(EVIL, [logs], folder) == scanned(EVIL, [logs])


def test_folders_that_are_no_index(tmp_path):
    with pytest.raises(NotFoundError):
        Index(tmp_path / "none")
    (tmp_path / "x").write_text("mine")
    with pytest.raises(ConflictError):
        made([tmp_path], tmp_path)
    folder = tmp_path / "index"
    made([tmp_path / "x"], folder)
    with pytest.raises(ConflictError):
        made([tmp_path / "x"], folder, decode=True)
    (folder / "00001.keys.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(FormatError):
        asked_of(EVIL, [], folder)


_ON_A_FULL_DISK = """
import resource, sys
from backtrail.cli import main

def run(*words):
    sys.argv = ["backtrail", *words]
    try:
        return main()
    except SystemExit as end:
        return end.code

logs, tiny, index, limit = sys.argv[1:]
assert not run("index", tiny, "-o", index + ".first", "--jobs", "1")  # what numba keeps is written now
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
sys.exit(run("index", logs, "-o", index, "--jobs", "1"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process are those of POSIX")
@pytest.mark.parametrize("limit", [0, 16, 20_000])
def test_a_full_disk_is_told_and_leaves_no_half_index(limit, tmp_path):
    """A process that may write files of so many bytes only: nothing, no manifest, no keys."""
    log, tiny, index = tmp_path / "a.log", tmp_path / "tiny.log", tmp_path / "index"
    log.write_text(
        "".join(f"name{n}.example 10.{n % 7}.{n % 251}.{n % 13}\n" for n in range(20_000)) + "evil.example\n"
    )
    tiny.write_text("evil.example\n")
    done = subprocess.run(
        [sys.executable, "-c", _ON_A_FULL_DISK, *map(str, (log, tiny, index, limit))], capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr[-2000:]
    assert str(index) in done.stderr.replace("\n", "")
    assert "cannot be written" in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr
    assert [p.name for p in index.iterdir()] == (["index.json"] if limit > 100 else [])
    if limit > 100:
        assert asked_of(EVIL, [log], index) == scanned(EVIL, [log])
    assert made([log], index).new == 1
    assert asked_of(EVIL, [log], index) == scanned(EVIL, [log]) != []
