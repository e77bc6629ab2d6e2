"""What went, stayed and came around a date; survival with ends that nobody saw; no answer from too little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.observation import Observation
from backtrail.model.times import Interval, earliest
from backtrail.profiles import drift
from backtrail.profiles.drift import Dates, status, things
from backtrail.profiles.survival import curve, quantile, surviving


def seen(value: str, first: str, last: str, kind="domain-name", role="c2", intrusion="IN-1") -> Observation:
    return Observation(kind=kind, value=value, intrusion=intrusion, role=role, seen=Interval(first, last))


OLD = [seen(f"old{n}.example", "2011-01-01", "2011-06-30") for n in range(8)]
KEPT = [seen(f"kept{n}.example", "2011-01-01", "2012-12-01") for n in range(4)]
NEW = [
    seen("new1.example", "2012-03-01", "2012-12-01"),
    seen("new2.example", "2012-03-01", "2012-12-01", intrusion="IN-9"),
]


def number(profile, id: str):
    return next((n for n in profile.numbers if n.id == id), None)


def test_what_went_stayed_and_came_and_what_hangs_on_the_old():
    profile = drift("UNC-1", [*OLD, *KEPT, *NEW], "2012-01-01")
    sort = "drift_infrastructure"
    assert [number(profile, f"{sort}_{w}").value for w in ("went", "stayed", "came", "tied")] == [8, 4, 2, 1]
    share = number(profile, f"{sort}_replaced")
    assert share.value == pytest.approx(8 / 12, abs=1e-4) and share.low < share.value < share.high
    assert len(share.parts) == 12
    assert number(profile, "drift_quiet").value == 0 and number(profile, "drift_begun").parts == ("IN-9",)
    assert ("infrastructure", "came", "domain-name", "new1.example", "2012-03-01", "2012-12-01", "1") in profile.rows


def test_what_lies_between_two_dates_alone_is_neither_old_nor_new():
    between = [seen("between.example", "2011-09-01", "2011-10-01")]
    profile = drift("UNC-1", [*OLD, *KEPT, *NEW, *between], "2012-01-01", before="2011-07-01")
    assert not any(row[3] == "between.example" for row in profile.rows)
    assert "Between 2011-07-01 and 2012-01-01" in profile.finding


def test_nothing_is_gone_when_the_watch_was_short():
    (old,) = things(OLD[:1])
    dates = Dates(before=earliest("2011-07-01"), since=earliest("2011-07-01"), end=earliest("2011-07-10"))
    assert status(old, dates) == "watched too short"


def test_a_registration_that_runs_on_shows_nobody_at_work():
    registered = seen("a@b.example", "2010-01-01", "2015-01-01", "registrant-email", "registration")
    assert things([registered])[0].seen == Interval("2010-01-01", "2010-01-01")


def test_sorts_are_told_apart_and_procedures_without_victims():
    some = [
        *OLD, *KEPT, seen("a" * 32, "2011-01-01", "2012-06-01", "md5", "tool"),
        seen(r"net use \\acme-fs\c$ x", "2011-01-01", "2012-06-01", "command-line", "tool"),
    ]  # fmt: skip
    assert {t.sort for t in things(some)} == {"infrastructure", "tools", "procedures"}
    assert not any("acme" in str(t.value) for t in things(some, ["acme"]))


def test_too_little_gives_a_sentence_and_no_number():
    few = drift("UNC-1", OLD[:3] + NEW, "2012-01-01")
    assert not few.enough and not few.numbers and "at least 10" in few.finding
    assert "none later" in drift("UNC-1", [*OLD, *KEPT], "2013-01-01").finding


def test_survival_counts_what_was_seen_to_the_end_as_lasting_at_least_so_long():
    in_use = [seen(f"a{n}.example", "2011-01-01", "2012-01-11") for n in range(6)]
    still = [seen(f"b{n}.example", "2011-01-01", "2013-01-01") for n in range(6)]
    profile = drift("UNC-1", [*in_use, *still], "2012-01-01")
    assert number(profile, "drift_infrastructure_after_30").value == 0.5
    assert number(profile, "drift_infrastructure_after_365").value == 0.5
    assert number(profile, "drift_infrastructure_median").value == 10


@given(st.lists(st.tuples(st.integers(0, 500), st.booleans()), min_size=1, max_size=40), st.integers(0, 600))
def test_the_curve_only_falls_and_agrees_with_its_readings(lasted, day):
    shares = [share for _, share in curve(lasted)]
    assert shares == sorted(shares, reverse=True) and all(-1e-9 <= s <= 1 for s in shares)
    half = quantile(lasted, 0.5)
    if half is not None:
        assert surviving(lasted, half) <= 0.5 + 1e-9
    alive = surviving(lasted, day)
    assert alive is None or 0 <= alive + 1e-9 <= 1 + 1e-8


@given(st.lists(st.tuples(st.integers(13, 20), st.sampled_from(["c2", "tool"])), max_size=6))
def test_the_answer_as_of_a_date_does_not_depend_on_later_evidence(later):
    late = [seen(f"l{n}.example", f"20{y}-01-01", f"20{y}-02-01", role=r) for n, (y, r) in enumerate(later)]
    early = [*OLD, *KEPT, *NEW]
    longer = [seen(o.value, o.seen.first, "2014-01-01") if o in KEPT else o for o in early]
    want = drift("G", early, "2012-01-01", as_of="2012-12-01")
    assert drift("G", [*early, *late], "2012-01-01", as_of="2012-12-01") == want
    assert [n.value for n in drift("G", longer, "2012-01-01", as_of="2012-12-01").numbers] == [
        n.value for n in want.numbers
    ]
