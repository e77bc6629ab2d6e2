"""Scores of answers whose score is known."""

import json
from pathlib import Path
from typing import Any

import pytest

from backtrail_worlds.cli import main
from backtrail_worlds.score import (
    Facts,
    FoundGroup,
    FoundNumber,
    Member,
    bcubed,
    pairwise,
    read_truth,
    recovered,
    score,
)


def _perfect(small: Path) -> Facts:
    truth = read_truth(small / "truth")
    by_group: dict[str, list[str]] = {}
    for row in truth.intrusions:
        if row.group:
            by_group.setdefault(row.group, []).append(row.id)
    numbers = [FoundNumber(number.id, number.true) for number in truth.numbers]
    groups = [
        FoundGroup(f"UNC-{i:04d}", [Member(each, 0.97) for each in members], numbers if name == "subject" else [])
        for i, (name, members) in enumerate(by_group.items())
    ]
    return Facts(groups, [row.id for row in truth.intrusions if not row.group], truth.edges)


def test_perfect_facts_score_one(small: Path) -> None:
    result = score(read_truth(small / "truth"), _perfect(small))
    clustering = result.clustering
    for measure in (clustering.bcubed, clustering.pairwise):
        assert (measure.precision, measure.recall, measure.f1) == (1.0, 1.0, 1.0)
    assert (clustering.subject.precision, clustering.subject.recall) == (1.0, 1.0)
    assert clustering.thin_left_alone == clustering.thin == 2
    assert clustering.mixed_groups == []
    assert all(edge.precision == edge.recall == 1.0 for edge in result.edges.values())
    assert all(number.recovered for number in result.numbers)


def test_everything_in_one_group_has_full_recall_and_little_precision(small: Path) -> None:
    truth = read_truth(small / "truth")
    result = score(truth, Facts([FoundGroup("UNC-1", [Member(row.id) for row in truth.intrusions])]))
    assert result.clustering.bcubed.recall == result.clustering.pairwise.recall == 1.0
    assert result.clustering.bcubed.precision < 0.3
    assert result.clustering.subject.precision == pytest.approx(14 / len(truth.intrusions))
    assert result.clustering.thin_left_alone == 0
    assert result.clustering.mixed_groups == ["UNC-1"]


def test_nothing_found_is_precise_and_empty(small: Path) -> None:
    result = score(read_truth(small / "truth"), Facts())
    assert result.clustering.bcubed.precision == 1.0
    assert result.clustering.bcubed.recall < 0.5
    assert result.clustering.subject.group is None
    assert result.clustering.thin_left_alone == 2
    assert {edge.right for edge in result.edges.values()} == {0}
    assert not any(number.recovered for number in result.numbers)


def test_bcubed_and_pairs_by_hand() -> None:
    """Bagga and Baldwin's way, worked out on paper: {a b c} {d} said to be {a b} {c d}."""
    true = {"a": "1", "b": "1", "c": "1", "d": "2"}
    found = {"a": "x", "b": "x", "c": "y", "d": "y"}
    assert bcubed(true, found).precision == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert bcubed(true, found).recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert pairwise(true, found).precision == pytest.approx(1 / 2)
    assert pairwise(true, found).recall == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("check", "true", "found", "right"),
    [
        ("exact", 141, 141, True),
        ("exact", 141, 142, False),
        ("exact", 141, 141.0, True),
        ("exact", 1, True, False),
        ("exact", "2006-07", "2006-07", True),
        ("exact", "2006-07", 2006, False),
        ("±1 day", 356, 357, True),
        ("±1 day", 356, 358, False),
        ("±0.0005", 0.98197, 0.982, True),
        ("±1%", 6.5, 6.56, True),
        ("±1%", 6.5, 6.6, False),
        ("range 142-149", 149, 142, True),
        ("range 142-149", 149, 150, False),
        ("range 142-149", 16, 15, False),
        (">20", 22, 21, True),
        (">20", 22, 20, False),
        (">=400", 427, 400, True),
        (">=400", 427, 9000, False),
        (">=400", 30, 29, True),
        ("order of magnitude 200-900 TB", 412.5, 260, True),
        ("order of magnitude 200-900 TB", 412.5, 1000, False),
        ("order of magnitude 200-900 TB", 11.5, 10, True),
        ("exact", 3, None, False),
        ("exact", 3, "three", False),
    ],
)
def test_tolerances(check: str, true: Any, found: Any, right: bool) -> None:
    assert recovered(check, true, found) is right


def test_the_door_prints_json_and_tables(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"model": "x", "groups": [], "unassigned": [], "edges": [], "more": 1}))
    assert main(["score", str(small / "truth"), str(facts), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"clustering", "edges", "numbers"}
    assert set(result["numbers"][0]) == {"id", "published", "true", "found", "recovered"}
    assert main(["score", str(small / "truth"), str(facts)]) == 0
    shown = capsys.readouterr().out
    assert "B-cubed" in shown
    assert "not given" in shown


def test_facts_that_are_no_json_are_wrong_use(small: Path, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text("{")
    assert main(["score", str(small / "truth"), str(facts)]) == 2
