"""What keeps a report from being published: facts without a card, typed digits, blind figures, words without ranges."""

import re

import pytest
from msgspec.structs import replace

from backtrail.model.profile import Counted
from backtrail.reports import build, edition, lint
from backtrail.reports.findings import Figure, Finding, Section, Text
from backtrail.reports.fragments import TYPED
from backtrail.reports.text import Piece, plain
from backtrail.reports.words import words

SVG = '<svg role="img" aria-label="Bars of victims by country, most in one." width="1"></svg>'


@pytest.fixture
def document(dossier):
    return build(dossier, edition("report"))


def with_finding(document, **more):
    finding = Finding(id="victims", title="Victims", **more)
    return replace(document, sections=(Section(anchor="v", title="Who", findings=(finding,), blind=()),))


def rules(document):
    return [(flaw.where, flaw.rule) for flaw in lint(document)]


def test_a_built_in_report_has_none(document):
    assert rules(document) == []


def test_a_fact_cites_a_card(document):
    cited = (Piece("At least "), Piece("7", "intrusions"), Piece(" of them."))
    assert rules(with_finding(document, sentences=(cited,))) == []
    assert rules(with_finding(document, sentences=((Piece("They are many."),),))) == [("victims", "uncited")]
    assert rules(with_finding(document, sentences=((Piece("x", "no such number"),),))) == [("victims", "uncited")]


def test_a_digit_is_a_number_or_it_is_refused(document):
    typed = (Piece("Of 12, "), Piece("7", "intrusions"))
    assert rules(with_finding(document, sentences=(typed,))) == [("victims", "typed")]
    assert rules(with_finding(document, sentences=((Piece("2012", word="period"), Piece("7", "intrusions")),))) == []


def test_a_figure_says_what_it_shows(document):
    whole = Figure(id="f", title=(Piece("a"),), about=(Piece("b"),), svg=SVG, columns=("c",), rows=(("r",),))
    assert rules(with_finding(document, figures=(whole,))) == []
    for lacking in ({"about": ()}, {"rows": ()}, {"svg": "<svg></svg>"}):
        assert rules(with_finding(document, figures=(replace(whole, **lacking),))) == [("f", "figure")]


def test_judgements_and_texts_keep_to_the_words(document):
    assert rules(replace(document, judgement="It is likely that they did it.")) == [("KJ-1", "WD-2")]
    proud = Text("Foreword", (((Piece("This proves it."),),),))
    assert rules(replace(document, texts={"foreword": proud})) == [("foreword", "WD-3")]


def test_every_built_in_sentence_of_a_finding_has_a_number_and_no_digit():
    for name, one in words().finding.items():
        for sentence in one.sentences:
            assert re.search(r"\{[^@}]", sentence), (name, sentence)
        for sentence in (*one.sentences, *one.blind):
            assert not TYPED.search(re.sub(r"\{[^}]*\}", "", sentence)), (name, sentence)


def test_a_figure_whose_number_is_not_told_has_another_title(dossier):
    """The longest stay is one victim's: in public the figure of stays is called by what it shows."""
    stays = Counted(id="dwell_intrusions", value=40, unit="intrusions", parts=tuple(f"IN-{n}" for n in range(40)))
    dwell = dossier.findings["dwell"]
    dossier = replace(dossier, findings={"dwell": replace(dwell, numbers=(*dwell.numbers, stays))})
    (section,) = build(dossier, edition("report")).sections
    timelines = next(figure for figure in section.findings[0].figures if figure.id == "timelines")
    assert plain(timelines.title) == "40 stays, the longest first"
