"""When each intrusion of the subject was: starts by year, a burst, and dwell times with an exact mean and maximum."""

from datetime import date
from random import Random
from statistics import NormalDist

from msgspec import Struct

from backtrail_worlds.chance import chance
from backtrail_worlds.clock import DAY, at, day_of, month_of
from backtrail_worlds.errors import WorldError
from backtrail_worlds.spec import Dwell, World

_ATTEMPTS = 400
_OPEN_LEAST = 40
_OPEN_MOST = 900


class Span(Struct, frozen=True):
    """The activity of an adversary at one victim; `burst` when it began in the month of the burst."""

    first: int
    last: int
    open_start: bool = False
    open_end: bool = False
    burst: bool = False


def dwell_days(dwell: Dwell) -> list[int]:
    """Dwell times of the closed cases, ascending: log-normal, with the exact mean and maximum of the quota."""
    count, rest = dwell.closed, dwell.mean * dwell.closed - dwell.longest
    normal = NormalDist()
    shape = [2.718281828 ** (1.05 * normal.inv_cdf((i + 0.5) / count)) for i in range(count - 1)]

    def scaled(factor: float) -> list[int]:
        return [min(max(round(value * factor), dwell.shortest), dwell.longest - 1) for value in shape]

    low, high = 0.0, float(dwell.longest * 10_000)
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(scaled(middle)) < rest else (low, middle)
    days = scaled(low)
    _settle(days, rest - sum(days), dwell)
    return [*sorted(days), dwell.longest]


def _settle(days: list[int], missing: int, dwell: Dwell) -> None:
    """Add what rounding left over, a day at a time, where there is room."""
    step = 1 if missing > 0 else -1
    while missing:
        for i, value in enumerate(days):
            if missing and dwell.shortest <= value + step <= dwell.longest - 1:
                days[i] += step
                missing -= step


def subject_spans(world: World, seed: int) -> list[Span]:
    """One span for each member, by first activity; every member begins while an earlier one is active.

    Raises:
        WorldError: The years leave no room for the dwell times, or nobody bridges a gap.
    """
    for attempt in range(_ATTEMPTS):
        spans = _try(world, chance(seed, "spans", attempt))
        if spans and _bridged(spans):
            return spans
    raise WorldError(f"{world.name}: subject.years and subject.dwell do not fit: long cases need early years")


def _bridged(spans: list[Span]) -> bool:
    return all(
        any(s.first <= span.first - DAY and s.last >= span.first + DAY for s in spans[:i])
        for i, span in enumerate(spans)
        if i
    )


def _try(world: World, rng: Random) -> list[Span] | None:
    dwell, end = world.subject.dwell, at(world.end)
    starts = _starts(world, rng)
    bounded: list[Span] = []
    for days in reversed(dwell_days(dwell)):
        feasible = [start for start in starts if start + days * DAY <= end]
        if not feasible:
            return None
        start = min(feasible) if rng.random() < 0.3 and days > dwell.mean else rng.choice(feasible)
        starts.remove(start)
        last = start + days * DAY + rng.randrange(3600, 4 * 3600)
        bounded.append(Span(start, last, burst=_in_burst(world, start)))
    return sorted([*bounded, *_unbounded(world, starts, rng)], key=lambda span: span.first)


def _in_burst(world: World, start: int) -> bool:
    return month_of(start) == world.subject.burst.month


def _unbounded(world: World, starts: list[int], rng: Random) -> list[Span]:
    """Cases of unknown start (never in the month of the burst, whose victims are known to be new) or still open."""
    end = at(world.end)
    rng.shuffle(starts)
    starts.sort(key=lambda start: _in_burst(world, start))
    spans = []
    for i, start in enumerate(starts):
        room = (end - start) // DAY
        days = rng.randint(min(_OPEN_LEAST, max(room - 1, 2)), max(min(_OPEN_MOST, room), 3))
        last = min(start + days * DAY, end) + rng.randrange(3600, 4 * 3600)
        unknown = i < world.subject.dwell.open_start
        spans.append(Span(start, last, open_start=unknown, open_end=not unknown, burst=_in_burst(world, start)))
    return spans


def _starts(world: World, rng: Random) -> list[int]:
    """First days: the quota of each year, the month of the burst exactly full, the first in the world's first month."""
    burst = world.subject.burst
    starts: list[int] = []
    for year, count in world.subject.years.items():
        in_burst = burst.victims if burst.month.startswith(year) else 0
        low = max(at(date(int(year), 1, 1)), at(world.start))
        high = min(at(date(int(year), 12, 28)), at(world.end) - 50 * DAY)
        starts += [_day(rng, low, high, burst.month) for _ in range(count - in_burst)]
        month = at(f"{burst.month}-01")
        starts += [month + rng.randrange(28) * DAY + _early(rng) for _ in range(in_burst)]
    starts.sort()
    starts[0] = at(world.start) + rng.randrange(20) * DAY + _early(rng)
    return starts


def _early(rng: Random) -> int:
    return rng.randrange(3600, 3 * 3600)


def _day(rng: Random, low: int, high: int, not_in: str) -> int:
    while True:
        moment = low + rng.randrange(max((high - low) // DAY, 1)) * DAY + _early(rng)
        if month_of(moment) != not_in:
            return moment


def group_spans(world: World, count: int, rng: Random) -> list[Span]:
    """Spans of another group: each begins while the one before is active, over some years."""
    start, end = at(world.start), at(world.end)
    first = start + rng.randrange(int((end - start) * 0.75) // DAY) * DAY + _early(rng)
    spans: list[Span] = []
    for _ in range(count):
        days = min(int(rng.lognormvariate(4.9, 0.8)) + 20, 900)
        last = min(first + days * DAY, end) + rng.randrange(3600, 4 * 3600)
        spans.append(Span(first, last, open_end=rng.random() < 0.2))
        step = rng.randint(3, max(min(days - 5, 160), 4))
        first = min(first + step * DAY, end - 60 * DAY)
    return sorted(_mended(spans), key=lambda span: span.first)


def _mended(spans: list[Span]) -> list[Span]:
    """Longer where the next one would begin after this one ended."""
    mended = []
    for i, span in enumerate(spans):
        after = spans[i + 1].first + 20 * DAY if i + 1 < len(spans) else 0
        mended.append(Span(span.first, max(span.last, after), span.open_start, span.open_end))
    return mended


def single_span(world: World, rng: Random, after: int | None = None) -> Span:
    """A span of somebody who belongs to no group."""
    low = at(world.start) + 200 * DAY if after is None else after
    high = at(world.end) - 90 * DAY if after is None else after + 250 * DAY
    first = low + rng.randrange((high - low) // DAY) * DAY + _early(rng)
    return Span(first, first + rng.randint(6, 80) * DAY + 3600)


def days_between(first: int, last: int) -> int:
    """Whole days between the dates of two moments."""
    return (at(day_of(last)) - at(day_of(first))) // DAY
