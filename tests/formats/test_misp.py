"""MISP against PyMISP: what is written loads there with its values kept."""

import io
import json
from collections import Counter

import msgspec
import pytest
from pymisp import MISPEvent

from backtrail.formats.misp import FORMAT
from backtrail.model.errors import FormatError
from backtrail.model.kinds import KINDS, is_kind
from backtrail.model.record import Heading, Indicator, Native, Pattern, Record, Seen

HEADING = Heading(id="UNC-0001", title="COLD HARBOUR", created="2026-03-04T05:06:07Z", tlp="AMBER")
UUID = "22222222-2222-4222-8222-222222222222"
VALUES = {
    "ipv4-addr": "192.0.2.1", "ipv6-addr": "2001:db8::1", "network": "198.51.100.0/24", "ip-port": "192.0.2.1:443",
    "md5": "a" * 32, "sha1": "a" * 40, "sha256": "a" * 64, "sha512": "a" * 128, "imphash": "a" * 32, "asn": "64496",
    "port": "443", "domain-name": "c2.example", "email-addr": "a@b.example", "url": "http://a.example/x",
    "x509-sha1": "b" * 40, "x509-sha256": "b" * 64, "vulnerability": "CVE-2012-0158", "file-size": "12",
    "ja3": "c" * 32, "file-path": "C:\\x\\a.exe", "registrant-email": "a@b.example",
}  # fmt: skip


def read(data: bytes) -> list[Record]:
    return list(FORMAT.read(io.BytesIO(data)))


def written(*records: Record) -> bytes:
    return b"".join(FORMAT.write(records, HEADING))


def event(*attributes: object, **members: object) -> bytes:
    return json.dumps({"Event": {"uuid": UUID, "info": "i", "Attribute": attributes} | members}).encode()


def shown(records: list[Record]) -> Counter:
    return Counter((s.kind, s.value, s.role, s.confidence) for record in records for s in record.seen)


def test_pymisp_loads_what_is_written_and_keeps_the_values():
    seen = tuple(
        Seen(kind=kind, value=VALUES.get(kind, f"value of {kind}"), role="c2", confidence=80,
             first="2012-05-01T00:00:00Z", last="2013-01-02T03:04:05Z")
        for kind in KINDS
    )  # fmt: skip
    data = written(Record(where="record 1", seen=seen))
    theirs = MISPEvent()
    theirs.load(json.loads(data))
    attributes = json.loads(data)["Event"]["Attribute"]
    assert [a.value for a in theirs.attributes] == [a["value"] for a in attributes]
    assert all(a.first_seen.isoformat().startswith("2012-05-01T00:00:00") for a in theirs.attributes)
    again = read(theirs.to_json().encode())
    assert {(s.kind, s.role, s.confidence) for r in again for s in r.seen} == {(s.kind, "c2", 80) for s in seen}


def test_reduced_times_and_indicators_come_back():
    seen = Indicator(kind="domain-name", value="c2.example", first="2012", last="2013-02", confidence=60, tlp="GREEN")
    (back,) = [s for record in read(written(Record(where="record 1", seen=(seen,)))) for s in record.seen]
    assert (back.first, back.last, back.confidence) == ("2012", "2013-02", 60)


def test_values_that_came_from_another_format_are_written():
    native = Native(format="stix", content={"type": "url"})
    record = Record(where="record 1", seen=(Seen(kind="url", value="http://a.example"),), native=native)
    assert shown(read(written(record))) == {("url", "http://a.example", None, None): 1}


def test_unknown_fields_of_attributes_are_kept():
    attribute = {"type": "md5", "value": "a" * 32, "uuid": UUID, "x_kept": [1], "to_ids": True}
    assert json.loads(written(*read(event(attribute))))["Event"]["Attribute"] == [attribute]


def test_techniques_of_the_event_survive_a_round_trip():
    tag = {"name": 'misp-galaxy:mitre-attack-pattern="PowerShell - T1059.001"'}
    before = read(event({"type": "md5", "value": "a" * 32}, Tag=[tag]))
    assert ("technique", "T1059.001", None, None) in shown(before)
    assert shown(read(written(*before))) == shown(before)


@pytest.mark.parametrize(
    ("type", "value", "expected"),
    [
        ("ip-dst|port", "192.0.2.1|443", {("ip-port", "192.0.2.1:443"), ("ipv4-addr", "192.0.2.1")}),
        ("domain|ip", "c2.example|192.0.2.1", {("domain-name", "c2.example"), ("ipv4-addr", "192.0.2.1")}),
        ("filename|md5", "a.exe|" + "a" * 32, {("file-name", "a.exe"), ("md5", "a" * 32)}),
        ("ip-src", "2001:db8::1", {("ipv6-addr", "2001:db8::1")}),
        ("cookie", "c", {("x-misp:cookie", "c")}),
        ("other", "o", {("x-misp:other", "o")}),
    ],
)
def test_types(type, value, expected):
    records = read(event({"type": type, "value": value}))
    assert {(s.kind, s.value) for record in records for s in record.seen} == expected
    assert {record.intrusion for record in records} == {f"misp-{UUID}"}


def test_events_without_an_id_are_intrusions_of_their_own():
    host = {"type": "domain", "value": "c2.example"}
    given = [event(host, uuid=None, info=f"incident {n}") for n in (1, 2, 1)]
    one, other, again = ({record.intrusion for record in read(content)} for content in given)
    assert len(one) == 1 and one == again and one.isdisjoint(other)


def test_deleted_attributes_show_nothing_and_rules_are_patterns():
    records = read(event({"type": "md5", "value": "a" * 32, "deleted": True}, {"type": "yara", "value": "rule a {}"}))
    assert not any(record.seen for record in records)
    assert [p for record in records for p in record.patterns] == [Pattern(language="yara", text="rule a {}")]


@pytest.mark.parametrize("text", ["9" * 5000, "101", "-1", "x"])
def test_a_confidence_that_is_none_is_left_out(text):
    attribute = {"type": "md5", "value": "a" * 32, "Tag": [{"name": f'backtrail:confidence="{text}"'}]}
    assert [s.confidence for record in read(event(attribute)) for s in record.seen] == [None]


def test_a_forged_kind_is_not_believed():
    attribute = {"type": "md5", "value": "a" * 32, "Tag": [{"name": 'backtrail:kind="no such kind"'}]}
    assert all(is_kind(s.kind) for record in read(event(attribute)) for s in record.seen)


def test_times_that_are_none_and_odd_bytes_can_be_written_again():
    seen = Seen(kind="text", value="odd \udcff", first="not a time")
    assert len(read(written(Record(where="record 1", seen=(seen,))))) >= 1


def test_the_forms_of_an_export():
    one = json.loads(event({"type": "md5", "value": "a" * 32}))
    for document in (one, [one, one], {"response": [one]}, one["Event"]):
        assert any(record.seen for record in read(msgspec.json.encode(document)))
    with pytest.raises(FormatError):
        read(b'{"other": 1}')
