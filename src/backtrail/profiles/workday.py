"""A working day, and which offset from UTC puts one where activity is (rules TZ-4 and TZ-5).

Activity is counted in the 336 half hours of a week. A template says which parts a week has in an office, and guesses
how much is done in each; the offset is the one at which activity changes where the parts do. Other explanations are
any hour alike, the hours of the victims, the hours at which the sensor saw anybody.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy
import scipy
from msgspec import Struct
from numpy.typing import NDArray

Half = NDArray[numpy.float64]
"""A number for each half hour of a week, from Monday 00:00 UTC."""

OFFSETS = tuple(half / 2 for half in range(-24, 29))
"""UTC-12 to UTC+14, half hours too."""

_MONDAY = 4 * 86_400
"""Seconds from 1970-01-01, a Thursday, to the first Monday."""

_WEEK = 336
_SUMMER, _WINTER = ((4, 1), (10, 25)), ((11, 8), (3, 8))
"""First and last day on which all countries with daylight saving of the north keep it, and do not."""


class Template(Struct, frozen=True, kw_only=True):
    """How usual each hour is in an office, against an even day.

    Attributes:
        name: As it is told.
        work: Spans of full work.
        level: Activity in them.
        noon: Activity between the first and the last of them.
        edge: In the hour before and after.
        evening: In the four hours from an hour after work on.
        night: At any other time.
        weekend: Of a Saturday or Sunday against a weekday.
    """

    name: str
    work: tuple[tuple[int, int], ...]
    level: float = 3.0
    noon: float = 1.2
    edge: float = 0.8
    evening: float = 0.9
    night: float = 0.15
    weekend: float = 0.15

    @property
    def levels(self) -> tuple[float, ...]:
        """Activity of each part of a weekday."""
        return self.level, self.noon, self.edge, self.evening, self.night

    def part(self, hour: int) -> int:
        """Which of the parts an hour of a weekday is in."""
        start, end = self.work[0][0], self.work[-1][1]
        if any(low <= hour < high for low, high in self.work):
            return 0
        if start <= hour < end:
            return 1
        if hour in (start - 1, end):
            return 2
        return 3 if end < hour < end + 4 else 4


TEMPLATES = (
    Template(name="08-12 and 14-18", work=((8, 12), (14, 18))),
    Template(name="09-12 and 13-18", work=((9, 12), (13, 18))),
    Template(name="09-17 without a break", work=((9, 17),)),
)
"""The first is the one that shares are told by; the others say how much hangs on it. Levels are guesses, not fitted to
any group."""


def density(template: Template, offset: float = 0.0) -> Half:
    """Probability of each half hour of a week in UTC for an office at an offset."""
    day = numpy.repeat([template.levels[template.part(hour)] for hour in range(24)], 2)
    week = numpy.concatenate([day * (template.weekend if number >= 5 else 1.0) for number in range(7)])
    return numpy.roll(week / week.sum(), -round(offset * 2))


def cells(moments: Sequence[float]) -> Half:
    """How many moments (seconds since 1970) lie in each half hour of a week."""
    halves = ((numpy.asarray(moments, dtype=float) - _MONDAY) // 1800 % _WEEK).astype(int)
    return numpy.bincount(halves, minlength=_WEEK).astype(float)


def fits(counted: Half, template: Template = TEMPLATES[0]) -> Half:
    """Log likelihood of counted moments at each offset of `OFFSETS`, over all levels of activity.

    How much is done in each part of a week is not known: the template's levels are a guess that counts as much as one
    session for each part (Dirichlet-multinomial; Minka, *Estimating a Dirichlet distribution*, 2000). Inside a part no
    half hour is before another. So an offset is found by where activity changes, and not by how much.
    """
    parts = _parts(template)
    sizes = numpy.bincount(parts, minlength=_PARTS)
    there = sizes > 0
    prior = there.sum() * numpy.bincount(parts, weights=density(template), minlength=_PARTS)[there]
    return numpy.array([
        _marginal(_counts(parts, counted, offset)[there], prior, sizes[there])
        for offset in OFFSETS
    ])  # fmt: skip


_PARTS = 7
"""Five of a weekday, and the working hours and the rest of a weekend."""


def _parts(template: Template) -> NDArray[numpy.int64]:
    """The part of a week that each half hour is in."""
    day = numpy.repeat([template.part(hour) for hour in range(24)], 2)
    weekend = numpy.where(day <= 1, 5, 6)
    return numpy.concatenate([day] * 5 + [weekend] * 2)


def _counts(parts: NDArray[numpy.int64], counted: Half, offset: float) -> Half:
    """How much was counted in each part of a week at an offset."""
    return numpy.bincount(numpy.roll(parts, -round(2 * offset)), counted, _PARTS).astype(float)


def _marginal(counted: Half, prior: Half, sizes: NDArray[numpy.int64]) -> float:
    """Log likelihood of counts of parts, whatever the level of each."""
    return float(
        (scipy.special.gammaln(prior + counted) - scipy.special.gammaln(prior)).sum() - counted @ numpy.log(sizes)
    )


def posterior(moments: Sequence[float], template: Template = TEMPLATES[0]) -> dict[float, float]:
    """Probability of each offset from UTC, all being equally likely before."""
    return dict(zip(OFFSETS, _shares(fits(cells(moments), template)).tolist(), strict=True))


def _shares(logs: Half) -> Half:
    weights = numpy.exp(logs - logs.max())
    shares: Half = weights / weights.sum()
    return shares


def bits(moments: Sequence[float], offset: float, other: Half) -> float:
    """Bits for each moment by which office hours at an offset explain it better than another distribution."""
    counted = cells(moments)
    gain = numpy.log2(density(TEMPLATES[0], offset)) - numpy.log2(other)
    return float(counted @ gain) / max(float(counted.sum()), 1.0)


def any_hour() -> Half:
    """No hour before another."""
    return numpy.full(_WEEK, 1 / _WEEK)


def of_offices(offsets: Mapping[float, float]) -> Half:
    """Hours of offices at several offsets, each with its weight: whoever works when the victims do."""
    total = sum(offsets.values())
    mixed = [(weight / total) * density(TEMPLATES[0], offset) for offset, weight in offsets.items()]
    return numpy.asarray(numpy.sum(mixed, axis=0))


def of_sensor(moments: Sequence[float]) -> Half:
    """Hours at which a sensor saw anybody, smoothed by one for each half hour."""
    counted = cells(moments) + 1.0
    shares: Half = counted / counted.sum()
    return shares


def seasons(moments: Sequence[float]) -> tuple[list[float], list[float]]:
    """Moments of the northern summer and winter; weeks in which clocks change are in neither."""
    summer, winter = [], []
    for at in moments:
        when = datetime.fromtimestamp(at, UTC)
        day = (when.month, when.day)
        if _SUMMER[0] <= day <= _SUMMER[1]:
            summer.append(at)
        elif day >= _WINTER[0] or day <= _WINTER[1]:
            winter.append(at)
    return summer, winter


def daylight_saving(moments: Sequence[float]) -> dict[str, float]:
    """Probability of no change of clocks, of northern and of southern daylight saving; all equally likely before."""
    summer, winter = (fits(cells(some)) for some in seasons(moments))
    hour = 2  # half hours between an offset and the next hour's
    logs = numpy.array([
        _sum(winter + summer), _sum(winter[:-hour] + summer[hour:]), _sum(winter[hour:] + summer[:-hour])
    ])  # fmt: skip
    return dict(zip(("none", "northern", "southern"), _shares(logs).tolist(), strict=True))


def _sum(logs: Half) -> float:
    """Log of the mean of likelihoods."""
    top = float(logs.max())
    return top + float(numpy.log(numpy.exp(logs - top).mean()))
