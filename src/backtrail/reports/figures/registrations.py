"""When names were bought: zones that the group registered, by year, years without any too."""

import re

from backtrail.model.profile import Profile
from backtrail.reports.defang import defanged
from backtrail.reports.figures.drawing import Drawing, bars

_YEAR = re.compile(r"zones_registered_(\d{4})")
_LEAST = 2
"""Years with registrations from which a figure says more than a sentence."""


def draw(profile: Profile) -> Drawing | None:
    """Bars by year; None for fewer than two years."""
    by_year = {int(found[1]): int(n.value) for n in profile.numbers if (found := _YEAR.fullmatch(n.id))}
    if len(by_year) < _LEAST:
        return None
    told = [(str(year), by_year.get(year, 0)) for year in range(min(by_year), max(by_year) + 1)]
    most = max(told, key=lambda pair: pair[1])[0]
    return Drawing(
        chart=bars([{"name": year, "value": count} for year, count in told], "zones"),
        columns=profile.columns,
        rows=tuple(tuple(map(defanged, row)) for row in profile.rows),
        words={"year": most, "number": f"zones_registered_{most}"},
    )
