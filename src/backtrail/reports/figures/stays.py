"""How long unseen: the share of stays that last longer than so many days (Kaplan and Meier), with its median."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, INK, SOFT, Drawing, bare, data, framed, spell


def draw(profile: Profile) -> Drawing | None:
    """The curve, a tick for each stay that may have been longer, and the median where there is one."""
    steps = profile.plotted("survival")
    if not steps:
        return None
    curve = [{"days": days, "share": share} for days, share in steps]
    x = altair.X("days:Q", title="days", scale=altair.Scale(nice=False), axis=bare(tickCount=8))
    y = altair.Y("share:Q", title="share still there", axis=bare(format="%", tickCount=5),
                 scale=altair.Scale(domain=[0, 1]))  # fmt: skip
    layers = [
        altair.Chart(data(curve)).mark_line(interpolate="step-after", color=BLUE, strokeWidth=2.5).encode(x=x, y=y)
    ]
    ticks = [{"days": days, "share": _at(curve, float(days))} for (days,) in profile.plotted("open")]
    if ticks:
        layers.append(altair.Chart(data(ticks)).mark_tick(
            orient="vertical", color=INK, size=10, thickness=1.5).encode(x=x, y=y))  # fmt: skip
    median = next((n.value for n in profile.numbers if n.id == "dwell_median"), None)
    if isinstance(median, int | float):
        layers += _median(float(median), x, y)
    return Drawing(
        chart=framed(altair.layer(*layers), 240),
        columns=("days", "share still there"),
        rows=tuple((str(days), f"{share:.2f}") for days, share in steps),
        words={"period": spell(told)} if (told := _moments(profile)) else {},
    )


def _moments(profile: Profile) -> list[str]:
    return [moment for row in profile.records() for moment in (row["first"], row["last"])]


def _at(curve: list[dict[str, int | float | str]], days: float) -> float:
    return next(float(step["share"]) for step in reversed(curve) if float(step["days"]) <= days)


def _median(days: float, x: altair.X, y: altair.Y) -> list[altair.Chart]:
    cross = [{"days": days, "share": 0.5, "floor": 0.0, "text": f"median {days:,.0f} days"}]
    base = altair.Chart(data(cross)).encode(x=x, y=y)
    return [
        base.mark_rule(color=SOFT, strokeDash=[4, 3]).encode(y2="floor:Q"),
        base.mark_point(color=INK, filled=True, size=50, opacity=1),
        base.mark_text(align="left", dx=9, dy=-8).encode(text="text:N"),
    ]
