"""Mutated bytes: every reader of raw evidence, from a fixed seed, raises nothing but `FormatError`.

A case is the sample with some of: bytes changed, runs cut out, repeated, moved, or replaced by what breaks parsers.
1,000 cases for each reader (250 for `pe`, where one takes a twentieth of a second) run always, 10,000 more for each
under `make test-slow`.
"""

import io
import random
import struct
from pathlib import Path

import pytest

from backtrail import formats
from backtrail.model.errors import FormatError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

NAMES = (
    "suricata", "winjson", "evtx", "squid", "w3c", "apache", "syslog", "pcap", "mail", "zeek", "json_log", "server",
    "whois", "rpsl", "delegated", "rdap", "passive_dns", "triage", "yara_hits", "x509", "pe", "warning_list",
)  # fmt: skip
SEED = 20130218
CASES = 1_000
SLOW_CASES = 10_000
NASTY = (
    b"\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\0", b'"', b"{", b"[" * 50, b"}", b"\n", b"\r", b"\\u",
    b"1e999", b"99999999999999999999", b"NaN", b"null", b"[]", b"{}", b"true", b"\\", b"%s", b"\xc3\x28", b"-", b":",
    b"=?utf-8?q?", b"boundary=", b" " * 100, b"\t", b"::1", b"/", b"://", b"@", b"<", b">", b";", b"=", b",",
    b"\xed\xa0\x80",
)  # fmt: skip

each = pytest.mark.parametrize("name", NAMES)


def sample(name: str) -> bytes:
    folder = Path(__file__).parent / name
    return next(file for stem in ("sample", "server") for file in folder.glob(f"{stem}.*")).read_bytes()


def mutated(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(changed) + 1)
        length = chance.choice((1, 2, 4, 20, 200))
        match chance.randrange(7):
            case 0:
                changed[at : at + length] = chance.randbytes(length)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = chance.choice(NASTY)
            case 3:
                some = chance.choice(NASTY)
                changed[at : at + len(some)] = some
            case 4:
                changed[at:at] = changed[at : at + length]
            case 5:
                there = chance.randrange(len(changed) + 1)
                changed[at : at + length] = changed[there : there + length]
            case 6:
                changed[at : at + 4] = struct.pack(chance.choice("<>") + "I", chance.choice((0, 1, 2**31, 2**32 - 1)))
        if not changed:
            return b""
    return bytes(changed) if chance.random() < 0.9 else bytes(changed[: chance.randrange(len(changed))])


def used(name: str, data: bytes) -> bytes:
    """The part of a sample that says something: an event log is mostly empty space."""
    return data[: max(data.rfind(b"**\0\0") + 1500, 8192)] if name == "evtx" else data


def run(name: str, cases: int, seed: int) -> None:
    format, data, chance = formats.named(name), sample(name), random.Random(f"{name} {seed}")
    filled, rest = used(name, data), data[len(used(name, data)) :]
    for case in range(cases):
        bytes_of_case = mutated(filled, chance) + rest
        try:
            format.sniff(bytes_of_case[: formats.HEAD], "x")
            for given in format.read(io.BytesIO(bytes_of_case)):
                assert isinstance(given, Record | Telemetry)
                if isinstance(given, Telemetry):
                    aligned(given)
        except FormatError as error:
            assert error.where
        except BaseException as error:
            raise AssertionError(f"{name}: case {case} of seed {seed}: {error!r}") from error


def aligned(some: Telemetry) -> None:
    count = len(some.numbers)
    assert len(some.times) == count and len(set(some.numbers)) == count
    for column in some.columns:
        assert len(column.values) == (count if column.rows is None else len(column.rows))
        assert all(type(value) is str for value in column.values)
    for ties in some.ties:
        assert len(ties.of) == len(ties.values) == (count if ties.rows is None else len(ties.rows))


@each
def test_mutated_bytes_raise_only_format_error(name):
    run(name, CASES if name != "pe" else CASES // 4, SEED)


@pytest.mark.slow
@each
def test_many_mutated_bytes_raise_only_format_error(name):
    run(name, SLOW_CASES, SEED + 1)
