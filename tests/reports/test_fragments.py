"""Texts of a user's own see numbers and nothing else; what is typed is data, and a digit typed by hand is refused."""

import pytest

from backtrail.model.errors import FormatError
from backtrail.model.profile import Counted
from backtrail.reports import fragments
from backtrail.reports.text import plain

NUMBERS = {
    "victims_total": Counted(id="victims_total", value=17, unit="organizations", parts=("IN-1",)),
    "dwell_median": Counted(id="dwell_median", value=230, unit="days", low=130, high=1100),
}


def said(source: str) -> list[str]:
    return [" ".join(map(plain, one)) for one in fragments.said(source, NUMBERS, {"period": "2008 to 2013"})]


def mistakes(source: str, name: str = "victims") -> list[tuple[int, str]]:
    return [(one.line, one.text) for one in fragments.mistakes(name, source)]


def test_one_line_is_a_sentence_and_an_empty_one_a_paragraph():
    source = (
        "at least {{ n.victims_total }} firms.\nHalf stay {{ n['dwell_median'] | range }} days.\n\nIn {{ period }}."
    )
    assert said(source) == ["At least 17 firms. Half stay 230 (130 to 1,100) days.", "In 2008 to 2013."]
    assert mistakes(source) == []


def test_numbers_and_words_stay_known_as_such():
    ((sentence, *_),) = fragments.said("Of {{ n.victims_total }} in {{ period }}", NUMBERS, {"period": "2008"})
    assert [(p.text, p.number, p.word) for p in sentence] == [
        ("Of ", "", ""), ("17", "victims_total", ""), (" in ", "", ""), ("2008", "", "period"),
    ]  # fmt: skip


def test_a_sentence_of_which_a_number_is_missing_is_left_out():
    assert said("{{ n.industries }} industries.\nAnd {{ n.industries | percent }}.\nMore.") == ["More."]
    assert said("{% if n.industries %}Many.{% else %}Few.{% endif %}") == ["Few."]


def test_markup_and_templates_in_what_is_typed_are_text():
    assert said("<b>{{ '{{ n.victims_total }}' }}</b>") == [] or "17" not in said("<b>x</b>")[0]
    assert said("<script>alert()</script> & so on") == ["<script>alert()</script> & so on"]


@pytest.mark.parametrize(
    ("source", "line", "what"),
    [
        ("One.\nIn 2013 it began.", 2, "'2013' is typed"),
        ("It began in 2013.", 1, "'2013' is typed"),
        ("About 17,5 of them", 1, "'17,5' is typed"),
        ("{{ 12 }} firms", 1, "12 is typed"),
        ("{% set x = 3 %}{{ x }}", 1, "3 is typed"),
        ("\n{{ n.victim_totals }}", 2, "no number has the id 'victim_totals'"),
        ("{{ n[period] }}", 1, "no number has the id ''"),
        ("a {victims_total}", 1, "a single brace"),
        ("{% if %}", 1, "Expected an expression"),
        ("{% include 'case.toml' %}", 1, "no other file"),
        ("{% if n.victims_total %}{{ n.victims_total + n.victims_total }}{% endif %}", 1, "unsupported operand"),
        ("{{ n.victims_total | upper }}", 1, "No filter named 'upper'"),
        ("{{ n.victims_total.__class__.__mro__ }}", 1, "unsafe"),
        ("x" * 70_000, 1, "longer than"),
    ],
)
def test_a_mistake_is_told_with_its_line(source, line, what):
    ((found, text), *_) = mistakes(source)
    assert found == line and what in text


def test_digits_in_names_are_no_numbers():
    assert mistakes("APT1 and CVE-2012-0158, as T1059 says, over UTF-8.") == []


def test_no_such_text():
    assert "there are arsenal" in mistakes("x", "victim")[0][1]


def test_what_only_rendering_shows_is_an_error_and_no_crash():
    with pytest.raises(FormatError):
        fragments.said("{{ n.victims_total + n.victims_total }}", NUMBERS)
