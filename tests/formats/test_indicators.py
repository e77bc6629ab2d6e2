"""Indicator lists with a header, and prose that only looks like one."""

import io

import pytest

from backtrail.formats import indicators
from backtrail.model.errors import FormatError
from backtrail.model.record import Heading, Indicator, Record, Seen

D = "domain-name"
HEADING = Heading(id="UNC-1", title="x", created="2013-02-18T09:00:00Z")


def read(text: str):
    return list(indicators.read(io.BytesIO(text.encode())))


def values(text: str) -> list[tuple[str, str]]:
    return [(seen.kind, seen.value) for record in read(text) for seen in record.seen]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("type,value\nip-dst,192.0.2.7\n", [("ipv4-addr", "192.0.2.7")]),
        ("Indicator Type\tIndicator\nFileHash-MD5\tabc\n", [("md5", "abc")]),
        ("\ufeffioc;kind;role\nevil.com;hostname;c2\n", [("domain-name", "evil.com")]),
        ("md5,domain,note\nabc,evil.com,x\n,bad.org,\n", [("md5", "abc"), (D, "evil.com"), (D, "bad.org")]),
        ('type,value\ntext,"a, ""b"""\n', [("text", 'a, "b"')]),
        ("type,value\nbanana,x\n", [("x-csv:banana", "x")]),
    ],
)  # fmt: skip
def test_layouts(text, want):
    assert indicators.sniff(text.encode(), "list.csv")
    assert values(text) == want


@pytest.mark.parametrize(
    "text",
    [
        "Malware, we believe, was sent by mail.\nThe domain, however, was new.\n",
        "domain: evil.com, ip: 192.0.2.7\n",
        "evil.com\nbad.org\n",
        "a,b,c\n1,2,3\n",
        "domain, ip and others.\nare listed\n",
        "",
        "\0,domain\n",
    ],
)
def test_prose_and_other_tables_are_left_to_others(text):
    assert not indicators.sniff(text.encode(), "notes.txt")


def test_rows_say_on_which_line_they_begin():
    records = read('type,value\n\ntext,"two\nlines"\ntext,after\n')
    assert [record.where for record in records] == ["line 3", "line 5"]


def test_bad_rows_are_problems():
    text = f"type,value,confidence\ntext,x,{'9' * 5000}\ntext,,1\ntext,x,1,more\ntext,{'x' * 140_000},1\ntext,x,100\n"
    records = read(text)
    assert [bool(record.problem) for record in records] == [True, True, True, True, False]
    assert records[0].seen[0].confidence is None


def test_without_a_header_the_file_is_refused():
    with pytest.raises(FormatError):
        read("a,b\n1,2\n")


def test_what_is_written_is_read_back_field_for_field():
    full = Indicator(
        kind="text", value='=cmd|"x",\n2', role="c2", first="2012", last="2013-01", confidence=0, tlp="AMBER",
        valid_until="2014", evidence=("O-1", "O-2"), warnings=("One", "Two"), action="block",
    )  # fmt: skip
    plain = Seen(kind="x-misp:comment", value="-1")
    written = b"".join(indicators.write([Record(where="record 1", seen=(full, plain))], HEADING))
    assert [record.seen for record in read(written.decode())] == [(full,), (plain,)]


def test_public_lists(shared):
    folder = shared / "data" / "apt1"
    for name, kind, count in (("md5_family.csv", "md5", 1044), ("registered_zones_107.csv", "domain-name", 107)):
        data = (folder / name).read_bytes()
        if name.startswith("registered"):
            assert {k for k, _ in values(data.decode())} == {kind}
        assert sum(k == kind for k, _ in values(data.decode())) == count
    data = (folder / "appendix_g_ioc_items.csv").read_bytes()
    assert indicators.sniff(data[: 1 << 16], "x.csv")
    assert len(values(data.decode())) > 3000


def test_what_a_row_says_of_a_file_is_kept_as_a_claim():
    text = "type,value,comment\nmd5,D41D8CD98F00B204E9800998ECF8427E,TIDEPOOL\ndomain,evil.com,port 53\n"
    first, second = read(text)
    assert [(c.subject, c.predicate, c.object) for c in first.claims] == [
        ("md5:d41d8cd98f00b204e9800998ecf8427e", "comment", "TIDEPOOL")
    ]
    assert second.claims == ()
