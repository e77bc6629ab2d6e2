"""Registries, passive DNS and triage, damaged: a bad record costs itself, its place is told, bounds hold."""

import io
import json

import pytest

from backtrail import formats
from backtrail.model.errors import FormatError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry


def read(name: str, data: bytes) -> tuple[list[Telemetry], list[Record]]:
    given = list(formats.named(name).read(io.BytesIO(data)))
    return [g for g in given if isinstance(g, Telemetry)], [g for g in given if isinstance(g, Record)]


def ties(telemetry: list[Telemetry]) -> set[tuple[str, str, str, str]]:
    return {
        (t.relation, of, t.kind, v) for g in telemetry for t in g.ties for of, v in zip(t.of, t.values, strict=True)
    }


def test_a_range_that_is_no_single_network_becomes_several():
    telemetry, _ = read("rpsl", b"inetnum: 192.0.2.0 - 192.0.2.191\nnetname: X\ndescr: Holder\ncountry: CN\n")
    assert {of for _, of, kind, _ in ties(telemetry) if kind == "registrant-org"} == {"192.0.2.0/25", "192.0.2.128/26"}


def test_persons_are_found_wherever_in_the_file_they_stand():
    data = b"person: Ruzo\nnic-hdl: R1\ne-mail: r@mail.example\n\ninetnum: 192.0.2.0/24\nnetname: X\nadmin-c: R1\n"
    for text in (data, b"\n\n".join(reversed(data.split(b"\n\n")))):
        telemetry, problems = read("rpsl", text)
        assert ("registered-by", "192.0.2.0/24", "registrant-email", "r@mail.example") in ties(telemetry)
        assert not problems


def test_a_person_nobody_knows_ties_nothing():
    telemetry, _ = read("rpsl", b"inetnum: 192.0.2.0/24\nnetname: X\nadmin-c: NOBODY\n")
    assert not any(relation == "registered-by" for relation, *_ in ties(telemetry))


def test_delegations_count_addresses_not_prefixes_and_headers_are_no_records():
    data = b"2|apnic|20130131|2|1|20130131|+0000\napnic|*|ipv4|*|1|summary\n"
    data += b"apnic|CN|ipv4|223.166.0.0|131072|20020301|allocated\n"
    telemetry, problems = read("delegated", data)
    assert ties(telemetry) == {("allocated-to", "223.166.0.0/15", "registrant-address", "CN")}
    assert [n for g in telemetry for n in g.numbers] == [3] and not problems


@pytest.mark.parametrize(
    "line", [b"apnic|CN|ipv4|223.166.0.0|-5|20020301|allocated", b"apnic|CN|ipv4|1.2.3|1|x|y|z", b"apnic|CN"]
)
def test_a_bad_delegation_says_where(line):
    _, problems = read("delegated", b"apnic|JP|ipv4|192.0.2.0|256|20020301|allocated\n" + line + b"\n")
    assert [p.where for p in problems] == ["line 2"]


def test_passive_dns_keeps_its_interval_and_number():
    row = {
        "rrname": "a.example",
        "rrtype": "AAAA",
        "rdata": "2001:db8::1",
        "time_first": 100,
        "time_last": 900,
        "count": 7,
    }
    telemetry, _ = read("passive_dns", json.dumps(row).encode() + b"\n{}\n")
    (tied,) = telemetry[0].ties
    assert (list(telemetry[0].times), list(tied.until), list(tied.counts)) == ([100.0], [900.0], [7])


@pytest.mark.parametrize(
    "vcard", [None, [], ["vcard"], ["vcard", None], ["vcard", [["fn"], ["fn", {}, "text", 5], "x"]]]
)
def test_a_broken_vcard_costs_only_itself(vcard):
    answer = {
        "objectClassName": "domain",
        "ldhName": "a.example",
        "entities": [{"roles": ["registrant"], "vcardArray": vcard}],
    }
    telemetry, problems = read("rdap", json.dumps(answer).encode())
    assert telemetry[0].numbers == [1] and not problems


def test_configuration_hosts_are_command_and_control_and_contacts_of_a_sandbox_are_not():
    report = {
        "target": {"file": {"md5": "d" * 32}},
        "CAPE": {"configs": [{"Tidepool": {"C2": ["c2.example:443"]}}]},
        "network": {"domains": [{"domain": "time.example"}]},
    }
    _, (record,) = read("triage", json.dumps(report).encode())
    roles = {seen.value: seen.role for seen in record.seen}
    assert roles["c2.example"] == "c2" and roles["time.example"] is None


def test_an_ipv6_host_with_a_port_is_read_as_such():
    _, (record,) = read("triage", b'{"md5": "%s", "config": {"hosts": ["[2001:db8::1]:443"]}}' % (b"d" * 32))
    assert ("ip-port", "[2001:db8::1]:443") in {(s.kind, s.value) for s in record.seen}


def test_what_is_no_certificate_and_no_program_is_refused_with_a_place():
    for name in ("x509", "pe"):
        with pytest.raises(FormatError):
            read(name, b"MZ" + b"\0" * 100)


def test_nothing_deep_or_long_gets_through(tmp_path):
    for name in ("rdap", "triage", "yara_hits"):
        for data in (b"[" * 200_000, b'{"a":' * 200_000, b"{" + b" " * 100):
            with pytest.raises(FormatError):
                read(name, data)
    _, problems = read("rpsl", b"inetnum: " + b"9" * 100_000 + b"\nnetname: X\n")
    assert len(problems) == 1 and len(problems[0].problem) < 300
