"""The waterfall as SVG and HTML: the same bytes each time, hostile values harmless, and readable without seeing it."""

import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backtrail.model.waterfall import Row, Waterfall, of_pair, stacked
from backtrail.model.weight import Bar, Explanation
from backtrail.reports.figures.waterfall import draw
from backtrail.reports.shown import middle, shown
from backtrail.reports.waterfall import html, svg

URL = "http://evil.example/<script>alert('1')</script>/" + "a/" * 90 + "x.gif"
NAME = "\x1b[2J\x00&\"'" + "W" * 80 + "\u202egpj.exe"


def bar(kind, value, bits, notes=(), **more):
    fields = {"family": "malware", "strength": "B", "spoof": "med", "raw": bits, **more}
    return Bar(kind=kind, value=value, bits=bits, notes=notes, **fields)


BARS = (
    bar("url", URL, 6.2, ("class B: at most 7 bits",), evidence=("O-1", "O-2"), warnings=("Known <b>hosts</b>",)),
    bar("mutex", NAME, 3.3, ("same family: × 0.5",)),
    bar("file-name", "update.exe", 1.0, spoof="low", strength="C"),
    bar("domain-name", "news.example", 0.0, ("says the same as http://evil.example/",)),
    bar("timezone", "UTC+8 | UTC-5", -0.5, ("contradicts: the two sides differ",), strength="D"),
    bar("keyboard-layout", "0x0804 | 0x0409", -1.5, ("contradicts: the two sides differ",), strength="D"),
)


def explained(bars=BARS, a="IN-31 <&\"'>"):
    total = math.fsum([-4.5, *(b.bits for b in bars)])
    probability = 1 / (1 + 2**-total)
    return of_pair(
        Explanation(a=a, b="IN-7", prior=-4.5, total=total, probability=probability, bars=tuple(bars), linchpin=0,
                    without=0.1, robust=0.7, uncollected=("operator",), model="m-1")
    )  # fmt: skip


def texts(made):
    return [e.text or "" for e in ElementTree.fromstring(made).iter("{http://www.w3.org/2000/svg}text")]


def test_the_same_evidence_gives_the_same_bytes():
    assert svg(explained()) == svg(explained())
    assert html(explained()) == html(explained())
    assert explained(BARS[::-1]).rows == explained().rows


def test_a_waterfall_is_read_without_being_seen():
    made = svg(explained())
    root = ElementTree.fromstring(made)
    label = root.attrib["aria-label"]
    assert root.attrib["role"] == "img" and "very likely (80–95 %), 0.94" in label and "+4.0 bits" in label
    title, described = (root.find(f"{{http://www.w3.org/2000/svg}}{name}").text for name in ("title", "desc"))
    assert "very likely" in title
    for told in ("mutex", "−1.5", "contradicts", "operator", "hxxp://evil[.]example", "class B: at most 7 bits"):
        assert told in described
    assert set(re.findall(r"https?://[^\"<]+", made)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_figure_names_the_probability_the_prior_first_and_the_total_last():
    shown_texts = texts(svg(explained()))
    assert "total: very likely (80–95 %), 0.94" in shown_texts and "−4.5" in shown_texts and "+4.0" in shown_texts
    drawn = draw(explained()).rows
    assert drawn[0][0] == "prior" and drawn[-1][0] == "total"
    assert [t for t in shown_texts if t.endswith(": contradicts")] == [
        "keyboard-layout: contradicts", "timezone: contradicts"
    ]  # fmt: skip
    assert any(t.startswith("Not looked for") and "operator" in t for t in shown_texts)


def test_what_evidence_says_is_harmless():
    for made in (svg(explained()), html(explained())):
        assert "<script" not in made and "<b>" not in made
        assert "http://evil" not in made and "evil.example" not in made
        assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", made)
        assert "\\u202e" in made
    ElementTree.fromstring(f"<d>{html(explained()).replace('<br>', '<br/>')}</d>")


def test_long_values_are_shortened_in_their_middle():
    assert all(len(t) <= 130 for t in texts(svg(explained())))
    assert any(re.fullmatch(r"hxxp://evil\[\.\].*….*x\.gif", t) for t in texts(svg(explained())))
    assert middle("abcdefgh", 5) == "ab…gh" and middle("abc", 3) == "abc"


@given(st.text(max_size=300), st.sampled_from(["url", "mutex", "domain-name", "email-addr"]), st.integers(8, 60))
def test_what_is_shown_fits_and_can_be_seen(value, kind, most):
    text = shown(kind, value, most)
    assert len(text) <= most and (text.isprintable() or not text)


@given(st.lists(st.tuples(st.text(max_size=60), st.floats(-9, 9)), max_size=4))
@example([("\x1a_g»Îþ\U0001ee11\U0009ba23", 1.0)])  # a long label is cut, and not between two halves of a character
@settings(max_examples=12, deadline=None)
def test_any_value_makes_a_figure_that_is_xml(some):
    made = svg(explained([*BARS[:1], *(bar("mutex", value, bits) for value, bits in some)]))
    assert ElementTree.fromstring(made).attrib["aria-label"]
    assert "NaN" not in made and "undefined" not in made


def test_absent_is_told_apart_from_a_contradiction_and_from_what_was_not_looked_for():
    rows = [
        Row(sort="prior", label="prior", bits=1.0, notes=("17 reports",)),
        Row(sort="for", label="software", bits=4.0, values=("x", "y")),
        Row(sort="absent", label="software", bits=-2.0, notes=("not seen of it before: most of 3",)),
        *(Row(sort="for", label=f"t{n:02}", bits=0.01) for n in range(30)),
    ]
    total = math.fsum(row.bits for row in rows)
    made = Waterfall(of="IN-1 in G", probability=0.9, total=total, rows=stacked(rows), uncollected=("operator",),
                     rivals=(("nobody known", 0.1),))  # fmt: skip
    shown_texts = texts(svg(made))
    assert "software: absent" in shown_texts and "30 smaller ones" in shown_texts
    assert any(t.startswith("Instead: nobody known") for t in shown_texts)
    assert "software: absent" in html(made) and "operator" in html(made)


@pytest.mark.parametrize("bars", [(), BARS[4:]])
def test_a_score_without_anything_for_it_is_drawn_too(bars):
    made = of_pair(Explanation(a="A", b="B", prior=-4.5, total=math.fsum([-4.5, *(b.bits for b in bars)]),
                               probability=0.04, bars=tuple(bars)))  # fmt: skip
    assert "almost no chance" in svg(made) and "almost no chance" in html(made)
