"""What lasted after a date: of what was in use then, the share still seen after so many days, apart by sort."""

from collections.abc import Callable
from typing import Any

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, GREEN, ORANGE, Drawing, bare, data, framed

_LINES = {"infrastructure": (BLUE, [1, 0]), "tools": (ORANGE, [6, 3]), "procedures": (GREEN, [2, 2])}
"""Colour and dashes of each curve."""


def draw(profile: Profile) -> Drawing | None:
    """A curve for each sort; colour and dashes both tell them apart."""
    steps = [{"sort": sort, "days": days, "share": share} for sort, days, share in profile.plotted("survival")]
    if not steps:
        return None
    sorts = [sort for sort in _LINES if any(step["sort"] == sort for step in steps)]
    lines = altair.Chart(data(steps)).mark_line(interpolate="step-after", strokeWidth=2.5)
    chart = lines.encode(
        x=altair.X("days:Q", title="days", scale=altair.Scale(nice=False), axis=bare(tickCount=8)),
        y=altair.Y("share:Q", title="share still seen", scale=altair.Scale(domain=[0, 1]),
                   axis=bare(format="%", tickCount=5)),
        color=_scale(altair.Color, sorts, [_LINES[sort][0] for sort in sorts]),
        strokeDash=_scale(altair.StrokeDash, sorts, [_LINES[sort][1] for sort in sorts]),
    )  # fmt: skip
    return Drawing(
        chart=framed(chart, 240),
        columns=("sort", "days", "share still seen"),
        rows=tuple((str(step["sort"]), str(step["days"]), f"{float(step['share']):.2f}") for step in steps),
    )


def _scale(channel: Callable[..., Any], sorts: list[str], values: list[Any]) -> Any:
    legend = altair.Legend(title=None, orient="top", symbolType="stroke", symbolSize=400, labelFontSize=12)
    return channel("sort:N", legend=legend, scale=altair.Scale(domain=sorts, range=values))
