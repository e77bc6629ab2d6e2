"""How traffic flows: from the victims back to where operators come from, by kind of thing, with how many are known."""

import altair

from backtrail.model.profile import Counted
from backtrail.reports.figures.drawing import INK, LINE, RAMP, SOFT, WIDTH, Drawing, Rows, data

_LINKS = (
    ("intrusions", "victims'", "networks"), ("c2_names", "names that", "malware asks"),
    ("c2_addresses", "addresses", "of servers"), ("hops", "hops with", "logs"),
    ("rdp_ips", "addresses that", "log in"), ("home_networks", "networks", "of origin"),
)  # fmt: skip
"""Numbers of the chain in order, and what each counts in two lines."""

_LEAST = 3
"""Links from which it is a chain."""

_HEIGHT = 92


def draw(numbers: dict[str, Counted]) -> Drawing | None:
    """A box for each kind; kinds of which nothing is known are left out."""
    links = [(int(numbers[id].value), *words) for id, *words in _LINKS if id in numbers and numbers[id].value]
    if len(links) < _LEAST:
        return None
    pitch = WIDTH / len(links)
    boxes = [_box(n, pitch, link) for n, link in enumerate(links)]
    arrows = [{"x": (n + 1) * pitch - 15, "x2": (n + 1) * pitch - 2, "y": 46, "y2": 46} for n in range(len(links) - 1)]
    chart = altair.layer(*_boxes(boxes), *_arrows(arrows)).properties(width=WIDTH, height=_HEIGHT)
    return Drawing(
        chart=chart,
        columns=("kind", "known"),
        rows=tuple((f"{first} {second}", str(count)) for count, first, second in links),
    )


def _box(n: int, pitch: float, link: tuple[int, str, str]) -> dict[str, float | str]:
    count, first, second = link
    left = n * pitch
    return {"x": left, "x2": left + pitch - 16, "y": 4, "y2": 88, "middle": left + (pitch - 16) / 2,
            "first": first, "second": second, "count": f"{count:,}", "y_count": 27, "y_first": 53, "y_second": 68}  # fmt: skip


def _boxes(boxes: Rows) -> list[altair.Chart]:
    rects = altair.Chart(data(boxes)).mark_rect(fill=RAMP[0], stroke=LINE, cornerRadius=3)
    texts = [
        altair.Chart(data(boxes)).mark_text(fontSize=size, fontWeight=weight, color=INK).encode(
            x=_x("middle"), y=_y(f"y_{field}"), text=f"{field}:N")
        for field, size, weight in (("count", 20, "bold"), ("first", 11, "normal"), ("second", 11, "normal"))
    ]  # fmt: skip
    return [rects.encode(x=_x("x"), x2="x2:Q", y=_y("y"), y2="y2:Q"), *texts]


def _arrows(arrows: Rows) -> list[altair.Chart]:
    base = altair.Chart(data(arrows))
    head = base.mark_point(shape="triangle-right", filled=True, size=45, color=SOFT, opacity=1)
    return [
        base.mark_rule(color=SOFT, strokeWidth=1.5).encode(x=_x("x"), x2="x2:Q", y=_y("y"), y2="y2:Q"),
        head.encode(x=_x("x2"), y=_y("y")),
    ]


def _x(field: str) -> altair.X:
    return altair.X(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, WIDTH], nice=False))


def _y(field: str) -> altair.Y:
    return altair.Y(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, _HEIGHT], reverse=True, nice=False))
