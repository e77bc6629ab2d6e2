"""A world whose truth is known, made, read, swept and scored as `make demo` does it."""

import json
from collections import defaultdict

import pytest

from backtrail import Case, facts, ingest, lists, ls, problems, sweep
from backtrail.verbs.init import init
from backtrail_worlds.cli import main as worlds

LOGS = {"zeek", "suricata", "winjson", "squid", "w3c", "apache", "syslog"}


@pytest.fixture(scope="module")
def case(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("case") / "c"
    init(folder, now="2013-02-18T09:00:00Z")
    with Case(folder, clock=lambda: "2013-02-18T09:00:00Z", author="analyst") as opened:
        lists(opened, [world / "evidence" / "reference" / "lists"])
        ingest(opened, [world / "evidence"])
        sweep(opened)
        yield opened


def name_of(origin: str, world) -> str:
    return origin.removeprefix(f"{world}/evidence/").partition("!")[0]


def test_every_record_of_every_log_is_read_and_every_bad_line_is_told(case, world):
    read, formats = defaultdict(int), {}
    for row in ls(case, "evidence"):
        if row.format != "archive":
            read[name_of(row.origin, world)] += row.records
            formats[name_of(row.origin, world)] = row.format
    told = {(name_of(row.origin, world), row.where) for row in problems(case)}
    truth = [json.loads(line) for line in (world / "truth" / "files.jsonl").read_text().splitlines()]
    logs = [t for t in truth if formats[t["path"]] in LOGS]
    assert len(logs) > 200
    assert {t["path"]: read[t["path"]] for t in logs} == {t["path"]: t["records"] for t in logs}
    planted = {(t["path"], f"line {n}") for t in logs for n in t["bad"]}
    assert planted and planted <= told


def test_no_log_was_taken_for_prose(case):
    logs = ("conn", "dns", "http", "access", "eve", "Security", "rdp", "EvtxECmd")
    for row in ls(case, "evidence"):
        stem = row.origin.rpartition("/")[2]
        assert row.format not in ("text", "markdown", "html") or not stem.startswith(logs), row.origin


def test_groups_edges_and_thin_cases_are_found(case, world, tmp_path, capsys):
    """A floor well under what is found now; a change that falls through it has broken something."""
    import msgspec

    found = tmp_path / "facts.json"
    found.write_bytes(msgspec.json.encode(facts(case)))
    capsys.readouterr()
    assert worlds(["score", str(world / "truth"), str(found), "--json"]) == 0
    score = json.loads(capsys.readouterr().out)
    assert score["clustering"]["bcubed"]["f1"] >= 0.75
    assert score["clustering"]["subject"]["recall"] >= 0.9
    assert score["clustering"]["thin_left_alone"] == score["clustering"]["thin"]
    for relation, floor in (("logs-in-to", 0.97), ("relays-to", 0.97), ("registered-by", 0.85), ("connects-to", 0.6)):
        assert score["edges"][relation]["recall"] >= floor, relation
        assert score["edges"][relation]["precision"] >= 0.85, relation


def test_profiles_of_the_subject_are_near_the_truth_whatever_came_later(case, world):
    """Stays, victims and hours of the largest group, and that what came after a moment changes nothing before it."""
    from backtrail import dwell, hours, victims

    group = facts(case).groups[0].id
    truth = {n["id"]: n["true"] for n in json.loads((world / "truth" / "numbers.json").read_text())}
    found = {n.id: n.value for profile in (victims(case, group), dwell(case, group)) for n in profile.numbers}
    assert abs(found["dwell_max"] - truth["dwell_max"]) <= 30
    assert found["victims_total"] >= truth["victims_total"]
    offset = next((n for n in hours(case, group).numbers if n.id == "hours_offset"), None)
    assert offset is None or offset.low <= 8.0 <= offset.high
    early = dwell(case, group, as_of="2011-06-30")
    assert all(row[2] <= "2011-06-30" for row in early.rows)


def test_every_part_of_every_number_leads_to_rows_of_evidence(case):
    """But for other groups, which decisions made, and names that are held back since they say a victim."""
    from backtrail.verbs import profiling
    from backtrail.verbs.resting import rested

    group = facts(case).groups[0]
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db)
        found = profiling.members(ground, group.id)
        told = rested(ground, found, (part for number in group.numbers for part in number.parts))
    lost = {
        number.id: [part for part in number.parts if not told[part].rows]
        for number in group.numbers
        if not number.id.startswith("apt_groups")
    }
    assert {part for parts in lost.values() for part in parts} <= {"a name that says a victim"}
    empty = {number.id for number in group.numbers if not number.parts and number.value not in (0, "0")}
    assert empty <= {"attack_version"}
    assert {"c2_servers", "zones", "pivots_rejected", "techniques"} <= lost.keys()
