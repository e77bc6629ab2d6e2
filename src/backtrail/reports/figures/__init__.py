"""Figures of a report: one small module each, from a finding's values to the same SVG for every edition. Pure."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast

from msgspec import Struct

from backtrail.model.profile import Counted, Profile

if TYPE_CHECKING:
    from backtrail.reports.figures.drawing import Drawing

_OF_A_FINDING = {
    "sectors": "sectors", "geography": "geography", "stays": "stays", "timelines": "timelines", "theft": "theft",
    "phases": "phases", "techniques": "techniques", "week": "week", "builds": "week", "netblocks": "netblocks",
    "families": "families", "change": "change", "places": "places", "registrations": "registrations",
    "activity": "activity", "priorities": "priorities",
}  # fmt: skip
"""Module by figure."""


class Life(Struct, frozen=True, kw_only=True):
    """A name or address: as it is printed, when it was seen, at how many intrusions, and how that is told."""

    name: str
    address: bool
    first: str
    last: str
    intrusions: int
    told: str = ""


def drawn(id: str, finding: Profile | None, numbers: Mapping[str, Counted], lives: Sequence[Life]) -> "Drawing | None":
    """A figure by its name; None where there are too few data for it.

    Modules are loaded when a figure is drawn: Altair takes a second that only reports need.

    Args:
        id: Name of the figure.
        finding: The finding it belongs to.
        numbers: All numbers of the report.
        lives: Names and addresses of command and control.
    """
    if id in _OF_A_FINDING:
        module = import_module(f"{__name__}.{_OF_A_FINDING[id]}")
        return cast("Drawing | None", module.draw(finding)) if finding and finding.enough else None
    module = import_module(f"{__name__}.{id}")
    return cast("Drawing | None", module.draw(lives if id == "lifelines" else numbers))


def rendered(chart: "Drawing", id: str, alt: str) -> str:
    """A drawing as SVG."""
    from backtrail.reports.figures.drawing import svg

    return svg(chart.chart, id, alt)
