"""How long and when: a bar for each intrusion, under its pseudonym, sorted by length. Months, no days."""

from math import ceil

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, WIDTH, Drawing, data, month, named, spell, years

_COLUMN = 66
"""Intrusions in one column, so that it fits a page: more stand in columns beside each other, at most three."""


def draw(profile: Profile) -> Drawing | None:
    """Bars from first to last activity; an arrow where an end was not seen."""
    rows = [_row(row) for row in profile.records()]
    if not rows:
        return None
    columns = min(ceil(len(rows) / _COLUMN), 3)
    width = WIDTH // columns - 60
    bounds = [min(row["first"] for row in rows), max(row["last"] for row in rows)]
    each = ceil(len(rows) / columns)
    parts = [_column(rows[at : at + each], width, bounds) for at in range(0, len(rows), each)]
    return Drawing(
        chart=parts[0] if len(parts) == 1 else altair.hconcat(*parts),
        columns=("intrusion", "first", "last", "begin", "end"),
        rows=tuple((r["name"], r["first"], r["last"], r["begin"], r["end"]) for r in rows),
        words={"period": spell(bounds)},
    )


def _row(row: dict[str, str]) -> dict[str, str]:
    return {
        "name": row["intrusion"], "first": month(row["first"]), "last": month(row["last"]), "begin": row["begin"],
        "end": row["end"],
    }  # fmt: skip


def _column(rows: list[dict[str, str]], width: int, bounds: list[str]) -> altair.LayerChart:
    step = 15 if len(rows) <= 30 else 12
    scale = altair.Scale(domain=bounds, padding=8)
    base = altair.Chart(data(rows)).encode(
        y=named([row["name"] for row in rows], min(11, step - 2)),
        x=altair.X("first:T", axis=years(1 if width > 200 else 2), scale=scale),
    )
    bar = base.mark_bar(color=BLUE, height=max(step - 6, 4)).encode(x2="last:T")
    more = base.transform_filter("datum.end == 'open'").encode(x="last:T")
    before = base.transform_filter("datum.begin == 'open'")
    return (
        bar
        + more.mark_point(shape="triangle-right", filled=True, size=60, color=BLUE, opacity=1, xOffset=4)
        + before.mark_point(shape="triangle-left", filled=True, size=60, color=BLUE, opacity=1, xOffset=-4)
    ).properties(width=width, height=step * len(rows))
