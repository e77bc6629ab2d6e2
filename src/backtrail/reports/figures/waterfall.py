"""Why this score: a row for each item of evidence, its bits as a bar that starts where the last one ended.

What speaks for is a full bar; a contradiction is a hollow one, what was never seen of the group a hollow one in
dashes: a grey print tells them apart. The numbers at both sides of the bars are what an item adds and the sum so far.
"""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair

from backtrail.model.waterfall import Row, Waterfall, folded
from backtrail.reports.figures.drawing import BLUE, INK, LINE, ORANGE, SOFT, WIDTH, Drawing, across, data, down
from backtrail.reports.scored import footed, named, noted, signed, summed, titled, valued, worded
from backtrail.reports.shown import shown

MOST = 12
"""Rows of a sort that are drawn; the rest is one row. Contradictions are all drawn."""

_VALUE, _LINE, _LINES, _SENTENCE = 42, 62, 3, 116
"""Letters of a value and of a line of notes, lines of notes, letters of a line below the bars."""

_NAME_WIDTH, _CLASS, _BITS, _LEFT, _RIGHT, _SO_FAR = 242, 254, 306, 318, 588, WIDTH
"""Pixels from the left: where names end, the class stands, bits end; the bars; where the sum so far ends."""

_HEAD, _ROW, _NOTE, _AXIS, _FOOT = 64, 34, 12, 42, 15
"""Pixels: above the first row, of a row, of a line of notes, of the axis, of a line below it."""

_STEPS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_TICKS = 7

Cells = list[dict[str, Any]]


def draw(waterfall: Waterfall) -> Drawing:
    """The waterfall: title, rows, total, and below what the answer hangs on and what was not looked for."""
    rows = folded(waterfall.rows, MOST)
    texts, bars = _head(waterfall), []
    low, high = _reach(waterfall.rows)
    top, before = float(_HEAD), 0.0
    for row in rows:
        texts += _named(row, top)
        notes = _lines(noted(row))
        first = top + (_ROW + 7 if row.values else _ROW - 8)
        texts += [_text(0, first + _NOTE * n, line, size=9.5, soft=True) for n, line in enumerate(notes)]
        height = max(first - top + _NOTE * (len(notes) - 1), _ROW - 10) + 10
        bars.append(_bar(row.sort, before, row.so_far, top, height, (low, high)))
        top, before = top + height, row.so_far
    texts += _total(waterfall, top)
    bars.append(_bar("total", 0.0, waterfall.total, top, _ROW, (low, high)))
    top += _ROW
    ticks: Cells = [{"x": _place(at, low, high), "at": at, "y": _HEAD - 8, "y2": top} for at in _ticks(low, high)]
    texts += [_text(tick["x"], top + 12, _tick(tick["at"]), "center", 10, soft=True) for tick in ticks]
    texts.append(_text((_LEFT + _RIGHT) / 2, top + 25, waterfall.unit, "center", 10, True))
    top += _AXIS + 6
    for line in (line for sentence in footed(waterfall) for line in wrap(sentence, _SENTENCE)):
        texts.append(_text(0, top, line, size=11))
        top += _FOOT
    chart = altair.layer(*_grid(ticks, top), *_bars(bars, top), *_texts(texts, top))
    return Drawing(
        chart=chart.properties(width=WIDTH, height=top, background="#ffffff"),
        columns=("evidence", "value", "class", "bits", "so far", "notes"),
        rows=(
            *(_cells(row) for row in (*waterfall.rows, *waterfall.idle)),
            ("total", "", "", signed(waterfall.total), signed(waterfall.total), ""),
        ),
    )


def _lines(text: str) -> list[str]:
    """A note in as many lines as there is room for."""
    lines = wrap(text, _LINE)
    return lines if len(lines) <= _LINES else [*lines[: _LINES - 1], f"{lines[_LINES - 1][: _LINE - 2]} …"]


def _tick(bits: float) -> str:
    """A number at the axis.

    >>> _tick(0.0), _tick(-5.0), _tick(0.5)
    ('0', '−5', '+0.5')
    """
    return f"{bits:+g}".replace("-", "−") if bits else "0"


def _cells(row: Row) -> tuple[str, ...]:
    value = "; ".join(shown(row.kind, value, 400) for value in row.values)
    return (row.label, value, row.strength, signed(row.bits), signed(row.so_far), noted(row))


def _head(waterfall: Waterfall) -> Cells:
    return [
        _text(0, 12, titled(waterfall), size=14, bold=True),
        _text(0, 30, summed(waterfall), size=11, soft=True),
        _text(0, 52, "evidence", size=10, soft=True),
        _text(_CLASS, 52, "class" if any(row.strength for row in waterfall.rows) else "", "center", 10, True),
        _text(_BITS, 52, "bits", "right", 10, True),
        _text(_SO_FAR, 52, "so far", "right", 10, True),
    ]


