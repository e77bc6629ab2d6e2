"""Where: victims by country of their headquarters. No map: the area of a country says nothing of its victims."""

import re

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import Drawing, bars

_COUNTRY = re.compile(r"victims_([a-z]{2})")
_REST = "countries of fewer, together"


def draw(profile: Profile) -> Drawing | None:
    """Bars by country; None where no country has enough victims."""
    told = [
        (found[1].upper(), int(n.value))
        for n in profile.numbers
        if (found := _COUNTRY.fullmatch(n.id)) and isinstance(n.value, int)
    ]
    if not told:
        return None
    total = next((n.value for n in profile.numbers if n.id == "victims_total"), None)
    rest = total - sum(count for _, count in told) if isinstance(total, int) else 0
    large = told
    told = [*told, (_REST, rest)] if rest > 0 else told
    return Drawing(
        chart=bars([{"name": country, "value": count} for country, count in told], "victims, at least"),
        columns=("country", "victims"),
        rows=tuple((country, str(count)) for country, count in told),
        words={"country": large[0][0], "number": f"victims_{large[0][0].lower()}"},
    )
