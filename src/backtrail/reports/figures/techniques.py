"""Which techniques are seen: those of ATT&CK by phase of the lifecycle, at how many intrusions. Only what was seen."""

from textwrap import shorten

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import INK, RAMP, SOFT, WIDTH, Drawing, Rows, data

_ACROSS = 4
"""Phases beside each other."""

_CELL = (WIDTH // _ACROSS, 35)
_LETTERS = 27


def draw(profile: Profile) -> Drawing | None:
    """A block of cells for each phase, the commonest technique on top."""
    phases: dict[str, list[tuple[str, ...]]] = {}
    for row in profile.rows:
        phases.setdefault(row[0], []).append(row)
    cells, heads = _placed(phases)
    if not cells:
        return None
    height = max(cell["y"] for cell in cells) + _CELL[1]
    most = max(cell["count"] for cell in cells)
    return Drawing(
        chart=altair.layer(*_cells(cells, most, height), _heads(heads, height)).properties(width=WIDTH, height=height),
        columns=("phase", "technique", "name", "intrusions", "first", "last"),
        rows=tuple((*row[:4], row[4][:7], row[5][:7]) for row in profile.rows),
        words={"technique": _commonest(profile)},
    )


def _commonest(profile: Profile) -> str:
    row = max(profile.rows, key=lambda row: (int(row[3]), row[1]))
    return row[1]


def _placed(phases: dict[str, list[tuple[str, ...]]]) -> tuple[list[dict[str, int | str]], list[dict[str, int | str]]]:
    cells: list[dict[str, int | str]] = []
    heads: list[dict[str, int | str]] = []
    top = 0
    names = list(phases)
    for at in range(0, len(names), _ACROSS):
        line = names[at : at + _ACROSS]
        for column, phase in enumerate(line):
            heads.append({"x": column * _CELL[0], "y": top + 14, "text": phase})
            cells += [
                {"x": column * _CELL[0], "y": top + 24 + n * _CELL[1], "id": row[1], "count": int(row[3]),
                 "name": shorten(row[2], _LETTERS, placeholder="…")}
                for n, row in enumerate(phases[phase])
            ]  # fmt: skip
        top += 24 + max(len(phases[phase]) for phase in line) * _CELL[1] + 14
    return cells, heads


def _cells(cells: Rows, most: int | str, height: int | str) -> list[altair.Chart]:
    base = altair.Chart(data(cells)).transform_calculate(
        x2=f"datum.x + {_CELL[0] - 6}", y2=f"datum.y + {_CELL[1] - 3}", xc=f"datum.x + {_CELL[0] - 11}",
        xt="datum.x + 5", yt="datum.y + 10.5", yn="datum.y + 23.5",
    )  # fmt: skip
    shade = altair.Color("count:Q", scale=altair.Scale(domain=[0, most], range=list(RAMP[:3]), interpolate="rgb"), legend=None)
    return [
        base.mark_rect(cornerRadius=2).encode(x=_x("x"), x2="x2:Q", y=_y("y", height), y2="y2:Q", color=shade),
        base.mark_text(align="left", fontSize=11, color=INK).encode(x=_x("xt"), y=_y("yt", height), text="id:N"),
        base.mark_text(align="left", fontSize=10.5, color=INK).encode(x=_x("xt"), y=_y("yn", height), text="name:N"),
        base.mark_text(align="right", fontSize=12, fontWeight="bold", color=INK).encode(
            x=_x("xc"), y=_y("yt", height), text="count:N"),
    ]  # fmt: skip


def _heads(heads: Rows, height: int | str) -> altair.Chart:
    return altair.Chart(data(heads)).mark_text(align="left", fontSize=11.5, fontWeight="bold", color=SOFT).encode(
        x=_x("x"), y=_y("y", height), text="text:N")  # fmt: skip


def _x(field: str) -> altair.X:
    return altair.X(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, WIDTH], nice=False))


def _y(field: str, height: int | str) -> altair.Y:
    return altair.Y(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, height], reverse=True, nice=False))
