"""Moments as whole seconds since 1970, UTC; and the spellings that logs give them."""

from datetime import UTC, date, datetime
from time import gmtime, strftime

DAY = 86_400
HOUR = 3_600


def at(day: date | str, hour: int = 0) -> int:
    """Seconds at an hour (UTC) of a day."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp())


def iso(moment: float) -> str:
    """`2011-01-02T03:04:05Z`."""
    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(moment))


def stamp(moment: float, pattern: str) -> str:
    """The moment in a pattern of `strftime`, in UTC."""
    return strftime(pattern, gmtime(moment))


def day_of(moment: float) -> str:
    """`2011-01-02`."""
    return strftime("%Y-%m-%d", gmtime(moment))


def month_of(moment: float) -> str:
    """`2011-01`."""
    return strftime("%Y-%m", gmtime(moment))


def start_of_day(moment: int) -> int:
    """Midnight (UTC) before a moment."""
    return moment - moment % DAY


def is_weekday(moment: int) -> bool:
    """Whether a moment is no Saturday or Sunday; 1970-01-01 was a Thursday."""
    return (moment // DAY + 3) % 7 < 5


def offset_seconds(text: str) -> int:
    """Seconds east of UTC of `+08:00`; 0 for `UTC` and `unknown`.

    >>> offset_seconds("+08:00"), offset_seconds("-03:30"), offset_seconds("UTC")
    (28800, -12600, 0)
    """
    if text[0] not in "+-":
        return 0
    hours, _, minutes = text[1:].partition(":")
    return (int(hours) * HOUR + int(minutes or 0) * 60) * (-1 if text[0] == "-" else 1)
