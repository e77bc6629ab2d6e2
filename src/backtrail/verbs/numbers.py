"""All numbers that profiles give of a group, for `facts` and for checking against a known truth."""

from collections.abc import Iterator, Sequence

from backtrail import profiles
from backtrail.model.decision import State
from backtrail.model.profile import Counted, Profile
from backtrail.verbs import acts, capabilities, hours, persons, profiling, victimology


def numbers(ground: profiling.Ground, state: State, group: str, ids: Sequence[str]) -> Iterator[Counted]:
    """Numbers of all profiles of a group, as of now."""
    for profile in findings(ground, profiling.read(ground.db, state, group, ids)):
        yield from profile.numbers


def findings(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    """All profiles of a group, as of now; `drift` is none of them, since it needs a date."""
    yield from _of_victims(ground, found)
    yield from _of_origins(ground, found)
    yield from _of_tools(ground, found)


def _of_victims(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    keys = victimology.victim_keys(ground.db, found.intrusions)
    told = victimology.sources(ground.db, found.intrusions)
    stays = profiling.stays(ground, found, None)
    yield profiles.victims(found.group, found.intrusions, keys, told, profiling.began(stays))
    yield profiles.dwell(found.group, stays, seed=1)
    yield profiles.theft(found.group, victimology.taken(ground.db, found, None))


def _of_origins(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    yield hours.told(ground, found)
    yield hours.told(ground, found, "compile-times")
    came, _ = profiling.logins(ground, found, None)
    held, unsure = profiling.sessions(ground, found, None)
    yield profiles.strength(found.group, held, seed=1, excluded=unsure)
    yield profiles.trace(found.group, came, profiling.relays(ground, found, None), ground.netblocks)


def _of_tools(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    yield profiles.arsenal(found.group, capabilities.found(ground, found), found.observations)
    yield profiles.lifecycle(found.group, acts.of(ground, found))
    crowd = persons.crowd(ground, found, None)
    yield profiles.personas(found.group, crowd.appearances, crowd.links, crowd.bystanders)
