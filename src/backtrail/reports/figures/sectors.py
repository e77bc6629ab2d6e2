"""Who was hit when: victims by sector and year of first activity. A cell of one or two victims would give them away."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures import SMALL
from backtrail.reports.figures.drawing import (
    INK,
    LINE,
    RAMP,
    SOFT,
    Drawing,
    bare,
    data,
    framed,
    named,
    shaded,
)

_REST = "sectors of fewer victims, together"


def draw(profile: Profile) -> Drawing | None:
    """The matrix; None where it would have no cell of enough victims."""
    years = profile.columns[2:-1]
    rows = _merged(profile.rows, len(years))
    if not any(count >= SMALL for _, _, counts in rows for count in counts):
        return None
    cells = [
        {"name": sector, "year": year, "count": count, "text": _told(count), "large": count >= SMALL}
        for sector, _, counts in rows
        for year, count in zip(years, counts, strict=True)
    ]
    order = [sector for sector, *_ in rows]
    totals = [{"name": sector, "year": "all", "text": _told(total)} for sector, total, _ in rows]
    most = max(count for *_, counts in rows for count in counts)
    chart = _cells(cells, order, [*years, "all"], most) + _text(totals, order, [*years, "all"], "bold")
    return Drawing(
        chart=framed(chart, 24 * len(rows)),
        columns=("sector", "victims", *years),
        rows=tuple((sector, _told(total), *map(_told, counts)) for sector, total, counts in rows),
        words={"sector": order[0], "number": f"sector:{order[0]}", "period": f"{years[0]} to {years[-1]}"},
    )


def _merged(rows: tuple[tuple[str, ...], ...], years: int) -> list[tuple[str, int, list[int]]]:
    """Sectors of enough victims, largest first; the others as one row."""
    told = [(row[0], int(row[1]), [int(cell or 0) for cell in row[2:-1]]) for row in rows]
    large = [row for row in told if row[1] >= SMALL]
    small = [row for row in told if row[1] < SMALL]
    if small:
        together = [sum(counts[n] for *_, counts in small) for n in range(years)]
        large.append((_REST, sum(total for _, total, _ in small), together))
    return large


def _told(count: int) -> str:
    return "" if not count else str(count) if count >= SMALL else f"<{SMALL}"


def _cells(cells: list[dict[str, object]], order: list[str], years: list[str], most: int) -> altair.LayerChart:
    shown = [cell for cell in cells if cell["count"]]
    color = shaded("count", SMALL, max(most, SMALL + 1), RAMP[1:5])
    base = altair.Chart(data(shown)).encode(y=named(order), x=_x(years))
    filled = base.transform_filter("datum.large").mark_rect(stroke="white", strokeWidth=2).encode(color=color)
    empty = base.transform_filter("!datum.large").mark_rect(fill="white", stroke=LINE, strokeWidth=1)
    text = base.mark_text().encode(
        text="text:N",
        color=altair.condition(f"datum.count > {(SMALL + most) / 2}", altair.value("white"), altair.value(INK)),
    )
    return empty + filled + text


def _text(rows: list[dict[str, str]], order: list[str], years: list[str], weight: str) -> altair.Chart:
    return (
        altair.Chart(data(rows)).mark_text(fontWeight=weight).encode(y=named(order), x=_x(years), text="text:N")
    )  # fmt: skip


def _x(years: list[str]) -> altair.X:
    axis = bare(title=None, orient="top", labelAngle=0, labelColor=SOFT)
    return altair.X("year:N", sort=years, scale=altair.Scale(domain=years), axis=axis)