def _named(row: Row, top: float) -> Cells:
    """The left side of a row, and its numbers."""
    middle_of = top + 18
    value = valued(row, _VALUE)
    return [
        _text(0, top + (12 if value or noted(row) else 18), named(row), bold=True, limit=_NAME_WIDTH),
        _text(0, top + 27, value, size=11, limit=_NAME_WIDTH),
        _text(_CLASS, middle_of, row.strength, "center"),
        _text(_BITS, middle_of, signed(row.bits), "right"),
        _text(_SO_FAR, middle_of, signed(row.so_far), "right", 11, True),
    ]


def _total(waterfall: Waterfall, top: float) -> Cells:
    bits = signed(waterfall.total)
    return [
        _text(0, top + 18, f"total: {worded(waterfall.probability)}", bold=True, limit=_NAME_WIDTH + 30),
        _text(_SO_FAR, top + 18, bits, "right", bold=True),
    ]


def _text(x: float, y: float, text: str, align: str = "left", size: float = 12, soft: bool = False,
          bold: bool = False, limit: float = WIDTH) -> dict[str, Any]:  # fmt: skip
    return {"x": x, "y": y, "text": text, "align": align, "size": size, "color": SOFT if soft else INK,
            "weight": "bold" if bold else "normal", "limit": limit}  # fmt: skip


def _texts(texts: Cells, height: float) -> list[altair.Chart]:
    """Texts, by what Vega-Lite takes as a property of a mark and not as a channel: alignment, weight, limit."""
    by_look: dict[tuple[str, str, float], Cells] = {}
    for one in texts:
        if one["text"]:
            by_look.setdefault((one["align"], one["weight"], one["limit"]), []).append(one)
    return [
        altair.Chart(data(some)).mark_text(align=align, fontWeight=weight, limit=limit, baseline="alphabetic").encode(
            x=across("x"), y=down("y", height), text="text:N", color=altair.Color("color:N", scale=None),
            size=altair.Size("size:Q", scale=None, legend=None))
        for (align, weight, limit), some in by_look.items()
    ]  # fmt: skip


def _reach(rows: Sequence[Row]) -> tuple[float, float]:
    """The least and the most that the sum comes to, with nought between them."""
    sums = [0.0, *(row.so_far for row in rows)]
    low, high = min(sums), max(sums)
    return low, high if high > low else low + 1.0


def _ticks(low: float, high: float) -> list[float]:
    step = next((s for s in _STEPS if (high - low) / s <= _TICKS), (high - low) / _TICKS)
    first, last = int(low // step), int(high // step)
    return [n * step for n in range(first, last + 1) if low <= n * step <= high]


def _place(bits: float, low: float, high: float) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * (bits - low) / (high - low), 2)


def _bar(sort: str, start: float, end: float, top: float, height: float, reach: tuple[float, float]) -> dict[str, Any]:
    left, right = sorted((_place(start, *reach), _place(end, *reach)))
    return {"sort": sort, "x": left, "x2": max(right, left + 1), "y": top + 6, "y2": top + 24,
            "end": _place(end, *reach), "below": top + 24, "next": top + height + 6}  # fmt: skip


_LOOKS: dict[str, dict[str, Any]] = {
    "prior": {"fill": SOFT, "stroke": SOFT},
    "for": {"fill": BLUE, "stroke": BLUE},
    "against": {"fill": "#ffffff", "stroke": ORANGE, "strokeWidth": 2},
    "absent": {"fill": "#ffffff", "stroke": ORANGE, "strokeDash": [3, 2]},
    "rarer": {"fill": "#ffffff", "stroke": ORANGE, "strokeDash": [3, 2]},
    "total": {"fill": INK, "stroke": INK},
}


def _bars(bars: Cells, height: float) -> list[altair.Chart]:
    """The bars, and a thin line from the end of each to the next."""
    links = altair.Chart(data(bars[:-1])).mark_rule(color=SOFT, strokeWidth=0.8)
    return [
        links.encode(x=across("end"), y=down("below", height), y2="next:Q"),
        *(
            altair.Chart(data([bar for bar in bars if bar["sort"] == sort])).mark_rect(**look).encode(
                x=across("x"), x2="x2:Q", y=down("y", height), y2="y2:Q")
            for sort, look in _LOOKS.items() if any(bar["sort"] == sort for bar in bars)
        ),
    ]  # fmt: skip


def _grid(ticks: Cells, height: float) -> list[altair.Chart]:
    rules = [{**tick, "color": LINE if tick["at"] else SOFT} for tick in ticks]
    return [altair.Chart(data(rules)).mark_rule(strokeWidth=1).encode(
        x=across("x"), y=down("y", height), y2="y2:Q", color=altair.Color("color:N", scale=None))]  # fmt: skip
