"""Hours against other explanations, daylight saving, two sources apart, and the published compile times."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles import Login, Others, hours
from backtrail.profiles.workday import TEMPLATES, any_hour, bits, cells, daylight_saving, density, of_offices, posterior
from backtrail.profiles.zones import ZONES, offsets

SHARED = Path(__file__).parents[3] / "shared/data/apt1/pe_timestamps.csv"


def office(zone: str, days=600, seed=3) -> list[Login]:
    """Somebody who works from 8 to 18 by the clock on the wall of a zone, two sessions a weekday."""
    chance, found = random.Random(seed), []
    for n in range(days):
        day = datetime(2010, 1, 4, tzinfo=ZoneInfo(zone)) + timedelta(days=n)
        if day.weekday() < 5:
            for hour in chance.sample([8, 9, 10, 11, 14, 15, 16, 17], 2):
                at = day.replace(hour=hour, minute=chance.randrange(60))
                found.append(Login(at.timestamp(), f"client {n} {hour}", f"log {n} {hour}"))
    return found


def number(profile, id: str):
    return next((n for n in profile.numbers if n.id == id), None)


@pytest.mark.parametrize(
    ("zone", "offset", "saving"),
    [
        ("Asia/Shanghai", 8.0, "none"),
        ("Europe/Berlin", 1.0, "northern"),
        ("Australia/Melbourne", 10.0, "southern"),
        ("Asia/Kolkata", 5.5, "none"),
    ],
)
def test_daylight_saving_is_told_from_none(zone, offset, saving):
    profile = hours("UNC-1", "log-ins", office(zone))
    found = number(profile, "hours_daylight_saving")
    assert found.value == saving and f"{saving} " in found.note
    assert abs(number(profile, "hours_offset").value - offset) <= 1


def test_daylight_saving_is_not_asked_for_in_one_season_alone():
    summer = [one for one in office("Europe/Berlin", 900) if datetime.fromtimestamp(one.at, UTC).month in (5, 6, 7, 8)]
    profile = hours("UNC-1", "log-ins", summer)
    assert profile.enough and number(profile, "hours_daylight_saving") is None


def test_who_keeps_the_victims_hours_is_not_explained_better_by_an_office_of_its_own():
    others = Others(victims=offsets({"JP": 100}))
    own = number(hours("G", "log-ins", office("Europe/London"), others=others), "hours_bits_victims")
    theirs = number(hours("G", "log-ins", office("Asia/Tokyo"), others=others), "hours_bits_victims")
    assert own.value > 1.5 and theirs.value == 0.0
    assert own.parts


def test_a_sensor_that_sees_only_office_hours_explains_them():
    at = [one.at for one in office("Asia/Shanghai")]
    seen = number(hours("G", "log-ins", office("Asia/Shanghai", seed=4), others=Others(sensor=at)), "hours_bits_sensor")
    assert seen.value < 0.3
    plain = hours("G", "log-ins", office("Asia/Shanghai"))
    assert number(plain, "hours_bits_sensor") is None
    assert any("Not weighed against the victims' working hours" in limit for limit in plain.limits)


def test_two_sources_have_numbers_of_their_own():
    ids = [
        {n.id for n in hours("G", source, office("Asia/Shanghai")).numbers} for source in ("log-ins", "compile times")
    ]
    assert not ids[0] & ids[1] and "hours_offset" in ids[0] and "compile_offset" in ids[1]


def test_what_is_left_out_is_counted_by_its_places():
    left = number(hours("G", "log-ins", office("Asia/Shanghai"), excluded=["log 9", "log 3"]), "hours_excluded")
    assert (left.value, left.parts) == (2, ("log 3", "log 9"))


def test_other_ideas_of_an_office_widen_the_offset():
    found = number(hours("G", "log-ins", office("Asia/Shanghai")), "hours_offset_templates")
    assert found.low <= 8.0 <= found.high and found.low <= found.value <= found.high


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_is_a_distribution_and_moves_with_its_offset(template):
    week = density(template)
    assert week.sum() == pytest.approx(1.0) and (week > 0).all()
    monday_noon = datetime(2012, 4, 2, 12, tzinfo=UTC).timestamp()
    assert cells([monday_noon])[24] == 1.0
    assert density(template, 8.0)[24 - 16] == week[24]


@given(st.floats(-12, 14).map(lambda x: round(x * 2) / 2), st.integers(1, 5))
def test_a_session_says_the_same_wherever_the_clock_stands(offset, weeks):
    at = [1.333e9 + n * 86_400 * 1.37 for n in range(40)]
    moved = [one + weeks * 7 * 86_400 for one in at]
    assert posterior(at) == pytest.approx(posterior(moved))
    assert bits(at, offset, any_hour()) == pytest.approx(bits(moved, offset, any_hour()))


def test_victims_of_unknown_countries_say_nothing():
    assert offsets({"XX": 3}) == {}
    assert of_offices(offsets({"IN": 1})) == pytest.approx(density(TEMPLATES[0], 5.5))
    assert all(-12 <= offset <= 14 for zones in ZONES.values() for offset in zones)


def test_people_round_the_clock_tell_no_change_of_clocks():
    chance = random.Random(5)
    even = [1.3e9 + chance.random() * 2 * 365 * 86_400 for _ in range(2_000)]
    assert max(daylight_saving(even).values()) < 0.95


def test_published_compile_times_fit_the_offset_of_the_published_log_ins():
    if not SHARED.is_file():
        pytest.skip("needs ../shared/data/apt1/pe_timestamps.csv")
    with SHARED.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if " TO " not in row["pe_timestamp_utc"]]
    made = [
        Login(datetime.fromisoformat(row["pe_timestamp_utc"]).timestamp(), row["family"], f"row {n}")
        for n, row in enumerate(rows)
    ]
    profile = hours("APT1", "compile times", made)
    offset = number(profile, "compile_offset")
    assert offset.value == 8.0 and 7.5 <= offset.low <= offset.high <= 8.5
    assert number(profile, "compile_8_12_14_18_share").value == pytest.approx(0.71, abs=0.01)
    assert number(profile, "compile_weekday_share").value == pytest.approx(0.94, abs=0.01)
    assert number(profile, "compile_daylight_saving").value == "none"


def test_work_at_night_and_weekends_is_said_to_fit_badly():
    chance = random.Random(1)
    at = [1.3e9 + n * 86_400 + chance.choice((0, 2, 5, 9, 13, 16, 19, 21)) * 3_600 for n in range(300)]
    profile = hours("G", "log-ins", [Login(one, f"c{n}", f"log {n}") for n, one in enumerate(at)])
    assert number(profile, "hours_bits").value < 0.3 and "poor fit" in profile.finding
    assert "poor fit" not in hours("G", "log-ins", office("Asia/Shanghai")).finding
