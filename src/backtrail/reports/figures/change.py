"""What lasted after a date: of what was in use then, the share still seen after so many days, apart by sort."""

from collections.abc import Callable
from typing import Any

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, GREEN, ORANGE, Drawing, bare, data, framed

_LINES = {"infrastructure": (BLUE, [1, 0]), "tools": (ORANGE, [6, 3]), "procedures": (GREEN, [2, 2])}
"""Colour and dashes of each curve."""


def draw(profile: Profile) -> Drawing | None:
    """A curve for each sort, named at its end."""
    steps = [{"sort": sort, "days": days, "share": share} for sort, days, share in profile.plotted("survival")]
    if not steps:
        return None
    sorts = [sort for sort in _LINES if any(step["sort"] == sort for step in steps)]
    ends = [next(step for step in reversed(steps) if step["sort"] == sort) for sort in sorts]
    base = altair.Chart(data(steps)).encode(x=_x(), y=_y())
    lines = base.mark_line(interpolate="step-after", strokeWidth=2.5).encode(
        color=_scale(altair.Color, sorts, [_LINES[sort][0] for sort in sorts]),
        strokeDash=_scale(altair.StrokeDash, sorts, [_LINES[sort][1] for sort in sorts]),
    )
    labels = altair.Chart(data(ends)).mark_text(align="left", dx=6).encode(x=_x(), y=_y(), text="sort:N")
    return Drawing(
        chart=framed(lines + labels, 240),
        columns=("sort", "days", "share still seen"),
        rows=tuple((str(step["sort"]), str(step["days"]), f"{float(step['share']):.2f}") for step in steps),
    )


def _scale(channel: Callable[..., Any], sorts: list[str], values: list[Any]) -> Any:
    return channel("sort:N", legend=None, scale=altair.Scale(domain=sorts, range=values))


def _x() -> altair.X:
    return altair.X("days:Q", title="days", scale=altair.Scale(nice=False, padding=50), axis=bare(tickCount=8))


def _y() -> altair.Y:
    scale = altair.Scale(domain=[0, 1])
    return altair.Y("share:Q", title="share still seen", scale=scale, axis=bare(format="%", tickCount=5))
