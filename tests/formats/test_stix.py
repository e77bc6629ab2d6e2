"""STIX against its own tools: the OASIS validator and stix2 accept what is written."""

import io
import json
import time
from collections import Counter

import pytest
import stix2
import stix2validator
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.formats.kit.stix_marks import EXTENSION, TLP_2
from backtrail.formats.kit.stix_patterns import pattern_for, values_in
from backtrail.formats.stix import FORMAT
from backtrail.model.errors import FormatError
from backtrail.model.kinds import KINDS
from backtrail.model.record import Claimed, Heading, Indicator, Pattern, Record, Seen

HEADING = Heading(
    id="UNC-0001", title="COLD HARBOUR", created="2026-03-04T05:06:07Z", tlp="AMBER", aliases=("Sample (Vendor)",),
    confidence=70,
)  # fmt: skip
VALUES = ["it's a \\ value", "443", "T1059.001", "CVE-2012-0158", "192.0.2.1:443", "198.51.100.0/24", "a" * 32]
FIRST_OBSERVED = {"first_observed": "2012-01-01T00:00:00Z", "last_observed": "2012-02-01T00:00:00Z"}


def read(data: bytes) -> list[Record]:
    return list(FORMAT.read(io.BytesIO(data)))


def bundle(*objects: object) -> bytes:
    return json.dumps({"type": "bundle", "objects": objects}).encode()


def written(*records: Record) -> bytes:
    return b"".join(FORMAT.write(records, HEADING))


def assert_valid(data: bytes) -> None:
    result = stix2validator.validate_string(data.decode(), stix2validator.ValidationOptions(version="2.1"))
    assert result.is_valid, [str(error) for error in result.errors]
    stix2.parse(data.decode(), allow_custom=True)


def test_every_kind_is_valid_stix_and_comes_back_whole():
    seen = [
        value
        for kind in [*KINDS, "x-openioc:FileItem/PEInfo/Type"]
        for text in VALUES
        for value in (
            Seen(kind=kind, value=text, role="c2", first="2012-05", last="2013-01-02T03:04:05Z", confidence=80,
                 tlp="RED"),
            Indicator(kind=kind, value=text, first="2012", valid_until="2030-01-01", evidence=("O-1",), warnings=("w",),
                      action="block", tlp="GREEN"),
        )
    ]  # fmt: skip
    data = written(Record(where="record 1", seen=tuple(seen)))
    assert_valid(data)
    assert [value for record in read(data) for value in record.seen] == seen


def test_patterns_of_any_language_are_kept():
    patterns = (
        Pattern(language="yara", text="rule a {condition: true}", name="a"),
        Pattern(language="stix", text="[file:name = 'a' AND file:size > 3]", name="b"),
    )
    data = written(Record(where="record 1", patterns=patterns))
    assert_valid(data)
    assert [pattern for record in read(data) for pattern in record.patterns] == list(patterns)


@pytest.mark.parametrize("tlp", TLP_2)
def test_markings_are_the_published_ones_and_are_in_the_bundle(tlp):
    data = written(Record(where="record 1", seen=(Seen(kind="url", value="http://c2.example/", tlp=tlp),)))
    assert_valid(data)
    contents = json.loads(data)["objects"]
    referred = {ref for content in contents for ref in content.get("object_marking_refs", [])}
    assert TLP_2[tlp] in referred <= {content["id"] for content in contents}
    assert [seen.tlp for record in read(data) for seen in record.seen] == [tlp]


def test_an_empty_export_is_a_valid_bundle():
    assert_valid(written())


