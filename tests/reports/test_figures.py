# ruff: noqa: E501 - rows of values read best on one line
"""Figures: the same bytes each time, ids of their own, nothing from outside, and no empty frame."""

import re

import pytest
from msgspec.structs import replace

from backtrail.model.profile import Counted, Profile, Series
from backtrail.reports.disclosure import protected
from backtrail.reports.figures import Life, drawn, rendered
from backtrail.reports.figures.drawing import BLUE, GREEN, ORANGE

COUNTRIES = [
    Counted(id="victims_us", value=9, unit="organizations"),
    Counted(id="victims_fr", value=1, unit="organizations"),
]
DWELL = [
    ("IN-1", "2010-01-13", "2011-01-21", "373", "seen", "open", "1"),
    ("IN-2", "2010-03-01", "2010-05-01", "61", "open", "seen", "1"),
]
PROFILES = {
    "sectors": Profile(kind="victims", group="G", finding="", enough=True, columns=("sector", "victims", "2010", "2011", "intrusions"),
                       rows=(("Energy", "7", "4", "3", "IN-1"), ("Mining", "2", "1", "1", "IN-2"), ("Law", "1", "1", "", "IN-3"))),
    "geography": Profile(kind="victims", group="G", finding="", enough=True, numbers=tuple(COUNTRIES)),
    "stays": Profile(kind="dwell", group="G", finding="", enough=True,
                     numbers=(Counted(id="dwell_median", value=61, unit="days"),),
                     series=(Series(name="survival", columns=("days", "share"), rows=((0, 1.0), (61, 0.5), (373, 0.5))),
                             Series(name="open", columns=("days",), rows=((373,),)))),
    "timelines": Profile(kind="dwell", group="G", finding="", enough=True, rows=tuple(DWELL),
                         columns=("intrusion", "first", "last", "days", "begin", "end", "visits")),
    "theft": Profile(kind="theft", group="G", finding="", enough=True,
                     series=(Series(name="volumes", columns=("i", "low", "high"), rows=(("I-1", 10**12, 2 * 10**12), ("I-2", 5000, 5000))),)),
    "phases": Profile(kind="lifecycle", group="G", finding="", enough=True, numbers=(Counted(id="phase:complete mission", value=4, unit="intrusions"),)),
    "techniques": Profile(kind="lifecycle", group="G", finding="", enough=True,
                          columns=("phase", "technique", "name", "intrusions", "first", "last", "variants", "procedure"),
                          rows=(("initial compromise", "T1566.001", "Spearphishing Attachment", "7", "2010-01-01", "2011-01-01", "", ""),)),
    "week": Profile(kind="hours", group="G", finding="", enough=True, columns=("UTC", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
                    rows=(("00", "3", "", "", "", "", "", ""), ("07", "", "9", "", "", "", "", "")),
                    series=(Series(name="posterior", columns=("offset", "probability"), rows=((8.0, 0.9), (8.5, 0.1))),)),
    "netblocks": Profile(kind="trace", group="G", finding="", enough=True, columns=("network", "holder", "country", "log-in addresses", "share", "log-ins", "HTRAN addresses"),
                         rows=(("203.0.113.0/24", "EXAMPLE <NET>", "CN", "38", "59 %", "94", "30"), ("in no registry here", "", "", "1", "", "1", ""))),
    "families": Profile(kind="arsenal", group="G", finding="", enough=True,
                        columns=("family", "kind", "samples", "intrusions", "first", "last", "compiled", "exclusivity"),
                        rows=(("HERON", "backdoor", "5", "4", "2010-01-01", "2011-01-01", "2009-01-01 to 2010-01-01", "exclusive-so-far: x"),
                              ("RAR", "tool", "1", "2", "2010-01-01", "2011-01-01", "", "public: x"))),
    "places": Profile(kind="trace", group="G", finding="", enough=True, numbers=(Counted(id="c2_us", value=4, unit="IPs"),)),
    "registrations": Profile(kind="trace", group="G", finding="", enough=True,
                             columns=("zone", "whose"), rows=(("a.example", "registered"),),
                             numbers=(Counted(id="zones_registered_2007", value=2, unit="zones"), Counted(id="zones_registered_2009", value=1, unit="zones"))),
    "activity": Profile(kind="dwell", group="G", finding="", enough=True,
                        series=(Series(name="quarters", columns=("quarter", "intrusions"), rows=(("2010-01", 7), ("2010-04", 2), ("2010-07", 0), ("2010-10", 9))),
                                Series(name="publications", columns=("date",), rows=(("2010-06-03",),)))),
    "priorities": Profile(kind="priorities", group="G", finding="", enough=True,
                          columns=("rank", "what it is", "kind", "values", "intrusions", "days in use", "others use too"),
                          rows=(("1", "procedures", "command-line", "4", "6", "90", "0"), ("2", "digests", "md5", "9", "2", "", "1")),
                          series=(Series(name="coverage", columns=("kind", "intrusion"), rows=(("command-line", "I-1"), ("md5", "I-1"))),
                                  Series(name="members", columns=("intrusion",), rows=(("I-1",), ("I-2",))))),
    "change": Profile(kind="drift", group="G", finding="", enough=True,
                      series=(Series(name="survival", columns=("sort", "days", "share"), rows=(("tools", 0, 1.0), ("tools", 50, 0.5))),)),
}  # fmt: skip
LIVES = [
    Life(name="news[.]example", address=False, first="2009-01-02", last="2010-02-03", intrusions=4),
    Life(name="203[.]0[.]113[.]5", address=True, first="2009-04-02", last="2009-05-03", intrusions=2),
]
CHAIN = {
    id: Counted(id=id, value=n + 1, unit="x") for n, id in enumerate(("chain_victims", "chain_names", "chain_servers"))
}
ALL = [*PROFILES, "builds", "chain", "lifelines"]


def made(id: str):
    return drawn(id, PROFILES.get("week" if id == "builds" else id), CHAIN, LIVES)


@pytest.mark.parametrize("id", ALL)
def test_a_figure_is_the_same_each_time_and_stands_alone(id):
    drawing = made(id)
    first = rendered(drawing, id, 'What "it" shows')
    assert first == rendered(made(id), id, 'What "it" shows')
    assert 'role="img"' in first and 'aria-label="What &quot;it&quot; shows"' in first
    assert set(re.findall(r"https?://[^\"]+", first)) <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert all(found.startswith(f"{id}-") for found in re.findall(r'\bid="([^"]+)"', first))
    assert "<script" not in first and "NaN" not in first and "undefined" not in first


@pytest.mark.parametrize("id", ALL)
def test_a_figure_has_the_table_behind_it(id):
    drawing = made(id)
    assert drawing.rows and all(len(row) == len(drawing.columns) for row in drawing.rows)


@pytest.mark.parametrize("id", ALL)
def test_too_few_data_make_no_figure(id):
    thin = Profile(kind="x", group="G", finding="too few", enough=False)
    assert drawn(id, thin, {}, []) is None
    assert drawn(id, None, {}, []) is None


@pytest.mark.parametrize("id", [*PROFILES])
def test_a_finding_with_nothing_to_draw_makes_no_figure(id):
    assert drawn(id, Profile(kind="x", group="G", finding="", enough=True, columns=("a", "b", "c")), {}, []) is None


def test_few_victims_are_not_told_by_sector_or_country():
    told = protected({"victims": PROFILES["sectors"]}, 3)["victims"]
    sectors = drawn("sectors", told, {}, [])
    assert not {"Mining", "Law"} & {row[0] for row in sectors.rows}
    assert "Mining" not in rendered(sectors, "sectors", "")
    where = protected({"victims": PROFILES["geography"]}, 3)["victims"]
    assert ("US", "9") in drawn("geography", where, {}, []).rows
    assert all(int(count) >= 3 for _, count in drawn("geography", where, {}, []).rows)


def test_a_quarter_of_few_intrusions_is_hollow_and_not_told():
    profile = protected({"x": PROFILES["activity"]}, 5)["x"]
    drawing = drawn("activity", profile, {}, [])
    assert drawing.rows == (("2010-01", "7"), ("2010-04", "<5"), ("2010-07", "0"), ("2010-10", "9"))
    assert drawn("activity", protected({"x": PROFILES["activity"]}, 10)["x"], {}, []) is None


def test_hunts_are_drawn_by_intrusion_inside_the_house_alone():
    profile = replace(protected({"x": PROFILES["priorities"]}, 5)["x"], series=())
    drawing = drawn("priorities", profile, {}, [])
    assert "I-1" not in rendered(drawing, "f", "alt") and "&lt;5" in rendered(drawing, "f", "alt")
    assert "I-2" in rendered(drawn("priorities", PROFILES["priorities"], {}, []), "f", "alt")


def test_no_day_of_an_intrusion_is_told():
    assert not [cell for row in made("timelines").rows for cell in row if re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell)]
    assert "2010-01-13" not in rendered(made("timelines"), "t", "")


