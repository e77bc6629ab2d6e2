"""Dates as registries and registrars have written them since the 1990s.

A number alone tells no day from a month (`04/05/2006`): such dates are taken only where one of the two is above 12,
or where the year stands first.
"""

import re
from datetime import UTC, datetime

from backtrail.model.telemetry import UNKNOWN_TIME

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_YEAR_FIRST = re.compile(r"\b(\d{4})[-/. ]\s?(\d{1,2})[-/. ]\s?(\d{1,2})(?:\b|t)")
_COMPACT = re.compile(r"\b((?:19|20)\d{2})(\d{2})(\d{2})(?:\b|t|#)")
_DAY_NAMED = re.compile(r"\b(\d{1,2})[- /.]?(?:st|nd|rd|th)?[- /.]?\s?([a-z]{3})[a-z]*[- /.,]{1,2}\s?(\d{4}|\d{2})\b")
_NAMED_DAY = re.compile(r"\b([a-z]{3})[a-z]*[ -](\d{1,2})(?:st|nd|rd|th)?,?\s(?:.{0,16}\s)?(\d{4})\b")
_NUMBERS = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b")


def dated(text: str) -> float:
    """Seconds since 1970 UTC of the first date in a text; `UNKNOWN_TIME` when there is none to be sure of.

    >>> dated("Created on: 25-Oct-2004 09:46:18 UTC") == dated("2004-10-25T09:46:18Z") == dated("20041025") + 35178
    True
    """
    lower = text[:200].lower()
    for find in (_from_year_first, _from_compact, _from_day_named, _from_named_day, _from_numbers):
        if (day := find(lower)) is not None:
            return _moment(day, lower)
    return UNKNOWN_TIME


_Day = tuple[int, int, int]
"""Year, month, day."""


def _from_year_first(text: str) -> _Day | None:
    found = _YEAR_FIRST.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _from_compact(text: str) -> _Day | None:
    found = _COMPACT.search(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _from_day_named(text: str) -> _Day | None:
    found = _DAY_NAMED.search(text)
    month = _MONTHS.get(found[2]) if found else None
    return (_year(found[3]), month, int(found[1])) if found and month else None


def _from_named_day(text: str) -> _Day | None:
    for found in _NAMED_DAY.finditer(text):
        if month := _MONTHS.get(found[1]):
            return int(found[3]), month, int(found[2])
    return None


def _from_numbers(text: str) -> _Day | None:
    found = _NUMBERS.search(text)
    if not found:
        return None
    one, two, year = int(found[1]), int(found[2]), int(found[3])
    if "." in found[0] or one > 12:
        return year, two, one
    return (year, one, two) if two > 12 else None


def _year(text: str) -> int:
    """Registrars that wrote two digits began in the eighties."""
    number = int(text)
    return number if number > 99 else number + (1900 if number >= 80 else 2000)


def _moment(day: _Day, text: str) -> float:
    clock = _CLOCK.search(text)
    hour, minute, second = (int(part or 0) for part in clock.groups()) if clock else (0, 0, 0)
    try:
        return max(datetime(*day, hour, minute, second, tzinfo=UTC).timestamp(), UNKNOWN_TIME)
    except ValueError:
        return UNKNOWN_TIME
