"""What was taken: volumes from each network, from what is observed at least to what is said at most."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, INK, Drawing, bare, data, framed, named

_MOST = 20
"""Networks that are drawn: the table behind has all."""


_LABEL = "datum.label ? replace(datum.label, regexp('([kMGT]?)$'), ' $1B') : ''"
"""A tick as `2 TB`; those between that have no label stay without."""


def draw(profile: Profile) -> Drawing | None:
    """A dot and a range for each network, the largest first, on a scale of powers of ten."""
    volumes = [(str(name), float(low), float(high)) for name, low, high in profile.plotted("volumes")]
    rows = [
        {"name": name, "low": _rounded(low), "high": _rounded(high), "text": _size(low)}
        for name, low, high in volumes[:_MOST]
    ]
    if not rows:
        return None
    order = [name for name, *_ in volumes[:_MOST]]
    axis = bare(title="observed at least, said at most", format="~s", labelExpr=_LABEL, tickCount=6)
    x = altair.X("low:Q", scale=altair.Scale(type="log", nice=False, padding=60), axis=axis)
    base = altair.Chart(data(rows)).encode(y=named(order), x=x)
    chart = (
        base.mark_rule(color=BLUE, strokeWidth=3).encode(x2="high:Q")
        + base.mark_point(color=BLUE, filled=True, size=60, opacity=1)
        + base.mark_text(align="right", dx=-9, color=INK).encode(text="text:N")
    )
    return Drawing(
        chart=framed(chart, 17 * len(rows)),
        columns=("intrusion", "at least", "at most"),
        rows=tuple((name, _size(low), _size(high)) for name, low, high in volumes),
    )


def _rounded(size: float) -> float:
    """Two digits: no finer in what is published."""
    return float(f"{size:.2g}")


def _size(size: float) -> str:
    value = _rounded(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:,.3g} TB"