def test_what_evidence_says_is_escaped():
    assert "&lt;NET&gt;" in rendered(made("netblocks"), "n", "") or "Example &lt;Net&gt;" in rendered(
        made("netblocks"), "n", ""
    )


def test_networks_are_read_by_the_names_of_their_columns():
    """A column more in the table of `trace` does not move what is drawn."""
    profile = PROFILES["netblocks"]
    wider = replace(
        profile,
        columns=(*profile.columns[:3], "registrant", *profile.columns[3:]),
        rows=tuple((*row[:3], "", *row[3:]) for row in profile.rows),
    )
    assert rendered(drawn("netblocks", wider, {}, []), "n", "") == rendered(made("netblocks"), "n", "")
    assert drawn("netblocks", wider, {}, []).rows[0][0] == "203[.]0[.]113[.]0/24"


HUES = {BLUE, ORANGE, GREEN}
APART = {"change": "dashes", "lifelines": "shapes", "netblocks": "tint"}
"""How figures of more than one hue tell them apart without it."""


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of `#rrggbb` or `rgb(r, g, b)`."""
    parts = re.findall(r"[0-9a-f]{2}", colour) if colour[0] == "#" else re.findall(r"\d+", colour)
    linear = [n / 12.92 if n <= 0.04045 else ((n + 0.055) / 1.055) ** 2.4
              for n in (int(p, 16 if colour[0] == "#" else 10) / 255 for p in parts)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    bright, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("id", ALL)
def test_a_figure_is_read_in_grey(id):
    svg = rendered(made(id), id, "What it shows")
    marks = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6}|rgb\([^)]*\))"', svg))
    hues = marks & HUES
    if len(hues) > 1:
        signs = {"dashes": "stroke-dasharray" in svg, "tint": 'fill-opacity="0.25"' in svg,
                 "shapes": len(shapes(svg, hues)) == len(hues)}  # fmt: skip
        assert signs[APART[id]]
    for fill in set(re.findall(r'<text[^>]* fill="(#[0-9a-f]{6})"', svg)):
        assert max(contrast(fill, on) for on in ("#ffffff", *marks)) >= 4.5, fill


def shapes(svg: str, hues: set[str]) -> set[str]:
    """Outlines of the marks of some hues, less their place and size: the letters of their paths."""
    found = {}
    for path, fill in re.findall(r'<path[^>]* d="([^"]*)"[^>]* fill="(#[0-9a-f]{6})"', svg):
        if fill in hues:
            found.setdefault(fill, set()).add(re.sub(r"[^A-Za-z]", "", path))
    return {"|".join(sorted(some)) for some in found.values()}
