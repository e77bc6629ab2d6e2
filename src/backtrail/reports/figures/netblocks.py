"""Which networks people come from: addresses that log in to hops, and hidden origins behind HTRAN, by network."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.defang import defanged
from backtrail.reports.figures.drawing import BLUE, ORANGE, Drawing, Rows, counted, data, framed, named

_MOST = 12
_NAMES = {"log-in addresses": BLUE, "HTRAN addresses": ORANGE}
"""What is counted, above one another in each row."""

_AXIS = "addresses: solid those that log in, hollow those behind HTRAN"


def draw(profile: Profile) -> Drawing | None:
    """Two bars a network, solid and hollow, those of most addresses first."""
    known = [row for row in profile.records() if "/" in row["network"]]
    if not known:
        return None
    rows: Rows = [
        {"name": _label(row), "what": what, "value": int(row[what] or 0)} for row in known[:_MOST] for what in _NAMES
    ]
    most = max(row["value"] for row in rows)
    order = [_label(row) for row in known[:_MOST]]
    base = altair.Chart(data(rows)).encode(
        y=named(order, 11),
        yOffset=altair.YOffset("what:N", sort=list(_NAMES)),
        x=altair.X("value:Q", title=_AXIS, scale=altair.Scale(domain=[0, most * 1.1]), axis=counted(most)),
    )
    hues = altair.Scale(domain=list(_NAMES), range=list(_NAMES.values()))
    tints = altair.Scale(domain=list(_NAMES), range=[1, 0.25])
    looks = {
        "fill": altair.Fill("what:N", scale=hues, legend=None),
        "stroke": altair.Stroke("what:N", scale=hues, legend=None),
        "fillOpacity": altair.FillOpacity("what:N", scale=tints, legend=None),
    }
    shown = base.transform_filter("datum.value > 0")
    chart = shown.mark_bar(strokeWidth=1).encode(**looks) + shown.mark_text(align="left", dx=4, fontSize=11).encode(
        text="value:Q"
    )
    return Drawing(
        chart=framed(chart, 32 * len(order)),
        columns=profile.columns,
        rows=tuple((defanged(row[0]), *row[1:]) for row in profile.rows),
        words={"network": defanged(known[0]["network"]), "holder": known[0]["holder"] or "a holder not named"},
    )


def _label(row: dict[str, str]) -> str:
    holder = f" {row['holder'].title()}" if row["holder"] else ""
    country = f", {row['country']}" if row["country"] else ""
    return f"{defanged(row['network'])}{holder[:30]}{country}"
