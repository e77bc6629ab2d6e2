"""Windows event logs: a log made here byte by byte, then damaged; and the logs of others, against the parser itself.

`made` writes the smallest event log that there can be: binary XML without templates, no checksums of note (libyal,
*Windows XML Event Log (EVTX) format*, sections 2 to 5).
"""

import io
import struct
import zlib
from pathlib import Path

import pytest
from evtx import PyEvtxParser

from backtrail.evidence.reading import records
from backtrail.formats.evtx import FORMAT
from backtrail.model.errors import FormatError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

SAMPLE = Path(__file__).parent / "evtx" / "sample.evtx"
CHUNK = 65536
EPOCH = 116444736000000000
PROVIDERS = {
    "Security": "Microsoft-Windows-Security-Auditing",
    "System": "Service Control Manager",
    "Microsoft-Windows-Sysmon/Operational": "Microsoft-Windows-Sysmon",
}
EVENTS = [
    ("Security", 4624, {"LogonType": "10", "IpAddress": "198.51.100.20", "TargetUserName": "helper"}),
    ("System", 7045, {"ServiceName": "Relay", "ImagePath": "svc.exe -tran 443 203.0.113.7 3389"}),
    ("Microsoft-Windows-Sysmon/Operational", 22, {"QueryName": "a.lure.example", "QueryResults": "203.0.113.9;"}),
    ("Security", 5061, {"KeyName": "nothing that shows"}),
]


def name(text: str, at: int) -> bytes:
    """A name in place: offset of itself, no next one, a hash nobody checks, its characters."""
    return struct.pack("<IIHH", at + 4, 0, 0, len(text)) + text.encode("utf-16-le") + b"\0\0"


def value(text: str) -> bytes:
    return b"\x05\x01" + struct.pack("<H", len(text)) + text.encode("utf-16-le")


def element(tag: str, attributes: dict[str, str], content, at: int) -> bytes:
    """An open element at an offset of its chunk; `content` is text or makes the elements within, given their offset."""
    head = 5
    named = name(tag, at + head)
    body = named
    if attributes:
        listed = b""
        start = at + head + len(named) + 4
        for i, (key, text) in enumerate(attributes.items()):
            token = b"\x46" if i < len(attributes) - 1 else b"\x06"
            listed += token + name(key, start + len(listed) + 1) + value(text)
        body += struct.pack("<I", len(listed)) + listed
    body += b"\x02"
    inner = value(content) if isinstance(content, str) else content(at + head + len(body))
    body += inner + b"\x04"
    return (b"\x41" if attributes else b"\x01") + struct.pack("<I", len(body)) + body


def together(*makers):
    def make(at: int) -> bytes:
        out = b""
        for maker in makers:
            out += maker(at + len(out))
        return out

    return make


def plain(tag: str, content="", **attributes: str):
    return lambda at: element(tag, attributes, content, at)


def event(channel: str, id: int, data: dict[str, str], time: str):
    system = together(
        plain("Provider", Name=PROVIDERS.get(channel, channel)),
        plain("EventID", str(id)),
        plain("TimeCreated", SystemTime=time),
        plain("Channel", channel),
        plain("Computer", "SRV-1"),
    )
    pairs = together(*(plain("Data", v, Name=k) for k, v in data.items()))
    return plain("Event", together(plain("System", system), plain("EventData", pairs)))


def chunk(events: list, first: int) -> bytes:
    body = b""
    last = 512
    for i, (channel, id, data) in enumerate(events):
        last = 512 + len(body)
        xml = b"\x0f\x01\x01\x00" + event(channel, id, data, f"2012-04-02T09:00:{i:02d}Z")(last + 24 + 4) + b"\x00"
        size = 24 + len(xml) + 4
        stamp = EPOCH + (1333357200 + i) * 10_000_000
        body += b"**\0\0" + struct.pack("<IQQ", size, first + i, stamp) + xml + struct.pack("<I", size)
    until = first + len(events) - 1
    numbers = struct.pack("<QQQQIIII", first, until, first, until, 128, last, 512 + len(body), zlib.crc32(body))
    head = (b"ElfChnk\0" + numbers).ljust(124, b"\0")
    head += struct.pack("<I", zlib.crc32(head[:120]))
    return (head.ljust(512, b"\0") + body).ljust(CHUNK, b"\0")


