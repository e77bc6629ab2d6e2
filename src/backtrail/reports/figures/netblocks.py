"""Which networks people come from: addresses that log in to hops, and hidden origins behind HTRAN, by network."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, ORANGE, Drawing, Rows, counted, data, framed, harmless, named

_MOST = 12
_NAMES = {"log-in addresses": BLUE, "HTRAN addresses": ORANGE}
"""What is counted, above one another in each row."""


def draw(profile: Profile) -> Drawing | None:
    """Two bars a network, those of most addresses first."""
    known = [row for row in profile.rows if "/" in row[0]]
    if not known:
        return None
    rows: Rows = [
        {"name": _label(row), "what": what, "value": int(count or 0)}
        for row in known[:_MOST]
        for what, count in zip(_NAMES, (row[3], row[6]), strict=True)
    ]
    most = max(row["value"] for row in rows)
    order = [_label(row) for row in known[:_MOST]]
    base = altair.Chart(data(rows)).encode(
        y=named(order, 11),
        yOffset=altair.YOffset("what:N", sort=list(_NAMES)),
        x=altair.X("value:Q", title="addresses", scale=altair.Scale(domain=[0, most * 1.1]), axis=counted(most)),
    )
    color = altair.Color(
        "what:N", sort=list(_NAMES), scale=altair.Scale(domain=list(_NAMES), range=list(_NAMES.values())),
        legend=altair.Legend(title=None, orient="top", symbolType="square", labelFontSize=12),
    )  # fmt: skip
    shown = base.transform_filter("datum.value > 0")
    chart = shown.mark_bar().encode(color=color) + shown.mark_text(align="left", dx=4, fontSize=11).encode(
        text="value:Q"
    )
    return Drawing(
        chart=framed(chart, 32 * len(order)),
        columns=profile.columns,
        rows=tuple((harmless(row[0]), *row[1:]) for row in profile.rows),
        words={"network": harmless(known[0][0]), "holder": known[0][1] or "a holder not named"},
    )


def _label(row: tuple[str, ...]) -> str:
    holder = f" {row[1].title()}" if row[1] else ""
    return f"{harmless(row[0])}{holder[:30]}{f', {row[2]}' if row[2] else ''}"
