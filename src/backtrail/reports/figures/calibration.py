"""Are pairs of 80 % right 80 % of the time? Probabilities as said, against what was true of generated cases."""

from collections.abc import Sequence
from typing import Any

import altair

from backtrail.model.weight import Calibration
from backtrail.reports.figures.drawing import BLUE, INK, SOFT, Drawing, bare, data, framed


def draw(measured: Calibration) -> Drawing | None:
    """A dot with its interval for each bin, and the line on which all would lie."""
    if not measured.bins:
        return None
    rows: list[dict[str, Any]] = [
        {"said": b.said, "true": b.same / b.pairs, "low": b.low, "high": b.high, "n": f"{b.pairs:,}"}
        for b in measured.bins
    ]
    scale = altair.Scale(domain=[0.3, 1], nice=False)
    x = altair.X("said:Q", title="probability as it was said", scale=scale, axis=bare(format="%", tickCount=7))
    y = altair.Y("true:Q", title="share of one actor", scale=altair.Scale(domain=[0, 1]),
                 axis=bare(format="%", tickCount=5))  # fmt: skip
    right = altair.Chart(data([{"said": p, "true": p} for p in (0.3, 1.0)]))
    base = altair.Chart(data(rows)).encode(x=x)
    chart = (
        right.mark_line(color=SOFT, strokeDash=[4, 3], strokeWidth=1).encode(x=x, y=y)
        + base.mark_rule(color=BLUE, strokeWidth=1.5).encode(
            y=altair.Y("low:Q", title="share of one actor"), y2="high:Q"
        )
        + base.mark_point(color=BLUE, filled=True, size=55, opacity=1).encode(y=y)
    )
    lines = _lines(rows)
    for line, dy in ((one, dy) for one, dy in enumerate((11, 23)) if one in lines):
        told = altair.Chart(data([row for row, at in zip(rows, lines, strict=True) if at == line]))
        chart += told.mark_text(align="left", dx=5, dy=dy, color=INK, fontSize=11).encode(x=x, y=y, text="n:N")
    return Drawing(
        chart=framed(chart, 260),
        columns=("said", "pairs", "of one actor", "share", "95 %"),
        rows=tuple(
            (f"{b.said:.3f}", str(b.pairs), str(b.same), f"{b.same / b.pairs:.3f}", f"{b.low:.3f} to {b.high:.3f}")
            for b in measured.bins
        ),
    )


_ROOM = 0.06
"""Of the scale, that the number of pairs beside a dot takes."""


def _lines(rows: Sequence[dict[str, Any]]) -> list[int]:
    """On which of two lines the number of each dot stands: not on that of a neighbour which it would run into."""
    found: list[int] = []
    for at, row in enumerate(rows):
        near = at > 0 and row["said"] - rows[at - 1]["said"] < _ROOM
        found.append(1 - found[-1] if near else 0)
    return found
