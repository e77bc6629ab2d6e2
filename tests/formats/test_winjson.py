"""Windows events as JSON: every exporter's shape says the same, and damaged or hostile input stays a problem."""

import io
import json

import pytest

from backtrail.formats.winjson import FORMAT
from backtrail.model.errors import FormatError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

LOGON = {"LogonType": "3", "IpAddress": "192.0.2.9", "TargetUserName": "helper", "WorkstationName": "-"}
PAIRS = [{"@Name": name, "#text": value} for name, value in LOGON.items()]
TIME = "2012-04-02T09:00:00Z"
SHAPES = {
    "winlogbeat": {"@timestamp": TIME, "winlog": {"event_id": "4624", "channel": "Security", "event_data": LOGON}},
    "winlogbeat 6": {"@timestamp": TIME, "event_id": 4624, "log_name": "Security", "event_data": LOGON},
    "EvtxECmd": {
        "EventId": 4624,
        "Channel": "Security",
        "TimeCreated": TIME,
        "Payload": json.dumps({"EventData": {"Data": PAIRS}}),
    },
    "evtx_dump": {
        "Event": {
            "System": {
                "EventID": {"#attributes": {"Qualifiers": 0}, "#text": 4624},
                "Channel": "Security",
                "TimeCreated": {"#attributes": {"SystemTime": TIME}},
            },
            "EventData": LOGON,
        }
    },
    "XML as dictionaries": {
        "Event": {
            "@xmlns": "x",
            "System": {"EventID": "4624", "Channel": "Security", "TimeCreated": {"@SystemTime": TIME}},
            "EventData": {"Data": PAIRS},
        }
    },
    "flat": {"EventID": 4624, "Channel": "Security", "TimeCreated": TIME, **LOGON},
    "flat, no source": {"EventID": 4624, "EventTime": "2012-04-02 09:00:00", "SourceName": "", **LOGON},
}
each_shape = pytest.mark.parametrize("event", SHAPES.values(), ids=SHAPES)


def read(data: bytes) -> tuple[list[Telemetry], list[str]]:
    given = list(FORMAT.read(io.BytesIO(data)))
    return [g for g in given if isinstance(g, Telemetry)], [g.where for g in given if isinstance(g, Record)]


@each_shape
def test_every_shape_says_the_same(event):
    line = json.dumps(event).encode()
    assert FORMAT.sniff(line, "x")
    [some], problems = read(line)
    assert not problems and list(some.times) == [1333357200.0]
    [tie] = some.ties
    assert (tie.of, tie.values, tie.each) == (["192.0.2.9"], [""], True)
    assert tie.details == ["event=4624;type=3;account=helper"]


@each_shape
def test_an_array_of_events_counts_records(event):
    data = json.dumps([event, 7, event], indent=1).encode()
    assert FORMAT.sniff(data, "x")
    [some], problems = read(data)
    assert (some.unit, list(some.numbers), problems) == ("record", [1, 3], ["record 2"])


@pytest.mark.parametrize(("kind", "address"), [("2", "192.0.2.9"), ("3", "-"), ("10", "::1"), ("3", "DESK-1")])
def test_a_logon_at_the_console_or_from_no_address_ties_nothing(kind, address):
    [some], _ = read(json.dumps(SHAPES["flat"] | {"LogonType": kind, "IpAddress": address}).encode())
    assert not some.ties


def test_numbers_mean_different_things_by_source():
    remote = {"EventID": 22, "Channel": "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"}
    sysmon = {"EventID": 22, "Channel": "Microsoft-Windows-Sysmon/Operational"}
    lines = [json.dumps(e | {"QueryName": "a.example", "TimeCreated": TIME}) for e in (remote, sysmon)]
    [some], _ = read("\n".join([*lines, ""]).encode())
    assert [(c.kind, c.rows) for c in some.columns] == [("domain-name", [1])]


def test_a_layout_is_not_a_misp_event():
    from backtrail import formats

    assert formats.detect(b'{"Event": {"info": "x", "Attribute": []}}', "x.json").name == "misp"
    assert formats.detect(json.dumps(SHAPES["evtx_dump"]).encode(), "x.json").name == "winjson"


def test_damaged_and_hostile_lines_are_problems_of_their_own():
    good = json.dumps(SHAPES["flat"])
    deep = '{"EventId":4624,"Channel":"Security","Payload":' + json.dumps('{"EventData":' * 20_000) + "}"
    lines = [good, good[:40], '{"a":' * 50_000, "[" * 100_000, "\0", deep, "{}", good]
    some, problems = read("\n".join(lines).encode())
    assert [n for t in some for n in t.numbers] == [1, 6, 8]
    assert sorted(problems) == [f"line {n}" for n in (2, 3, 4, 5, 7)]


def test_a_broken_array_says_where():
    given = FORMAT.read(io.BytesIO(b'[{"EventID":1,"Channel":"x"},{"EventID":' + b"[" * 200_000))
    with pytest.raises(FormatError, match="offset"):
        list(given)
