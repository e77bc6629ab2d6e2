"""A waterfall as a file and as a notebook shows it: SVG with words for who cannot see it, and a small table of HTML."""

import re
from html import escape

from backtrail.model.waterfall import Row, Waterfall, folded
from backtrail.reports.figures import rendered
from backtrail.reports.scored import footed, named, noted, signed, summed, titled, valued

_MOST = 20
"""Rows of a sort in a notebook; the rest is one row."""

_VALUE = 44
_PIXELS = 120
"""Of the longest bar in a notebook."""

_OPENING = re.compile(r'<svg (?:[^">]|"[^"]*")*>')
"""The opening tag, in whose words ">" may stand too."""

_LOOKS = {
    "prior": "background:#595959",
    "for": "background:#0072b2",
    "against": "box-sizing:border-box;border:2px solid #d55e00",
    "absent": "box-sizing:border-box;border:1px dashed #d55e00",
    "rarer": "box-sizing:border-box;border:1px dashed #d55e00",
}


def svg(waterfall: Waterfall) -> str:
    """The waterfall as a file of its own. The same value gives the same bytes; what evidence says is escaped."""
    from backtrail.reports.figures.waterfall import draw

    drawing = draw(waterfall)
    made = rendered(drawing, "waterfall", f"{titled(waterfall)}. {summed(waterfall)}")
    lines = ["; ".join(cell for cell in row if cell) for row in drawing.rows]
    described = " ".join([summed(waterfall), *(f"{line}." for line in lines), *footed(waterfall)])
    told = f"<title>{escape(titled(waterfall))}</title><desc>{escape(described)}</desc>"
    return _OPENING.sub(lambda found: found[0] + told, made, count=1)


def html(waterfall: Waterfall) -> str:
    """The waterfall as a small static table: no script, values defanged and escaped."""
    rows = folded(waterfall.rows, _MOST)
    largest = max((abs(row.bits) for row in rows), default=0.0) or 1.0
    body = "".join(_row(row, largest) for row in rows)
    foot = "<br>".join(escape(line) for line in footed(waterfall))
    return (
        f"<table><caption>{escape(titled(waterfall))}</caption>"
        "<tr><th>evidence</th><th>class</th><th>bits</th><th></th><th>so far</th></tr>"
        f"{body}<tr><th>total</th><td></td><td></td><td></td>{_number(waterfall.total)}</tr></table>"
        f"<p><small>{escape(summed(waterfall))}<br>{foot}</small></p>"
    )


def _row(row: Row, largest: float) -> str:
    width = round(_PIXELS * abs(row.bits) / largest)
    bar = f"<div style='height:10px;width:{width}px;{_LOOKS[row.sort]}'></div>"
    value = escape(valued(row, _VALUE))
    return (
        f"<tr><td style='text-align:left'>{escape(named(row))}{f' <code>{value}</code>' if value else ''}"
        f"<br><small>{escape(noted(row))}</small></td><td>{escape(row.strength)}</td>"
        f"{_number(row.bits)}<td>{bar}</td>{_number(row.so_far)}</tr>"
    )


def _number(bits: float) -> str:
    return f"<td style='text-align:right'>{signed(bits)}</td>"
