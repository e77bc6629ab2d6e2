"""What is claimed, and how sure it is: each judgement as a point with its range over the seven bands of ICD 203."""

from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import altair
from msgspec import Struct

from backtrail.model.words import BANDS, percent
from backtrail.reports.figures.drawing import (
    BLUE,
    INK,
    SOFT,
    WIDTH,
    Drawing,
    across,
    data,
    down,
)

_SHADES = ("#e4e4e4", "#f4f4f4")
_LETTERS = 98
_LINE, _HEAD, _GAP = 15, 36, 34
"""Pixels: of a line of text, of the names of the bands, and of a bar with what is around it."""


class Judged(Struct, frozen=True):
    """A judgement: its sentence, its probability with the range over analysts, and the confidence in it."""

    sentence: str
    probability: float
    low: float
    high: float
    confidence: str


def draw(some: Sequence[Judged]) -> Drawing | None:
    """One row a judgement: its sentence above its bar."""
    if not some:
        return None
    texts, bars, top = [], [], _HEAD
    for one in some:
        lines = wrap(one.sentence, _LETTERS)
        texts += [{"x": 0, "y": top + 12 + n * _LINE, "text": line} for n, line in enumerate(lines)]
        top += len(lines) * _LINE
        bars.append({"y": top + 12, "low": _across(one.low), "high": _across(one.high), "at": _across(one.probability),
                     "told": f"{percent(one.probability)}, confidence {one.confidence}",
                     "right": one.probability < 0.6})  # fmt: skip
        top += _GAP
    return Drawing(
        chart=altair.layer(*_bands(bars, top), *_texts(texts, top), *_bars(bars, top)).properties(
            width=WIDTH, height=top
        ),
        columns=("judgement", "probability", "low", "high", "confidence"),
        rows=tuple((j.sentence, percent(j.probability), percent(j.low), percent(j.high), j.confidence) for j in some),
    )


def _across(probability: float) -> float:
    return round(min(max(probability, 0.01), 0.99) * WIDTH, 1)


def _bands(bars: list[dict[str, Any]], height: float) -> list[altair.Chart]:
    """Names of the bands in two lines on top, and their shade behind each bar."""
    edges = [0.0, *(edge for edge, _ in BANDS), 1.0]
    names = [*(name.split(" (")[0] for _, name in BANDS), "almost certain"]
    spans = [
        {"x": edges[n] * WIDTH, "x2": edges[n + 1] * WIDTH, "c": (edges[n] + edges[n + 1]) / 2 * WIDTH,
         "y": bar["y"] - 7, "y2": bar["y"] + 7, "shade": _SHADES[n % 2]}
        for n in range(len(names)) for bar in bars
    ]  # fmt: skip
    heads = [
        {"x": (edges[n] + edges[n + 1]) / 2 * WIDTH, "y": 8 + 11 * line, "text": word}
        for n, name in enumerate(names)
        for line, word in enumerate(_two(name))
    ]
    shade = altair.Color("shade:N", scale=None, legend=None)
    return [
        altair.Chart(data(spans)).mark_rect().encode(
            x=across("x"), x2="x2:Q", y=down("y", height), y2="y2:Q", color=shade),
        altair.Chart(data(heads)).mark_text(fontSize=9.5, color=SOFT).encode(
            x=across("x"), y=down("y", height), text="text:N"),
    ]  # fmt: skip


def _two(name: str) -> list[str]:
    """A name of a band in at most two lines: the outer bands are narrow."""
    first, _, rest = name.partition(" ")
    return [first, rest] if rest else ["", first]


def _texts(texts: list[dict[str, Any]], height: float) -> list[altair.Chart]:
    return [altair.Chart(data(texts)).mark_text(align="left", fontSize=12, color=INK).encode(
        x=across("x"), y=down("y", height), text="text:N")]  # fmt: skip


def _bars(bars: list[dict[str, Any]], height: float) -> list[altair.Chart]:
    base = altair.Chart(data(bars)).encode(y=down("y", height))
    told = {"fontSize": 11, "color": INK, "fontWeight": "bold"}
    right = base.transform_filter("datum.right").transform_calculate(x="max(datum.at, datum.high) + 8")
    left = base.transform_filter("!datum.right").transform_calculate(x="min(datum.at, datum.low) - 8")
    return [
        base.mark_rule(color=BLUE, strokeWidth=3).encode(x=across("low"), x2="high:Q"),
        base.mark_point(filled=True, size=90, color=BLUE, opacity=1).encode(x=across("at")),
        right.mark_text(align="left", **told).encode(x=across("x"), text="told:N"),
        left.mark_text(align="right", **told).encode(x=across("x"), text="told:N"),
    ]
