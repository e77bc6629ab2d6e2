"""How an intrusion goes: the eight phases of Mandiant's reports, and at how many intrusions each shows."""

from collections.abc import Mapping

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import (
    INK,
    LINE,
    RAMP,
    SOFT,
    TINT,
    WIDTH,
    Drawing,
    Rows,
    across,
    data,
    down,
    numeric,
    shaded,
)

_PLACES = {
    "initial reconnaissance": (54, 100), "initial compromise": (160, 100), "establish foothold": (266, 100),
    "escalate privileges": (378, 52), "internal reconnaissance": (484, 52), "move laterally": (484, 148),
    "maintain presence": (378, 148), "complete mission": (592, 100),
}  # fmt: skip
"""Middle of each box in pixels: the four phases that go round stand in a square."""

_HALF = (45, 32)
_HEIGHT = 200
_LOOP = (325, 8, 537, 192)
"""Edges of the square: left, top, right, bottom."""

_ARROWS = (
    (99, 100, 113, 100, "right"), (205, 100, 219, 100, "right"), (311, 100, 323, 100, "right"),
    (537, 100, 545, 100, "right"), (423, 52, 437, 52, "right"), (484, 84, 484, 114, "down"),
    (439, 148, 425, 148, "left"), (378, 116, 378, 86, "up"),
)  # fmt: skip
"""From, to, and where the head points."""


def draw(profile: Profile) -> Drawing | None:
    """Boxes with counts and the arrows between them; an empty box says that nothing is seen of a phase."""
    counts = {n.id.removeprefix("phase:"): n.value for n in profile.numbers if n.id.startswith("phase:")}
    if not counts:
        return None
    most = max(map(numeric, counts.values()))
    boxes = [_box(phase, counts.get(phase, ""), most) for phase in _PLACES]
    left, top, right, bottom = _LOOP
    square = _rects([{"x": left, "y": top, "x2": right, "y2": bottom}]).mark_rect(
        fill=TINT, stroke=LINE, cornerRadius=6
    )
    chart = altair.layer(square, *_arrows(), *_boxes(boxes)).properties(width=WIDTH, height=_HEIGHT)
    return Drawing(
        chart=chart,
        columns=("phase", "intrusions"),
        rows=tuple((phase, str(counts.get(phase, "not seen"))) for phase in _PLACES),
        words={"phase": _most(counts), "number": f"phase:{_most(counts)}"},
    )


def _most(counts: Mapping[str, object]) -> str:
    """The phase that most intrusions show, the earliest of those."""
    return max(counts, key=lambda phase: (numeric(counts[phase]), -list(_PLACES).index(phase)))


def _box(phase: str, count: object, most: int) -> dict[str, object]:
    x, y = _PLACES[phase]
    first, _, second = phase.partition(" ")
    return {
        "x": x - _HALF[0], "x2": x + _HALF[0], "y": y - _HALF[1], "y2": y + _HALF[1], "mx": x,
        "first": first, "second": second, "y_first": y - 17, "y_second": y - 3, "y_count": y + 17,
        "count": str(count) if count else "not seen", "share": numeric(count) / max(most, 1),
    }  # fmt: skip


def _rects(rows: Rows) -> altair.Chart:
    return altair.Chart(data(rows)).encode(x=across("x"), x2="x2:Q", y=down("y", _HEIGHT), y2="y2:Q")


def _boxes(boxes: Rows) -> list[altair.Chart]:
    shade = shaded("share", 0, 1, ("#ffffff", RAMP[2]))
    texts = [
        altair.Chart(data(boxes)).mark_text(fontSize=size, fontWeight=weight, color=INK).encode(
            x=across("mx"), y=down(f"y_{field}", _HEIGHT), text=f"{field}:N")
        for field, size, weight in (("first", 11, "normal"), ("second", 11, "normal"), ("count", 14, "bold"))
    ]  # fmt: skip
    return [_rects(boxes).mark_rect(stroke=INK, strokeWidth=1, cornerRadius=3).encode(color=shade), *texts]


def _arrows() -> list[altair.Chart]:
    rows = [{"x": a, "y": b, "x2": c, "y2": d, "to": to} for a, b, c, d, to in _ARROWS]
    heads = [_head([row for row in rows if row["to"] == to], to) for to in ("right", "down", "left", "up")]
    return [_rects(rows).mark_rule(color=SOFT, strokeWidth=1.5), *heads]


def _head(rows: Rows, to: str) -> altair.Chart:
    base = altair.Chart(data(rows)).encode(x=across("x2"), y=down("y2", _HEIGHT))
    return base.mark_point(shape=f"triangle-{to}", filled=True, size=45, color=SOFT, opacity=1)
