"""Moments as ISO 8601 text of reduced precision, and intervals of them.

A moment is `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`, always UTC. Its length is its
precision: nothing claims a second that the source gave as a month (tradecraft rule IN-1). Text sorts, travels
through JSON and SQL unchanged, and is what an analyst reads.
"""

import re
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

Precision = Literal["year", "month", "day", "second"]

_PRECISION: dict[int, Precision] = {4: "year", 7: "month", 10: "day"}
_REDUCED = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def moment(text: str) -> str:
    """The canonical spelling of a moment.

    Args:
        text: ISO 8601 of any precision from year to microsecond; an offset is applied, a time without one is
            taken as UTC (STIX, MISP and OpenIOC all write UTC).

    Raises:
        ValueError: The text is no date, or one before year 1 or after 9999.
    """
    text = text.strip()
    if _REDUCED.fullmatch(text):
        earliest(text)
        return text
    when = datetime.fromisoformat(text.replace(" UTC", "Z"))
    return from_datetime(when)


def from_datetime(when: datetime) -> str:
    """The canonical spelling of a datetime; without a zone it is taken as UTC."""
    try:
        utc = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{when.isoformat()} is outside the calendar") from error
    return utc.isoformat().removesuffix("+00:00") + "Z"


def precision(text: str) -> Precision:
    """How exact a canonical moment is."""
    return _PRECISION.get(len(text), "second")


def earliest(text: str) -> datetime:
    """The first instant a canonical moment may mean. Raises ValueError when it is none."""
    if match := _REDUCED.fullmatch(text):
        year, month, day = (int(part) if part else 1 for part in match.groups())
        return datetime(year, month, day, tzinfo=UTC)
    return datetime.fromisoformat(text)


def latest(text: str) -> datetime:
    """The last instant a canonical moment may mean, to the microsecond."""
    start = earliest(text)
    if start.year == MAXYEAR and precision(text) != "second":  # "9999-12-31" is how some tools say "no end"
        return datetime.max.replace(tzinfo=UTC)
    match precision(text):
        case "year":
            end = datetime(start.year, 12, 31, tzinfo=UTC) + timedelta(days=1)
        case "month":
            end = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        case "day":
            end = start + timedelta(days=1)
        case _:
            return start
    return end - timedelta(microseconds=1)


class Interval(Struct, frozen=True, order=True):
    """When something was seen: first and last moment, either of which may be unknown.

    An unknown end stays unknown; it is never read as "until today".
    """

    first: str | None = None
    last: str | None = None

    @property
    def known(self) -> bool:
        """Whether at least one end is known."""
        return bool(self.first or self.last)

    def bounds(self) -> tuple[datetime, datetime]:
        """Earliest and latest instant, a missing end taken from the other. Raises ValueError when neither is known."""
        first, last = self.first or self.last, self.last or self.first
        if first is None or last is None:
            raise ValueError("an interval without ends has no bounds")
        return earliest(first), latest(last)

    def gap_days(self, other: "Interval") -> float:
        """Days between two intervals; 0.0 when they meet. Raises ValueError when one has no end."""
        (start, end), (other_start, other_end) = self.bounds(), other.bounds()
        return max((other_start - end).total_seconds(), (start - other_end).total_seconds(), 0.0) / 86400

    def __str__(self) -> str:
        if not self.known:
            return "time unknown"
        if self.first == self.last:
            return str(self.first)
        return f"{self.first or '?'}…{self.last or '?'}"
