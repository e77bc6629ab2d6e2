"""What was alive when: names and addresses of command-and-control servers from first to last sighting."""

from collections.abc import Sequence

import altair

from backtrail.reports.figures import Life
from backtrail.reports.figures.drawing import BLUE, ORANGE, Drawing, data, framed, month, named, spell, years

_MOST = 15
"""Names, and addresses, that are drawn: those of most intrusions."""


def draw(lives: Sequence[Life]) -> Drawing | None:
    """Bars in order of first sighting, names above addresses; None for fewer than two."""
    if len(lives) < 2:
        return None
    shown = [life for address in (False, True) for life in _chosen([one for one in lives if one.address is address])]
    rows = [
        {"name": life.name, "first": month(life.first), "last": month(life.last),
         "sort": "address" if life.address else "name", "text": life.told or str(life.intrusions)}
        for life in shown
    ]  # fmt: skip
    base = altair.Chart(data(rows)).encode(y=named([row["name"] for row in rows], 11))
    color = altair.Color("sort:N", scale=altair.Scale(domain=["name", "address"], range=[BLUE, ORANGE]), legend=None)
    x = altair.X("first:T", axis=years(), scale=altair.Scale(padding=24))
    chart = (
        base.mark_bar(height=7).encode(x=x, x2="last:T", color=color)
        + base.mark_point(filled=True, size=42, opacity=1).encode(
            x=x, color=color, shape=altair.Shape("sort:N", legend=None, scale=altair.Scale(
                domain=["name", "address"], range=["circle", "square"])))
        + base.mark_text(align="left", dx=7, fontSize=11).encode(x="last:T", text="text:N")
    )  # fmt: skip
    return Drawing(
        chart=framed(chart, 16 * len(rows)),
        columns=("name or address", "first", "last", "intrusions"),
        rows=tuple(
            (one.name, month(one.first), month(one.last), one.told or str(one.intrusions)) for one in _ordered(lives)
        ),
        words={"period": spell(moment for life in lives for moment in (life.first, life.last))},
    )


def _chosen(lives: Sequence[Life]) -> list[Life]:
    most = sorted(lives, key=lambda one: (-one.intrusions, one.first, one.name))[:_MOST]
    return sorted(most, key=lambda one: (one.first, one.last, one.name))


def _ordered(lives: Sequence[Life]) -> list[Life]:
    return sorted(lives, key=lambda one: (one.address, one.first, one.last, one.name))
