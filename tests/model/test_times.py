import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.times import Interval, earliest, from_datetime, latest, moment, precision


@pytest.mark.parametrize(
    ("text", "canonical", "exact"),
    [
        ("2012", "2012", "year"),
        ("2012-04", "2012-04", "month"),
        ("2012-04-02", "2012-04-02", "day"),
        ("2012-04-02T01:12:00Z", "2012-04-02T01:12:00Z", "second"),
        ("2012-04-02 01:12:00+02:00", "2012-04-01T23:12:00Z", "second"),
        ("2012-04-02T01:12:00.500000", "2012-04-02T01:12:00.500000Z", "second"),
    ],
)
def test_spelling_and_precision(text, canonical, exact):
    assert moment(text) == canonical
    assert precision(moment(text)) == exact


@pytest.mark.parametrize("text", ["", "yesterday", "2012-13", "2012-02-30", "0000", "99999", "2012-04-02T25:00:00Z"])
def test_no_dates(text):
    with pytest.raises(ValueError):
        moment(text)


@given(st.datetimes())
def test_canonical_is_a_fixed_point(when):
    text = from_datetime(when)
    assert moment(text) == text
    assert earliest(text) == latest(text)


def test_a_month_spans_itself():
    assert (earliest("2012-02").day, latest("2012-02").day) == (1, 29)


def test_gaps():
    assert Interval("2012-04-02", "2012-04-11").gap_days(Interval("2012-04-10", None)) == 0
    assert 60 < Interval("2012-04-02", "2012-04-02").gap_days(Interval("2012-06-02", "2012-06-02")) < 61


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31"])
def test_the_end_of_the_calendar_is_no_error(text):
    assert latest(text).year == 9999
    assert Interval("2012-01-01", text).gap_days(Interval("2013", "2013")) == 0
