"""hours: when a group's people work."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import profiling
from backtrail.verbs.case import Case


def hours(case: Case, group: str, *, as_of: str | None = None) -> Profile:
    """Show when a group's people log in to its servers, and where that would be a working day.

    Times are those of the servers' clocks, mended by what `server.toml` says of them; those of unknown clocks are
    left out and counted.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        found = profiling.members(case, db, group, as_of)
        came, excluded = profiling.logins(profiling.Ground(case, db), found, as_of)
    return profiles.hours(found.group, "log-ins", profiling.timed(came), excluded, as_of)
