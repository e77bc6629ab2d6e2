"""What if the fakeable part is fake: the probability of the likeliest answer in full, and with something left out."""

from textwrap import shorten
from typing import Any

import altair

from backtrail.model.hypothesis import Assessment
from backtrail.model.words import percent
from backtrail.reports.figures.drawing import BLUE, LINE, ORANGE, SOFT, Drawing, bare, data, framed, named

_LETTERS = 52


def draw(assessment: Assessment) -> Drawing | None:
    """A dot for each scenario, and a line from it to the full result; None where nobody rated."""
    if not assessment.analysts or not assessment.robustness:
        return None
    leader = assessment.hypotheses[0]
    whole: dict[str, Any] = {"name": "all evidence", "p": leader.posterior, "full": leader.posterior, "fell": False}
    rows = [whole]
    rows += [
        {"name": shorten(f"without {one.without}", _LETTERS, placeholder=" …"), "p": one.probability,
         "full": leader.posterior, "fell": one.bands > 1}
        for one in (*assessment.robustness, *assessment.linchpins)
    ]  # fmt: skip
    rows = [{**row, "told": percent(row["p"]), "right": max(row["p"], leader.posterior)} for row in rows]
    x = altair.X("p:Q", title="probability of the likeliest answer", scale=altair.Scale(domain=[0, 1.06]),
                 axis=bare(format=".1f", values=[0, 0.2, 0.4, 0.6, 0.8, 1]))  # fmt: skip
    base = altair.Chart(data(rows)).encode(y=named([row["name"] for row in rows], 11.5), x=x)
    color = altair.condition("datum.fell", altair.value(ORANGE), altair.value(BLUE))
    shape = altair.condition("datum.fell", altair.value("diamond"), altair.value("circle"))
    band = altair.Chart(data([{"low": leader.low, "high": leader.high}])).mark_rect(color=LINE, opacity=0.45)
    layers = [
        band.encode(x=altair.X("low:Q"), x2="high:Q"),
        base.mark_rule(color=SOFT, strokeWidth=1).encode(x2="full:Q"),
        base.mark_point(filled=True, size=80).encode(color=color, shape=shape),
        base.mark_text(align="left", dx=9, fontSize=11.5).encode(x="right:Q", text="told:N"),
    ]
    return Drawing(
        chart=framed(altair.layer(*layers), 24 * len(rows)),
        columns=("scenario", "probability"),
        rows=tuple((row["name"], row["told"]) for row in rows),
    )
