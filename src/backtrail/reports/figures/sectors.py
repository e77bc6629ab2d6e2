"""Who was hit when: victims by sector and year of first activity. A cell of one or two victims would give them away."""

from typing import Any

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import (
    INK,
    LINE,
    RAMP,
    SOFT,
    Drawing,
    bare,
    data,
    framed,
    named,
    numeric,
    shaded,
)


def draw(profile: Profile) -> Drawing | None:
    """The matrix, as what may be told of it stands in the finding; None where no cell of it is told."""
    years = profile.columns[2:-1]
    cells: list[dict[str, Any]] = [
        {"name": row[0], "year": year, "count": numeric(cell), "text": cell, "large": cell.isdigit()}
        for row in profile.rows
        for year, cell in zip(years, row[2:-1], strict=True)
    ]
    if not any(cell["large"] for cell in cells):
        return None
    order = [row[0] for row in profile.rows]
    totals = [{"name": row[0], "year": "all", "text": row[1]} for row in profile.rows]
    most = int(max(cell["count"] for cell in cells if cell["large"]))
    chart = _cells(cells, order, [*years, "all"], most) + _text(totals, order, [*years, "all"], "bold")
    return Drawing(
        chart=framed(chart, 24 * len(order)),
        columns=("sector", "victims", *years),
        rows=tuple(row[:-1] for row in profile.rows),
        words={"sector": order[0], "number": f"sector:{order[0]}", "period": f"{years[0]} to {years[-1]}"},
    )


def _cells(cells: list[dict[str, Any]], order: list[str], years: list[str], most: int) -> altair.LayerChart:
    shown = [cell for cell in cells if cell["text"]]
    least = min(cell["count"] for cell in cells if cell["large"])
    color = shaded("count", least, max(most, least + 1), RAMP[1:5])
    base = altair.Chart(data(shown)).encode(y=named(order), x=_x(years))
    filled = base.transform_filter("datum.large").mark_rect(stroke="white", strokeWidth=2).encode(color=color)
    empty = base.transform_filter("!datum.large").mark_rect(fill="white", stroke=LINE, strokeWidth=1)
    text = base.mark_text().encode(
        text="text:N",
        color=altair.condition(
            f"datum.large && datum.count > {(least + most) / 2}", altair.value("white"), altair.value(INK)
        ),
    )
    return empty + filled + text


def _text(rows: list[dict[str, str]], order: list[str], years: list[str], weight: str) -> altair.Chart:
    return (
        altair.Chart(data(rows)).mark_text(fontWeight=weight).encode(y=named(order), x=_x(years), text="text:N")
    )  # fmt: skip


def _x(years: list[str]) -> altair.X:
    axis = bare(title=None, orient="top", labelAngle=0, labelColor=SOFT)
    return altair.X("year:N", sort=years, scale=altair.Scale(domain=years), axis=axis)
