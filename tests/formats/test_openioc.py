"""OpenIOC on the 47 files of the APT1 report, and against hostile XML."""

import csv
import io
import json
from collections import Counter

import pytest

from backtrail.formats.openioc import FORMAT
from backtrail.model.errors import FormatError
from backtrail.model.record import Heading, Record, Seen

HEADING = Heading(id="UNC-0001", title="COLD HARBOUR", created="2026-03-04T05:06:07Z")
TERM = (
    '<IndicatorItem id="t" condition="{condition}"{more}><Context document="FileItem" search="{search}" type="mir"/>'
    '<Content type="string">{value}</Content></IndicatorItem>'
)


def read(data: bytes) -> list[Record]:
    return list(FORMAT.read(io.BytesIO(data)))


def ioc(condition: str = "is", search: str = "FileItem/Md5sum", value: str = "a", more: str = "") -> bytes:
    term = TERM.format(condition=condition, search=search, value=value, more=more)
    start = '<ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="i"><short_description>S</short_description>'
    return f'{start}<definition><Indicator operator="OR">{term}</Indicator></definition></ioc>'.encode()


def terms(node: dict) -> list[tuple]:
    if "children" in node:
        return [term for child in node["children"] for term in terms(child)]
    return [(node["condition"] + ("not" if node.get("negate") else ""), node.get("search"), node.get("value"))]


def trees(records: list[Record]) -> list[dict]:
    return [json.loads(p.text) for record in records for p in record.patterns if p.language == "openioc"]


def without_ids(node: dict) -> dict:
    plain = {key: value for key, value in node.items() if key not in ("id", "children")}
    return plain | ({"children": [without_ids(child) for child in node["children"]]} if "children" in node else {})


@pytest.fixture(scope="module")
def apt1(shared) -> dict[str, list[Record]]:
    return {path.stem: read(path.read_bytes()) for path in sorted((shared / "data/apt1/openioc").glob("*.ioc"))}


def test_apt1_has_47_files_and_3362_terms_without_a_problem(apt1):
    records = [record for file in apt1.values() for record in file]
    assert len(apt1) == 47
    assert sum(record.where.startswith("record ") for record in records) == 3362
    assert not [record for record in records if record.problem]


def test_apt1_terms_equal_the_flat_list(apt1, shared):
    with (shared / "data/apt1/appendix_g_ioc_items.csv").open(newline="") as file:
        flat = Counter((r["ioc_id"], r["condition"], r["search"], r["content"]) for r in csv.DictReader(file))
    ours = Counter((name, *term) for name, file in apt1.items() for tree in trees(file) for term in terms(tree))
    assert ours == flat
    shown = Counter(seen.value for file in apt1.values() for record in file for seen in record.seen)
    positive = Counter()
    for (_, condition, _, content), number in flat.items():
        if not condition.endswith("not"):
            positive[content] += number
    assert shown == positive


def test_apt1_round_trips_lose_no_value_and_keep_the_trees(apt1):
    for name, before in apt1.items():
        after = read(b"".join(FORMAT.write(before, HEADING)))
        assert Counter(s for r in after for s in r.seen) == Counter(s for r in before for s in r.seen), name
        written = without_ids(trees(after)[0])
        assert without_ids(trees(before)[0]) in (written, *written["children"]), name


@pytest.mark.parametrize(
    ("condition", "search", "kind"),
    [
        ("is", "FileItem/Md5sum", "md5"),
        ("is", "FileItem/Unknown", "x-openioc:FileItem/Unknown"),
        ("contains", "FileItem/FileName", "text"),
        ("isnot", "FileItem/FileName", None),
        ("containsnot", "FileItem/FileName", None),
    ],
)
def test_conditions(condition, search, kind):
    first = read(ioc(condition, search))[0]
    assert [seen.kind for seen in first.seen] == ([kind] if kind else [])
    assert first.problem is None


def test_negate_of_1_1_shows_nothing():
    assert not read(ioc(more=' negate="true"'))[0].seen


def test_a_range_of_times_is_no_single_time():
    seen = read(ioc(search="FileItem/PEInfo/PETimeStamp", value="2010-01-01 TO 2011-01-01"))[0].seen
    assert [s.kind for s in seen] == ["x-openioc:FileItem/PEInfo/PETimeStamp"]


def test_any_value_comes_back_through_our_own_terms():
    seen = (
        Seen(kind="pdb-path", value="C:\\a<&>.pdb"),
        Seen(kind="persona", value="é"),
        Seen(kind="x-misp:other", value="v"),
    )
    back = read(b"".join(FORMAT.write([Record(where="record 1", seen=seen)], HEADING)))
    assert [(s.kind, s.value) for r in back for s in r.seen] == [(s.kind, s.value) for s in seen]


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE ioc [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><ioc>&b;</ioc>',
        b'<!DOCTYPE ioc [<!ENTITY x SYSTEM "file:///etc/passwd">]><ioc>&x;</ioc>',
        b'<!DOCTYPE ioc SYSTEM "http://c2.example/x.dtd"><ioc/>',
        b"<ioc>" + b"<Indicator>" * 100_000,
        b"<ioc><definition>",
        b"<other/>",
        b"",
        b"<ioc>\x00</ioc>",
        b'<?xml version="1.0" encoding="nonsense"?><ioc/>',
    ],
)
def test_hostile_xml_raises_only_format_error_with_a_place(data):
    with pytest.raises(FormatError) as caught:
        read(data)
    assert caught.value.where


def test_a_term_without_content_is_a_problem_and_reading_goes_on():
    records = read(ioc(value=""))
    assert records[0].problem
    assert records[-1].where == "definition"
