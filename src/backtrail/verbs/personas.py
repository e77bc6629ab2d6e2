"""personas: the people behind a group, as far as they show themselves."""

from backtrail import profiles
from backtrail.model.profile import Profile
from backtrail.verbs import persons, profiling
from backtrail.verbs.case import Case


def personas(case: Case, group: str, *, as_of: str | None = None) -> Profile:
    """Show the personas of a group: handles, mailboxes, names and accounts that are likely one person, and why.

    Told are only those that appear in at least two kinds of evidence: registrations of the group's domains, strings
    and paths in its malware, accounts on its hops. Who owns a domain alone may be a bystander.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        as_of: Only what was seen up to this moment, such as 2011-06-30.
    """
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        crowd = persons.crowd(ground, found)
    return profiles.personas(found.group, crowd.appearances, crowd.links, crowd.bystanders, ground.as_of)
