"""Suricata events: what each type becomes, and damaged or hostile lines."""

import io

import pytest

from backtrail.formats.suricata import FORMAT
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

LINE = (
    '{"timestamp":"2012-04-02T09:00:00.000000+0000","event_type":"flow","src_ip":"10.0.0.1","dest_ip":"192.0.2.1",'
    '"flow":{"bytes_toserver":5,"bytes_toclient":7}}'
)


def read(data: bytes) -> tuple[list[Telemetry], list[str]]:
    given = list(FORMAT.read(io.BytesIO(data)))
    return [g for g in given if isinstance(g, Telemetry)], [g.where for g in given if isinstance(g, Record)]


def column(telemetry: Telemetry, kind: str, direction: str = "out"):
    return next(c for c in telemetry.columns if (c.kind, c.direction) == (kind, direction))


def test_bytes_go_towards_the_server_and_come_back():
    [some], _ = read(LINE.encode())
    server, client = column(some, "ipv4-addr"), column(some, "ipv4-addr", "in")
    assert (server.values, server.sent, server.received) == (["192.0.2.1"], [5], [7])
    assert (client.values, client.sent, client.received) == (["10.0.0.1"], [7], [5])


@pytest.mark.parametrize("more", ['"direction":"to_client",', '"src_port":80,"dest_port":4000,'])
def test_an_alert_on_an_answer_still_names_the_server(more):
    line = '{"timestamp":"2012-04-02T09:00:00+0000",%s"event_type":"alert","src_ip":"192.0.2.1","dest_ip":"10.0.0.1"}'
    [some], _ = read((line % more).encode())
    assert column(some, "ipv4-addr").values == ["192.0.2.1"]


def test_a_session_over_tls_keeps_its_cookie():
    start = '{"timestamp":"2012-04-02T09:00:00+0000","flow_id":7,"event_type":"rdp","src_ip":"192.0.2.1",'
    first = start + '"dest_ip":"192.0.2.2","rdp":{"event_type":"initial_request","cookie":"op"}}\n'
    second = start + '"dest_ip":"192.0.2.2","rdp":{"event_type":"tls_handshake"}}\n'
    [some], _ = read((first + second).encode())
    assert [(t.of, t.values, t.details, t.each) for t in some.ties] == [
        (["192.0.2.1"], ["192.0.2.2"], ["cookie=op"], True)
    ]


def test_damaged_and_hostile_lines_are_problems_of_their_own():
    lines = [LINE, LINE[:60], "[" * 100_000, '{"a":' * 50_000, "\0\0\0", "[1]", LINE, "x" * (1 << 20) + "y", LINE]
    some, problems = read("\n".join(lines).encode())
    assert [number for t in some for number in t.numbers] == [1, 7, 9]
    assert sorted(problems) == [f"line {n}" for n in (2, 3, 4, 5, 6, 8)]


def test_values_of_the_wrong_type_show_nothing():
    [some], problems = read(
        b'{"timestamp":7,"event_type":["x"],"src_ip":7,"dns":{"answers":[7],"rrname":{}},"rdp":[],"flow_id":{},'
        b'"http":{"url":[],"hostname":7,"length":-1},"email":{"attachment":{}},"tls":{"ja3":7}}'
    )
    assert not problems and not some.columns and not some.ties
