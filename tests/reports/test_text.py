"""Sentences take their numbers from ids; none is typed, none stands where data are missing."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.profile import Counted
from backtrail.reports.text import FORMS, Piece, interval, plain, sentence, value
from backtrail.reports.words import query, words


def counted(id: str, value: object, unit: str = "days", **more) -> Counted:
    return Counted(id=id, value=value, unit=unit, **more)


def test_a_number_of_a_sentence_leads_to_its_id():
    said = sentence("at least {n} of {m} days", {"n": counted("n", 1234), "m": counted("m", 2.5)})
    assert said == (Piece("At least "), Piece("1,234", "n"), Piece(" of "), Piece("2.5", "m"), Piece(" days"))
    assert plain(said) == "At least 1,234 of 2.5 days"


def test_a_sentence_without_one_of_its_numbers_is_not_said():
    assert sentence("{n} of {gone}", {"n": counted("n", 1)}) is None
    assert sentence("{n|some} more", {"n": counted("n", 0)}) is None
    assert sentence("{n|many} more", {"n": counted("n", 1)}) is None


def test_no_percentage_of_few():
    few = counted("n", 0.5, "share", parts=tuple("abcd"))
    many = counted("n", 0.5, "share", parts=tuple(map(str, range(20))))
    assert sentence("{n|percent}", {"n": few}) is None
    assert plain(sentence("{n|percent}", {"n": many})) == "50\u00a0%"


def test_a_word_may_name_the_number_that_is_meant():
    numbers = {"sector:Energy": counted("sector:Energy", 7)}
    said = sentence("{sector}: {@number}", numbers, {"sector": "Energy", "number": "sector:Energy"})
    assert said[-1] == Piece("7", "sector:Energy")


def test_values_in_their_units():
    assert value(counted("n", 8.0, "hours from UTC")) == "UTC+8"
    assert value(counted("n", -3.5, "hours from UTC")) == "UTC-3:30"
    assert value(counted("n", 11.500001, "TB")) == "12\u00a0TB"
    assert value(counted("n", 0.00123456, "TB")) == "1.2\u00a0GB"
    assert value(counted("n", 0.9688, "share")) == "97\u00a0%"
    assert interval(counted("n", 4, low=2, high=None)) == "2 to open"
    assert interval(counted("n", 4, low=4, high=4)) == ""


@given(st.floats(0, 1e6, allow_nan=False), st.sampled_from(["days", "share", "TB", "hours from UTC"]))
def test_every_form_prints_every_number(number, unit):
    one = counted("n", number, unit, low=number / 2, high=number * 2)
    assert all(isinstance(form(one), str) for form in FORMS.values())


def test_no_digit_is_typed_in_the_words_of_the_report():
    said = words()
    templates = [t for one in said.finding.values() for t in (one.title, *one.sentences, *one.blind)]
    templates += [t for one in said.figure.values() for t in (one.title, one.about, one.alt, one.missing)]
    templates += [one.title for one in said.section]
    assert not [t for t in templates if re.search(r"\d", re.sub(r"\{[^}]*\}", "", t))]


@pytest.mark.parametrize(
    ("files", "want"), [(1, "1 file is known."), (2, "2 files are known."), ("<5", "<5 files are known.")]
)
def test_one_is_told_in_the_singular(files, want):
    numbers = {"files": Counted(id="files", value=files, unit="files")}
    assert plain(sentence("{files} {files?file is/files are} known.", numbers)) == want
    assert sentence("{files?It is/They are} known.", {}) is None


def test_words_for_one_and_for_more_stand_beside_the_number_they_are_of():
    said = words()
    texts = [t for one in said.finding.values() for t in (*one.sentences, *one.blind)]
    asked = [(t, id) for t in texts for id in re.findall(r"\{([^{}|?]+)\?[^{}/]*/[^{}]*\}", t)]
    assert asked and all(re.search(rf"\{{{re.escape(id)}(\|some)?\}}", t) for t, id in asked)


def test_every_form_and_figure_that_words_name_is_there():
    said = words()
    texts = [t for one in said.finding.values() for t in (*one.sentences, *one.blind)]
    texts += [t for one in said.figure.values() for t in (one.title, one.about)]
    assert {form for t in texts for form in re.findall(r"\|(\w+)\}", t)} <= FORMS.keys()
    drawn = {figure for one in said.finding.values() for figure in one.figures}
    assert {*drawn, "activity"} == said.figure.keys()  # which stands at the head of a report
    assert {name for one in said.section for name in one.findings} == said.finding.keys()


def test_what_a_number_counts_is_said_by_the_narrowest_line():
    assert query("victims_total") != query("victims_us") != ""
    assert "share" in query("rdp_ips_cn_share").lower() and query("rdp_ips_cn") != query("rdp_ips_cn_share")
    assert query("no such number") == ""
