"""victims: who a group hit."""

from pathlib import Path

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.profiles.industries import decode
from backtrail.verbs import profiling, victimology
from backtrail.verbs.case import Case


def victims(case: Case, group: str, *, industries: Path | None = None, as_of: str | None = None) -> Profile:
    """Show whom a group hit: sectors by year, countries, how it was found, who was hit again, unseen ones.

    Victims are counted, never named. Every count is a lower bound.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        industries: A table of a plan's industries (TOML) in place of the built-in one.
        as_of: Only what was known at this moment, such as 2011-06-30.
    """
    plan = decode(industries.read_text("utf-8")) if industries else None
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        keys = victimology.victim_keys(db, found.intrusions)
        told = victimology.sources(db, found.state, found.intrusions)
        began = profiling.began(profiling.stays(ground, found))
    return profiles.victims(found.group, found.intrusions, keys, told, began, ground.as_of, plan)
