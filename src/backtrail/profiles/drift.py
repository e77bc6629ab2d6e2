"""What a group changed between two dates, as around a publication: what went, what stayed, what came and hangs on it.

Infrastructure is replaced first, tools next, procedures last (rule TR-2). What was not seen again may have been
dropped, or nobody looked any more: how many intrusions there are to look in stands beside it. Survival is Kaplan and
Meier's, in which what was seen to the end of the watch counts as lasting at least so long. A registration counts at the
moment it was made: that it runs on for years shows nobody at work.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.profile import Counted, Profile, Series
from backtrail.model.times import Interval, earliest, latest
from backtrail.profiles.procedures import sanitised
from backtrail.profiles.samples import Value, known_by, span
from backtrail.profiles.survival import Lasted, quantile, steps, surviving
from backtrail.profiles.trace import wilson

Sort = Literal["infrastructure", "tools", "procedures"]
Status = Literal["went", "stayed", "came", "watched too short"]

SORTS: tuple[Sort, ...] = ("infrastructure", "tools", "procedures")

_SORT_OF: dict[str, Sort] = {
    "domain-name": "infrastructure", "ipv4-addr": "infrastructure", "ipv6-addr": "infrastructure",
    "registrant-email": "infrastructure", "x509-serial": "infrastructure", "x509-sha1": "infrastructure",
    "md5": "tools", "family": "tools", "command-line": "procedures", "file-name": "procedures",
    "technique": "procedures", "archive-password": "procedures",
}  # fmt: skip
_ROLES = frozenset({"c2", "hop", "exfil", "tool", "registration", "lead", "login-source", None})

_LEAST = 10
"""Things of the group before the first date from which anything is said."""

_WATCHED = 30
"""Days before the end of the watch within which what was last seen may still be in use."""

_MARKS = (30, 90, 180, 365)
"""Days at which survival is told."""


class Thing(Struct, frozen=True, kw_only=True):
    """Something of a group that comes and goes.

    Attributes:
        sort: What it belongs to.
        value: Kind and value.
        seen: From first to last.
        intrusions: Where.
        parts: Observations.
    """

    sort: Sort
    value: Value
    seen: Interval
    intrusions: frozenset[str]
    parts: tuple[str, ...]

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """First and last moment."""
        return self.seen.bounds()


class Dates(Struct, frozen=True, kw_only=True):
    """Two dates that are compared, and the end of the watch.

    Attributes:
        before: What was seen up to here was there before.
        since: What is seen from here on came or stayed.
        end: Last moment of the group that anybody saw.
    """

    before: datetime
    since: datetime
    end: datetime


def things(observations: Iterable[Observation], secret: Sequence[str] = ()) -> list[Thing]:
    """What comes and goes, each once over all intrusions; without a time of its own nothing does."""
    held: dict[tuple[Sort, Value], list[Observation]] = defaultdict(list)
    for o in observations:
        if o.kind in _SORT_OF and o.seen.known and o.intrusion and o.role in _ROLES:
            value = sanitised(o.value, secret) if o.kind == "command-line" else o.value
            held[_SORT_OF[o.kind], (o.kind, value)].append(o)
    return [
        Thing(
            sort=sort,
            value=value,
            seen=span(o.sighted for o in some),
            intrusions=frozenset(o.intrusion for o in some if o.intrusion),
            parts=tuple(sorted({o.id for o in some})),
        )
        for (sort, value), some in sorted(held.items())
    ]


def status(thing: Thing, dates: Dates) -> Status | None:
    """What became of a thing; None where it lies between the two dates alone."""
    first, last = thing.bounds
    if first > dates.before:
        return "came" if first >= dates.since else None
    if last >= dates.since:
        return "stayed"
    return "watched too short" if (dates.end - dates.since).days < _WATCHED else "went"


def drift(
    group: str,
    observations: Sequence[Observation],
    since: str,
    before: str | None = None,
    discovered: Mapping[str, str | None] | None = None,
    secret: Sequence[str] = (),
    as_of: str | None = None,
) -> Profile:
    """What a group changed.

    Args:
        group: Its id.
        observations: What was observed of it.
        since: What is seen from this moment on came or stayed.
        before: What was seen up to this moment was there before; as `since` when left out.
        discovered: When each intrusion was discovered.
        secret: Names of victims, in lower case.
        as_of: Only what was known up to this moment.
    """
    kept = [o for o in observations if known_by(o, discovered or {}, as_of)]
    if as_of:
        kept = [_cut(o, as_of) for o in kept]
    everything = things(kept, secret)
    ends = [thing.bounds[1] for thing in everything]
    first = earliest(before or since)
    dates = Dates(before=first, since=earliest(since), end=max(ends, default=first))
    there = [thing for thing in everything if thing.bounds[0] <= dates.before]
    if len(there) < _LEAST or dates.end <= dates.since:
        sentence = f"{len(there)} dated things before {(before or since)[:10]}, and "
        sentence += "none later" if dates.end <= dates.since else f"at least {_LEAST} are needed"
        sentence += ": nothing can be said of a change."
        return Profile(kind="drift", group=group, finding=sentence, enough=False, as_of=as_of)
    stood = {thing: status(thing, dates) for thing in everything}
    numbers = tuple(n for sort in SORTS for n in _numbers(sort, stood, dates))
    return Profile(
        kind="drift",
        group=group,
        finding=_sentence(stood, since, before),
        enough=True,
        numbers=(*numbers, *_quiet(kept, dates), _watched(dates)),
        columns=("sort", "what became of it", "kind", "value", "first", "last", "intrusions"),
        rows=tuple(_rows(stood)),
        limits=_limits(kept, dates),
        as_of=as_of,
        series=(_survival(everything, dates),),
    )


def _cut(o: Observation, as_of: str) -> Observation:
    """An observation as it stood at a moment."""
    if o.seen.last is None or earliest(o.seen.last) <= latest(as_of):
        return o
    first = o.seen.first or as_of
    return Observation(
        kind=o.kind, value=o.value, intrusion=o.intrusion, role=o.role, seen=Interval(first, as_of), source=o.source
    )


def _numbers(sort: Sort, stood: Mapping[Thing, Status | None], dates: Dates) -> Iterable[Counted]:
    some = {thing: what for thing, what in stood.items() if thing.sort == sort}
    for what, word in (("went", "went"), ("stayed", "stayed"), ("came", "came")):
        held = [thing for thing, became in some.items() if became == what]
        yield Counted(id=f"drift_{sort}_{word}", value=len(held), unit="things", parts=_parts(held))
    old = [thing for thing, became in some.items() if became in ("went", "stayed")]
    went = sum(some[thing] == "went" for thing in old)
    if old:
        low, high = wilson(went, len(old))
        yield Counted(
            id=f"drift_{sort}_replaced",
            value=round(went / len(old), 4),
            unit="share",
            parts=_parts(old),
            low=round(max(low, 0.0), 4),
            high=round(min(high, 1.0), 4),
            note="of what was there before",
        )
    yield from _lasting(sort, [thing for thing in some if thing.bounds[0] <= dates.before], dates)
    tied = _tied([thing for thing, became in some.items() if became == "came"], stood)
    note = "came, at an intrusion that also shows something old"
    yield Counted(id=f"drift_{sort}_tied", value=len(tied), unit="things", parts=_parts(tied), note=note)


def _lasting(sort: Sort, some: Sequence[Thing], dates: Dates) -> Iterable[Counted]:
    """Survival of what was in use at the first date: days until it was last seen."""
    alive, lasted = _alive(some, dates)
    if not lasted:
        return
    median = quantile(lasted, 0.5)
    yield Counted(id=f"drift_{sort}_median", value=median if median is not None else "not reached", unit="days",
                  parts=_parts(alive), note=f"Kaplan-Meier, of {len(alive)} in use at the first date")  # fmt: skip
    for days in _MARKS:
        if (share := surviving(lasted, days)) is not None:
            yield Counted(
                id=f"drift_{sort}_after_{days}", value=round(share, 4), unit="share still in use", parts=_parts(alive)
            )


def _alive(some: Sequence[Thing], dates: Dates) -> tuple[list[Thing], list[Lasted]]:
    """What was in use at the first date, and how many days from then on; whether the end of each was seen."""
    alive = [thing for thing in some if thing.bounds[1] >= dates.before]
    return alive, [((t.bounds[1] - dates.before).days, (dates.end - t.bounds[1]).days >= _WATCHED) for t in alive]


def _survival(everything: Sequence[Thing], dates: Dates) -> Series:
    """Curves of what was in use at the first date, of each sort."""
    rows: list[tuple[str, int, float]] = []
    for sort in SORTS:
        there = [thing for thing in everything if thing.sort == sort and thing.bounds[0] <= dates.before]
        _, lasted = _alive(there, dates)
        rows += [(sort, days, share) for days, share in steps(lasted)] if lasted else []
    return Series(name="survival", columns=("sort", "days", "share"), rows=tuple(rows))


def _tied(came: Iterable[Thing], stood: Mapping[Thing, Status | None]) -> list[Thing]:
    """What came at an intrusion that also shows something from before."""
    old: set[str] = set().union(*(thing.intrusions for thing, what in stood.items() if what in ("went", "stayed")))
    return [thing for thing in came if not thing.intrusions.isdisjoint(old)]


def _quiet(observations: Iterable[Observation], dates: Dates) -> list[Counted]:
    """Intrusions that went quiet, and those that began."""
    seen: dict[str, list[Interval]] = defaultdict(list)
    for o in observations:
        if o.intrusion and o.seen.known and o.role in ("c2", "exfil", "hop", "tool"):
            seen[o.intrusion].append(o.seen)
    spans = {intrusion: span(times).bounds() for intrusion, times in sorted(seen.items())}
    quiet = tuple(i for i, (first, last) in spans.items() if first <= dates.before and last < dates.since)
    going = tuple(i for i, (first, last) in spans.items() if first <= dates.before and last >= dates.since)
    begun = tuple(i for i, (first, _) in spans.items() if first >= dates.since)
    return [
        Counted(id="drift_quiet", value=len(quiet), unit="intrusions", parts=quiet, note="nothing seen since"),
        Counted(id="drift_going_on", value=len(going), unit="intrusions", parts=going),
        Counted(id="drift_begun", value=len(begun), unit="intrusions", parts=begun),
    ]


def _watched(dates: Dates) -> Counted:
    return Counted(id="drift_watched", value=(dates.end - dates.since).days, unit="days", note="to the last sighting")


def _parts(some: Iterable[Thing]) -> tuple[str, ...]:
    return tuple(sorted({part for thing in some for part in thing.parts}))


def _sentence(stood: Mapping[Thing, Status | None], since: str, before: str | None) -> str:
    said = []
    for sort in SORTS:
        became = [what for thing, what in stood.items() if thing.sort == sort]
        old, went = sum(w in ("went", "stayed") for w in became), became.count("went")
        if old:
            said.append(f"{went} of {old} of its {sort} were not seen again and {became.count('came')} came")
    around = f"Since {since[:10]}" if not before else f"Between {before[:10]} and {since[:10]}"
    return f"{around}: {'; '.join(said)}."


def _rows(stood: Mapping[Thing, Status | None]) -> Iterable[tuple[str, ...]]:
    order = {"came": 0, "stayed": 1, "went": 2}
    shown = [(thing, what) for thing, what in stood.items() if what]
    for thing, what in sorted(shown, key=lambda x: (SORTS.index(x[0].sort), order.get(x[1], 3), x[0].value)):
        kind, value = thing.value
        yield (
            thing.sort, what, kind, value, (thing.seen.first or thing.seen.last or "")[:10],
            (thing.seen.last or thing.seen.first or "")[:10], str(len(thing.intrusions)),
        )  # fmt: skip


def _limits(observations: Iterable[Observation], dates: Dates) -> tuple[str, ...]:
    shown = (o for o in observations if o.intrusion and o.role != "registration" and o.seen.known)
    after = {o.intrusion for o in shown if o.seen.bounds()[1] >= dates.since}
    watched = (dates.end - dates.since).days
    return (
        f"{len(after)} intrusions show anything since then, over {watched} days: what is not there may be in use.",
        "What is known of after the dates comes from whoever still looks; a publication changes who does.",
    )
