"""How traffic flows: from the victims back to where operators come from, by kind of thing, with how many are known."""

from collections.abc import Mapping

import altair

from backtrail.model.profile import Counted
from backtrail.reports.figures.drawing import INK, LINE, RAMP, SOFT, WIDTH, Drawing, Rows, across, data, down

_LINKS = (
    ("chain_victims", "victims'", "networks"), ("chain_names", "names that", "malware asks"),
    ("chain_servers", "addresses", "of servers"), ("chain_hops", "hops with", "logs"),
    ("chain_clients", "addresses that", "log in"), ("home_networks", "networks", "of origin"),
)  # fmt: skip
"""Numbers of the chain in order, and what each counts in two lines."""

_LEAST = 3
"""Links from which it is a chain."""

_HEIGHT = 92


def draw(numbers: Mapping[str, Counted]) -> Drawing | None:
    """A box for each kind; kinds of which nothing is known are left out."""
    links = [(_told(numbers[id]), a, b) for id, a, b in _LINKS if id in numbers and numbers[id].value]
    if len(links) < _LEAST:
        return None
    pitch = WIDTH / len(links)
    boxes = [_box(n, pitch, link) for n, link in enumerate(links)]
    arrows = [{"x": (n + 1) * pitch - 15, "x2": (n + 1) * pitch - 2, "y": 46, "y2": 46} for n in range(len(links) - 1)]
    chart = altair.layer(*_boxes(boxes), *_arrows(arrows)).properties(width=WIDTH, height=_HEIGHT)
    return Drawing(
        chart=chart,
        columns=("kind", "known"),
        rows=tuple((f"{first} {second}", count) for count, first, second in links),
    )


def _told(number: Counted) -> str:
    return f"{number.value:,}" if isinstance(number.value, int) else str(number.value)


def _box(n: int, pitch: float, link: tuple[str, str, str]) -> dict[str, float | str]:
    count, first, second = link
    left = n * pitch
    return {
        "x": left, "x2": left + pitch - 16, "y": 4, "y2": 88, "middle": left + (pitch - 16) / 2, "first": first,
        "second": second, "count": count, "y_count": 27, "y_first": 53, "y_second": 68,
    }  # fmt: skip


def _boxes(boxes: Rows) -> list[altair.Chart]:
    rects = altair.Chart(data(boxes)).mark_rect(fill=RAMP[0], stroke=LINE, cornerRadius=3)
    texts = [
        altair.Chart(data(boxes)).mark_text(fontSize=size, fontWeight=weight, color=INK).encode(
            x=across("middle"), y=down(f"y_{field}", _HEIGHT), text=f"{field}:N")
        for field, size, weight in (("count", 20, "bold"), ("first", 11, "normal"), ("second", 11, "normal"))
    ]  # fmt: skip
    return [rects.encode(x=across("x"), x2="x2:Q", y=down("y", _HEIGHT), y2="y2:Q"), *texts]


def _arrows(arrows: Rows) -> list[altair.Chart]:
    base = altair.Chart(data(arrows))
    head = base.mark_point(shape="triangle-right", filled=True, size=45, color=SOFT, opacity=1)
    return [
        base.mark_rule(color=SOFT, strokeWidth=1.5).encode(x=across("x"), x2="x2:Q", y=down("y", _HEIGHT), y2="y2:Q"),
        head.encode(x=across("x2"), y=down("y", _HEIGHT)),
    ]
