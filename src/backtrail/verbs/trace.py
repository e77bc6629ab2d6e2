"""trace: from a group's victims over its names, servers and hops back to where its people come from."""

from typing import Literal

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.model.times import earliest
from backtrail.verbs import infrastructure, profiling
from backtrail.verbs.case import Case

Part = Literal["origins", "chain", "servers", "domains", "pivots"]


def trace(
    case: Case,
    group: str,
    *,
    show: Part = "origins",
    since: str | None = None,
    published: str | None = None,
    as_of: str | None = None,
) -> Profile:
    """Show where a group comes from: who logged in to its hops, and what lies between them and its victims.

    `origins` are networks of log-ins to its hops and of hidden origins of HTRAN; `chain` the links from victims over
    names and servers to hops, each with the time in which the group held it; `servers` what listens where; `domains`
    whose its zones are; `pivots` what else hangs on it, with every step and its reason.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        show: What is shown: origins, chain, servers, domains or pivots.
        since: Servers seen from this moment on; the last two years when left out.
        published: When texts of no intrusion named its domains, where they say no date: control ends there.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        if show == "origins":
            came, _ = profiling.logins(ground, found)
            hidden = profiling.relays(ground, found)
            return profiles.trace(found.group, came, hidden, ground.netblocks, as_of, profiling.knocks(ground, found))
        known = infrastructure.of(ground, found, published)
        if show == "chain":
            return profiles.chain(found.group, known.seen, as_of)
        if show == "servers":
            begin = earliest(since).timestamp() if since else None
            return profiles.servers(found.group, infrastructure.servers(ground, found, known), begin, as_of)
        if show == "domains":
            zones = infrastructure.zones(ground, found, known)
            return profiles.domains(found.group, zones, infrastructure.secret(ground), as_of)
        return profiles.pivots(found.group, infrastructure.trail(ground, known), as_of)
