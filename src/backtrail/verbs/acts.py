"""What lifecycles are told from: command lines of findings and logs, mails that were kept, what was collected."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

from backtrail.model.observation import Observation
from backtrail.model.times import earliest
from backtrail.profiles.habits import Mail, Typed
from backtrail.profiles.lifecycle import Acts
from backtrail.verbs import capabilities, publishing
from backtrail.verbs.profiling import Ground, Members

_MAIL = ("email-addr", "email-subject")


def of(ground: Ground, group: Members) -> Acts:
    """What a group's lifecycle is told from."""
    ids = {i.id for i in group.intrusions}
    discovered = capabilities.discovered(ground, group.state)
    return Acts(
        observations=group.observations,
        members={id: discovered.get(id) for id in sorted(ids)},
        typed=[*_found(group), *(one for one in _logged(ground) if one.intrusion in ids)],
        mails=[mail for mail in _mails(ground, group) if mail.intrusion in ids],
        collected=_collected(ground, group),
        secret=secret(ground),
    )


def _found(group: Members) -> Iterator[Typed]:
    for o in group.observations:
        if o.kind == "command-line" and o.intrusion and o.role != "victim-asset":
            yield Typed(o.intrusion, _seconds(o), o.value, o.id, found=True)


def _seconds(o: Observation) -> float:
    return earliest(first).timestamp() if (first := o.seen.first or o.seen.last) else 0.0


def _logged(ground: Ground) -> list[Typed]:
    """Command lines of the victims' logs, anybody's."""

    def read() -> list[Typed]:
        placed = ground.telemetry.shown(["command-line"])
        return [
            Typed(p.origin.intrusion, p.trace.first, p.trace.value, f"{p.origin.evidence[:12]} {p.trace.at}")
            for p in placed
            if p.origin.intrusion
        ]

    return ground.once("logged commands", read)


def _mails(ground: Ground, group: Members) -> list[Mail]:
    def read() -> list[Mail]:
        rows = groupby(ground.records(group.state, _MAIL), key=lambda row: row[:2])
        return [
            mail for place, some in rows if (mail := _mail(" ".join((place[0][:12], place[1])), [o for *_, o in some]))
        ]

    return ground.once("mails", read)


def _mail(place: str, record: list[Observation]) -> Mail | None:
    """A mail: a record with one sender and one subject; any other is a list."""
    senders = {o.value for o in record if o.kind == "email-addr"}
    subjects = {o.value for o in record if o.kind == "email-subject"}
    if len(senders) != 1 or len(subjects) != 1 or not record[0].intrusion:
        return None
    return Mail(record[0].intrusion, _seconds(record[0]), senders.pop(), subjects.pop(), place)


def _collected(ground: Ground, group: Members) -> dict[str, frozenset[str]]:
    """Kinds that logs or findings of each intrusion show."""

    def read() -> dict[str, frozenset[str]]:
        shown: dict[str, set[str]] = defaultdict(set)
        for intrusion, kinds in ground.telemetry.collected().items():
            shown[intrusion].update(kinds)
        for *_, o in ground.records(group.state, _MAIL):
            if o.intrusion:
                shown[o.intrusion].add(o.kind)
        return {intrusion: frozenset(kinds) for intrusion, kinds in shown.items()}

    return ground.once("collected", read)


def secret(ground: Ground) -> list[str]:
    """Names of victims, the longest first: a shorter one may be part of it."""
    names = {name.casefold() for _, name in publishing.names(ground.db) if len(name) > 2}
    return sorted(names, key=lambda name: (-len(name), name))
