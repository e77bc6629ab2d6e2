"""Conformance test 14 of tradecraft section 10: hours need enough sessions before anything is said."""

import pytest

from backtrail.profiles import Login, hours

DAY = 86_400.0


def sessions(count: int) -> list[Login]:
    """Sessions over more than thirty days and three months, in the office hours of UTC+8."""
    return [Login(1.3e9 - 1.3e9 % DAY + n * DAY + 2 * 3600, f"client {n}", f"log {n}") for n in range(count)]


@pytest.mark.parametrize(("count", "enough"), [(99, False), (100, True)])
def test_14_99_sessions_say_no_time_zone_and_100_do(count, enough):
    found = hours("UNC-0001", "log-ins", sessions(count))
    assert found.enough is enough and ("UTC+" in found.finding) is enough
    assert bool(found.numbers) is enough and ("Too few" in found.finding) is not enough


def test_14_neither_few_days_nor_a_short_time_are_enough():
    few_days = [Login(n % 20 * 10 * DAY + n // 20 * 7200, f"c{n}", f"log {n}") for n in range(200)]
    short = [Login(n * DAY / 3, f"c{n}", f"log {n}") for n in range(200)]
    for some in (few_days, short):
        assert not hours("UNC-0001", "log-ins", some).enough
