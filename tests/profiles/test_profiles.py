"""Findings keep their rules: minimum data, open ends, parts that add up, no offset from too little."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.model.intrusion import Intrusion
from backtrail.model.observation import Observation
from backtrail.model.profile import Stay
from backtrail.model.times import Interval
from backtrail.profiles import Login, dwell, hours, victims
from backtrail.profiles.dwell import episodes
from backtrail.profiles.hours import sessions
from backtrail.profiles.survival import quantile
from backtrail.profiles.workday import posterior


def stay(id: str, *spans: tuple[str, str], open_start=False, open_end=False) -> Stay:
    seen = tuple(
        Observation(kind="domain-name", value="a.example", intrusion=id, role="c2", seen=Interval(*span))
        for span in spans
    )
    return Stay(intrusion=id, activity=seen, open_start=open_start, open_end=open_end)


def number(profile, id: str):
    return next(n for n in profile.numbers if n.id == id)


def test_dwell_counts_days_between_dates_and_names_its_parts():
    stays = [stay(f"IN-{n}", ("2012-01-01T23:00:00Z", f"2012-02-{n + 1:02d}T01:00:00Z")) for n in range(6)]
    found = dwell("UNC-1", stays, seed=1)
    assert number(found, "dwell_max").value == 36 and number(found, "dwell_max").parts == ("IN-5",)
    assert number(found, "dwell_n").value == 6
    assert number(found, "dwell_mean").value == 33.5


def test_open_stays_lengthen_the_median_and_leave_the_mean():
    closed = [stay(f"IN-{n}", ("2012-01-01", f"2012-01-{11 + n}")) for n in range(6)]
    long = [stay(f"IN-9{n}", ("2012-01-01", "2012-06-01"), open_end=True) for n in range(5)]
    both = dwell("UNC-1", [*closed, *long], seed=1)
    assert number(both, "dwell_mean").value == number(dwell("UNC-1", closed, seed=1), "dwell_mean").value
    assert number(both, "dwell_median").value > number(dwell("UNC-1", closed, seed=1), "dwell_median").value


def test_too_few_stays_give_a_sentence_and_no_number():
    found = dwell("UNC-1", [stay("IN-1", ("2012-01-01", "2012-02-01"))], seed=1)
    assert not found.enough and not found.numbers and "at least 5" in found.finding


def test_the_same_seed_gives_the_same_interval():
    stays = [stay(f"IN-{n}", ("2012-01-01", f"2012-0{1 + n}-20")) for n in range(8)]
    assert dwell("UNC-1", stays, seed=3) == dwell("UNC-1", stays, seed=3)


@given(st.lists(st.integers(0, 900), min_size=1, max_size=40))
def test_without_open_ends_the_median_is_the_plain_one(days):
    ordered = sorted(days)
    assert quantile([(d, True) for d in days], 0.5) == ordered[(len(ordered) + 1) // 2 - 1]


@given(st.lists(st.tuples(st.integers(0, 900), st.booleans()), min_size=1, max_size=40))
def test_an_open_end_never_shortens_a_stay(stays):
    opened, closed = quantile(stays, 0.5), quantile([(d, True) for d, _ in stays], 0.5)
    assert opened is None or opened >= closed


def test_visits_are_parted_by_three_quiet_months():
    seen = stay("IN-1", ("2012-01-01", "2012-01-10"), ("2012-02-01", "2012-02-02"), ("2012-08-01", "2012-08-02"))
    assert len(episodes(seen)) == 2


def office(offset: float, days: int = 200, seed: int = 7) -> list[Login]:
    """Log-ins of people who work 9 to 18 with a break, Monday to Friday, at an offset."""
    import random

    chance = random.Random(seed)
    found = []
    start = datetime(2011, 3, 7, tzinfo=UTC)
    for day in range(days):
        moment = start + timedelta(days=day)
        if moment.weekday() < 5:
            hour = chance.choice([8, 9, 10, 11, 14, 15, 16, 17])
            local = moment + timedelta(hours=hour, minutes=chance.randrange(60))
            found.append(Login((local - timedelta(hours=offset)).timestamp(), f"client-{day}", f"log {day}"))
    return found


@pytest.mark.parametrize("offset", [8.0, -5.0, 3.5, 0.0])
def test_office_hours_are_found_at_their_offset(offset):
    found = hours("UNC-1", "log-ins", office(offset))
    best = number(found, "hours_offset")
    assert abs(best.value - offset) <= 0.5 and best.low <= offset + 0.5 and best.high >= offset - 0.5


def test_people_round_the_clock_give_no_narrow_answer_and_no_bits():
    even = [Login(1.3e9 + n * 86400 * 7 / 13 + 3600 * 5.3 * n, f"c{n}", f"log {n}") for n in range(400)]
    found = hours("UNC-1", "log-ins", even)
    assert number(found, "hours_bits").value < 0.1


@pytest.mark.parametrize("few", [office(8, 40), office(8, 200)[:90]])
def test_too_few_moments_give_no_offset(few):
    found = hours("UNC-1", "log-ins", few, excluded=["a", "b", "c"])
    assert not found.enough and not found.numbers and "Too few" in found.finding
    assert "3 moments are left out" in found.limits[0]


@given(st.lists(st.floats(1.2e9, 1.3e9), min_size=1, max_size=30))
@settings(max_examples=50, deadline=None)
def test_the_posterior_sums_to_one(moments):
    assert abs(sum(posterior(moments).values()) - 1) < 1e-9


def test_the_same_login_in_two_logs_is_one_session():
    twice = [Login(1000.0, "a", "one"), Login(1002.0, "a", "two"), Login(1002.0, "b", "two"), Login(9000.0, "a", "one")]
    assert [(s.at, s.who) for s in sessions(twice)] == [(1000.0, "a"), (1002.0, "b"), (9000.0, "a")]


def member(id: str, sector="Energy", country="US") -> Intrusion:
    return Intrusion(id=id, sector=sector, country=country, discovered="2012-01-01", found_by="external")


def test_victims_count_organizations_not_intrusions():
    members = [member("IN-1"), member("IN-2"), member("IN-3", "Legal", "GB")]
    found = victims("UNC-1", members, {"IN-1": "v", "IN-2": "v"}, {})
    assert number(found, "victims_total").value == 2
    assert number(found, "victims_again").parts == ("IN-1", "IN-2")
    assert number(found, "victims_us").value == 1
    assert sum(int(row[1]) for row in found.rows) == 2


def test_unseen_victims_are_estimated_only_when_sources_overlap():
    members = [member(f"IN-{n}") for n in range(6)]
    one = {m.id: frozenset({"a"}) for m in members}
    assert not [n for n in victims("UNC-1", members, {}, one).numbers if n.id == "victims_unseen"]
    two = one | {"IN-0": frozenset({"a", "b"}), "IN-1": frozenset({"a", "b"})}
    assert number(victims("UNC-1", members, {}, two), "victims_unseen").value == 4


def test_one_victim_is_no_pattern():
    assert not victims("UNC-1", [member("IN-1")], {}, {}).enough


def test_sectors_by_year_and_the_month_of_most_new_victims():
    members = [member(f"IN-{n}", sector) for n, sector in enumerate(("Energy", "Energy", "Legal", "Legal"))]
    began = {"IN-0": "2011-01-05T00:00:00Z", "IN-2": "2011-01-20", "IN-3": "2012-03-01"}
    found = victims("UNC-1", members, {}, {}, began)
    assert found.columns == ("sector", "victims", "2011", "2012", "intrusions")
    assert found.rows[0] == ("Energy", "2", "1", "", "IN-0, IN-1")
    burst = number(found, "jan2011_new_victims")
    assert (burst.value, burst.parts) == (2, ("IN-0", "IN-2")) and "2011-01" in burst.note
    assert number(found, "jan2011_industries").value == 2
    assert any("not known of 1 intrusions" in limit for limit in found.limits)


def test_a_victim_that_was_hit_again_is_new_once():
    members = [member("IN-1"), member("IN-2"), member("IN-3", country="GB")]
    began = {"IN-1": "2011-01-05", "IN-2": "2012-01-05", "IN-3": "2012-01-09"}
    burst = number(victims("UNC-1", members, {"IN-1": "v", "IN-2": "v"}, {}, began), "jan2011_new_victims")
    assert burst.value == 1


def test_languages_count_where_they_are_stated_and_countries_where_not():
    members = [
        Intrusion(id="IN-1", country="IN", language="en"), Intrusion(id="IN-2", country="GB"),
        Intrusion(id="IN-3", country="CA", language="fr"), Intrusion(id="IN-4", country="FR"), Intrusion(id="IN-5"),
    ]  # fmt: skip
    share = number(victims("UNC-1", members, {}, {}), "english_hq_share")
    assert share.value == 0.5 and share.parts == ("IN-1", "IN-2", "IN-3", "IN-4")
    found = victims("UNC-1", members, {}, {})
    assert number(found, "victims_uk_canada").value == 2 and number(found, "victims_other").value == 2


@given(st.integers(1, 60), st.integers(1, 30))
def test_the_interval_of_unseen_victims_holds_the_estimate(once, twice):
    members = [member(f"IN-{n}") for n in range(once + twice)]
    told = {m.id: frozenset({"a"} if n < once else {"a", "b"}) for n, m in enumerate(members)}
    found = [n for n in victims("G", members, {}, told).numbers if n.id == "victims_unseen"]
    if once + twice > 1:
        estimate = once * once / (2 * twice)
        assert 0 <= found[0].low <= estimate + 0.1 and found[0].high >= estimate - 0.1


@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["Energy", "Legal"])), max_size=6))
def test_victims_as_of_a_date_do_not_depend_on_later_intrusions(later):
    early = [member("IN-1"), member("IN-2", "Legal")]
    late = [
        Intrusion(id=f"IN-9{n}", sector=sector, country="FR", discovered=f"2013-0{month}-01")
        for n, (month, sector) in enumerate(later)
    ]
    began = {"IN-1": "2011-05-01", "IN-2": "2011-06-01"}
    more = began | {m.id: "2010-01-01" for m in late}
    assert victims("G", [*early, *late], {}, {}, more, as_of="2012-12") == victims(
        "G", early, {}, {}, began, as_of="2012-12"
    )


def test_gaps_between_visits_are_told_with_their_range():
    first = ("2012-01-01", "2012-01-10")
    stays = [stay(f"IN-{n}", first, ("2012-06-01", "2012-06-02"), ("2013-06-01", "2013-06-02")) for n in range(2)]
    stays += [stay(f"IN-8{n}", first) for n in range(4)]
    found = dwell("UNC-1", stays, seed=1)
    assert number(found, "dwell_revisited").parts == ("IN-0", "IN-1")
    assert number(found, "dwell_visits").value == 6
    gap = number(found, "dwell_gap_median")
    assert (gap.low, gap.high) == (142, 363)


def test_a_curve_of_a_figure_crosses_one_half_where_the_median_is_told():
    stays = [stay(f"IN-{n}", ("2012-01-01", f"2012-0{1 + n}-20")) for n in range(8)]
    told = dwell("UNC-1", stays, seed=1)
    curve = told.plotted("survival")
    assert curve[0] == (0, 1.0)
    assert min(days for days, share in curve if share <= 0.5) == number(told, "dwell_median").value
    assert told.plotted("nothing of that name") == ()
