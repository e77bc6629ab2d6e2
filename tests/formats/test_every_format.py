"""What every format owes the house, ours or not: add a file and a folder with a sample, get these tests."""

import io
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backtrail import formats
from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError
from backtrail.model.kinds import is_kind
from backtrail.model.marking import Source
from backtrail.model.record import Heading, Record
from backtrail.model.telemetry import Telemetry
from backtrail.observations import Observed, observe

HERE = Path(__file__).parent
KNOWN = formats.known()
SAMPLES = {
    name: next(file for stem in ("sample", "intrusion", "server") for file in (HERE / name).glob(f"{stem}.*"))
    for name in KNOWN
}
HEADING = Heading(id="UNC-0001", title="COLD HARBOUR (UNC-0001)", created="2013-02-18T09:00:00Z", tlp="AMBER")

each_format = pytest.mark.parametrize("format", KNOWN.values(), ids=KNOWN)
each_writer = pytest.mark.parametrize("format", [f for f in KNOWN.values() if f.write], ids=lambda f: f.name)
each_json = pytest.mark.parametrize(
    "format", [f for f in KNOWN.values() if SAMPLES[f.name].suffix in (".json", ".jsonl")], ids=lambda f: f.name
)
here = [f for f in KNOWN.values() if not f.in_child]
each_here = pytest.mark.parametrize("format", here, ids=lambda f: f.name)
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sample(format: Format) -> bytes:
    return SAMPLES[format.name].read_bytes()


def read(format: Format, data: bytes) -> list[Record | Telemetry]:
    return list(format.read(io.BytesIO(data)))


def values(records: list[Record]) -> Counter:
    """What the records show, in canonical spelling: what must survive a round trip."""
    shown = Counter()
    for record in records:
        if isinstance(record, Telemetry):
            continue
        for found in observe(record, None, Source(), "0" * 64):
            if isinstance(found, Observed):
                o = found.observation
                shown[o.kind, o.value, o.role, o.seen.first, o.seen.last] += 1
    return shown


@each_format
def test_recognises_its_own_sample_before_any_other_format_does(format):
    assert formats.detect(sample(format)[: formats.HEAD], SAMPLES[format.name].name) is format


@each_format
def test_reads_its_sample_as_expected(format, refresh):
    records = [
        r if isinstance(r, Telemetry) else msgspec.structs.replace(r, native=None) for r in read(format, sample(format))
    ]
    plain = json.loads(msgspec.json.encode(records))
    golden = HERE / format.name / "expected.json"
    if refresh:
        golden.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n")
    assert plain == json.loads(golden.read_text())


@each_format
def test_says_where_and_uses_known_kinds(format):
    everything = read(format, sample(format))
    records = [r for r in everything if isinstance(r, Record)]
    assert everything and all(record.where for record in records)
    assert all(is_kind(seen.kind) for record in records for seen in record.seen)


@each_format
def test_telemetry_is_aligned_and_uses_known_kinds(format):
    """Every column has a value for each record or for each of its rows; numbers go up; ties have both sides."""
    for some in read(format, sample(format)):
        if isinstance(some, Telemetry):
            aligned(some)


def aligned(telemetry: Telemetry) -> None:
    count = len(telemetry.numbers)
    assert len(telemetry.times) == count and list(telemetry.numbers) == sorted(telemetry.numbers)
    assert all(isinstance(time, float) for time in telemetry.times)
    for column in telemetry.columns:
        assert is_kind(column.kind)
        assert len(column.values) == (count if column.rows is None else len(column.rows))
        assert all(isinstance(value, str) for value in column.values)
        assert all(some is None or len(some) == len(column.values) for some in (column.sent, column.received))
        assert all(0 <= row < count for row in column.rows or ())
    for ties in telemetry.ties:
        assert is_kind(ties.of_kind) and is_kind(ties.kind)
        assert len(ties.of) == len(ties.values) == (count if ties.rows is None else len(ties.rows))
        beside = (ties.details, ties.until, ties.counts)
        assert all(some is None or len(some) == len(ties.values) for some in beside)
        assert all(0 <= row < count for row in ties.rows or ())


