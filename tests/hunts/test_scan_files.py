"""Files as they lie: packed, damaged, growing, binary, with endless lines, in folders and archives."""

import bz2
import gzip
import io
import lzma
import os
import random
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from backtrail.hunts.backends import HuntOptions, blocks, files, looking, named, scan
from backtrail.hunts.matching import Matcher
from backtrail.model import zstd
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

EVIL = [Indicator(kind="domain-name", value="evil.example"), Indicator(kind="ipv4-addr", value="192.0.2.77")]
TEXT = b"".join(b"%d line of nothing in particular\n" % n for n in range(1, 200_001))
PACKERS = {
    "plain": bytes,
    "gz": gzip.compress,
    "gz of several members": lambda d: gzip.compress(d[: len(d) // 2]) + gzip.compress(d[len(d) // 2 :]),
    "bz2": bz2.compress,
    "xz": lambda d: lzma.compress(d, preset=0),
    "zst": zstd.compress,
    "zst of several frames": lambda d: zstd.compress(d[:100]) + zstd.compress(d[100:]),
}
UNPACKERS = {
    "gz": lambda: zlib.decompressobj(31),
    "bz2": bz2.BZ2Decompressor,
    "xz": lzma.LZMADecompressor,
    "zst": zstd.ZstdDecompressor,
}


def planted(text, *numbers):
    lines = text.split(b"\n")
    for number in numbers:
        lines[number - 1] = b"query www.EVIL.example ok"
    return b"\n".join(lines)


def hunted(*paths, jobs=1, decode=False):
    problems = []
    options = HuntOptions(
        jobs=jobs, decode=decode, spell=canonical, refang=refang, problem=lambda *told: problems.append(told)
    )
    return list(named("scan").hunt(EVIL, paths, options)), problems


@pytest.mark.parametrize("packer", PACKERS)
def test_places_are_right_however_a_file_is_packed(packer, tmp_path):
    text = planted(TEXT, 1, 77_777, 200_000)
    file = tmp_path / "a.log"
    file.write_bytes(PACKERS[packer](text))
    found, problems = hunted(file)
    assert [h.number for h in found] == [1, 77_777, 200_000] and not problems
    assert all(text[h.offset :].startswith(b"EVIL.example") for h in found)


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz", "zst"])
def test_a_damaged_file_is_told_and_what_comes_before_is_found(suffix, tmp_path):
    noise = random.Random(1)
    text = b"".join(b"%x line\n" % noise.getrandbits(256) for _ in range(60_000))
    packed = PACKERS[suffix](planted(text, 10))
    (tmp_path / "cut.log").write_bytes(packed[: len(packed) * 3 // 4])
    (tmp_path / "whole.log").write_bytes(planted(TEXT, 5))
    found, problems = hunted(tmp_path)
    assert [(Path(h.file).name, h.number) for h in found] == [("cut.log", 10), ("whole.log", 5)]
    ((file, place, reason),) = problems
    assert file.endswith("cut.log") and place.startswith("byte ") and "cannot be read on" in reason


@pytest.mark.parametrize("suffix", UNPACKERS)
def test_lines_just_before_damage_are_found(suffix, tmp_path):
    """A call that meets damage gives nothing of what it unpacked; it is unpacked again, by little."""
    noise = random.Random(2)
    lines = [b"%x evil.example\n" % noise.getrandbits(256) for _ in range(60_000)]
    packed = bytearray(PACKERS[suffix](b"".join(lines)))
    middle = len(packed) // 2
    whole = UNPACKERS[suffix]().decompress(bytes(packed[:middle])).count(b"\n")
    packed[middle : middle + 64] = b"\xff" * 64
    (tmp_path / "a.log").write_bytes(packed)
    found, problems = hunted(tmp_path)
    right = next((n for n, h in enumerate(found) if h.number != n + 1), len(found))
    assert right > whole - 100
    assert "cannot be read on" in problems[0][2]


def test_damage_that_another_thread_meets_while_news_is_looked_at_is_told(monkeypatch):
    going_on, met = threading.Event(), threading.Event()

    def damaged(name, raw, problem):
        def pieces():
            for _ in range(4):
                yield b"www.evil.example\n" * (blocks.PIECE // 17)
            assert going_on.wait(60)
            problem("byte 9", "damage")
            met.set()

        yield looking.Stream(name, pieces(), packed=True)

    monkeypatch.setattr(looking, "streams", damaged)
    looker = looking.Looker(Matcher(scan.prepared(EVIL, HuntOptions(spell=canonical, refang=refang))))
    told = []
    for news in looker.look(looking.Task(0, os.devnull, "a.log", end=-1)):
        told += news.problems
        going_on.set()
        assert met.wait(60)
    assert told == [("a.log", "byte 9", "damage")]


@pytest.mark.parametrize("packer", ["plain", "zst"])
def test_lines_longer_than_a_block_are_looked_through_and_the_one_behind_them_counted(packer, tmp_path):
    """With room for one buffer less than blocks: a block that only grows a line takes none."""
    word = b"nothing of note "
    long = word * (9 * blocks.BLOCK // len(word)) + b"www.evil.example " + word * (blocks.BLOCK // len(word))
    text = b"first\n" + long + b"\n" + b"short evil.example\n"
    (tmp_path / "a.log").write_bytes(PACKERS[packer](text))
    found, problems = hunted(tmp_path)
    assert [h.number for h in found] == [2, 3] and not problems
    assert all(text[h.offset :].startswith(b"evil.example") for h in found)


def test_what_one_file_left_in_a_buffer_is_not_found_in_the_next(tmp_path):
    for n in range(12):
        packed = PACKERS["gz" if n % 2 else "plain"]
        (tmp_path / f"{n:02d}.log").write_bytes(packed(b"www.evil.example\n" * 9 if n % 3 == 0 else b"nothing\n"))
    found, problems = hunted(tmp_path)
    assert [Path(h.file).name for h in found] == [f"{n:02d}.log" for n in range(0, 12, 3) for _ in range(9)]
    assert not problems


def test_a_line_of_200_MB_is_looked_through(tmp_path):
    file = tmp_path / "long.log"
    with file.open("wb") as out:
        out.write(b"first evil.example\n")
        for _ in range(100):
            out.write(b"0123456789 abcdef ghij\t" * (2_000_000 // 23))
        out.write(b" evil.example ")
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write(b"\nlast 192.0.2.77\n")
    found, problems = hunted(file)
    assert [(h.number, h.indicator.value) for h in found] == [
        (1, "evil.example"), (2, "evil.example"), (3, "192.0.2.77")
    ] and not problems  # fmt: skip


def test_a_file_that_grows_is_looked_through_as_far_as_it_was_and_that_is_told(tmp_path):
    file = tmp_path / "grows.log"
    file.write_bytes(planted(TEXT, 3))
    problems = []

    def grow(look):
        with file.open("ab") as out:
            out.write(b"evil.example\n" * 1000)

    options = HuntOptions(spell=canonical, refang=refang, progress=grow, problem=lambda *told: problems.append(told))
    found = list(named("scan").hunt(EVIL, [file], options))
    assert [h.number for h in found] == [3]
    assert "grew meanwhile" in problems[0][2]


def test_binary_and_wide_files(tmp_path):
    (tmp_path / "a.bin").write_bytes(
        os.urandom(300_000).replace(b"e", b"f") + b"\xff\xff\0" + "evil.example".encode("utf-16-le")
    )
    (tmp_path / "b.txt").write_bytes("x\ny evil.example z\n".encode("utf-16"))
    (tmp_path / "c.txt").write_bytes(b"\xef\xbb\xbfevil.example\r\n")
    found, _ = hunted(tmp_path)
    assert [(Path(h.file).name, h.number) for h in found][-2:] == [("b.txt", 2), ("c.txt", 1)]
    assert [h.offset for h in found][-2:] == [2 + 2 * 4, 3]
    assert Path(found[0].file).name == "a.bin"


def test_archives_and_their_members(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in/dns.log", planted(TEXT, 9))
        archive.writestr("in/more.gz", gzip.compress(b"evil.example\n"))
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("t/x.log")
        info.size = 13
        archive.addfile(info, io.BytesIO(b"evil.example\n"))
    found, problems = hunted(tmp_path)
    names = [(h.file.removeprefix(f"{tmp_path}/"), h.number) for h in found]
    assert names == [("a.zip!/in/dns.log", 9), ("a.zip!/in/more.gz", 1), ("b.tar.gz!/t/x.log", 1)]
    assert not problems


def test_parts_of_a_large_file_give_the_numbers_of_the_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "PART", 1 << 20)
    wanted = sorted(random.Random(3).sample(range(1, 200_000), 300))
    file = tmp_path / "large.log"
    file.write_bytes(planted(TEXT, *wanted))
    for jobs in (1, 2):
        found, problems = hunted(file, jobs=jobs)
        assert sorted(h.number for h in found) == wanted and not problems
        text = file.read_bytes()
        assert all(text[h.offset :].startswith(b"EVIL.example") for h in found)


def test_a_process_that_dies_costs_its_file_only(tmp_path, monkeypatch):
    whole = looking.Looker.look

    def dying(self, task):
        if task.name.endswith("bad.log"):
            os._exit(9)
        yield from whole(self, task)

    monkeypatch.setattr(looking.Looker, "look", dying)
    for name in ("a.log", "bad.log", "c.log", "d.log"):
        (tmp_path / name).write_bytes(b"evil.example\n")
    found, problems = hunted(tmp_path, jobs=2)
    assert sorted(Path(h.file).name for h in found) == ["a.log", "c.log", "d.log"]
    assert "died" in problems[0][2] and problems[0][0].endswith("bad.log")


def program(*arguments, **options):
    return subprocess.run(
        [str(Path(sys.executable).with_name("backtrail")), "hunt", *map(str, arguments)],
        capture_output=True,
        text=True,
        **options,
    )


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "iocs.csv"
    file.write_text("type,value\ndomain-name,evil.example\n")
    return file


def test_exit_codes_and_streams(table, tmp_path):
    log, clean = tmp_path / "a.log", tmp_path / "b.log"
    log.write_bytes(planted(TEXT, 4))
    clean.write_bytes(b"nothing\n")
    assert program("--indicators", table, "--exit-code", log).returncode == 10
    assert program("--indicators", table, "--exit-code", clean).returncode == 0
    assert program("--indicators", table, tmp_path / "none").returncode == 3
    done = program("--indicators", table, "--format", "csv", "-", input="x evil.example\n")
    assert done.returncode == 0 and len(done.stdout.splitlines()) == 2
    stix = program("--indicators", table, "--format", "stix", log)
    assert '"type": "sighting"' in stix.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(table, tmp_path):
    log = tmp_path / "a.log"
    log.write_bytes(b"evil.example\n" * 50_000)
    with Path("/dev/full").open("w") as full:
        command = [
            str(Path(sys.executable).with_name("backtrail")),
            "hunt",
            "--indicators",
            str(table),
            "--format",
            "jsonl",
        ]
        done = subprocess.run([*command, str(log)], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0 and "No space left" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_control_c_prints_what_was_found(jobs, table, tmp_path):
    import signal

    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [str(Path(sys.executable).with_name("backtrail")), "hunt", "--indicators", str(table), "--jobs", jobs]
    first = tmp_path / "a.log"
    first.write_bytes(b"evil.example\n")
    process = subprocess.Popen([*command, str(first), str(pipe)], stdout=subprocess.PIPE, text=True)
    with pipe.open("wb") as writer:
        writer.write(b"x\n")
        writer.flush()
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "evil.example" in out and "stopped before the end" in out


@pytest.mark.parametrize("suffix", ["gz", "zst"])
def test_threads_that_unpack_and_look_give_the_hits_of_a_plain_file(suffix, tmp_path, monkeypatch):
    """Small blocks, so that buffers come round many times while others are looked at."""
    monkeypatch.setattr(blocks, "BLOCK", 1 << 12)
    r = random.Random(2)
    lines = [b"%d 192.0.2.%d ::ffff:c000:24d evil.example" % (n, r.randrange(70, 80)) for n in range(40_000)]
    plain, packed = tmp_path / "a.log", tmp_path / "b.log"
    plain.write_bytes(b"\n".join(lines))
    packed.write_bytes(PACKERS[suffix](b"\n".join(lines)))
    one, other = (
        [(h.number, h.offset, h.indicator.value, h.matched) for h in hunted(path)[0]] for path in (plain, packed)
    )
    assert one == other and len(one) == 80_000
