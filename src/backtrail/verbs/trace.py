"""trace: from a group's victims over its names, servers and hops back to where its people come from."""

from typing import Literal

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import dates, infrastructure, profiling
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
    begin, named = dates.instant(since, "--since"), dates.asked(published, "--published")
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        if show == "origins":
            came, _ = profiling.logins(ground, found)
            hidden = profiling.relays(ground, found)
            knocks = profiling.knocks(ground, found)
            return profiles.trace(found.group, came, hidden, ground.netblocks, ground.as_of, knocks)
        known = infrastructure.of(ground, found, named)
        if show == "chain":
            return profiles.chain(found.group, known.seen, ground.as_of)
        if show == "servers":
            held = infrastructure.servers(ground, found, known)
            return profiles.servers(found.group, held, begin, ground.as_of)
        if show == "domains":
            zones = infrastructure.zones(ground, found, known)
            return profiles.domains(found.group, zones, infrastructure.secret(ground), ground.as_of)
        return profiles.pivots(found.group, infrastructure.trail(ground, known), ground.as_of)
