"""Where servers stand: their addresses by country. It says nothing of where people are."""

import re

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import Drawing, bars

_COUNTRY = re.compile(r"c2_([a-z]{2})")


def draw(profile: Profile) -> Drawing | None:
    """Bars by country; None where no country is known."""
    told = [(found[1].upper(), int(n.value)) for n in profile.numbers if (found := _COUNTRY.fullmatch(n.id))]
    if not told:
        return None
    return Drawing(
        chart=bars([{"name": country, "value": count} for country, count in told], "addresses"),
        columns=("country", "addresses"),
        rows=tuple((country, str(count)) for country, count in told),
        words={"country": told[0][0], "number": f"c2_{told[0][0].lower()}"},
    )
