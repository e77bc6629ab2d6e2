"""trace: from a group's hops back to where its people come from."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import profiling
from backtrail.verbs.case import Case


def trace(case: Case, group: str, *, as_of: str | None = None) -> Profile:
    """Show who logged in to a group's hops, from which networks and countries, and the origins that HTRAN hid.

    Hops are servers that the group's victims talked to or its names led to, and whose logs are in the evidence
    (`server.toml`). Networks are those of registries in the evidence, as of the moment.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        found = profiling.members(case, db, group, as_of)
        ground = profiling.Ground(case, db)
        came, _ = profiling.logins(ground, found, as_of)
        hidden = profiling.relays(ground, found, as_of)
        return profiles.trace(found.group, came, hidden, ground.netblocks, as_of)
