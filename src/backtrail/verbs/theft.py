"""theft: what a group took."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import profiling, victimology
from backtrail.verbs.case import Case


def theft(case: Case, group: str, *, as_of: str | None = None) -> Profile:
    """Show what a group took, by category and volume, observed at least.

    Volumes are those of manifests; what logs show going to servers of the adversary stands beside them and is not
    added, since it is the same data.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only intrusions discovered up to this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        return profiles.theft(found.group, victimology.taken(ground, found), ground.as_of)
