"""One side of a comparison, prepared once and compared with many: what it holds, when, and who says so."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.observation import Observation
from backtrail.model.times import Interval

Value = tuple[str, str]
"""Kind and canonical value."""

_DAY = 86400.0


def links(o: Observation) -> bool:
    """Whether an observation can link: what is the victim's or a defender's cannot."""
    return o.role not in ("victim-asset", "sinkhole")


class Span(Struct, frozen=True, order=True):
    """An interval with its bounds in seconds since 1970."""

    start: float
    end: float
    interval: Interval


class Held(Struct, frozen=True):
    """A value as one side holds it.

    Attributes:
        spans: When it was seen; intervals that meet are one. Empty when no time is known.
        reliability: Of the best source.
        ids: Observations.
    """

    spans: tuple[Span, ...]
    reliability: str
    ids: tuple[str, ...]


class Side(Struct, frozen=True, kw_only=True, dict=True):
    """One intrusion in a comparison.

    Attributes:
        id: The intrusion.
        observations: Its observations; those of values nobody else holds may be left out.
        interval: When it was active: stands in for observations without a time of their own.
        collected: Families in which anything was observed; None when that was not looked up.
        searched: What a search of its logs for the findings of the case found, by family.
    """

    id: str
    observations: tuple[Observation, ...]
    interval: Interval = Interval()
    collected: frozenset[str] | None = None
    searched: Mapping[str, tuple[Observation, ...]] = {}

    @cached_property
    def by_value(self) -> dict[Value, Held]:
        """What can link, by kind and value."""
        grouped: dict[Value, list[Observation]] = defaultdict(list)
        for o in self.observations:
            if links(o):
                grouped[o.kind, o.value].append(o)
        return {value: self._held(some) for value, some in grouped.items()}

    def of_kind(self, kind: str) -> dict[str, Held]:
        """Values of a kind that the side holds."""
        return self._by_kind.get(kind, {})

    @cached_property
    def _by_kind(self) -> dict[str, dict[str, Held]]:
        found: dict[str, dict[str, Held]] = defaultdict(dict)
        for (kind, value), held in self.by_value.items():
            found[kind][value] = held
        return found

    @cached_property
    def in_logs(self) -> dict[str, Held]:
        """What a search of its logs found of each family, as one value that it held from first to last."""
        held = {family: self._held(some) for family, some in self.searched.items()}
        return {family: replace(one, spans=_whole(one.spans)) for family, one in held.items()}

    def _held(self, some: Iterable[Observation]) -> Held:
        times = {o.seen if o.seen.known else self.interval for o in some}
        return Held(
            spans=_spans(time for time in times if time.known),
            reliability=min(o.source.grade.reliability for o in some),
            ids=tuple(sorted({o.id for o in some})),
        )


def _spans(times: Iterable[Interval]) -> tuple[Span, ...]:
    """Intervals in order, those that meet put together."""
    spans: list[Span] = []
    for start, end, time in sorted(map(_timed, times), key=lambda t: (t[0], t[1], str(t[2]))):
        if spans and start <= spans[-1].end:
            last = spans[-1]
            if end > last.end:
                spans[-1] = Span(last.start, end, Interval(last.interval.first, time.last or time.first))
        else:
            spans.append(Span(start, end, time))
    return tuple(spans)


def _whole(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """One span from the first to the last of some in order; none of none."""
    if len(spans) < 2:
        return spans
    first, last = spans[0], max(spans, key=lambda span: span.end)
    ends = Interval(first.interval.first or first.interval.last, last.interval.last or last.interval.first)
    return (Span(first.start, last.end, ends),)


def _timed(time: Interval) -> tuple[float, float, Interval]:
    first, last = time.bounds()
    return first.timestamp(), last.timestamp(), time


def closest(left: Held, right: Held) -> tuple[tuple[Interval, Interval], float | None]:
    """The two sightings nearest in time, and the days between them; None for a gap that is not known."""
    if not left.spans or not right.spans:
        return (_first(left), _first(right)), None
    best = min(
        ((max(y.start - x.end, x.start - y.end, 0.0), x, y) for x in left.spans for y in right.spans),
        key=lambda found: found[0],
    )
    return (best[1].interval, best[2].interval), best[0] / _DAY


def _first(held: Held) -> Interval:
    return held.spans[0].interval if held.spans else Interval()
