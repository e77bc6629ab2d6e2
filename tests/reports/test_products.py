"""Rule files: linted by those who know the language, fired by what they are for, silent on what only looks like it."""

import json
import re

import pytest

from backtrail.model.record import Heading, Indicator
from backtrail.reports.products import PRODUCTS, Material, guard, kept_before

HEADING = Heading(id="UNC-0001", title='COLD "HARBOUR"\n(UNC-0001)', created="2026-03-04T05:06:07Z", tlp="AMBER")

VALUES = {
    "domain-name": "c2.example", "ipv4-addr": "192.0.2.7", "ipv6-addr": "2001:db8::7", "network": "198.51.100.0/24",
    "ip-port": "[2001:db8::9]:443", "url": "http://c2.example/a;b\"c|d?x=1", "email-addr": "op@c2.example",
    "user-agent": 'Mozilla/4.0; "odd"', "md5": "0" * 31 + "1", "sha1": "0" * 39 + "1", "sha256": "0" * 63 + "1",
    "imphash": "0" * 31 + "2", "file-name": "sv*host?.exe", "file-path": "C:\\Temp\\x.exe",
    "mutex": "Global\\harbour-1",
    "pipe": "\\harbour-pipe", "registry-key": "HKEY_LOCAL_MACHINE\\Software\\Harbour", "service": "HarbourSvc",
    "command-line": "rar a -hp secret", "text": 'a "quoted"\\text\nof two lines', "pdb-path": "c:\\src\\harbour.pdb",
    "ja3": "0" * 31 + "3", "ja4": "t13d1516h2_8daaf6152771_b186095e22b6", "x509-serial": "abc0123456789",
    "x509-sha1": "0" * 39 + "4", "technique": "T1059.003",
}  # fmt: skip


def indicator(kind, value, **more):
    given = {
        "confidence": 75,
        "first": "2025-01-01",
        "last": "2026-01-02",
        "evidence": ("O-1", "O-2"),
        "action": "alert",
    }
    return Indicator(kind=kind, value=value, **given | more)


ALL = [indicator(kind, value) for kind, value in VALUES.items()]


def written(name, indicators=ALL, previous=None, **options):
    guarded = guard(indicators, HEADING.created, **options)
    material = Material(heading=HEADING, guarded=guarded, previous=previous or {})
    return b"".join(PRODUCTS[name].write(material)).decode()


# Guards


def test_what_a_list_knows_or_is_over_becomes_no_rule():
    seen = [
        indicator("domain-name", "cdn.example", warnings=("Some CDN",), action="context"),
        indicator("domain-name", "old.example", valid_until="2026-01-01T00:00:00Z"),
        indicator("domain-name", "new.example", valid_until="2027-01-01T00:00:00Z"),
    ]
    for name in ("sigma", "suricata", "zeek-intel", "rpz"):
        text = written(name, seen)
        assert "new.example" in text and "old.example" not in text and "cdn.example" not in text
        assert "old.example" in written(name, seen, expired=True)
    released = written("zeek-intel", seen, released={"cdn.example": "all of it is theirs"})
    assert "on Some CDN, released: all of it is theirs" in released and "cdn.example\tIntel::DOMAIN" in released
    assert guard(seen, HEADING.created).listed == ("cdn.example",)
    assert guard(seen, HEADING.created).expired == ("old.example",)


@pytest.mark.parametrize("name", ["sigma", "suricata", "yara"])
def test_ids_stay_and_revisions_count_changes(name):
    first = written(name)
    again = written(name, previous=kept_before(first.encode()))
    assert re.sub(r"date: .*", "", again) == re.sub(r"date: .*", "", first)
    changed = [indicator(one.kind, one.value, confidence=20) if one.kind == "sha256" else one for one in ALL]
    changed.append(indicator("domain-name", "second.example"))
    later = written(name, changed, previous=kept_before(first.encode()))
    before, after = kept_before(first.encode()), kept_before(later.encode())
    assert set(before) <= set(after)
    moved = {id for id in before if after[id][1] != before[id][1]}
    assert all(after[id][0] == before[id][0] + (id in moved) for id in before)
    assert moved or name == "suricata"


def test_every_file_says_where_each_value_comes_from():
    for name in ("sigma", "suricata", "zeek-intel", "yara", "rpz"):
        assert "evidence O-1 O-2" in written(name), name


