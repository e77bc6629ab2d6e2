"""Sigma rules: case, wildcards, modifiers, null and not; rules of our own on published event logs."""

import json

import pytest

from backtrail.hunts.backends import HuntOptions

pytest.importorskip("sigma", reason="the extra `sigma` is not installed")

from backtrail.hunts.backends.sigma import Rules, event_fields, hunt

EVENT = {
    "Image": "C:\\Windows\\System32\\CMD.exe", "CommandLine": "cmd /c RAR a -hp%pw_d! x", "N": 5, "Hex": "0x1F",
    "Ip": "10.1.2.3", "Six": "2001:DB8::7", "Empty": "", "Flag": True, "Same": "cmd", "Other": "CMD", "Star": "a*b?c",
    "Text": "line one\nline two", "Uni": "ÄPFEL",
}  # fmt: skip


def rule(detection, condition="selection", source="{category: test}"):
    lines = "\n".join(f"    {line}" for line in detection.strip("\n").splitlines())
    return (
        "title: t\nid: 7d2d3b1e-6b1c-4d2c-9a5e-2f7f3b1f8f11\nstatus: test\nlevel: high\n"
        f"logsource: {source}\ndetection:\n  selection:\n{lines}\n  condition: {condition}\n"
    )


def found(text, path, problems=None):
    told = [] if problems is None else problems
    hits = list(
        hunt(Rules({"r.yml": text}, lambda *p: told.append(p)), [path], HuntOptions(problem=lambda *p: told.append(p)))
    )
    assert problems is not None or not told, told
    return hits


@pytest.fixture
def event(tmp_path):
    path = tmp_path / "e.json"
    path.write_text(json.dumps(EVENT) + "\n")
    return path


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        (r"Image: 'c:\windows\system32\cmd.exe'", True), (r"Image|cased: 'c:\windows\system32\cmd.exe'", False),
        (r"Image|cased: 'C:\Windows\System32\CMD.exe'", True), (r"Image|endswith: '\cmd.EXE'", True),
        (r"Image|endswith|cased: '\cmd.exe'", False), (r"Image|startswith: 'c:\win'", True),
        ("CommandLine|contains: ' rar '", True), ("CommandLine|contains|cased: ' rar '", False),
        ("CommandLine|contains: '%pw_d!'", True), ("CommandLine|contains: '%pwXd!'", False),
        ("CommandLine|contains|all: ['rar', '-HP']", True), ("CommandLine|contains|all: ['rar', 'zip']", False),
        ("CommandLine|contains: ['zip', 'rar']", True), ("Image: '*cmd.exe'", True), ("Image: '*c?d.exe'", True),
        ("Image: '*c?md.exe'", False), ("Image: 'cmd.exe'", False), (r"Star: 'a\*b\?c'", True),
        (r"Star: 'a\*bxc'", False),
        ("Star: 'A*C'", True), ("Text: 'line*two'", True), ("Uni: 'äpfel'", True), ("N: 5", True), ("N: '5'", True),
        ("N: 6", False), ("N|gt: 4", True), ("N|gte: 6", False), ("N|lt: 6", True), ("Image|lt: 6", False),
        ("Missing: null", True), ("Image: null", False), ("Empty: ''", True), ("Empty: null", False),
        ("Missing: ''", False),
        ("Missing|exists: false", True), ("Image|exists: true", True), ("Flag: true", True), ("Flag: false", False),
        ("CommandLine|re: 'RAR a -hp[^ ]+ '", True), ("CommandLine|re: 'rar'", False),
        ("CommandLine|re|i: 'rar'", True),
        ("Text|re: 'one.line'", False), ("Text|re|s: 'one.line'", True), ("Text|re|m: '^line two$'", True),
        ("Ip|cidr: 10.0.0.0/8", True), ("Ip|cidr: 10.1.2.0/30", True), ("Ip|cidr: 192.168.0.0/16", False),
        ("Six|cidr: '2001:db8::/32'", True), ("Six|cidr: '2001:db9::/32'", False), ("Image|cidr: 10.0.0.0/8", False),
        ("Same|fieldref: Other", True), ("Same|fieldref: Image", False),
        ("CommandLine|windash|contains: ' /zp'", False), ("CommandLine|windash|contains: ' -c '", True),
        ("Image|contains: system32\nCommandLine|contains: rar", True), ("Image|contains: system32\nN: 6", False),
        ("- Image|contains: nothing\n- N: 5", True), ("- hp%pw\n- nothing", True), ("- nothing", False),
        ("- SYSTEM32", True),
    ],
)  # fmt: skip
def test_modifiers_and_case(event, detection, expected):
    assert bool(found(rule(detection), event)) is expected
    assert bool(found(rule(detection, "not selection"), event)) is not expected


def test_a_hit_says_which_rule_and_where(event):
    (hit,) = found(rule("N: 5"), event)
    assert (hit.indicator.kind, hit.matched, hit.number, hit.offset) == ("x-sigma:rule", "t", 1, 0)
    assert hit.indicator.confidence == 75 and hit.fields["Image"] == EVENT["Image"]


def test_bad_rules_are_told_and_the_others_run(event):
    problems = []
    text = "---\n".join([rule("N|re: '('"), rule("N|re: 'a(?=b)'"), rule("N: 5")])
    assert len(found(text, event, problems)) == 1 and len(problems) == 2
    problems = []
    assert not found("title: [", event, problems) and problems


