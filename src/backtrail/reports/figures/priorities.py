"""Where to start hunting: kinds of indicators in order, each with the intrusions that it would have shown."""

import altair

from backtrail.model.profile import Profile
from backtrail.reports.figures.drawing import BLUE, TINT, Drawing, bare, bars, data, framed, named, numeric

_ROOM = 60
"""Intrusions from which a square for each would be a smear."""


def draw(profile: Profile) -> Drawing | None:
    """A square for each hunt and intrusion where they may be told one by one, otherwise a bar for each hunt."""
    rows = profile.records()
    covered = [(str(kind), str(intrusion)) for kind, intrusion in profile.plotted("coverage")]
    members = sorted(str(intrusion) for (intrusion,) in profile.plotted("members"))
    names = {row["kind"]: f"{row['rank']}. {row['kind']}" for row in rows}
    if covered and len(members) <= _ROOM:
        chart = _matrix([(names[kind], intrusion) for kind, intrusion in covered], list(names.values()), members)
    elif any(row["intrusions"].isdigit() for row in rows):
        told = [(names[row["kind"]], row["intrusions"]) for row in rows]
        chart = bars([{"name": name, "value": numeric(cell), "text": cell} for name, cell in told], "intrusions")
    else:
        return None
    first = rows[0]
    return Drawing(
        chart=chart,
        columns=profile.columns,
        rows=profile.rows,
        words={"kind": first["kind"], "level": first["what it is"], "number": f"hunt:{first['kind']}"},
    )


def _matrix(covered: list[tuple[str, str]], kinds: list[str], members: list[str]) -> altair.LayerChart:
    seen = [{"name": name, "intrusion": intrusion} for name, intrusion in covered]
    every = [{"name": name, "intrusion": intrusion} for name in kinds for intrusion in members]
    axis = bare(title=None, orient="top", labelAngle=-90, labelFontSize=9)
    x = altair.X("intrusion:N", sort=members, axis=axis)

    def squares(rows: list[dict[str, str]], **look: object) -> altair.Chart:
        return (
            altair.Chart(data(rows)).mark_rect(stroke="white", strokeWidth=1.5, **look).encode(y=named(kinds, 11), x=x)
        )

    return framed(squares(every, color=TINT) + squares(seen, color=BLUE), 18 * len(kinds))