def test_no_value_breaks_out_of_its_comment_or_line():
    evil = 'x"; alert ip any any -> any any (sid:1;)\nalert tcp any any -> any any (sid:2;)\n# '
    seen = [indicator(kind, evil, role="c2") for kind in ("user-agent", "text", "command-line", "mutex", "file-name")]
    for line in written("suricata", seen).splitlines():
        assert line.startswith(("#", "alert ")) and len(re.findall(r"[^|]sid:\d+;", line)) <= 1
    for line in written("zeek-intel", seen).splitlines()[1:]:
        assert line.count("\t") == 4
    assert (
        len([1 for line in written("sigma", seen).splitlines() if line.startswith("title:")])
        == written("sigma", seen).count("\n---\n") + 1
    )


# Suricata


RULE = re.compile(
    r"alert (?P<protocol>ip|tcp|dns|tls|http) (?P<source>\S+) any (?P<way>->) (?P<target>\S+) (?P<port>any|\d+) "
    r"\((?P<options>.*)\)"
)
OPTION = re.compile(r'\s*([a-z][a-z0-9._]*)(?::((?:"[^"]*"|[^";])*))?;')
KNOWN = {"msg", "classtype", "metadata", "sid", "rev", "flow", "dns.query", "tls.sni", "http.host", "http.uri.raw",
         "http.user_agent", "ja3.hash", "ja4.hash", "tls.cert_serial", "tls.cert_fingerprint", "content", "nocase",
         "endswith", "dotprefix", "bsize"}  # fmt: skip


def suricata_rules(text):
    rules = []
    for line in text.splitlines():
        if not line.startswith("#"):
            found = RULE.fullmatch(line)
            assert found, line
            options = OPTION.findall(found["options"])
            assert "".join(OPTION.sub("", found["options"])).strip() == "", line
            rules.append((found, options))
    return rules


def fires(rule, buffers):
    """Whether a rule fires on the contents of sticky buffers (or on addresses), by the words of the manual."""
    found, options = rule
    held = buffers.get("ip")
    if found["protocol"] in ("ip", "tcp"):
        return held in ((found["target"], found["port"]), (found["source"], "any"))
    data, prefix, ok = None, b"", True
    for place, (name, value) in enumerate(options):
        if name in buffers or (name in KNOWN and "." in name):
            data, prefix = buffers.get(name), b""
            ok = ok and data is not None
        elif name == "dotprefix":
            prefix = b"."
        elif name == "content" and data is not None:
            raw = re.sub(r"\|([0-9A-F ]+)\|", lambda m: bytes.fromhex(m[1]).decode("latin-1"), value.strip('"'))
            content, whole = raw.encode("latin-1"), prefix + data
            names = [name for name, _ in options[place + 1 : place + 3]]
            if "nocase" in names:
                content, whole = content.lower(), whole.lower()
            ok = ok and (whole.endswith(content) if "endswith" in names else content in whole)
        elif name == "bsize" and data is not None:
            ok = ok and len(data) == int(value)
    return ok


def test_suricata_rules_are_well_formed_with_ids_of_their_own():
    rules = suricata_rules(written("suricata"))
    assert len(rules) == 3 + 2 * 3 + 1 + 1 + 5
    sids = [value for _, options in rules for name, value in options if name == "sid"]
    assert len(set(sids)) == len(sids) == len(rules)
    for _, options in rules:
        assert {name for name, _ in options} <= KNOWN
        assert (options[0][0], options[-1][0]) == ("msg", "rev")


@pytest.mark.parametrize(
    ("kind", "firing", "silent"),
    [
        ("domain-name", {"dns.query": b"www.C2.example"}, {"dns.query": b"notc2.example"}),
        ("domain-name", {"tls.sni": b"c2.example"}, {"tls.sni": b"c2.example.org"}),
        ("domain-name", {"http.host": b"c2.example"}, {"http.host": b"c2-example"}),
        ("ipv4-addr", {"ip": ("192.0.2.7", "any")}, {"ip": ("192.0.2.77", "any")}),
        ("ip-port", {"ip": ("2001:db8::9", "443")}, {"ip": ("2001:db8::9", "80")}),
        ("url", {"http.host": b"c2.example", "http.uri.raw": b'/a;b"c|d?x=1'},
         {"http.host": b"c2.example", "http.uri.raw": b'/a;b"c|d?x=12'}),
        ("user-agent", {"http.user_agent": b'Mozilla/4.0; "odd"'}, {"http.user_agent": b"Mozilla/4.0"}),
        ("ja3", {"ja3.hash": b"0" * 31 + b"3"}, {"ja3.hash": b"0" * 32}),
        ("x509-serial", {"tls.cert_serial": b"0A:BC:01:23:45:67:89"}, {"tls.cert_serial": b"BC:01:23:45:67:89"}),
    ],
)  # fmt: skip
def test_suricata_rules_fire_and_stay_silent(kind, firing, silent):
    rules = suricata_rules(written("suricata", [one for one in ALL if one.kind == kind]))
    assert any(fires(rule, firing) for rule in rules)
    assert not any(fires(rule, silent) for rule in rules)