def test_stix_2_0_is_lifted_to_valid_2_1_and_loses_no_value():
    stamps = {"created": "2018-01-01T00:00:00.000Z", "modified": "2018-01-01T00:00:00.000Z"}
    uuid = "11111111-1111-4111-8111-111111111111"
    observed = stamps | FIRST_OBSERVED | {
        "type": "observed-data", "id": f"observed-data--{uuid}", "number_observed": 1,
        "objects": {
            "0": {"type": "ipv4-addr", "value": "192.0.2.7"},
            "1": {"type": "network-traffic", "dst_ref": "0", "dst_port": 443, "protocols": ["tcp"]},
        },
    }  # fmt: skip
    indicator = stamps | {
        "type": "indicator", "id": f"indicator--{uuid}", "labels": ["malicious-activity"],
        "pattern": "[domain-name:value = 'c2.example']", "valid_from": "2018-01-01T00:00:00Z", "x_unknown": {"kept": 1},
    }  # fmt: skip
    malware = stamps | {"type": "malware", "id": f"malware--{uuid}", "name": "M", "labels": ["backdoor"]}
    before = read(bundle(observed, indicator, malware))
    data = written(*before)
    assert_valid(data)
    after = read(data)
    assert Counter(s for r in after for s in r.seen) == Counter(s for r in before for s in r.seen)
    contents = {content["type"]: content for content in json.loads(data)["objects"]}
    assert contents["network-traffic"]["dst_ref"] == contents["ipv4-addr"]["id"]
    assert contents["ipv4-addr"]["id"] == stix2.IPv4Address(value="192.0.2.7").id
    assert contents["indicator"]["x_unknown"] == {"kept": 1}


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        (r"[file:name = 'it\'s \\ here']", [("file-name", r"it's \ here")]),
        ("[file:hashes.'SHA-256' = 'aa' OR file:hashes.MD5 = 'bb']", [("sha256", "aa"), ("md5", "bb")]),
        ("[domain-name:value IN ('a.example', 'b.example')]",
         [("domain-name", "a.example"), ("domain-name", "b.example")]),
        ("[domain-name:value NOT IN ('a.example')]", []),
        ("[domain-name:value NOT = 'a.example']", []),
        ("[domain-name:value != 'a.example']", []),
        ("[domain-name:value LIKE '%.example']", []),
        ("[url:value MATCHES '^http']", []),
        ("[file:name = 'domain-name:value = \\'a.example\\'']", [("file-name", "domain-name:value = 'a.example'")]),
        ("[ipv4-addr:value = '198.51.100.0/24']", [("network", "198.51.100.0/24")]),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", [("network", "198.51.100.0/24")]),
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']",
         [("ipv4-addr", "192.0.2.1")]),
        ("[x-other:thing = 'a']", [("x-stix:x-other:thing", "a")]),
        ("[file:name = 'never closed", []),
        ("nonsense", []),
    ],
)  # fmt: skip
def test_values_in_patterns(pattern, values):
    assert values_in(pattern) == values


@given(kind=st.sampled_from([*KINDS, "x-misp:other"]), value=st.text(min_size=1, max_size=40))
@settings(deadline=None)
def test_patterns_invert(kind, value):
    assert values_in(pattern_for(kind, value)) == [(kind, value)]


@pytest.mark.parametrize("piece", ["'\\", "a:", "a:'", "[a:b", "a-", "1-", "a:b IN (", "a:b.", "a:b["])
def test_hostile_patterns_are_read_in_linear_time(piece):
    """Measured: 0.2 s at most; looking back over all of the text takes many minutes."""
    start = time.process_time()
    values_in(piece * 100_000)
    assert time.process_time() - start < 30


def test_aliases_and_relationships_are_claims():
    group = {"type": "intrusion-set", "id": "intrusion-set--1", "name": "G", "aliases": ["H", "G"]}
    relationship = {
        "type": "relationship",
        "source_ref": "malware--1",
        "relationship_type": "uses",
        "target_ref": "tool--2",
    }
    records = read(bundle(group, relationship))
    assert records[0].where == "record 1 intrusion-set--1"
    assert records[0].claims == (Claimed(subject="group:G", predicate="alias", object="H"),)
    assert records[1].claims == (Claimed(subject="malware--1", predicate="uses", object="tool--2"),)


def test_bad_objects_are_problems_and_the_next_is_read():
    records = read(
        bundle(
            1, {"type": []}, {"type": "url", "value": {}}, {"type": "url"}, {"type": "url", "value": "http://a.example"}
        )
    )
    assert [bool(record.problem) for record in records] == [True, True, True, True, False]
    assert records[-1].seen == (Seen(kind="url", value="http://a.example"),)


def test_what_was_read_before_the_break_is_given():
    stream = FORMAT.read(io.BytesIO(bundle({"type": "url", "value": "http://a.example"}, {"type": "url"})[:-10]))
    assert next(stream).seen
    with pytest.raises(FormatError) as caught:
        list(stream)
    assert caught.value.where.startswith("offset ")


def test_no_victim_leaves():
    from backtrail.model.intrusion import Victim

    victim = Victim(intrusion="IN-1", name="Secret Works")
    data = written(Record(where="line 1", victim=victim, intrusion="IN-1", seen=(Seen(kind="mutex", value="m"),)))
    assert b"Secret" not in data and b"IN-1" not in data


def test_our_extension_is_defined_in_the_bundle():
    data = written(Record(where="record 1", seen=(Seen(kind="mutex", value="m", role="c2"),)))
    assert EXTENSION in {content["id"] for content in json.loads(data)["objects"]}


@pytest.mark.parametrize("count", [20_000])
def test_a_large_bundle_is_read_in_bounded_memory(count):
    import tracemalloc

    data = bundle(*({"type": "domain-name", "value": f"h{n}.example", "x_filler": "x" * 400} for n in range(count)))
    stream = io.BytesIO(data)
    tracemalloc.start()
    assert sum(len(record.seen) for record in FORMAT.read(stream)) == count
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20 < len(data) + (2 << 20)
