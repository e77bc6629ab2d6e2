"""arsenal: what a group works with."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import acts, capabilities, profiling
from backtrail.verbs.case import Case


def arsenal(case: Case, group: str, *, as_of: str | None = None) -> Profile:
    """Show a group's malware and tools: families, whose they are so far, files, certificates, secrets, compile times.

    A family is the group's alone as far as this case shows until then; what a warning list knows is public.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only what was known at this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        members = profiling.members(ground, group)
        found, typed = capabilities.found(ground, members), acts.of(ground, members).typed
    return profiles.arsenal(members.group, found, members.observations, ground.as_of, typed)
