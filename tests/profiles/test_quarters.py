"""Quarters: from the first stay to the last, quiet ones too, each number with its parts."""

from hypothesis import given
from hypothesis import strategies as st

from backtrail.model.observation import Observation
from backtrail.model.profile import Stay
from backtrail.model.times import Interval
from backtrail.profiles.quarters import busy


def stay(id: str, first: str, last: str) -> Stay:
    seen = Observation(kind="domain-name", value="a.example", intrusion=id, role="c2", seen=Interval(first, last))
    return Stay(intrusion=id, activity=(seen,), open_start=False, open_end=False)


def test_a_stay_counts_in_every_quarter_it_reaches():
    series, numbers = busy(
        [stay("IN-1", "2010-12-31T23:00:00Z", "2011-04-01"), stay("IN-2", "2011-11-02", "2011-11-03")]
    )
    assert series.rows == (("2010-10", 1), ("2011-01", 1), ("2011-04", 1), ("2011-07", 0), ("2011-10", 1))
    told = {n.id: (n.value, n.parts) for n in numbers}
    assert told["active_quarters"] == (4, ("IN-1", "IN-2")) and told["quiet_quarters"][0] == 1
    assert told["active_most"] == (1, ("IN-1",))


def test_without_dates_nothing_is_said():
    assert busy([Stay(intrusion="IN-1", activity=(), open_start=False, open_end=False)])[1] == ()


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), min_size=1, max_size=20))
def test_quarters_follow_from_the_stays_alone(spans):
    """What is told by quarter is what rows of stays by quarter tell: it gives no quiet within a stay away."""
    stays = [
        stay(
            f"IN-{n}", f"{2000 + q // 4}-{q % 4 * 3 + 2:02d}-05", f"{2000 + (q + d) // 4}-{(q + d) % 4 * 3 + 2:02d}-06"
        )
        for n, (q, d) in enumerate(spans)
    ]
    series, _ = busy(stays)
    assert sum(int(count) for _, count in series.rows) == sum(d + 1 for _, d in spans)
