"""What a group did as of a date is the same whether evidence of later years is there or not, for every profile."""

import json
import re
import shutil
from pathlib import Path

import pytest

import backtrail_worlds
from backtrail import (
    Case,
    arsenal,
    assign,
    drift,
    dwell,
    hours,
    ingest,
    lifecycle,
    lists,
    personas,
    strength,
    sweep,
    theft,
    trace,
    victims,
)
from backtrail.verbs.init import init
from backtrail_worlds.cli import main as worlds

DATES = ("2011-03-01", "2014-06-30")
"""In the midst of the first world; and after all of it, before all of the second."""

PROFILES = {
    "arsenal": arsenal,
    "compile times": lambda case, group, as_of: hours(case, group, source="compile-times", as_of=as_of),
    "drift": lambda case, group, as_of: drift(case, group, since="2011-06-01", as_of=as_of),
    "dwell": dwell,
    "hours": hours,
    "lifecycle": lifecycle,
    "personas": personas,
    "strength": strength,
    "theft": theft,
    "victims": victims,
    **{
        f"trace, {show}": lambda case, group, as_of, show=show: trace(case, group, show=show, as_of=as_of)
        for show in ("origins", "chain", "servers", "domains", "pivots")
    },
}

GROUP = "UNC-0001"


@pytest.fixture(scope="module")
def early(tmp_path_factory):
    return _world(tmp_path_factory.mktemp("early"), later=0)


@pytest.fixture(scope="module")
def late(tmp_path_factory):
    """The same world twelve years on: the same people, servers, names and files, all of it again."""
    return _world(tmp_path_factory.mktemp("late"), later=12)


@pytest.fixture(scope="module")
def without(early, tmp_path_factory):
    with _case(tmp_path_factory.mktemp("without"), early) as case:
        yield case


@pytest.fixture(scope="module")
def having(early, late, tmp_path_factory):
    with _case(tmp_path_factory.mktemp("having"), early, late) as case:
        yield case


def _world(folder: Path, later: int) -> Path:
    """Evidence of a small world whose years are later by some."""
    spec = Path(backtrail_worlds.__file__).parent / "worlds" / "small.toml"
    moved = re.sub(r"\b(?:19|20)\d\d\b", lambda year: str(int(year[0]) + later), spec.read_text())
    (folder / "spec.toml").write_text(moved)
    made = ["make", "--world", str(folder / "spec.toml"), "--seed", "23", "--scale", "0.3", "--out", str(folder / "w")]
    assert worlds(made) == 0
    if later:
        _dated_later(folder / "w" / "evidence")
    return folder / "w" / "evidence"


def _dated_later(evidence: Path) -> None:
    """Ids of their own, and nothing that says an earlier date or none: registries, and domains of long ago."""
    for manifest in sorted(evidence.glob("*/*/*.toml")):
        manifest.write_text(re.sub(r'^id = "', 'id = "LATER-', manifest.read_text(), flags=re.MULTILINE))
    shutil.rmtree(evidence / "reference" / "rir")
    shutil.rmtree(evidence / "published")
    for record in (path for sort in ("whois", "rdap") for path in sorted((evidence / "reference" / sort).iterdir())):
        years = re.findall(r"\b(?:19|20)\d\d\b", record.read_text())
        if min(years, default="") < "2015":
            record.unlink()
    for log in sorted((evidence / "reference" / "pdns").iterdir()):
        rows = [row for row in log.read_text().splitlines() if json.loads(row)["time_first"] > 1404172800]
        log.write_text("\n".join(rows))


def _case(folder: Path, *evidence: Path) -> Case:
    init(folder / "c", now="2026-02-18T09:00:00Z")
    case = Case(folder / "c", clock=lambda: "2026-02-18T09:00:00Z", author="analyst")
    lists(case, [evidence[0] / "reference" / "lists"])
    for one in evidence:
        ingest(case, [one])
    sweep(case)
    with case.knowledge.reading() as db:
        from backtrail.knowledge import facts

        everyone = facts.intrusion_ids(db)
    assign(case, everyone, new=True, anchor="everybody", reason="all evidence counts")
    return case


@pytest.mark.parametrize("as_of", DATES)
@pytest.mark.parametrize("profile", PROFILES)
def test_later_evidence_changes_nothing_as_of_an_earlier_date(without, having, profile, as_of):
    was = PROFILES[profile](without, GROUP, as_of=as_of)
    now = PROFILES[profile](having, GROUP, as_of=as_of)
    for name in was.__struct_fields__:
        assert getattr(now, name) == getattr(was, name), name


@pytest.mark.parametrize("profile", PROFILES)
def test_later_evidence_is_seen_when_no_date_is_asked_for(without, having, profile):
    assert PROFILES[profile](having, GROUP, as_of=None) != PROFILES[profile](without, GROUP, as_of=None)


@pytest.mark.parametrize("profile", ["dwell", "hours", "strength", "theft", "trace, origins", "victims"])
def test_a_date_after_everything_cuts_nothing(without, profile):
    told, cut = (PROFILES[profile](without, GROUP, as_of=as_of) for as_of in (None, "2025-01-01"))
    assert [(n.id, n.value, n.parts) for n in cut.numbers] == [(n.id, n.value, n.parts) for n in told.numbers]
