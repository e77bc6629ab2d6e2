"""Which tools when: families of malware and tools from first to last sighting, and when their files were compiled."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import (
    BLUE,
    INK,
    SOFT,
    Drawing,
    data,
    framed,
    month,
    named,
    numeric,
    spell,
    years,
)

_MOST = 40
_OPEN = ("public", "leaked")


def draw(profile: Profile) -> Drawing | None:
    """A bar for each dated family in order of first sighting, hollow where anybody may have it."""
    dated = [row for row in profile.records() if row["first"] and row["last"] and row["kind"] != "script"]
    if not dated:
        return None
    most = sorted(dated, key=lambda row: -numeric(row["intrusions"]))[:_MOST]
    shown = sorted(most, key=lambda row: (row["first"], row["family"]))
    rows = [_row(row) for row in shown]
    base = altair.Chart(data(rows)).encode(y=named([row["family"] for row in shown], 11))
    seen = altair.X("first:T", axis=years(), scale=altair.Scale(padding=24))
    chart = (
        base.transform_filter("datum.built").mark_rule(color=SOFT, strokeWidth=1.5, strokeDash=[2, 2]).encode(
            x="built:T", x2="until:T")
        + base.transform_filter("datum.built").mark_tick(color=INK, size=9, thickness=1.5).encode(x="built:T")
        + base.mark_bar(height=8, stroke=BLUE, strokeWidth=1.2).encode(x=seen, x2="last:T", color=altair.Color(
            "open:N", legend=None, scale=altair.Scale(domain=[False, True], range=[BLUE, "white"])))
        + base.mark_text(align="left", dx=7, fontSize=11).encode(x="last:T", text="text:N")
    )  # fmt: skip
    return Drawing(
        chart=framed(chart, 17 * len(rows)),
        columns=profile.columns,
        rows=tuple(tuple(_behind(row).values()) for row in profile.records()),
        words={
            "family": max(dated, key=lambda row: (numeric(row["intrusions"]), row["family"]))["family"],
            "period": spell(moment for row in dated for moment in (row["first"], row["last"])),
        },
    )


def _behind(row: dict[str, str]) -> dict[str, str]:
    return row | {"first": month(row["first"]), "last": month(row["last"])}


def _row(row: dict[str, str]) -> dict[str, str | bool]:
    built, _, until = row["compiled"].partition(" to ")
    return {
        "name": row["family"], "first": month(row["first"]), "last": month(row["last"]), "text": row["intrusions"],
        "built": month(built), "until": month(until), "open": row["exclusivity"].startswith(_OPEN),
    }  # fmt: skip