@each_writer
def test_write_then_read_gives_the_same_values(format):
    before = read(format, sample(format))
    written = b"".join(format.write(before, HEADING))
    assert formats.detect(written[: formats.HEAD], f"x{format.suffix}") is format
    assert values(read(format, written)) == values(before)


@each_writer
def test_values_of_all_other_formats_can_be_written(format):
    """A group's evidence comes from many formats and leaves in one."""
    from backtrail.model.record import Seen

    for other in here:
        shown = values(read(other, sample(other)))
        records = [
            Record(where=f"record {n}", seen=(Seen(kind=k, value=v, role=r, first=first, last=last),))
            for n, (k, v, r, first, last) in enumerate(shown)
            if not k.startswith("x-")
        ]
        written = b"".join(format.write(records, HEADING))
        again = {(k, v) for k, v, *_ in values(read(format, written))} if records else set()
        assert {(seen.kind, seen.value) for record in records for seen in record.seen} <= again, other.name


@each_writer
def test_the_same_records_give_the_same_bytes(format):
    records = read(format, sample(format))
    assert b"".join(format.write(records, HEADING)) == b"".join(format.write(records, HEADING))


def survives(format: Format, data: bytes) -> None:
    try:
        for some in read(format, data):
            if isinstance(some, Telemetry):
                aligned(some)
    except FormatError as error:
        assert error.where
    formats.known()[format.name].sniff(data[: formats.HEAD], "x")


@each_here
@given(cut=st.integers(0, 3000), noise=st.binary(max_size=64))
@settings(quick, max_examples=60)
def test_a_broken_file_raises_only_format_error(format, cut, noise):
    survives(format, sample(format)[:cut] + noise)


@each_here
@given(at=st.integers(0, 5000), byte=st.integers(0, 255), length=st.integers(1, 4))
@settings(quick, max_examples=60)
def test_changed_bytes_raise_only_format_error(format, at, byte, length):
    data = bytearray(sample(format))
    start = at % len(data)
    data[start : start + length] = bytes([byte]) * length
    survives(format, bytes(data))


@each_here
@given(data=st.binary(max_size=300))
@settings(quick, max_examples=40)
def test_noise_raises_only_format_error(format, data):
    survives(format, data)


def swapped(node, path, value):
    if not path:
        return value
    if isinstance(node, dict) and node:
        key = sorted(node)[path[0] % len(node)]
        return node | {key: swapped(node[key], path[1:], value)}
    if isinstance(node, list) and node:
        i = path[0] % len(node)
        return [*node[:i], swapped(node[i], path[1:], value), *node[i + 1 :]]
    return value


NONSENSE = [None, True, 0, -1, 10**30, 1e300, "", "x", "\x00", [], [[]], [None], {}, {"type": []}, {"Event": 1}]


@each_json
@given(path=st.lists(st.integers(0, 9), max_size=6), value=st.sampled_from(NONSENSE))
@settings(quick, max_examples=150)
def test_well_formed_nonsense_raises_only_format_error(format, path, value):
    text = sample(format).decode()
    lines = [line for line in text.splitlines() if not line.startswith("{broken")]
    lines = lines if SAMPLES[format.name].suffix == ".jsonl" else [text]
    survives(format, "\n".join(json.dumps(swapped(json.loads(line), path, value)) for line in lines).encode())


@each_json
def test_depth_and_odd_numbers_are_bounded(format):
    for data in (
        b"[" * 300_000,
        b'{"a":' * 200_000,
        b'{"type":"bundle","objects":[' + b"[" * 300_000,
        b'{"type":"bundle","objects":[{"type":"ipv4-addr","value":NaN}]}',
        b'{"Event":{"Attribute":[{"type":"md5","value":1e999}]}}',
        b'{"id":"x","indicators":' + b"9" * 10_000 + b"}",
        b'\xff\xfe{\x00"\x00',
    ):
        survives(format, data)
