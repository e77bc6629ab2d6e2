"""Sessions that overlap: pairs of log-in and log-off, who is counted once, and what is said of too few."""

import math

from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles import HopLogin, Session, paired, strength
from backtrail.profiles.strength import peaks

DAY, HOUR = 86_400.0, 3_600.0


def came(at: float, client="198.51.100.1", server="192.0.2.1", layout="0804") -> HopLogin:
    return HopLogin(at, client, server, layout, f"at {at}")


def number(profile, id: str):
    return next(n for n in profile.numbers if n.id == id)


def busy(days: int, at_once: int, ended=True) -> list[Session]:
    """So many people at once, once a day."""
    return [
        Session(d * DAY + n, d * DAY + HOUR if ended else math.inf, f"client {n}", "hop", "0804", f"{d} {n}")
        for d in range(days)
        for n in range(at_once)
    ]


def test_a_log_off_ends_the_log_in_before_it_of_the_same_client_at_the_same_hop():
    found = paired(
        [came(0.0), came(100.0), came(50.0, client="198.51.100.2"), came(9 * DAY)],
        [came(40.0), came(170.0), came(60.0, client="198.51.100.2", server="192.0.2.9"), came(10.1 * DAY)],
    )
    assert [(s.start, s.end) for s in found] == [(0.0, 40.0), (50.0, math.inf), (100.0, 170.0), (9 * DAY, math.inf)]


def test_who_is_there_twice_at_once_is_one():
    assert peaks([(0, 10, "a"), (5, 15, "a"), (12, 20, "b")]) == {0: 2}
    assert peaks([(0, 10, "a"), (10, 20, "b")]) == {0: 1}


def test_the_busiest_day_and_the_typical_one():
    profile = strength("UNC-1", [*busy(60, 2), *busy(1, 5)[2:]], seed=1)
    most = number(profile, "operators_at_once")
    assert (most.value, most.low) == (5, 5.0) and most.high >= 5
    assert number(profile, "operators_typical").value == 2.0
    assert number(profile, "keyboards_at_once").value == 1
    assert profile == strength("UNC-1", [*busy(60, 2), *busy(1, 5)[2:]], seed=1)


def test_sessions_without_an_end_widen_the_interval_and_leave_the_lower_bound():
    open_ends = [Session(d * DAY + 60, math.inf, f"late {n}", "hop") for d in range(60) for n in range(3)]
    profile = strength("UNC-1", [*busy(60, 2), *open_ends], seed=1)
    most = number(profile, "operators_at_once")
    assert most.value == 2 and most.high == 5.0
    assert any("180 sessions no end" in limit for limit in profile.limits)


def test_too_few_sessions_give_a_sentence_and_no_number():
    few = strength("UNC-1", busy(10, 2), seed=1, excluded=[f"log {n}" for n in range(7)])
    assert not few.enough and not few.numbers and "100 and 30 are needed" in few.finding
    assert "7 log-ins are left out" in few.limits[0]
    assert not strength("UNC-1", busy(200, 2, ended=False), seed=1).enough


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 90), st.sampled_from("abcd")), min_size=1, max_size=30))
def test_peaks_are_those_of_a_slow_count(spans):
    sessions = [(float(start), float(start + length), who) for start, length, who in spans]
    slow = max(len({who for a, b, who in sessions if a <= at < b}) for at in {s[0] for s in sessions})
    assert max(peaks(sessions).values()) == slow