def test_fields_of_an_event():
    assert event_fields('{"a":{"b":{"c":1}},"c":2}') == {"c": "1"}
    assert event_fields("ts=1 user=bob") == {"ts": "1", "user": "bob"}
    header = "#fields\tts\thost\n"
    assert event_fields("1\tevil.com", header) == {"ts": "1", "host": "evil.com"}


OWN = {
    "rundll32 opens a URL": (
        rule(r"Image|endswith: '\rundll32.exe'" "\n"
             "CommandLine|contains: ['OpenURL', 'RouteTheCall', 'LaunchApplication']",
             source="{category: process_creation, product: windows}"),
        ["exec_sysmon_1_11_lolbin_rundll32_openurl_FileProtocolHandler.evtx",
         "exec_sysmon_1_11_lolbin_rundll32_shdocvw_openurl.evtx",
         "exec_sysmon_1_11_lolbin_rundll32_zipfldr_RouteTheCall.evtx",
         "exec_sysmon_1_rundll32_pcwutl_LaunchApplication.evtx",
         "sysmon_lolbas_rundll32_zipfldr_routethecall_shell.evtx"],
    ),
    "scriptlet through regsvr32": (
        rule(r"CommandLine|contains|all: ['/i:HTTP', '/S']", source="{category: process_creation, product: windows}"),
        ["exec_sysmon_1_lolbin_renamed_regsvr32_scrobj.evtx", "exec_sysmon_lobin_regsvr32_sct.evtx"],
    ),
    "Winlogon shell": (
        rule(r"TargetObject|endswith: '\winlogon\shell'", source="{category: registry_set, product: windows}"),
        ["sysmon_13_1_persistence_via_winlogon_shell.evtx"],
    ),
    "member added to administrators": (
        rule("EventID: 4732\nTargetUserName: administrators", source="{product: windows, service: security}"),
        ["Network_Service_Guest_added_to_admins_4732.evtx"],
    ),
    "scheduled task made": (
        rule("EventID: 4698", source="{product: windows, service: security}"), ["temp_scheduled_task_4698_4699.evtx"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN)
def test_rules_of_our_own_find_the_published_samples(shared, name):
    text, expected = OWN[name]
    hits = found(text, shared / "data/telemetry/evtx", problems=[])
    files = {hit.file.rpartition("/")[2] for hit in hits}
    assert set(expected) <= files, files
    assert len(files) <= len(expected) + 3, files
    assert all(hit.unit == "record" and hit.at for hit in hits)


def test_rules_that_we_export_fire_and_stay_silent(tmp_path):
    from backtrail.model.record import Heading, Indicator
    from backtrail.reports.products import PRODUCTS, Material, guard

    values = {"domain-name": "c2.example", "ipv4-addr": "192.0.2.7", "network": "198.51.100.0/24",
              "md5": "0" * 31 + "1",
              "url": "http://c2.example/a?x=*1", "file-name": "har*bour.exe", "pipe": "\\harbour",
              "registry-key": "HKEY_LOCAL_MACHINE\\Software\\Harbour", "user-agent": "odd/1?", "service": "HarbourSvc",
              "command-line": "rar a -hp", "file-path": "C:\\Temp\\x.exe"}  # fmt: skip
    indicators = [Indicator(kind=kind, value=value) for kind, value in values.items()]
    heading = Heading(id="UNC-1", title="UNC-1", created="2026-03-04T05:06:07Z")
    material = Material(heading=heading, guarded=guard(indicators, heading.created))
    text = b"".join(PRODUCTS["sigma"].write(material)).decode()
    firing = [
        {"QueryName": "www.C2.example"}, {"query": "c2.example"}, {"cs-host": "C2.example"},
        {"c-uri": "http://c2.example/a?x=*1"}, {"c-useragent": "odd/1?"}, {"DestinationIp": "192.0.2.7"},
        {"dst_ip": "198.51.100.200"}, {"Hashes": "SHA1=A,MD5=" + "0" * 31 + "1"}, {"Image": "D:\\HAR*BOUR.exe"},
        {"CommandLine": "x RAR a -hpy"}, {"Image": "c:\\temp\\X.exe"}, {"PipeName": "\\harbour"},
        {"TargetObject": "HKLM\\Software\\Harbour"}, {"TargetFilename": "C:\\x\\har*bour.exe"},
        {"ServiceName": "harboursvc", "Channel": "System"},
    ]  # fmt: skip
    silent = [
        {"QueryName": "notc2.example"}, {"query": "c2.example.org"}, {"c-uri": "http://c2.example/a?x=21"},
        {"c-useragent": "odd/12"}, {"DestinationIp": "192.0.2.77"}, {"dst_ip": "198.51.101.1"},
        {"Hashes": "MD5=" + "0" * 32}, {"Image": "D:\\harXbour.exe"}, {"Image": "har*bour.exe.txt"},
        {"CommandLine": "rar a"}, {"PipeName": "\\harbour2"}, {"TargetObject": "HKLM\\Software\\Harbour2"},
    ]  # fmt: skip
    path = tmp_path / "events.json"
    path.write_text("".join(json.dumps(one) + "\n" for one in [*firing, *silent]))
    assert {hit.number for hit in found(text, path)} == set(range(1, len(firing) + 1))
