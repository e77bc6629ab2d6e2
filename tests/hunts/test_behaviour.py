"""Behaviour in logs: STIX patterns over one and several events, OpenIOC trees, and rules given to `hunt`."""

import json

import pytest

from backtrail.hunts.backends import HuntOptions
from backtrail.hunts.backends.behaviour import hunt
from backtrail.hunts.events import event_fields, objects_of, values_of
from backtrail.hunts.patterns.anchors import stix_anchors, tree_anchors
from backtrail.hunts.patterns.stix import StixPattern, seens
from backtrail.model.errors import FormatError, NotFoundError
from backtrail.model.record import Pattern
from backtrail.verbs.hunt import hunt as hunt_verb


def sysmon(second, **data):
    event = {"System": {"EventID": 1, "TimeCreated": {"#attributes": {"SystemTime": f"2020-01-01T00:00:{second:02d}Z"}},
                        "Computer": "DESK-1"}, "EventData": data}  # fmt: skip
    return json.dumps({"Event": event})


LINES = [
    sysmon(1, Image="C:\\Windows\\System32\\whoami.exe", CommandLine="whoami /all", Hashes="MD5=AA,SHA256=BB"),
    sysmon(5, Image="C:\\Temp\\rar.exe", CommandLine="rar a -hpsecret x.rar C:\\Docs", User="CORP\\bob"),
    sysmon(7, Image="C:\\Windows\\explorer.exe", CommandLine="explorer"),
    sysmon(30, Image="C:\\Windows\\System32\\whoami.exe", CommandLine="whoami"),
    json.dumps({"timestamp": "2020-01-01T00:00:09Z", "src_ip": "10.0.0.5", "dest_ip": "192.0.2.7", "dest_port": 443,
                "http": {"hostname": "c2.example", "url": "/a?b=1", "http_user_agent": "odd/1"}}),
]  # fmt: skip

WHOAMI = "[process:command_line LIKE 'whoami%']"
RAR = "[process:command_line MATCHES ' -hp[^ ]+' AND process:image_ref.name = 'rar.exe']"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "events.json"
    path.write_text("\n".join(LINES) + "\n")
    return path


def found(text, path, language="stix"):
    problems = []
    hits = list(
        hunt([Pattern(language=language, text=text)], [path], HuntOptions(problem=lambda *p: problems.append(p)))
    )
    assert not problems, problems
    return [hit.number for hit in hits]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (WHOAMI, [1, 4]), (RAR, [2]), (f"{WHOAMI} FOLLOWEDBY {RAR}", [1, 2]), (f"{RAR} FOLLOWEDBY {WHOAMI}", [2, 4]),
        (f"({WHOAMI} FOLLOWEDBY {RAR}) WITHIN 3 SECONDS", []),
        (f"({WHOAMI} FOLLOWEDBY {RAR}) WITHIN 4 SECONDS", [1, 2]),
        (f"{WHOAMI} REPEATS 2 TIMES", [1, 4]), (f"{WHOAMI} REPEATS 3 TIMES", []),
        (f"{WHOAMI} START t'2020-01-01T00:00:02Z' STOP t'2021-01-01T00:00:00Z'", [4]),
        ("[domain-name:value = 'c2.example']", [5]), ("[url:value = 'http://c2.example/a?b=1']", [5]),
        ("[network-traffic:dst_ref.value = '192.0.2.7' AND network-traffic:dst_port = 443]", [5]),
        ("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'odd/1']", [5]),
        ("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", [5]), ("[file:hashes.MD5 = 'aa']", [1]),
        ("[file:name = 'rar.exe' AND file:parent_directory_ref.path = 'C:\\\\Temp']", [2]),
        ("[user-account:account_login LIKE '%bob']", [2]), ("[file:name = 'nothing.exe']", []),
    ],
)  # fmt: skip
def test_stix_patterns_over_events(log, pattern, expected):
    assert sorted(found(pattern, log)) == expected


