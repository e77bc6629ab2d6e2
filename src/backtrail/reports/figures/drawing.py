"""What all figures share: colours and type, and the way from Altair by Vega-Lite to SVG.

The same values give the same bytes: ids inside an SVG bear the figure's name, data are sorted by who draws, nothing
asks a clock. Text is measured with Liberation Sans, which comes inside vl-convert, so that a machine's own fonts do not
move a label; the others of its list have the same widths, or nearly, where it is missing on the reader's side.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair
import vl_convert
from msgspec import Struct

INK, SOFT, LINE, TINT = "#1b1b1b", "#595959", "#d6d2c8", "#efece4"
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
"""Of the palette of Okabe and Ito: told apart by readers who see fewer colours; dashes and words say it again."""

RAMP = ("#eaf1f6", "#bcd4e6", "#7fb0d3", "#3f83b5", "#0b5790", "#083b66")
"""One hue from light to dark: grey keeps its order."""

WIDTH = 640
"""Pixels: as wide as the text beside it."""

FONT = "Liberation Sans, Arimo, Arial, Helvetica, Nimbus Sans, DejaVu Sans Condensed, sans-serif"

Rows = Sequence[Mapping[str, Any]]


class Drawing(Struct, frozen=True, kw_only=True):
    """A figure before it has words.

    Attributes:
        chart: What is drawn.
        columns: Columns of the table behind it.
        rows: The table.
        words: Words of the finding that are no numbers, by the name under which a text asks for them.
    """

    chart: Any
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: Mapping[str, str] = {}


_ASTRAL = re.compile("[\U00010000-\U0010ffff]|\\\\u[dD][89abAB][0-9a-fA-F]{2}\\\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _plain(spec: str) -> str:
    """A chart without characters beyond U+FFFF: Vega cuts a long label between their halves, and then fails."""
    return _ASTRAL.sub("\ufffd", spec)


def svg(chart: Any, id: str, alt: str) -> str:
    """A chart as SVG that stands in a page beside others.

    Args:
        chart: An Altair chart.
        id: Put before every id inside, so that two figures of a page do not share one.
        alt: What the figure shows, for who cannot see it.
    """
    drawn = vl_convert.vegalite_to_svg(_plain(chart.configure(**_THEME).to_json(indent=None)))
    drawn = drawn.replace(' opacity="1"', "")  # says nothing, and WeasyPrint clips the first letter of what has it
    drawn = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{id}-", drawn)
    told = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{told}" ', 1)


_AXIS = {
    "labelFont": FONT, "titleFont": FONT, "labelFontSize": 12, "titleFontSize": 12, "labelColor": INK,
    "titleColor": SOFT, "titleFontWeight": "normal", "gridColor": LINE, "domainColor": SOFT, "tickColor": SOFT,
    "labelLimit": 260,
}  # fmt: skip

_THEME = {
    "background": "transparent",
    "font": FONT,
    "padding": {"left": 18, "right": 18, "top": 4, "bottom": 4},
    "view": altair.ViewConfig(stroke=None),
    "axis": altair.AxisConfig(**_AXIS),
    "text": altair.MarkConfig(font=FONT, fontSize=12, color=INK),
    "title": altair.TitleConfig(font=FONT, fontSize=12, color=SOFT, anchor="start", fontWeight="normal"),
    "concat": altair.CompositionConfig(spacing=18),
}


def data(rows: Rows) -> altair.Data:
    """Rows for a chart, in the order in which they are drawn."""
    return altair.Data(values=[dict(row) for row in rows])


def bare(**more: Any) -> altair.Axis:
    """An axis of labels, without line and ticks."""
    return altair.Axis(**{"domain": False, "ticks": False, "labelPadding": 6, **more})


def named(values: Sequence[str], size: float = 12) -> altair.Y:
    """A vertical axis of names in the order given."""
    axis = bare(title=None, labelFontSize=size, labelLimit=330)
    return altair.Y("name:N", sort=list(dict.fromkeys(values)), axis=axis)


def framed(chart: altair.LayerChart, height: float) -> altair.LayerChart:
    """A chart as wide as the text with its labels, however long these are."""
    return chart.properties(
        width=WIDTH, height=height, autosize=altair.AutoSizeParams(type="fit-x", contains="padding")
    )


def spell(moments: Iterable[str]) -> str:
    """From the first to the last of some moments, in months."""
    known = sorted(month(moment) for moment in moments if moment)
    return f"{known[0]} to {known[-1]}" if known else "at times not known"


def years(step: int = 1) -> altair.Axis:
    """An axis of years."""
    return altair.Axis(title=None, format="%Y", tickCount={"interval": "year", "step": step}, domain=False)


def across(field: str) -> altair.X:
    """A place in pixels from the left, for what has no scale."""
    return altair.X(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, WIDTH], nice=False))


def down(field: str, height: float) -> altair.Y:
    """A place in pixels from the top."""
    return altair.Y(f"{field}:Q", axis=None, scale=altair.Scale(domain=[0, height], reverse=True, nice=False))


def shaded(field: str, low: float, high: float, colours: Sequence[str]) -> altair.Color:
    """The darker, the more; grey keeps the order."""
    scale = altair.Scale(domain=[low, high], range=list(colours), interpolate="rgb", clamp=True)
    return altair.Color(f"{field}:Q", scale=scale, legend=None)


def bars(rows: Rows, title: str) -> altair.LayerChart:
    """Horizontal bars of `name` and `value` with the number at the end of each, or with `text` as it is told."""
    most = max(row["value"] for row in rows)
    rows = [{"text": f"{row['value']:,}", **row} for row in rows]
    x = altair.X("value:Q", title=title, scale=altair.Scale(domain=[0, most * 1.08]), axis=counted(most))
    base = altair.Chart(data(rows)).encode(y=named([row["name"] for row in rows]), x=x)
    ends = base.mark_text(align="left", dx=4).encode(text="text:N")
    return framed(base.mark_bar(color=BLUE, height={"band": 0.7}) + ends, 22 * len(rows))


def counted(most: float) -> altair.Axis:
    """An axis of counts: whole numbers, few ticks."""
    return bare(tickCount=min(6, max(int(most), 1)), tickMinStep=1, format=",d")


def numeric(cell: object) -> int:
    """A count as far as it is told: half of the bound for one told as "<5", 0 where nothing is.

    >>> numeric("12"), numeric("<5"), numeric("–")
    (12, 2, 0)
    """
    text = str(cell)
    if text.startswith("<") and text[1:].isdigit():
        return int(text[1:]) // 2
    return int(text) if text.isdigit() else 0


def month(moment: str) -> str:
    """A date to the month: no finer in what is published."""
    return moment[:7]
