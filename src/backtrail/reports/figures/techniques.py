"""Which techniques are seen: those of ATT&CK by phase of the lifecycle, at how many intrusions. Only what was seen."""

from textwrap import shorten
from typing import Any

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import (
    INK,
    RAMP,
    SOFT,
    WIDTH,
    Drawing,
    Rows,
    across,
    data,
    down,
    numeric,
    shaded,
    spell,
)

_ACROSS = 4
"""Phases beside each other."""

_CELL = (WIDTH // _ACROSS, 35)
_LETTERS = 27
_BEHIND = ("phase", "technique", "name", "intrusions")
"""Columns of the table behind: no procedure and no day."""


def draw(profile: Profile) -> Drawing | None:
    """A block of cells for each phase, the commonest technique on top."""
    phases: dict[str, list[dict[str, str]]] = {}
    for row in profile.records():
        phases.setdefault(row["phase"], []).append(row)
    cells, heads = _placed(phases)
    if not cells:
        return None
    height = max(cell["y"] for cell in cells) + _CELL[1]
    most = max(cell["count"] for cell in cells)
    return Drawing(
        chart=altair.layer(*_cells(cells, most, height), _heads(heads, height)).properties(width=WIDTH, height=height),
        columns=_BEHIND,
        rows=tuple(tuple(row[name] for name in _BEHIND) for row in profile.records()),
        words={**_commonest(profile), "period": spell(_moments(profile))},
    )


def _commonest(profile: Profile) -> dict[str, str]:
    row = max(profile.records(), key=lambda row: (numeric(row["intrusions"]), row["technique"]))
    return {"technique": f"{row['name']} ({row['technique']})", "number": f"technique:{row['technique']}"}


def _moments(profile: Profile) -> list[str]:
    return [moment for row in profile.records() for moment in (row["first"], row["last"])]


def _placed(phases: dict[str, list[dict[str, str]]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    cells: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    top = 0
    names = list(phases)
    for at in range(0, len(names), _ACROSS):
        line = names[at : at + _ACROSS]
        for column, phase in enumerate(line):
            heads.append({"x": column * _CELL[0], "y": top + 14, "text": phase})
            cells += [
                {"x": column * _CELL[0], "y": top + 24 + n * _CELL[1], **_cell(row)}
                for n, row in enumerate(phases[phase])
            ]
        top += 24 + max(len(phases[phase]) for phase in line) * _CELL[1] + 14
    return cells, heads


def _cell(row: dict[str, str]) -> dict[str, Any]:
    name = shorten(row["name"], _LETTERS, placeholder="…")
    return {"id": row["technique"], "name": name, "count": numeric(row["intrusions"]), "told": row["intrusions"]}


def _cells(cells: Rows, most: Any, height: Any) -> list[altair.Chart]:
    base = altair.Chart(data(cells)).transform_calculate(
        x2=f"datum.x + {_CELL[0] - 6}", y2=f"datum.y + {_CELL[1] - 3}", xc=f"datum.x + {_CELL[0] - 11}",
        xt="datum.x + 5", yt="datum.y + 10.5", yn="datum.y + 23.5",
    )  # fmt: skip
    shade = shaded("count", 0, most, RAMP[:3])
    box = base.mark_rect(cornerRadius=2)
    texts = (("id", "xt", "yt", 11.0, "left"), ("name", "xt", "yn", 10.5, "left"), ("told", "xc", "yt", 12.0, "right"))
    return [
        box.encode(x=across("x"), x2="x2:Q", y=down("y", height), y2="y2:Q", color=shade),
        *(
            base.mark_text(
                align=align, fontSize=size, color=INK, fontWeight="bold" if field == "told" else "normal"
            ).encode(x=across(x), y=down(y, height), text=f"{field}:N")
            for field, x, y, size, align in texts
        ),
    ]


def _heads(heads: Rows, height: Any) -> altair.Chart:
    return altair.Chart(data(heads)).mark_text(align="left", fontSize=11.5, fontWeight="bold", color=SOFT).encode(
        x=across("x"), y=down("y", height), text="text:N")  # fmt: skip
