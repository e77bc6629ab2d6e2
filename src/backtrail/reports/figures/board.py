"""Why this answer: hypotheses as rows, evidence as columns by how far it tells them apart, the result as bars.

Rows are hypotheses, since that reads better than Heuer's turned table (Dhami and others 2019).
"""

from textwrap import wrap
from typing import Any

import altair

from backtrail.model.hypothesis import STEPS, Assessment
from backtrail.model.words import percent
from backtrail.reports.figures.drawing import BLUE, INK, SOFT, WIDTH, Drawing, across, data, down, shaded

_NAMES, _BARS = 230, 120
"""Pixels of the answers on the left, of the result on the right."""

_MOST = 9
"""Items that are drawn; the table has all."""

_LETTERS = 34
_ROW, _HEAD = 46, 34
_SYMBOL = {"++": "++", "+": "+", "0": "·", "-": "−", "--": "−−"}
_SHADES = ("#8fbfe0", "#cfe2f0", "#f6f6f6", "#f8dcc4", "#f0b27f")
"""From expected to very surprising, as `STEPS`: blue to orange, and a symbol in each cell says it again."""


def draw(assessment: Assessment) -> Drawing | None:
    """The board of a question; None where nobody rated."""
    items = assessment.items[:_MOST]
    if not items or not assessment.analysts:
        return None
    height = _HEAD + _ROW * len(assessment.hypotheses)
    step = (WIDTH - _NAMES - _BARS) / len(items)
    texts: list[dict[str, Any]] = []
    cells: list[dict[str, Any]] = []
    bars: list[dict[str, Any]] = []
    for column, one in enumerate(items):
        middle = _NAMES + step * (column + 0.5)
        texts += [_text(middle, 10, one.item.id), _text(middle, 23, f"{one.diagnosticity:.1f}")]
    texts += [_text(_NAMES - 6, 23, "bits apart", "right"), _text(WIDTH - _BARS + 6, 10, "probability", "left")]
    texts.append(_text(WIDTH - _BARS + 6, 23, "with range over analysts", "left", 9.5))
    for row, answer in enumerate(assessment.hypotheses):
        top = _HEAD + row * _ROW
        lines = wrap(answer.text, _LETTERS)[:3]
        first = top + _ROW / 2 - 7 * (len(lines) - 1)
        texts += [_text(0, first + 14 * n, line, "left", 11.5) for n, line in enumerate(lines)]
        for column, one in enumerate(items):
            place = _NAMES + step * column
            said = one.steps[answer.id]
            cells.append({"x": place + 1, "x2": place + step - 1, "y": top + 1, "y2": top + _ROW - 1,
                          "c": place + step / 2, "m": top + _ROW / 2, "step": STEPS.index(said),
                          "text": _SYMBOL[said] + ("?" if one.disagree else "")})  # fmt: skip
        left = WIDTH - _BARS + 6
        span = _BARS - 46
        bars.append({"x": left, "x2": left + span * answer.posterior, "y": top + 15, "y2": top + _ROW - 15,
                     "low": left + span * answer.low, "high": left + span * answer.high, "m": top + _ROW / 2,
                     "t": left + span * max(answer.posterior, answer.high) + 5,
                     "told": percent(answer.posterior)})  # fmt: skip
    chart = altair.layer(*_cells(cells, height), *_bars(bars, height), *_texts(texts, height))
    return Drawing(
        chart=chart.properties(width=WIDTH, height=height),
        columns=("answer", *(one.item.id for one in assessment.items), "before", "after", "low", "high"),
        rows=tuple(
            (h.text, *(_SYMBOL[one.steps[h.id]] for one in assessment.items), percent(h.prior), percent(h.posterior),
             percent(h.low), percent(h.high))
            for h in assessment.hypotheses
        ),
    )  # fmt: skip


def _text(x: float, y: float, text: str, align: str = "center", size: float = 11.0) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "align": align, "size": size}


def _texts(texts: list[dict[str, Any]], height: float) -> list[altair.Chart]:
    return [
        altair.Chart(data([one for one in texts if one["align"] == align])).mark_text(
            align=align, color=SOFT if align == "center" else INK).encode(
                x=across("x"), y=down("y", height), text="text:N",
                size=altair.Size("size:Q", scale=None, legend=None))
        for align in ("left", "center", "right")
    ]  # fmt: skip


def _cells(cells: list[dict[str, Any]], height: float) -> list[altair.Chart]:
    base = altair.Chart(data(cells))
    return [
        base.mark_rect().encode(x=across("x"), x2="x2:Q", y=down("y", height), y2="y2:Q",
                                color=shaded("step", 0, len(_SHADES) - 1, _SHADES)),
        base.mark_text(fontSize=14, fontWeight="bold", color=INK).encode(
            x=across("c"), y=down("m", height), text="text:N"),
    ]  # fmt: skip


def _bars(bars: list[dict[str, Any]], height: float) -> list[altair.Chart]:
    base = altair.Chart(data(bars))
    return [
        base.mark_rect(color=BLUE).encode(x=across("x"), x2="x2:Q", y=down("y", height), y2="y2:Q"),
        base.mark_rule(color=INK, strokeWidth=1.5).encode(x=across("low"), x2="high:Q", y=down("m", height)),
        base.mark_text(align="left", fontSize=11.5, fontWeight="bold", color=INK).encode(
            x=across("t"), y=down("m", height), text="told:N"),
    ]  # fmt: skip
