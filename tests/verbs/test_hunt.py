"""Hunting for a group of a case, or for any list: what is found first, what is kept apart, what it looks like."""

import json

import msgspec
import pytest
from stix2validator import validate_string

from backtrail import assign, export, ingest
from backtrail.hunts.around import around
from backtrail.model.errors import UsageError
from backtrail.verbs.hunt import hunt, read_indicators, sightings

ZEEK = "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery\n"


@pytest.fixture
def filled(case, demo_evidence):
    ingest(case, [demo_evidence])
    assign(case, [f"IN-{n:02d}" for n in range(1, 6)], new=True, reason="test", anchor="one password")
    return case


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "dns.log"
    file.write_text(
        ZEEK + "1331901000.1\tC1\t10.0.0.5\t4711\t10.0.0.53\t53\twww.evil.example\n"
        "1331902000.1\tC2\t10.0.0.9\t4711\t198.51.100.9\t443\t-\n"
    )
    return file


def table(tmp_path, *rows):
    file = tmp_path / "iocs.csv"
    file.write_text("value,type,valid_until,confidence,action\n" + "".join(row + "\n" for row in rows))
    return file


def test_a_group_and_its_exports_find_the_same(filled, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    names = read_indicators_of(filled, tmp_path, "csv")
    hosts = sorted(i.value for i in names if i.kind == "domain-name")[:5]
    (logs / "a.log").write_text("".join(f"query sub.{host} A\n" for host in hosts))
    by_group = hunt([logs], group="UNC-0001", case=filled)
    assert {f.indicator.value for f in by_group.findings} >= set(hosts)
    assert all(f.indicator.evidence for f in by_group.findings)
    for format in ("csv", "stix", "jsonl"):
        file = tmp_path / f"x.{format}"
        file.write_bytes(export(filled, "UNC-0001", format=format).content)
        found = hunt([logs], indicators=file)
        assert {f.indicator.value for f in found.findings} == {f.indicator.value for f in by_group.findings}, format


def read_indicators_of(case, tmp_path, format):
    file = tmp_path / "all.csv"
    file.write_bytes(export(case, "UNC-0001", format=format).content)
    return list(read_indicators(file))


def test_what_to_look_at_first_and_what_is_kept_apart(log, tmp_path):
    rows = (
        "evil.example,domain-name,2012-12-31T00:00:00Z,90,block",
        "198.51.100.9,ipv4-addr,2011-01-01T00:00:00Z,20,hunt",
    )
    done = hunt([log], indicators=table(tmp_path, *rows, "T1059,technique,,,context"))
    first, second = done.findings
    assert first.indicator.value == "evil.example" and first.rank > second.rank
    (hit,) = first.hits
    assert (hit.number, hit.direction, hit.side, hit.valid) == (3, "out", "10.0.0.5", True)
    assert hit.fields["query"] == "www.evil.example" and hit.at == "2012-03-16T12:30:00Z"
    assert second.hits[0].valid is False and any("no longer valid" in r for r in second.reasons)
    assert [value for value, _ in done.unusable] == ["T1059"]
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"name": "ours", "version": 1, "type": "hostname", "list": ["evil.example"]}))
    done = hunt([log], indicators=table(tmp_path, *rows), lists=[own])
    assert [f.indicator.value for f in done.listed] == ["evil.example"] and done.listed[0].indicator.warnings == (
        "ours",
    )
    assert [f.indicator.value for f in done.findings] == ["198.51.100.9"]


def test_sightings_are_valid_stix(log, tmp_path):
    done = hunt([log], indicators=table(tmp_path, "evil.example,domain-name,2012-12-31T00:00:00Z,90,block"))
    text = b"".join(sightings(done, now="2026-01-01T00:00:00Z")).decode()
    assert validate_string(text).is_valid
    (one,) = [o for o in json.loads(text)["objects"] if o["type"] == "sighting"]
    assert one["count"] == 1 and one["first_seen"].startswith("2012-03-16T12:30:00")


def test_a_list_or_a_group_and_not_both(log, tmp_path):
    with pytest.raises(UsageError):
        hunt([log])
    with pytest.raises(UsageError):
        hunt([log], indicators=log, group="UNC-0001")


def test_quoted_tables_and_plain_ones_give_the_same_indicators(tmp_path):
    plain = table(tmp_path, "evil.example,domain,,90,block", "1.2.3.4,ip,,,")
    first = [(i.kind, i.value, i.confidence, i.action) for i in read_indicators(plain)]
    quoted = tmp_path / "q.csv"
    quoted.write_text(plain.read_text().replace("evil.example", '"evil.example"'))
    assert [(i.kind, i.value, i.confidence, i.action) for i in read_indicators(quoted)] == first
    odd = tmp_path / "odd.csv"
    odd.write_text("type,value,note\r\ndomain,a.example\r\ndomain,b.example,x,\r\nip,192.0.2.1,x,y\r\n\r\nip\r\n")
    assert [i.value for i in read_indicators(odd)] == ["a.example", "b.example"]
    assert first[0] == ("domain-name", "evil.example", 90, "block")


@pytest.mark.parametrize(
    ("line", "at", "way", "side"),
    [
        ('{"timestamp":"2024-03-01T12:34:56.1+0000","src_ip":"10.0.0.1","dest_ip":"192.0.2.1"}',
         "2024-03-01T12:34:56Z", "out", "10.0.0.1"),
        ('{"timestamp":"2024-03-01T12:34:56.1+0200","src_ip":"192.0.2.1","dest_ip":"10.0.0.1"}',
         "2024-03-01T10:34:56Z", "in", "10.0.0.1"),
        ("1331901000.123 5 10.2.0.1 TCP_MISS/200 1 GET http://192.0.2.1/ - x", "2012-03-16T12:30:00Z", "", ""),
        ('1.1.1.1 - - [16/Mar/2012:12:30:00 +0000] "GET /192.0.2.1"', "2012-03-16T12:30:00Z", "", ""),
        ("Mar 16 12:00:00 gw sshd: from 192.0.2.1", None, "", ""),
        ("date=2012-03-16 src=10.0.0.3 dst=192.0.2.1", "2012-03-16T00:00:00Z", "out", "10.0.0.3"),
        ('{"broken": ', None, "", ""),
    ],
)  # fmt: skip
def test_what_stands_around_a_match(line, at, way, side):
    found = around(line, "", "192.0.2.1")
    assert (found.at, found.direction, found.side) == (at, way, side)
    assert msgspec.json.encode(found.fields)
