"""drift: what a group changed between two dates."""

from backtrail import profiles
from backtrail.model.errors import UsageError
from backtrail.model.profile import Profile
from backtrail.model.times import earliest
from backtrail.verbs import acts, capabilities, dates, profiling
from backtrail.verbs.case import Case


def drift(case: Case, group: str, *, since: str, before: str | None = None, as_of: str | None = None) -> Profile:
    """Show what a group changed, as after a publication: what went, stayed and came, and how long old things lasted.

    Infrastructure, tools and procedures are told apart. What is not seen again may have been dropped, or nobody looked.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        since: What is seen from this moment on came or stayed: the day of a publication, such as 2013-02-19.
        before: What was seen up to this moment was there before; the same moment when left out.
        as_of: Only what was seen up to this moment.

    Raises:
        UsageError: A date is none, or `before` comes after `since`.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        return told(ground, profiling.members(ground, group), since, before)


def told(
    ground: profiling.Ground,
    found: profiling.Members,
    since: str,
    before: str | None = None,
) -> Profile:
    """Drift of a group that was read."""
    since, before = dates.asked(since, "--since"), dates.asked(before, "--before")
    if before and earliest(before) > earliest(since):
        raise UsageError(f"--before {before} comes after --since {since}")
    discovered, secret = capabilities.discovered(ground, found.state), acts.secret(ground)
    return profiles.drift(found.group, found.observations, since, before, discovered, secret, ground.as_of)