def made(*chunks: list) -> bytes:
    total = sum(map(len, chunks))
    head = b"ElfFile\0" + struct.pack("<QQQIHHHH", 0, len(chunks) - 1, total + 1, 128, 1, 3, 4096, len(chunks))
    head = head.ljust(120, b"\0")
    head += struct.pack("<II", 0, zlib.crc32(head))
    out, first = head.ljust(4096, b"\0"), 1
    for events in chunks:
        out += chunk(events, first)
        first += len(events)
    return out


def read(data: bytes) -> tuple[list[int], list[Record], list[Telemetry]]:
    given = list(FORMAT.read(io.BytesIO(data)))
    telemetry = [g for g in given if isinstance(g, Telemetry)]
    return [n for t in telemetry for n in t.numbers], [g for g in given if isinstance(g, Record)], telemetry


def test_the_sample_is_what_is_made_here(refresh):
    if refresh:
        SAMPLE.write_bytes(made(EVENTS))
    assert SAMPLE.read_bytes() == made(EVENTS)


def test_each_event_shows_what_it_means():
    numbers, problems, [some] = read(made(EVENTS))
    assert numbers == [1, 2, 3, 4] and not problems
    assert list(some.times) == [1333357200.0 + i for i in range(4)]
    assert {(t.relation, t.of[0], t.values[0], t.details[0]) for t in some.ties} == {
        ("logs-in-to", "198.51.100.20", "", "event=4624;type=10;account=helper"),
        ("relays-to", "", "203.0.113.7", ""),
        ("resolves-to", "a.lure.example", "203.0.113.9", ""),
    }


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_bad_chunk_is_one_problem_and_the_others_are_read(bad):
    data = bytearray(made(EVENTS, EVENTS, EVENTS))
    data[4096 + bad * CHUNK : 4096 + bad * CHUNK + 8] = b"XXXXXXXX"
    numbers, problems, _ = read(bytes(data))
    assert len(numbers) == 8 and len(problems) == 1
    assert f"chunk number {bad}" in problems[0].problem


def test_a_bad_record_is_one_problem():
    data = bytearray(made(EVENTS))
    at = data.find(b"\x0f\x01\x01\x00", data.find(b"**\0\0", 4096 + 512 + 4))
    data[at + 4] = 0x77
    numbers, problems, _ = read(bytes(data))
    assert numbers == [1, 3, 4] and [p.where for p in problems] == ["record 2"]


def test_a_file_that_breaks_off_says_so():
    numbers, problems, _ = read(made(EVENTS, EVENTS)[:-100])
    assert len(numbers) >= 4 and any("breaks off" in p.problem for p in problems)


@pytest.mark.parametrize("data", [b"", b"ElfFile\0", b"\0" * 5000])
def test_what_is_no_event_log_is_a_format_error(data):
    with pytest.raises(FormatError):
        read(data)


def test_chunks_of_nothing_but_noise_are_problems():
    numbers, problems, _ = read(b"ElfFile\0" + b"\xff" * 200_000)
    assert not numbers and 1 <= len(problems) < 20


def test_in_a_child_process_it_says_the_same():
    with SAMPLE.open("rb") as stream:
        assert list(records(FORMAT, stream)) == list(FORMAT.read(io.BytesIO(SAMPLE.read_bytes())))


def test_logs_of_others_give_at_least_what_the_parser_gives(shared):
    """Counted by a plain loop over `PyEvtxParser`, which stops at the first damage."""
    files = sorted((shared / "data" / "telemetry" / "evtx").rglob("*.evtx"))
    assert files
    for file in files:
        plainly = 0
        try:
            for _ in PyEvtxParser(str(file)).records():
                plainly += 1
        except RuntimeError:
            pass
        numbers, problems, _ = read(file.read_bytes())
        assert len(numbers) >= plainly, file.name
        assert plainly or problems, file.name
