"""What an edition without days tells instead: months, and numbers of days with two digits (rule TL-5).

A day of the adversary's own stays: when it registered a domain or compiled a file says nothing of a victim's network.
"""

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from backtrail.model.profile import Counted, Profile, Series
from backtrail.model.record import Indicator
from backtrail.reports.indicators import Selection, valid_until

_DAY = re.compile(r"\b(\d{4}-\d\d)-\d\d(?:T[\d:.]+Z?)?")
_TYPED_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d([-/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
"""A day as people type it: 2011-02-18, 2011/02/18, 20110218."""

_OWN_DAYS = frozenset(
    {"registered", "until", "because", "compiled", "first_zone", "first_compile", "webc2_first_compile"}
)
"""Columns and numbers with days of the adversary's own: registrations of domains, and compile times."""

_DURATIONS = frozenset({"days", "TB"})
_LENGTHS = ("days", "days in use")
"""Columns that hold how long something lasted."""

_COARSE = 30
"""Days to which what is counted from a known date is told: a number of days after it is a day."""


def months(profile: Profile) -> Profile:
    """A finding without days: dates by month, durations and volumes with two digits."""
    return replace(
        profile,
        numbers=tuple(map(_number, profile.numbers)),
        rows=tuple(_row(profile.columns, row) for row in profile.rows),
        series=tuple(_series(profile.kind, one) for one in profile.series),
    )


def _number(number: Counted) -> Counted:
    value = number.value
    if isinstance(value, str):
        value = value if number.id in _OWN_DAYS else _by_month(value)
    elif number.unit in _DURATIONS:
        value = two_digits(value)
    low, high = number.low, number.high
    if number.unit in _DURATIONS:
        low, high = (None if end is None else two_digits(end) for end in (low, high))
    return replace(number, value=value, low=low, high=high, note=_by_month(number.note))


def two_digits(value: float) -> float:
    """A duration or volume with two digits: no finer in what is published.

    >>> two_digits(144), two_digits(37)
    (140.0, 37.0)
    """
    return float(f"{value:.2g}")


def _by_month(text: str) -> str:
    return _DAY.sub(r"\1", text)


def _row(columns: Sequence[str], row: Sequence[str]) -> tuple[str, ...]:
    return tuple(_cell(column, cell) for column, cell in zip(columns, row, strict=True))


def _cell(column: str, cell: str) -> str:
    if column in _LENGTHS and cell.isdigit():
        return f"{two_digits(int(cell)):.0f}"
    return cell if column in _OWN_DAYS else _by_month(cell)


def _series(kind: str, series: Series) -> Series:
    """Values behind a figure; of steps that become one the last stays, which is where the curve goes on from."""
    at = series.columns.index("days") if "days" in series.columns else None
    rows: Iterable[tuple[int | float | str, ...]] = (
        tuple(_by_month(cell) if isinstance(cell, str) else cell for cell in row) for row in series.rows
    )
    if at is None:
        return replace(series, rows=tuple(rows))
    coarse = _to_thirty if kind == "drift" else two_digits
    rounded = ((*row[:at], round(coarse(float(row[at]))), *row[at + 1 :]) for row in rows)
    return replace(series, rows=tuple({row[: at + 1]: row for row in rounded}.values()))


def _to_thirty(days: float) -> float:
    return round(days / _COARSE) * _COARSE


def selection_by_month(selection: Selection) -> Selection:
    """Indicators without days; a command line in which a day was typed is withheld: it says when they were there."""
    typed = {one for one in selection.indicators if one.kind == "command-line" and _TYPED_DAY.search(one.value)}
    withheld = sorted({*selection.withheld, *(id for one in typed for id in one.evidence)})
    told = tuple(_indicator(one) for one in selection.indicators if one not in typed)
    return replace(selection, indicators=told, withheld=tuple(withheld) if typed else selection.withheld)


def _indicator(one: Indicator) -> Indicator:
    """When it is valid until is worked out from the month: a lifetime is known, so that it would tell the day."""
    first, last = (moment[:7] if moment else None for moment in (one.first, one.last))
    until = valid_until(one.kind, last or first) if one.valid_until else None
    return replace(one, first=first, last=last, valid_until=until)
