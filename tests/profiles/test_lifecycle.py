"""Techniques by rule and by statement, phases, versions of ATT&CK, procedures without victims, habits."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.errors import FormatError
from backtrail.model.observation import Observation
from backtrail.model.times import Interval
from backtrail.profiles import lifecycle
from backtrail.profiles.attack import PHASES, built_in, from_stix
from backtrail.profiles.habits import Mail, Typed, habits, scripted, scripts, theirs
from backtrail.profiles.lifecycle import Acts, steps
from backtrail.profiles.procedures import sanitised
from backtrail.profiles.techniques import rules, shown

RAR = r'rar.log a m2.rar -v200m "C:\Documents and Settings\All Users\m2" -hpswordfish'
RECON = ("ipconfig /all", "net start", "tasklist /v", "net user", "netstat -ano", "net view /domain")
DAY = 86_400.0


def seen(kind: str, value: str, intrusion="IN-1", role="tool", at: str | None = "2011-03-01") -> Observation:
    return Observation(kind=kind, value=value, intrusion=intrusion, role=role, seen=Interval(at, at))


def script(intrusion: str, at: float, step: float = 2.0, into: str = "1.txt") -> list[Typed]:
    return [
        Typed(intrusion, at + n * step, f'cmd.exe /c {text} >> "C:\\x\\{into}"', f"line {n}")
        for n, text in enumerate(RECON)
    ]


def test_scripts_are_one_by_what_they_run_and_not_by_the_file_they_write():
    other = [Typed("IN-3", one.at, one.line.replace("net user", "net group"), one.place) for one in script("IN-3", 3e9)]
    found = scripts([*script("IN-1", 1e9), *script("IN-2", 2e9, into="other.log"), *other])
    assert [sorted(one.runs) for one in found] == [["IN-1", "IN-2"], ["IN-3"]]
    assert found[0].commands == tuple(f"cmd.exe /c {text}" for text in RECON)


def number(counted, id: str):
    return next((n for n in counted if n.id == id), None)


@pytest.mark.parametrize(
    ("line", "want"),
    [
        (RAR, {"T1560.001", "T1074.001"}),
        ('cmd.exe /c net group "domain controllers" /domain', {"T1059.003", "T1069.002", "T1018"}),
        ("net user", {"T1087.001"}),
        ("net user bob Secret1 /add", {"T1136.001"}),
        ("net use \\\\10.1.2.3\\c$ /user:x y", {"T1021.002"}),
        ("net use", {"T1049"}),
        ("net view \\\\HOST", {"T1135"}),
        ("at \\\\10.1.2.3 14:05 c:\\x.bat", {"T1053.002"}),
        ("sc \\\\host create svc binpath= x", {"T1543.003"}),
        ("look at 14:05 in the calendar.exe", set()),
        ("notepad.exe internet start page", set()),
        ("archiver.exe a x", set()),
    ],
)  # fmt: skip
def test_command_lines_show_techniques(line, want):
    assert {id for id, _ in shown(seen("command-line", line))} == want


def test_every_rule_names_a_technique_of_the_table_and_says_why():
    known = built_in().techniques
    for rule in (r for some in rules().values() for r in some):
        assert rule.technique in known and rule.reason
    assert all(t.phase in PHASES for t in known.values())


def test_a_stated_technique_counts_without_a_rule():
    profile = lifecycle("UNC-1", acts(seen("technique", "t1566.001"), seen("technique", "T9999", intrusion="IN-2")))
    rows = {row[1]: row for row in profile.rows}
    assert rows["T1566.001"][0] == "initial compromise"
    assert rows["T9999"][0] == "phase not known" and "not in this version" in rows["T9999"][2]


def acts(*observations: Observation, **rest) -> Acts:
    members = {o.intrusion: None for o in observations} | rest.pop("members", {})
    return Acts(observations=observations, members=members, **rest)


def test_phases_count_intrusions_and_say_where_nobody_could_look():
    told = acts(
        seen("command-line", RAR), seen("command-line", RAR, "IN-2"), seen("url", "http://a.example/x", role="c2"),
        collected={"IN-1": frozenset({"command-line"}), "IN-2": frozenset({"domain-name"})},
    )  # fmt: skip
    profile = lifecycle("UNC-1", told)
    assert number(profile.numbers, "phase:complete mission").value == 2
    assert number(profile.numbers, "technique:T1560.001").parts
    limits = " ".join(profile.limits)
    assert "No command lines in the evidence of 1 of 2 intrusions" in limits
    assert "No mail in the evidence of 2 of 2 intrusions: initial compromise" in limits
    assert "not to say that it was not done" in limits


def test_what_any_administrator_types_is_nobodys_technique():
    told = acts(seen("command-line", RAR), typed=[Typed("IN-1", 9.0, "ipconfig /all", "line 1")])
    assert {s.technique.id for s in steps(told, built_in())} == {"T1560.001", "T1074.001"}


def test_a_burst_into_one_file_is_a_script_and_a_slow_or_scattered_one_is_not():
    slow = script("IN-2", 1e9, step=3_600)
    scattered = [one for n in range(6) for one in script("IN-3", 1e9, into=f"{n}.txt")[n : n + 1]]
    assert set(scripted([*script("IN-1", 1e9), *slow, *scattered])) == {"IN-1"}
    told = acts(seen("command-line", RAR), typed=script("IN-1", 1e9))
    assert {"T1016", "T1057", "T1049"} <= {s.technique.id for s in steps(told, built_in())}
    assert number(habits(told.typed, []), "recon_script_victims").value == 1


def test_lines_of_logs_are_the_operators_by_program_or_password():
    found = Typed("IN-1", 1.0, "getmail.exe -u a -o x.eml", "O-1", found=True)
    packed = Typed("IN-1", 2.0, RAR, "O-2", found=True)
    same = Typed("IN-1", 3.0, "getmail.exe -u b -o y.eml", "line 3")
    elsewhere = Typed("IN-2", 4.0, "getmail.exe -u b -o y.eml", "line 4")
    password = Typed("IN-2", 5.0, RAR.replace("m2", "k7"), "line 5")
    other = Typed("IN-2", 6.0, RAR.replace("swordfish", "another"), "line 6")
    assert theirs([found, packed, same, elsewhere, password, other]) == [found, packed, same, password]


def test_the_size_of_parts_is_the_one_that_most_intrusions_show():
    typed = [Typed(f"IN-{n}", 1.0, RAR, f"O-{n}", found=True) for n in range(3)]
    typed += [Typed("IN-9", 1.0 + n, RAR.replace("200m", "1g"), f"P-{n}", found=True) for n in range(9)]
    size = number(habits(typed, []), "rar_part_mb")
    assert (size.value, len(size.parts), size.note) == (200, 3, "at 3 of 4 intrusions with archives in parts")


def test_weeks_in_a_row_in_which_mail_was_taken():
    days = (0, 7, 14.2, 21, 40, 47)
    typed = [Typed("IN-1", 1e9 + d * DAY, f"m.exe -o u{n}.eml", f"l {n}", found=True) for n, d in enumerate(days)]
    assert number(habits(typed, []), "email_weekly").value == 4
    assert number(habits(typed[:1], []), "email_weekly") is None


def test_an_answer_to_a_doubt_is_timed_once_though_two_logs_have_it():
    def mail(at: float, sender: str, subject: str, place: str) -> Mail:
        return Mail("IN-1", at * 60, sender, subject, place)

    thread = [
        mail(0, "lure@x.example", "Agenda", "a"), mail(11, "bob@v.example", "Re: Agenda", "b"),
        mail(31, "lure@x.example", "RE: agenda", "c"), mail(31, "lure@x.example", "RE: agenda", "smtp"),
    ]  # fmt: skip
    answered = number(habits([], thread), "its_legit_minutes")
    assert answered.value == 20 and len(answered.parts) == 2
    assert number(habits([], thread[:2]), "its_legit_minutes") is None


@given(st.text(min_size=3, max_size=12, alphabet=st.characters(categories=["Ll"])), st.text(max_size=30))
def test_no_name_of_a_victim_is_left_in_a_procedure(name, around):
    line = f"copy {around}{name.upper()}{around} \\\\{name}\\c$"
    assert name not in re.sub("‹victim›|‹host›", "", sanitised(line, [name]).lower()) or name in "victimhost"


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        (RAR, ("swordfish", "m2")),
        (r"zabal.dll -u riper -s 2012-06-15 -e 2012-06-22 -o C:\T\riper0.eml", ("riper", "2012-06-15")),
        (r"net use \\FS-01\c$ /user:corp\bob hunter2", ("FS-01", "bob")),
        (r"type C:\Users\alice\Desktop\list.txt", ("alice", "list")),
        ("psexec 10.1.2.3 cmd", ("10.1.2.3",)),
    ],
)
def test_procedures_keep_the_form_and_not_the_victim(line, gone):
    shown_line = sanitised(line)
    assert not any(text in shown_line for text in gone)
    assert sanitised(shown_line) == shown_line


def pattern(id: str, name: str, tactic: str, **rest) -> dict:
    return {
        "type": "attack-pattern", "id": f"attack-pattern--{id}", "name": name,
        "external_references": [{"source_name": "mitre-attack", "external_id": id}],
        "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": tactic}],
    } | rest  # fmt: skip


def revoked_by(old: str, new: str) -> dict:
    return {
        "type": "relationship", "relationship_type": "revoked-by",
        "source_ref": f"attack-pattern--{old}", "target_ref": f"attack-pattern--{new}",
    }  # fmt: skip


BUNDLE = [
    {"type": "x-mitre-collection", "x_mitre_version": "17.0"},
    pattern("T1560", "Archive Collected Data", "collection"),
    pattern("T1560.001", "Archive via Utility", "collection", x_mitre_is_subtechnique=True),
    pattern("T1002", "Data Compressed", "exfiltration", revoked=True),
    pattern("T1051", "Shared Webroot", "lateral-movement", x_mitre_deprecated=True),
    revoked_by("T1002", "T1560"),
]


@pytest.mark.parametrize("spec", [{"spec_version": "2.0"}, {}])
def test_a_version_of_attack_knows_what_was_revoked_and_deprecated(spec):
    attack = from_stix(json.dumps({"type": "bundle", "objects": BUNDLE} | spec).encode())
    assert attack.version == "17.0"
    assert attack.technique("T1002").id == "T1560" and attack.technique("T1002").note == "was T1002, revoked"
    assert attack.technique("T1560.001").phase == "complete mission"
    assert attack.technique("T1051").note == "deprecated"
    assert attack.technique("T0000").name == ""


def test_techniques_that_revoke_each_other_do_not_hang():
    objects = [pattern("T1", "a", "discovery", revoked=True), pattern("T2", "b", "discovery", revoked=True),
               pattern("T3", "c", "discovery"), revoked_by("T1", "T2"), revoked_by("T2", "T1")]  # fmt: skip
    assert from_stix(json.dumps({"objects": objects}).encode()).technique("T1").name == ""


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"objects": 3}', b'{"objects": [1, {"type": "tool"}]}', b"\xff"]
)
def test_what_is_no_attack_is_refused(content):
    with pytest.raises(FormatError):
        from_stix(content)


@given(st.lists(st.tuples(st.sampled_from(["IN-1", "IN-2", "IN-3"]), st.integers(1, 12)), max_size=6))
def test_the_answer_as_of_a_date_does_not_depend_on_later_evidence(later):
    early = [seen("command-line", RAR), seen("url", "http://a.example/x", role="c2")]
    late = [
        seen("command-line", f"{RAR} {n}", intrusion, at=f"2012-{month:02d}-01")
        for n, (intrusion, month) in enumerate(later)
    ]
    typed = [one for n, (intrusion, _) in enumerate(later) for one in script(intrusion, 1.35e9 + n * DAY)]
    members = {"IN-1": "2011-06-01", "IN-2": "2012-01-05", "IN-3": "2012-02-01"}
    with_later = lifecycle("G", acts(*early, *late, members=members, typed=typed), as_of="2011-12-31")
    assert with_later == lifecycle("G", acts(*early, members={"IN-1": "2011-06-01"}), as_of="2011-12-31")


def test_domains_are_had_when_they_are_registered_and_not_when_that_runs_out():
    registered = [
        Observation(
            kind="registrant-email", value="a@b.example", intrusion="IN-1", role="registration", seen=Interval(*one)
        )
        for one in (("2007-05-14", "2009-05-14"), ("2011-10-24", "2014-10-23"))
    ]
    profile = lifecycle("G", acts(*registered, seen("url", "http://a.example/x", role="c2")))
    (row,) = [row for row in profile.records() if row["technique"] == "T1583.001"]
    assert (row["first"], row["last"]) == ("2007-05-14", "2011-10-24")


def test_a_domain_registered_long_before_makes_no_intrusion_older():
    registered = seen("registrant-email", "a@b.example", "IN-9", role="registration", at="2004-01-01")
    known = [seen("command-line", RAR), seen("url", "http://a.example/x", role="c2")]
    told = acts(*known, registered, members={"IN-1": "2011-06-01", "IN-9": "2012-06-01"})
    profile = lifecycle("G", told, as_of="2011-12-31")
    assert number(profile.numbers, "technique:T1583.001") is None
    assert "1 intrusions" in profile.finding
    assert number(lifecycle("G", told).numbers, "technique:T1583.001").value == 1


def test_what_scripts_show_rests_on_the_lines_of_the_logs():
    told = acts(seen("command-line", RAR), typed=script("IN-1", 9.0))
    parts = {part for step in steps(told, built_in()) for part in step.use.parts}
    assert any(part.startswith("line ") for part in parts)
    assert {part for part in parts if part.startswith("O-")} <= {o.id for o in told.observations}
