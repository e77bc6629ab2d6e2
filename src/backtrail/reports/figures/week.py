"""When they work: sessions by hour and day in UTC, and beneath it how probable each offset from UTC is."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, INK, RAMP, WIDTH, Drawing, Rows, bare, data, shaded


def draw(profile: Profile) -> Drawing | None:
    """The heat map and the posterior."""
    days = profile.columns[1:]
    cells = [
        {"hour": row[0], "day": day, "count": int(cell)}
        for row in profile.rows
        for day, cell in zip(days, row[1:], strict=True)
        if cell
    ]
    if not cells:
        return None
    return Drawing(
        chart=altair.vconcat(_heat(cells, list(days)), _offsets(profile)),
        columns=profile.columns,
        rows=profile.rows,
    )


def _heat(cells: Rows, days: list[str]) -> altair.LayerChart:
    most = max(cell["count"] for cell in cells)
    hours = [f"{hour:02d}" for hour in range(24)]
    hour = bare(title="hour of the day, UTC", labelAngle=0, grid=False)
    base = altair.Chart(data(cells)).encode(
        x=altair.X("hour:N", scale=altair.Scale(domain=hours), axis=hour),
        y=altair.Y("day:N", sort=days, scale=altair.Scale(domain=days), axis=bare(title=None, grid=False)),
    )
    shade = shaded("count", 0, most, RAMP[:5])
    ink = altair.condition(f"datum.count > {0.55 * most}", altair.value("white"), altair.value(INK))
    return (
        base.mark_rect(stroke="white", strokeWidth=1).encode(color=shade)
        + base.mark_text(fontSize=11).encode(text="count:Q", color=ink)
    ).properties(width=WIDTH - 50, height=7 * 24)


def _offsets(profile: Profile) -> altair.Chart:
    rows = [{"offset": offset, "probability": share} for offset, share in profile.plotted("posterior")]
    return (
        altair.Chart(data(rows)).mark_bar(color=BLUE, width=8).encode(
            x=altair.X("offset:Q", scale=altair.Scale(domain=[-12.5, 14.5], nice=False), axis=altair.Axis(
                title="offset from UTC, hours", values=list(range(-12, 15, 2)), format="+d", grid=False, tickSize=4)),
            y=altair.Y("probability:Q", scale=altair.Scale(domain=[0, 1]),
                       axis=bare(title="probability", format="%", tickCount=2)))
    ).properties(width=WIDTH - 50, height=80)  # fmt: skip
