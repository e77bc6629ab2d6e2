"""Moments of work of a group: log-ins of its people, compile times of its files, and what else might explain either."""

from collections import Counter

from backtrail.model.times import earliest
from backtrail.profiles import Login, Others
from backtrail.profiles.arsenal import sorted_out
from backtrail.profiles.compiled import sound
from backtrail.profiles.zones import offsets
from backtrail.verbs import capabilities, profiling
from backtrail.verbs.profiling import Ground, Members


def builds(ground: Ground, group: Members) -> tuple[list[Login], list[str]]:
    """Compile times of a group's files against which nothing speaks, and the files whose times were left out.

    Files of one family built within the hour are one session of whoever builds it.
    """
    its = sorted_out(capabilities.found(ground, group), ground.as_of)
    family = {file.name: one.name for one in its.families for file in one.samples}
    good = sound(its.times)
    made = [Login(earliest(one.at).timestamp(), family.get(one.file, one.file), one.file) for one in good]
    kept = set(good)
    return made, [one.file for one in its.times if one not in kept]


def others(ground: Ground, group: Members, source: str) -> Others:
    """What else might explain when a group works; a compiler has no sensor."""
    countries = Counter(i.country for i in group.intrusions if i.country)
    sensor = _knocks(ground, group) if source == "log-ins" else []
    return Others(victims=offsets(dict(countries)), sensor=sensor)


def _knocks(ground: Ground, group: Members) -> list[float]:
    """Moments by true time at which others knocked at the group's hops and did not get in."""
    addresses = profiling.hops(ground, group)
    found = []
    for placed in ground.knocks:
        ahead = ground.clocks.get(placed.origin.server or "", 0.0)
        if placed.origin.server in addresses and ahead is not None and placed.trace.first:
            found.append(placed.trace.first - ahead)
    return found
