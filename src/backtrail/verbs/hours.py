"""hours: when a group's people work."""

from typing import Literal

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import profiling, worktime
from backtrail.verbs.case import Case

Moments = Literal["log-ins", "compile-times"]


def hours(case: Case, group: str, *, source: Moments = "log-ins", as_of: str | None = None) -> Profile:
    """Show when a group's people work, and where that would be a working day: by log-ins, or by compile times.

    Log-ins are those to the group's servers, by their clocks, mended by what `server.toml` says of them; those of
    unknown clocks are left out and counted. Compile times are a source of their own, cheap to fake; those that cannot
    be are left out. The two are never mixed.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        source: What is counted: log-ins, or compile-times.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        return told(ground, profiling.members(ground, group), source)


def told(ground: profiling.Ground, found: profiling.Members, source: Moments = "log-ins") -> Profile:
    """Hours of a group by one source."""
    name = source.replace("-t", " t")
    others = worktime.others(ground, found, name)
    if source == "compile-times":
        made, excluded = worktime.builds(ground, found)
    else:
        came, excluded = profiling.logins(ground, found)
        made = profiling.timed(came)
    return profiles.hours(found.group, name, made, excluded, ground.as_of, others)
