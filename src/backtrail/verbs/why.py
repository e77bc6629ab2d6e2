"""why: a number of a group with what it counts, its parts, and the rows of evidence these rest on."""

from collections.abc import Iterator

from msgspec import Struct

from backtrail import clusters, reports
from backtrail.knowledge import facts
from backtrail.model.errors import NotFoundError, UsageError
from backtrail.model.profile import Counted
from backtrail.verbs import dates, known, numbers, profiling, publishing
from backtrail.verbs.case import Case
from backtrail.verbs.drift import told as drift_told
from backtrail.verbs.facts import across
from backtrail.verbs.resting import Rested, rested
from backtrail.verbs.standing import state_of
from backtrail.verbs.weighing import weighed


class Why(Struct, frozen=True, kw_only=True):
    """A number that is followed to the evidence.

    Attributes:
        group: Whose number it is.
        number: The number.
        query: What it counts, in words.
        finding: The finding it belongs to; empty for what the report itself counts.
        parts: What it counts, each with the rows of evidence in which it was read.
    """

    group: str
    number: Counted
    query: str
    finding: str
    parts: tuple[Rested, ...]


def why(case: Case, number: str, *, group: str | None = None, since: str | None = None) -> Why:
    """Show what a number of `facts` or of a report counts, and the rows of evidence it rests on.

    Args:
        case: The case.
        number: Its id, such as victims_total.
        group: A group, accepted or proposed; may be left out where only one is accepted.
        since: A date, for numbers of drift.

    Raises:
        NotFoundError: The group has no such number.
        UsageError: It is not said which of several groups is meant.
    """
    since = dates.asked(since, "--since")
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db)
        found = profiling.members(ground, group or _only(ground))
        seen: list[str] = []
        for profile, one in _counted(ground, found, since):
            if one.id == number:
                told = rested(ground, found, one.parts)
                parts = tuple(told[part] for part in one.parts)
                return Why(group=found.group, number=one, query=reports.query(number), finding=profile, parts=parts)
            seen.append(one.id)
    hint = " numbers of drift need --since" if number.startswith("drift_") and not since else ""
    raise NotFoundError(f"{found.group} has no number {number}{known.near(number, seen)}{hint}")


def _only(ground: profiling.Ground) -> str:
    state = state_of(ground.case, ground.db)
    living = [g.id for g in state.groups.values() if g.members and not g.merged_into]
    if len(living) != 1:
        raise UsageError(f"{len(living)} groups are accepted; say which with --group")
    return living[0]


def _counted(ground: profiling.Ground, found: profiling.Members, since: str | None) -> Iterator[tuple[str, Counted]]:
    """Every number of a group with the finding it belongs to: those that are cheap to count first."""
    if found.group in found.state.groups:
        made = publishing.product(ground.case, ground.db, found.group)
        yield from (("", one) for one in reports.counted(made.group.members, made.observations, made.selection))
        yield from (("", one) for one in _around(ground, found))
        hunts = publishing.priorities(made)
        yield from ((hunts.finding, one) for one in hunts.numbers)
    if since:
        drifted = drift_told(ground, found, since)
        yield from ((drifted.finding, one) for one in drifted.numbers)
    told = numbers.findings(ground, found)
    of = {one.id: profile.finding for profile in told.values() for one in profile.numbers}
    yield from ((of.get(one.id, ""), one) for one in numbers.counted(found, told))
    yield from (("", one) for one in across(ground, found))


def _around(ground: profiling.Ground, found: profiling.Members) -> Iterator[Counted]:
    """Numbers of the case, of the pairs inside the group, and of how well such pairs hold."""
    everyone = set(facts.intrusion_ids(ground.db))
    yield from reports.around(everyone, everyone - {m for g in found.state.groups.values() for m in g.members})
    members = found.state.groups[found.group].members
    pairs = weighed(ground.case, ground.db, found.state, members).pairs
    link, measured = clusters.built_in().link, clusters.measured()
    yield from reports.linked(pairs, link, members)
    yield from reports.checked(measured, link) if measured else ()
