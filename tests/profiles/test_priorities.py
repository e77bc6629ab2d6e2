"""Order of hunts: what costs most to change first, each number with its parts, context apart."""

from datetime import date, timedelta

import pytest

from backtrail.model.observation import Observation
from backtrail.model.record import Indicator
from backtrail.model.times import Interval
from backtrail.profiles import priorities


def seen(kind: str, value: str, intrusion: str, first: str = "2012-01-01", last: str = "2012-01-02", role: str = "c2"):
    return Observation(kind=kind, value=value, intrusion=intrusion, role=role, seen=Interval(first, last))


def published(*observations: Observation, action: str = "alert", warnings: tuple[str, ...] = ()) -> Indicator:
    kind, value = observations[0].kind, observations[0].value
    ids = tuple(o.id for o in observations)
    return Indicator(kind=kind, value=value, evidence=ids, action=action, warnings=warnings)


def told(*indicators: Indicator, observations):
    return priorities("UNC-1", indicators, observations)


def test_what_costs_most_to_change_comes_first_then_what_shows_most():
    digest = [seen("md5", "d" * 32, f"IN-{n}") for n in range(4)]
    pipe, mutex = seen("pipe", "p", "IN-1"), [seen("mutex", "m", f"IN-{n}") for n in range(2)]
    line = seen("command-line", "net view", "IN-3")
    found = told(
        published(*digest), published(pipe), published(*mutex), published(line),
        observations=[*digest, pipe, *mutex, line],
    )  # fmt: skip
    assert [row["kind"] for row in found.records()] == ["command-line", "mutex", "pipe", "md5"]
    assert [row["intrusions"] for row in found.records()] == ["1", "2", "1", "4"]
    numbers = {n.id: n for n in found.numbers}
    assert numbers["hunt:mutex"].parts == ("IN-0", "IN-1")
    assert numbers["hunt_any"].value == 4 and numbers["hunt_durable"].parts == ("IN-0", "IN-1", "IN-3")
    assert found.plotted("members") == (("IN-0",), ("IN-1",), ("IN-2",), ("IN-3",))


def test_what_is_context_is_no_hunt_and_is_counted():
    good, shared = seen("domain-name", "evil.example", "IN-1"), seen("domain-name", "cdn.example", "IN-2")
    found = told(published(good), published(shared, action="context", warnings=("CDN",)), observations=[good, shared])
    (row,) = found.records()
    assert (row["values"], row["intrusions"], row["others use too"]) == ("1", "1", "1")
    assert next(n for n in found.numbers if n.id == "hunt_listed").parts == (shared.id,)
    assert not told(published(shared, action="context"), observations=[shared]).enough


def after(days: int) -> str:
    return (date(2012, 1, 1) + timedelta(days)).isoformat()


@pytest.mark.parametrize(("count", "said"), [(9, ""), (10, "4")])
def test_how_long_values_last_is_told_of_enough_of_them(count, said):
    """Half of ten values that were seen for 0 to 9 days had ended after four; a registration shows nobody."""
    names = [seen("domain-name", f"n{n}.example", "IN-1", after(0), after(n)) for n in range(count)]
    sold = [seen("domain-name", f"n{n}.example", "IN-1", after(-900), after(900), "registration") for n in range(count)]
    later = seen("md5", "d" * 32, "IN-2", after(200), after(200))
    found = told(*map(published, names, sold), observations=[*names, *sold, later])
    assert found.records()[0]["days in use"] == said


def test_nothing_to_hunt_for_is_said():
    assert not told(observations=[]).enough