# YARA


def test_yara_rules_compile_and_fire_and_stay_silent():
    yara_x = pytest.importorskip("yara_x")
    rules = yara_x.compile(written("yara"))

    def found(data):
        return {rule.identifier for rule in rules.scan(data).matching_rules}

    assert found(b"GET http C2.example \0") == {"Backtrail_UNC_0001_domain_name"}
    assert found("connect c2.example now".encode("utf-16-le")) == {"Backtrail_UNC_0001_domain_name"}
    assert found(b"notc2.example c2.examples") == set()
    assert found(b'x a "quoted"\\text\nof two lines') == {"Backtrail_UNC_0001_text"}
    assert found(b"Global\\harbour-1\0") == {"Backtrail_UNC_0001_mutex"}
    assert found(b"Global\\harbour-12\0") == set()
    assert found(b"nothing of the kind") == set()
    import hashlib

    data = b"a sample"
    one = [indicator("sha256", hashlib.sha256(data).hexdigest())]
    files = yara_x.compile(written("yara", one))
    assert len(files.scan(data).matching_rules) == 1 and not len(files.scan(data + b"!").matching_rules)


# Sigma


def test_sigma_rules_pass_the_parser_and_its_validators():
    pytest.importorskip("sigma")
    from sigma.collection import SigmaCollection
    from sigma.validation import SigmaValidator
    from sigma.validators.core import validators

    rules = SigmaCollection.from_yaml(written("sigma"))
    assert len(rules.rules) == 10 and not rules.errors
    skipped = ("attacktag", "d3_fendtag", "atlas", "attack", "d3fend")
    chosen = {cls for name, cls in validators.items() if not any(word in name.lower() for word in skipped)}
    problems = [
        issue for issue in SigmaValidator(chosen).validate_rules(iter(rules)) if type(issue).__name__ not in _TASTE
    ]
    assert not problems, problems


_TASTE = {"AllOfThemConditionIssue", "NumberAsStringIssue", "UnknownFieldIssue", "EscapedWildcardIssue",
          "SpecificInsteadOfGenericLogsourceIssue",
          "FilenameLengthIssue", "FilenameSigmahqIssue"}  # fmt: skip


# Zeek, Navigator, RPZ


def test_zeek_intel_lines():
    lines = [line.split("\t") for line in written("zeek-intel").splitlines()]
    assert lines[0][:3] == ["#fields", "indicator", "indicator_type"]
    rows = {row[0]: row[1] for row in lines[1:]}
    assert rows["c2.example"] == "Intel::DOMAIN" and rows["198.51.100.0/24"] == "Intel::SUBNET"
    assert rows['c2.example/a;b"c|d?x=1'] == "Intel::URL" and rows["2001:db8::7"] == "Intel::ADDR"
    assert all(len(row) == 5 and row[4] in "TF" for row in lines[1:])


def test_navigator_layer_has_the_used_techniques_only():
    layer = json.loads(written("navigator"))
    assert layer["versions"]["layer"] == "4.5" and layer["domain"] == "enterprise-attack"
    assert [(t["techniqueID"], t["score"]) for t in layer["techniques"]] == [("T1059.003", 75)]
    assert json.loads(written("navigator", []))["techniques"] == []


def test_rpz_zone_refuses_names_below_and_addresses():
    owners = [line.split()[0] for line in written("rpz").splitlines() if " CNAME . " in line]
    assert owners == ["c2.example", "*.c2.example", "32.7.2.0.192.rpz-ip", "128.7.zz.db8.2001.rpz-ip",
                      "24.0.100.51.198.rpz-ip"]  # fmt: skip
    assert "SOA localhost. hostmaster.localhost. 1772600767 " in written("rpz")
    assert "context.example" not in written("rpz", [indicator("domain-name", "context.example", action="context")])
