"""Since when, and how busy: intrusions by quarter, and the dates at which something was published of the group."""

from typing import Any

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, INK, SOFT, Drawing, bare, data, framed, month, numeric, years

_LEAST = 4
"""Quarters from which there is a shape to see."""


def draw(profile: Profile) -> Drawing | None:
    """A bar for each quarter, hollow where the count is not told; a line at each publication."""
    counts = [(str(quarter), str(count)) for quarter, count in profile.plotted("quarters")]
    if len(counts) < _LEAST or not any(count.isdigit() and int(count) for _, count in counts):
        return None
    rows: list[dict[str, Any]] = [
        {"from": quarter, "until": _next(quarter), "count": numeric(count), "told": count.isdigit()}
        for quarter, count in counts
        if count != "0"
    ]
    most = max(rows, key=lambda row: row["count"])
    x = altair.X("from:T", axis=years(), scale=altair.Scale(padding=6))
    y = altair.Y("count:Q", title="intrusions", axis=bare(tickCount=4, tickMinStep=1, format=",d"))
    looks = {True: {"color": BLUE, "stroke": "white"}, False: {"fill": "white", "stroke": SOFT}}
    layers: list[altair.Chart] = []  # none without marks: a group of nothing is nothing to name for who cannot see it
    for told, look in looks.items():
        if some := [row for row in rows if row["told"] is told]:
            bars = altair.Chart(data(some)).mark_bar(strokeWidth=1, **look)
            layers.append(bars.encode(x=x, x2="until:T", y=y, y2=altair.value(_HEIGHT)))
    layers += _published([month(str(date)) for (date,) in profile.plotted("publications")])
    return Drawing(
        chart=framed(altair.layer(*layers), _HEIGHT),
        columns=("quarter from", "intrusions"),
        rows=tuple(counts),
        words={
            "quarter": str(most["from"]),
            "period": f"{counts[0][0]} to {counts[-1][0]}",
        },
    )


_HEIGHT = 150


def _published(months: list[str]) -> list[altair.Chart]:
    if not months:
        return []
    base = altair.Chart(data([{"from": one, "text": "published"} for one in months])).encode(x="from:T")
    text = base.mark_text(align="right", dx=-4, dy=6, baseline="top").encode(y=altair.value(0), text="text:N")
    return [base.mark_rule(color=INK, strokeDash=[3, 3]), text]


def _next(quarter: str) -> str:
    """The first month of the next quarter.

    >>> _next("2011-10")
    '2012-01'
    """
    year, month = int(quarter[:4]), int(quarter[5:7]) + 3
    return f"{year + month // 13}-{(month - 1) % 12 + 1:02d}"
