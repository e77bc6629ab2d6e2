"""dwell: how long a group stays."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import profiling
from backtrail.verbs.case import Case


def dwell(case: Case, group: str, *, as_of: str | None = None, seed: int = 1) -> Profile:
    """Show how long a group stays in a network, from first to last dated activity; open ends count as open.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
        seed: For the bootstrap of the interval.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        stays = profiling.stays(ground, found)
    return profiles.dwell(found.group, stays, seed, ground.as_of)
