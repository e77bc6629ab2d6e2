"""strength: how many of a group's people work at once."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import profiling
from backtrail.verbs.case import Case


def strength(case: Case, group: str, *, as_of: str | None = None, seed: int = 1) -> Profile:
    """Show how many operators work at once: sessions at a group's hops that overlap, with an interval.

    It is a lower bound: an address stands for one person while it is logged in.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
        seed: For the bootstrap of the interval.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        held, excluded = profiling.sessions(ground, found)
    return profiles.strength(found.group, held, seed, excluded, ground.as_of)
