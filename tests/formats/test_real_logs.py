"""Logs that nobody here wrote (`../shared/data/telemetry`): the right reader, and as many records as there are.

How records are counted without our readers:

- text logs (Zeek, JSON lines, access logs): lines that are not empty and do not start with `#`;
- event logs: by the Rust parser `PyEvtxParser`, asked again after each error; and at least what its plain loop gives;
- captures: by walking the record headers with `struct`.

A record of ours is one of `Telemetry.numbers` or a problem, never both.
"""

import gzip
import io
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from evtx import PyEvtxParser

from backtrail import formats
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

NO_READER = ("readme.md", "ec2_proxy_s3_exfiltration", "sh_binary_padding_dd")
"""Notes; a log of a cloud's own, and one of the Linux audit system: no reader of ours claims them."""


def unpacked(root: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file, out of its archive."""
    for file in sorted(root.rglob("*")):
        if file.suffix == ".gz":
            yield file.stem, gzip.decompress(file.read_bytes())
        elif file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                for name in archive.namelist():
                    if not name.startswith("__MACOSX") and not name.endswith("/"):
                        yield name, archive.read(name)
        elif file.is_file():
            yield file.name, file.read_bytes()


def expected_format(name: str, data: bytes) -> str:
    if name.endswith((".pcap", ".cap")):
        return "pcap"
    if name.endswith(".evtx"):
        return "evtx"
    if "access_log" in name:
        return "apache"
    if "#Fields:" in data[:1000].decode("utf-8", "replace"):
        return "w3c"
    return "zeek" if data.startswith(b"#separator") or b'"_path"' in data[:4096] or b'"ts"' in data[:200] else "winjson"


def independent_count(format: str, data: bytes) -> int:
    match format:
        case "pcap":
            return packets(data)
        case "evtx":
            return events(data)
    return sum(1 for line in data.split(b"\n") if line.strip() and not line.startswith(b"#"))


def packets(data: bytes) -> int:
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        at, count = 0, 0
        while at + 8 <= len(data):
            kind, size = struct.unpack_from("<II", data, at)
            count += kind in (2, 3, 6)
            at += size
        return count
    order = "<" if data[:1] in (b"\xd4", b"\x4d") else ">"
    at, count = 24, 0
    while at + 16 <= len(data):
        at += 16 + struct.unpack_from(order + "I", data, at + 8)[0]
        count += 1
    return count


def events(data: bytes) -> int:
    """By the parser, going on after each error; an error counts, since it is a record or chunk of the file."""
    found, count = PyEvtxParser(io.BytesIO(data)).records(), 0
    while True:
        try:
            next(found)
        except StopIteration:
            return count
        except RuntimeError:
            pass
        count += 1


def plain_events(data: bytes) -> int:
    count = 0
    try:
        for _ in PyEvtxParser(io.BytesIO(data)).records():
            count += 1
    except RuntimeError:
        pass
    return count


def read(format: str, data: bytes) -> tuple[list[int], list[str]]:
    given = list(formats.named(format).read(io.BytesIO(data)))
    assert not any(g.seen for g in given if isinstance(g, Record)), "a log is no finding"
    numbers = [n for g in given if isinstance(g, Telemetry) for n in g.numbers]
    return numbers, [g.where for g in given if isinstance(g, Record)]


@pytest.fixture(scope="module")
def logs(shared) -> list[tuple[str, bytes]]:
    found = [(n, d) for n, d in unpacked(shared / "data" / "telemetry") if not n.lower().startswith(NO_READER)]
    return [(n, d) for n, d in found if not n.lower().endswith(".md")]


def test_every_log_is_detected(logs):
    wrong = {}
    for name, data in logs:
        format = formats.detect(data[: formats.HEAD], name).name
        if format != expected_format(name, data):
            wrong[name] = format
    assert len(logs) > 150 and not wrong


def test_every_record_is_counted_once(logs):
    wrong, total = {}, Counter()
    for name, data in logs:
        format = expected_format(name, data)
        numbers, problems = read(format, data)
        expected = independent_count(format, data)
        total[format] += len(numbers)
        if len(numbers) + len(problems) != expected or len(set(numbers)) != len(numbers):
            wrong[name] = (len(numbers), len(problems), expected)
        if format == "evtx" and len(numbers) < plain_events(data):
            wrong[name] = (len(numbers), plain_events(data))
    print(dict(total))
    assert not wrong


def test_nothing_of_theirs_is_broken(logs):
    """These logs are whole: a problem would be ours."""
    problems = {name: found[:3] for name, data in logs if (found := read(expected_format(name, data), data)[1])}
    assert not problems
