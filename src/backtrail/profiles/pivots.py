"""From what a group is known by to what hangs on it: every step logged, accepted or rejected, with its reason (IN-9).

A step goes from something of the group's over a value that it shares to something else: a name over its address to
other names there, a domain over its registrant to his other domains, a server over its certificate to other servers.
What a value is worth is its rarity over the case, in bits: log2 of all things of that sort over those that show it.
Registrars, places and companies lead anywhere and are not followed; nor is what too many share (rule IN-6).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from backtrail.model.profile import Counted, Profile
from backtrail.profiles.control import Control, Pointed, Registration

Via = Literal[
    "address", "certificate", "registrant-email", "registrant-phone", "registrant-name", "name-server", "registrar",
    "registrant-address", "registrant-org",
]  # fmt: skip

_MOST: dict[Via, int] = {
    "address": 20, "certificate": 10, "registrant-email": 50, "registrant-phone": 50, "registrant-name": 50,
    "name-server": 20,
}  # fmt: skip
"""Things that may show a value before it is nobody's in particular (rule IN-6). What is not here is never followed."""

_LOOSE = {"registrar": "registrars", "registrant-address": "places", "registrant-org": "companies"}

_LEAST = 3.0
"""Bits below which a step says too little: one thing in eight shows the value."""

_STEPS = 2
"""Steps from what victims saw: further away nobody can explain how it hangs together."""


class Link(Struct, frozen=True, order=True):
    """Something shows a value over an interval.

    Attributes:
        thing: A name, a registered domain, or a server's address.
        via: What sort of value it is.
        value: The value.
        first: Seconds since 1970; 0 when it is not known.
        last: Of the last; 0 when it is not known.
        place: Where in the evidence.
    """

    thing: str
    via: Via
    value: str
    first: float = 0.0
    last: float = 0.0
    place: str = ""


class Pivot(Struct, frozen=True, kw_only=True):
    """One step of the log.

    Attributes:
        id: `PV-1` and so on, in the order in which they were tried.
        seed: From what.
        via: Over what sort of value.
        value: The value.
        to: To what, that was not the group's before.
        bits: How rare the value is.
        accepted: Whether the step was taken.
        reason: Why, or why not.
        step: How far from what victims saw: 1 or 2.
        parts: Places in the evidence.
    """

    id: str
    seed: str
    via: Via
    value: str
    to: tuple[str, ...]
    bits: float
    accepted: bool
    reason: str
    step: int
    parts: tuple[str, ...]


class Trail(Struct, frozen=True):
    """All steps, and why they ended.

    Attributes:
        pivots: In the order in which they were tried.
        stopped: Why no more were.
    """

    pivots: tuple[Pivot, ...]
    stopped: tuple[str, ...]


def links(
    pointed: Iterable[Pointed], records: Iterable[Registration], presented: Iterable[tuple[str, str, str]]
) -> list[Link]:
    """What things show: names their addresses, domains their registrants, servers their certificates.

    Args:
        pointed: What names pointed to.
        records: Registrations.
        presented: Server, certificate, and place.
    """
    found = [Link(p.name, "address", p.address, p.first, p.last, p.place) for p in pointed]
    for record in records:
        for kind, value in record.details:
            found.append(Link(record.domain, kind, value, record.since, record.until, record.place))  # type: ignore[arg-type]
    found += [Link(server, "certificate", value, place=place) for server, value, place in presented]
    return sorted(set(found))


def walk(
    seeds: Iterable[str], shown: Sequence[Link], control: Mapping[str, Control], listed: Mapping[str, str]
) -> Trail:
    """Follow what the group's things show to other things, at most two steps.

    Args:
        seeds: Names, domains and servers that are the group's.
        shown: What things of the whole case show.
        control: From when to when the group held its domains.
        listed: Values that a warning list knows, each with why.
    """
    paths = _Paths(shown, control, listed)
    ours = set(seeds)
    frontier = sorted(ours)
    log: list[Pivot] = []
    for step in range(1, _STEPS + 1):
        reached: set[str] = set()
        for seed in frontier:
            for pivot in paths.of(seed, ours, step, len(log)):
                log.append(pivot)
                if pivot.accepted:
                    reached.update(pivot.to)
                    ours.update(pivot.to)
        frontier = sorted(reached)
        if not frontier:
            break
    return Trail(tuple(log), tuple(_stops(log, frontier)))