def test_matches_of_a_sequence_use_each_event_once(tmp_path):
    path = tmp_path / "many.json"
    path.write_text("\n".join(sysmon(n, Image="C:\\a.exe", CommandLine="whoami") for n in range(9)))
    assert sorted(found(f"({WHOAMI} FOLLOWEDBY {WHOAMI}) WITHIN 1 SECONDS", path)) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_openioc_trees_over_events(log):
    def term(search, value, condition="is"):
        return {"condition": condition, "search": search, "value": value}

    tree = {"operator": "AND", "children": [term("FileItem/FileName", "RAR.exe"),
                                            term("ProcessItem/arguments", "-HP", "contains")]}  # fmt: skip
    assert found(json.dumps(tree), log, "openioc") == [2]
    assert found(json.dumps(term("Network/DNS", "C2.example")), log, "openioc") == [5]
    assert found(json.dumps(term("PortItem/remoteIP", "192.0.2.7")), log, "openioc") == [5]


def test_anchors_are_texts_that_a_line_must_show():
    def anchors(pattern):
        return stix_anchors(seens(StixPattern(pattern).expression))

    assert anchors("[domain-name:value = 'c2.example']") == [r"c2\.example"]
    assert anchors("[a:b = 'left' AND a:c > 5]") == ["left"]
    assert anchors("[a:b = 'left' OR a:c > 5]") is None and anchors("[a:b != 'left']") is None
    assert anchors("[a:b IN ('left', 'right')] OR [a:b LIKE '%middle%x']") == ["left", "right", "middle"]
    assert anchors(r"[a:b = 'C:\\Windows\\odd name.exe']") == [r"Windows.*name\.exe"]
    assert anchors("[a:b = 'x']") is None and anchors("[a:b MATCHES 'left']") is None
    size = {"condition": "is", "search": "Backtrail/port", "value": "5000", "type": "int"}
    assert tree_anchors(json.dumps(size), {"port"}) is None
    assert tree_anchors(json.dumps(size), {"md5"}) == [], "no record has such a value"


def test_events_without_much_to_say():
    assert objects_of({}) == {} and values_of({"line": "x"}) == {}
    assert objects_of(event_fields("not json")) == {}
    assert values_of({"md5": "AA"}) == {"md5": ["aa"]}


def test_hunt_takes_rules(log, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "p.txt").write_text(f"# archives\n{RAR}\n[bad\n")
    bundle = {"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "indicator", "id": "indicator--1", "name": "whoami then rar", "pattern_type": "stix",
         "pattern": f"{WHOAMI} FOLLOWEDBY {RAR}"}]}  # fmt: skip
    (rules / "b.json").write_text(json.dumps(bundle))
    done = hunt_verb([log], rules=[rules], jobs=1)
    assert {(f.indicator.kind, f.indicator.value, f.count) for f in done.findings} == {
        ("x-stix:pattern", RAR, 1), ("x-stix:pattern", "whoami then rar", 2),
    }  # fmt: skip
    assert any("bad" in problem.file for problem in done.problems)
    (tmp_path / "list.csv").write_text("type,value\ndomain,c2.example\n")
    both = hunt_verb([log], rules=[rules / "p.txt"], indicators=tmp_path / "list.csv", jobs=1)
    assert {f.indicator.kind for f in both.findings} == {"x-stix:pattern", "domain-name"}
    with pytest.raises(NotFoundError):
        hunt_verb([log], rules=[tmp_path / "none"])
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(FormatError):
        hunt_verb([log], rules=[tmp_path / "empty.txt"])


def test_hunt_takes_sigma_rules(log, tmp_path):
    pytest.importorskip("sigma", reason="the extra `sigma` is not installed")
    (tmp_path / "r.yml").write_text(
        "title: archive with a password\nid: 7d2d3b1e-6b1c-4d2c-9a5e-2f7f3b1f8f11\nstatus: test\nlevel: high\n"
        "logsource: {category: application}\ndetection:\n  s:\n    CommandLine|contains: ' -hp'\n  condition: s\n"
    )
    done = hunt_verb([log], rules=[tmp_path / "r.yml"], jobs=1)
    assert [(f.indicator.kind, f.hits[0].matched, f.hits[0].number) for f in done.findings] == [
        ("x-sigma:rule", "archive with a password", 2)
    ]
