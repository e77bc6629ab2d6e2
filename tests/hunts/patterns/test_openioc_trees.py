"""OpenIOC trees over items: conditions, case, documents, and the published trees of the APT1 report."""

import io
import json

import pytest

from backtrail.formats.openioc import FORMAT
from backtrail.hunts.patterns.openioc import OpenIocTree
from backtrail.model.errors import FormatError
from backtrail.model.record import Heading


def term(condition, value, search="FileItem/FileName", **more):
    return {"condition": condition, "search": search, "value": value, **more}


def tree(operator, *children):
    return {"operator": operator, "children": list(children)}


def asked(node):
    return OpenIocTree(json.dumps(node))


@pytest.mark.parametrize(
    ("node", "value", "expected"),
    [
        (term("is", "Svchost.EXE"), "svchost.exe", True), (term("is", "svchost"), "svchost.exe", False),
        (term("is", "Svchost.EXE", preserve_case=True), "svchost.exe", False),
        (term("is", "Svchost.EXE", preserve_case=True), "Svchost.EXE", True),
        (term("contains", "HOST"), "svchost.exe", True),
        (term("contains", "HOST", preserve_case=True), "svchost", False),
        (term("starts-with", "SVC"), "svchost.exe", True), (term("starts-with", "host"), "svchost.exe", False),
        (term("ends-with", ".EXE"), "svchost.exe", True), (term("ends-with", "svc"), "svchost.exe", False),
        (term("matches", "^SVC.*exe$"), "svchost.exe", True),
        (term("matches", "^SVC.*exe$", preserve_case=True), "svchost.exe", False),
        (term("is", "svchost.exe", negate=True), "svchost.exe", False),
        (term("is", "x", negate=True), "svchost.exe", True),
        (term("contains", "host", negate=True), "svchost.exe", False), (term("is", "Straße"), "STRASSE", True),
        (term("is", "4096", type="int"), "0x1000", True), (term("is", "4096", type="int"), "4096", True),
        (term("is", "10 TO 20", type="int"), "20", True), (term("is", "10 TO 20", type="int"), "21", False),
        (term("is", "10 TO 20", type="int"), "x", False), (term("greater-than", "10", type="int"), "11", True),
        (term("greater-than", "10", type="int"), "10", False), (term("less-than", "10", type="int"), "9.5", True),
        (term("less-than", "2012-01-01T00:00:00Z", type="date"), "2011-12-31T23:59:59Z", True),
        (term("is", "2010-01-01T00:00:00Z TO 2011-01-01T00:00:00Z", type="date"), "2010-06-01T00:00:00Z", True),
        (term("is", "2010-01-01T00:00:00Z TO 2011-01-01T00:00:00Z", type="date"), "2010", False),
        (term("is", "192.0.2.0/24", type="IP"), "192.0.2.77", True),
        (term("is", "192.0.2.1 TO 192.0.2.9", type="IP"), "192.0.2.10", False),
        (term("is", "192.0.2.1 TO 192.0.2.9", type="IP"), "192.0.2.9", True),
        (term("is", "2001:DB8::1", type="IP"), "2001:db8:0:0::1", True),
    ],
)  # fmt: skip
def test_conditions(node, value, expected):
    assert asked(node).one({"FileItem/FileName": [value]}) is expected
    assert asked(tree("OR", node)).match([{"FileItem/FileName": [value]}]) is expected


def test_an_and_over_one_document_wants_one_item():
    node = tree("AND", term("is", "a.exe"), term("is", "5", "FileItem/SizeInBytes", type="int"))
    apart = [{"FileItem/FileName": ["a.exe"]}, {"FileItem/SizeInBytes": ["5"]}]
    together = [{"FileItem/FileName": ["a.exe"], "FileItem/SizeInBytes": ["5"]}]
    assert not asked(node).match(apart)
    assert asked(node).match(together)


def test_an_and_over_several_documents_takes_several_items():
    node = tree("AND", term("is", "a.exe"), tree("OR", term("is", "c2.example", "Network/DNS"), term("is", "b.exe")))
    assert asked(node).match([{"FileItem/FileName": ["a.exe"]}, {"domain-name": ["C2.example"]}])
    assert asked(node).match([{"FileItem/FileName": ["a.exe"]}, {"FileItem/FileName": ["b.exe"]}])
    assert not asked(node).match([{"FileItem/FileName": ["a.exe"]}])


def test_negation_wants_an_item_of_the_document():
    node = term("is", "a.exe", negate=True)
    assert not asked(node).match([{"Network/DNS": ["c2.example"]}])
    assert asked(node).match([{"FileItem/Md5sum": ["d41d"]}])


def test_our_kinds_stand_for_search_terms():
    assert asked(term("is", "D41D8CD98F00B204E9800998ECF8427E", "FileItem/Md5sum")).one(
        {"md5": ["d41d8cd98f00b204e9800998ecf8427e"]}
    )
    assert asked(term("is", "2001:db8::1", "PortItem/remoteIP", type="IP")).one({"ipv6-addr": ["2001:db8::1"]})
    assert asked(term("is", "evil", "Backtrail/pipe")).one({"pipe": ["EVIL"]})


@pytest.mark.parametrize(
    "text", ["", "[]", "5", "{}", json.dumps(term("resembles", "x")), json.dumps(term("matches", "("))]
)
def test_what_is_no_tree_is_refused(text):
    with pytest.raises(FormatError):
        OpenIocTree(text)


def test_preserve_case_survives_reading_and_writing():
    heading = Heading(id="UNC-1", title="T", created="2026-03-04T05:06:07Z")
    text = (
        '<OpenIOC xmlns="http://openioc.org/schemas/OpenIOC_1.1" id="i"><criteria><Indicator operator="OR">'
        '<IndicatorItem id="t" condition="is" preserve-case="true">'
        '<Context document="FileItem" search="FileItem/FileName" type="mir"/>'
        '<Content type="string">A</Content></IndicatorItem></Indicator></criteria></OpenIOC>'
    )
    for data in (text.encode(), b"".join(FORMAT.write(FORMAT.read(io.BytesIO(text.encode())), heading))):
        (pattern,) = [p for record in FORMAT.read(io.BytesIO(data)) for p in record.patterns]
        found = OpenIocTree(pattern.text)
        assert found.one({"FileItem/FileName": ["A"]}) and not found.one({"FileItem/FileName": ["a"]})


def test_every_published_tree_of_apt1_fires_on_its_own_terms(shared):
    for path in sorted((shared / "data/apt1/openioc").glob("*.ioc")):
        (pattern,) = [p for record in FORMAT.read(io.BytesIO(path.read_bytes())) for p in record.patterns]
        found = OpenIocTree(pattern.text)
        item = {}
        for leaf in _leaves(json.loads(pattern.text)):
            if not leaf.get("negate") and leaf["condition"] in ("is", "contains"):
                item.setdefault(leaf["search"], []).append(leaf["value"].partition(" TO ")[0].upper())
        assert found.match([item]), path.name
        assert not found.match([{"FileItem/FileName": ["nothing of the kind"]}]), path.name


def _leaves(node):
    return [leaf for child in node["children"] for leaf in _leaves(child)] if "children" in node else [node]