class _Paths:
    """What hangs on what, over the whole case."""

    def __init__(self, shown: Sequence[Link], control: Mapping[str, Control], listed: Mapping[str, str]) -> None:
        self._by_thing: dict[str, list[Link]] = defaultdict(list)
        self._by_value: dict[tuple[Via, str], list[Link]] = defaultdict(list)
        things: dict[Via, set[str]] = defaultdict(set)
        for link in shown:
            self._by_thing[link.thing].append(link)
            self._by_value[link.via, link.value].append(link)
            things[link.via].add(link.thing)
        self._all = {via: len(some) for via, some in things.items()}
        self._control, self._listed = control, listed
        self._tried: set[tuple[Via, str]] = set()

    def of(self, seed: str, ours: set[str], step: int, before: int) -> Iterable[Pivot]:
        """Steps from a thing to what is not the group's yet, as each is asked for; a value is tried once."""
        for link in self._by_thing.get(seed, ()):
            holders = self._by_value[link.via, link.value]
            new = sorted({other.thing for other in holders} - ours)
            if not new or (link.via, link.value) in self._tried:
                continue
            self._tried.add((link.via, link.value))
            count = len({other.thing for other in holders})
            bits = math.log2(self._all[link.via] / count)
            meet = [other for other in holders if other.thing in new and self._meets(link, other)]
            reason = self._why_not(link, count, bits, meet)
            before += 1
            yield Pivot(
                id=f"PV-{before}", seed=seed, via=link.via, value=link.value,
                to=tuple(sorted({other.thing for other in meet})) if not reason else tuple(new),
                bits=round(bits, 2), accepted=not reason, step=step,
                reason=reason or f"{count} of {self._all[link.via]} show it, at the same time",
                parts=tuple(dict.fromkeys(p for p in (link.place, *(m.place for m in meet)) if p))[:20],
            )  # fmt: skip

    def _why_not(self, link: Link, count: int, bits: float, meet: Sequence[Link]) -> str:
        most = _MOST.get(link.via)
        if most is None:
            return f"{_LOOSE.get(link.via, link.via)} lead anywhere"
        if why := self._listed.get(link.value):
            return why
        if count > most:
            return f"{count} show it, more than {most}: nobody's in particular"
        if bits < _LEAST:
            return f"says too little: {count} of {self._all[link.via]} show it"
        return "" if meet else "not at the same time"

    def _meets(self, link: Link, other: Link) -> bool:
        """Whether both showed the value at one time, and the group held the domain then."""
        control = self._control.get(link.thing)
        if control and not control.covers(link.first, link.last):
            return False
        if link.via.startswith(("registrant", "certificate")):
            return True  # a person stays one, and so does a private key
        known = link.first and link.last and other.first and other.last
        return not known or (link.first <= other.last and other.first <= link.last)


def _stops(log: Sequence[Pivot], frontier: Sequence[str]) -> Iterable[str]:
    """Why no more steps were taken (rule IN-10)."""
    if frontier:
        yield f"Stopped after {_STEPS} steps: what comes next could not be explained any more."
    rejected = [p for p in log if not p.accepted]
    if log and not any(p.accepted for p in log):
        yield "Stopped at once: no step adds anything that is rare and was there at the same time."
    elif not frontier:
        yield "Stopped: nothing that was reached shows a rare value that leads further."
    if rejected and all("lead anywhere" in p.reason for p in rejected):
        yield "All that is left are registrars, places and companies."
    late = sum(p.reason == "not at the same time" for p in rejected)
    if late:
        yield f"{late} steps lead to what was there at another time."


def pivots(group: str, trail: Trail, as_of: str | None = None) -> Profile:
    """The log of steps as a finding, accepted ones first, those that tell most first.

    Args:
        group: The group.
        trail: The steps.
        as_of: The moment up to which was looked, for the record.
    """
    taken = [p for p in trail.pivots if p.accepted]
    if not trail.pivots:
        sentence = "Nothing of this group shows a value that anything else of the case shows: there is nowhere to go."
        return Profile(kind="trace", group=group, finding=sentence, enough=False, limits=trail.stopped, as_of=as_of)
    reached = sorted({thing for p in taken for thing in p.to})
    rejected = Counter(p.reason.partition(":")[0] for p in trail.pivots if not p.accepted)
    limits = [*trail.stopped, *(f"Not taken: {reason} ({count})." for reason, count in rejected.most_common(5))]
    return Profile(
        kind="trace",
        group=group,
        finding=(
            f"{len(trail.pivots)} steps were tried and {len(taken)} taken; they lead to {len(reached)} names, domains "
            "and servers that no victim's log showed. They are candidates: look at each before it is a finding."
        ),
        enough=True,
        numbers=(
            Counted(id="pivots_accepted", value=len(taken), unit="steps", parts=tuple(p.id for p in taken)),
            Counted(id="pivots_rejected", value=len(trail.pivots) - len(taken), unit="steps",
                    parts=tuple(p.id for p in trail.pivots if not p.accepted)),
            Counted(id="pivots_reached", value=len(reached), unit="candidates", parts=tuple(reached)),
        ),
        columns=("id", "from", "over", "value", "to", "bits", "step", "taken", "because"),
        rows=tuple(_row(p) for p in sorted(trail.pivots, key=lambda p: (not p.accepted, -p.bits, int(p.id[3:])))),
        limits=tuple(limits),
        as_of=as_of,
    )  # fmt: skip


def _row(p: Pivot) -> tuple[str, ...]:
    more = f" and {len(p.to) - 3} more" if len(p.to) > 3 else ""
    to = ", ".join(p.to[:3]) + more
    return (p.id, p.seed, p.via, p.value, to, f"{p.bits:.1f}", str(p.step), "yes" if p.accepted else "no", p.reason)
