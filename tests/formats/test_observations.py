"""Backtrail's own JSON Lines, in both shapes."""

import io

import pytest

from backtrail.formats import observations
from backtrail.model.record import Claimed, Seen


def read(text: str | bytes):
    return list(observations.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def test_a_report_is_an_intrusion_whose_label_is_a_claim():
    (record,) = read('{"id":"R","date":"2013-02-18","group":"APT1","indicators":[{"type":"ip","value":"192.0.2.7"}]}')
    assert record.intrusion == "R"
    assert record.seen == (Seen(kind="ipv4-addr", value="192.0.2.7", first="2013-02-18", last="2013-02-18"),)
    assert record.claims == (Claimed(subject="intrusion:R", predicate="attributed-to", object="group:APT1"),)


def test_titles_and_references_are_not_read():
    (record,) = read('{"id":"R","techniques":["T1059"],"software":["S0009"],"title":"APT1","refs":["http://x.com"]}')
    assert [seen.kind for seen in record.seen] == ["technique", "software"]


def test_a_claim_is_a_line_of_its_own():
    text = '{"subject":"software:RAT","predicate":"exclusivity","object":"public 2012-01-01"}'
    (record,) = read(text)
    assert record.claims == (Claimed(subject="software:RAT", predicate="exclusivity", object="public 2012-01-01"),)
    assert observations.sniff(text.encode(), "x") and not record.seen and record.intrusion is None
    assert read('{"subject":"software:RAT","predicate":"exclusivity"}')[0].problem


@pytest.mark.parametrize(
    ("word", "kind"),
    [("ip", "ipv4-addr"), ("ip_port", "ip-port"), ("domain", "domain-name"), ("url_path", "url-path"), ("port", "port"),
     ("filename", "file-name"), ("filepath", "file-path"), ("regkey", "registry-key"), ("email", "email-addr"),
     ("pdb", "pdb-path"), ("cve", "vulnerability"), ("mutex", "mutex"), ("http_fp", "http-fingerprint"),
     ("technique", "technique"), ("user_agent", "user-agent"), ("imphash", "imphash"), ("dllname", "file-name"),
     ("email_subject", "email-subject"), ("pipe", "pipe"), ("x509-serial", "x509-serial"),
     ("banana", "x-observations:banana")],
)  # fmt: skip
def test_types_of_reports(word, kind):
    (record,) = read(f'{{"id":"R","indicators":[{{"type":"{word}","value":"x"}}]}}')
    assert record.seen[0].kind == kind


def test_a_bad_line_is_a_problem_and_the_next_is_read():
    lines = [
        "{",
        "7",
        '{"kind":"md5"}',
        '{"kind":"md5","value":NaN}',
        '{"kind":"b","value":"x"}',
        "[" * 100_000,
        "",
        "\0",
    ]
    records = read("\n".join([*lines, '{"kind":"text","value":"x"}']))
    assert [bool(record.problem) for record in records] == [True] * 7 + [False]
    assert records[-1].where == "line 9"


def test_a_line_without_end_is_skipped_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(observations, "MAX_LINE", 100)
    records = read('{"kind":"text","value":"' + "x" * 1000 + '"}\n{"kind":"text","value":"x"}')
    assert [(record.where, bool(record.problem)) for record in records] == [("line 1", True), ("line 2", False)]


def test_real_reports_are_read_whole(shared):
    for name in ("events_actor.jsonl", "ttp_reports.jsonl"):
        path = shared / "data" / "attribution" / "dev" / name
        data = path.read_bytes()
        assert observations.sniff(data[: 1 << 16], name)
        records = read(data)
        assert len(records) == data.count(b"\n")
        assert not [record for record in records if record.problem]
        assert not [seen for record in records for seen in record.seen if seen.kind.startswith("x-")]
