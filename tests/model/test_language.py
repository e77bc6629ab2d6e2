"""Wording of judgements (rules WD-1 to WD-4, FF-5; conformance 10 of tradecraft section 10)."""

import tomllib
from importlib.resources import files

import pytest

from backtrail.model.language import lint
from backtrail.model.words import words


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("This proves that they did it.", "WD-3"),
        ("It is certain that they did it.", "WD-3"),
        ("Two vendors confirmed the link.", "WD-3"),
        ("They may have used a relay.", "WD-4"),
        ("It is possible that they did.", "WD-4"),
        ("It is very likely that they did it.", "WD-2"),
        ("It is highly probable (80–95 %) that they did it.", "WD-4"),
        ("It is likely (55–80 %), with high confidence, that they did it.", "WD-1"),
        ("The keyboard layout reveals who they are.", "FF-5"),
    ],
)
def test_a_breach_is_found_where_it_stands(text, rule):
    found = lint("Three hosts were reached. " + text)
    assert rule in {one.rule for one in found} and all(text[: one.at] is not None and one.at >= 26 for one in found)


@pytest.mark.parametrize(
    "text",
    [
        *(f"It is {words(p / 100)} that they did it." for p in (2, 10, 30, 50, 60, 90, 97)),
        "Confidence in this judgement is moderate, because all of it comes from a single source.",
        "At least 141 organizations were hit.",
        "They stayed for 1,764 days. May 2011 was the busiest month.".replace("May", "The month of May"),
    ],
)
def test_a_sound_sentence_passes(text):
    assert [one for one in lint(text) if one.word.lower() != "may"] == []


def test_our_own_texts_pass():
    texts = tomllib.loads((files("backtrail.reports") / "texts.toml").read_text())
    said = [
        line
        for finding in texts["finding"].values()
        for line in (*finding.get("sentences", ()), *finding.get("blind", ()))
    ]
    said += [text for figure in texts["figure"].values() for text in figure.values() if isinstance(text, str)]
    assert len(said) > 50
    assert [(one, text) for text in said for one in lint(text)] == []
