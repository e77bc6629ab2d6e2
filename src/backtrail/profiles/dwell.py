"""How long the adversary stayed: first to last activity, with both ends open where nobody could see them.

Stays that may go on, or that may have begun before the logs did, are longer than what was seen. The median comes from
the Kaplan-Meier estimate (Kaplan and Meier, *JASA* 53, 1958), in which they count as what they are: at least so long.
A mean over the closed ones alone is too short; it is given beside it, labelled, since earlier reports printed it.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

import numpy

from backtrail.model.profile import Counted, Profile, Series, Stay
from backtrail.model.times import earliest, latest
from backtrail.profiles.quarters import busy
from backtrail.profiles.survival import quantile, steps

_LEAST = 5
"""Stays with a known span from which anything is said of their length."""

_BOOTSTRAP = 1_000
_QUIET = 90
"""Days without activity after which what comes is a visit of its own."""


def dwell(group: str, stays: Sequence[Stay], seed: int, as_of: str | None = None) -> Profile:
    """How long a group stays in a network.

    Args:
        group: Its id.
        stays: What is known of each of its intrusions, as of the same moment.
        seed: For the bootstrap.
        as_of: The moment, for the record.
    """
    spans = [(stay, days) for stay in stays if (days := _days(stay)) is not None]
    if len(spans) < _LEAST:
        sentence = (
            f"{len(spans)} intrusions have dated activity; at least {_LEAST} are needed to say how long it stays."
        )
        return Profile(kind="dwell", group=group, finding=sentence, enough=False, as_of=as_of)
    closed = [(stay, days) for stay, days in spans if not stay.open_start and not stay.open_end]
    known = [(days, not (stay.open_start or stay.open_end)) for stay, days in spans]
    half = quantile(known, 0.5)
    low, high = _interval(known, seed)
    longest = max(spans, key=lambda pair: (pair[1], pair[0].intrusion))
    numbers = [
        Counted(id="dwell_median", value=half if half is not None else "not reached", unit="days",
                parts=_ids(spans), low=low, high=high, note="Kaplan-Meier, 95 % by bootstrap"),
        *(Counted(id=f"dwell_q{name}", value=v, unit="days", parts=_ids(spans))
          for name, q in (("25", 0.25), ("75", 0.75)) if (v := quantile(known, q)) is not None),
        Counted(id="dwell_intrusions", value=len(spans), unit="intrusions", parts=_ids(spans)),
        Counted(id="dwell_n", value=len(closed), unit="organizations", parts=_ids(closed), note="both ends known"),
        Counted(id="dwell_max", value=longest[1], unit="days", parts=(longest[0].intrusion,), note="at least"),
    ]  # fmt: skip
    if closed:
        mean = sum(days for _, days in closed) / len(closed)
        note = "closed stays only, so too short"
        numbers.append(Counted(id="dwell_mean", value=round(mean, 1), unit="days", parts=_ids(closed), note=note))
    quarters, numbers_of_quarters = busy([stay for stay, _ in spans])
    numbers += numbers_of_quarters
    numbers += _visits([stay for stay, _ in spans])
    numbers += _unseen(stays, spans)
    return Profile(
        kind="dwell",
        group=group,
        finding=_sentence(half, low, high, len(spans), len(closed), longest[1]),
        enough=True,
        numbers=tuple(numbers),
        columns=("intrusion", "first", "last", "days", "begin", "end", "visits"),
        rows=tuple(_row(stay, days) for stay, days in sorted(spans, key=lambda pair: (-pair[1], pair[0].intrusion))),
        limits=_limits(stays, spans),
        as_of=as_of,
        series=(*_series(known), quarters),
    )


def _series(known: Sequence[tuple[int, bool]]) -> tuple[Series, ...]:
    """The curve of Kaplan and Meier, and the lengths of stays that may have been longer."""
    open_ones = sorted(days for days, ended in known if not ended)
    return (
        Series(name="survival", columns=("days", "share"), rows=steps(known)),
        Series(name="open", columns=("days",), rows=tuple((days,) for days in open_ones)),
    )


def _days(stay: Stay) -> int | None:
    """Days between the dates of first and last activity."""
    span = stay.span
    if span.first is None or span.last is None:
        return None
    return (latest(span.last).date() - earliest(span.first).date()).days


def episodes(stay: Stay) -> list[tuple[datetime, datetime]]:
    """Stretches of activity with long silence between."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(o.seen.bounds() for o in stay.activity if o.seen.known):
        if found and (start - found[-1][1]).days < _QUIET:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _interval(stays: Sequence[tuple[int, bool]], seed: int) -> tuple[float | None, float | None]:
    """95 % of medians of samples drawn again; an end that is not reached is open."""
    drawn = numpy.random.default_rng(seed).integers(0, len(stays), size=(_BOOTSTRAP, len(stays)))
    medians = [quantile([stays[i] for i in row], 0.5) for row in drawn]
    ordered = sorted(float("inf") if m is None else float(m) for m in medians)
    low, high = ordered[int(0.025 * _BOOTSTRAP)], ordered[int(0.975 * _BOOTSTRAP)]
    return (None if low == float("inf") else low), (None if high == float("inf") else high)


def _visits(stays: Sequence[Stay]) -> list[Counted]:
    """Who was left for three months and come back to, and how long it was quiet in between."""
    visits = {stay.intrusion: found for stay in stays if len(found := episodes(stay)) > 1}
    gaps = sorted((after[0] - before[1]).days for found in visits.values() for before, after in pairwise(found))
    ids = tuple(sorted(visits))
    again = Counted(id="dwell_revisited", value=len(visits), unit="organizations", parts=ids, note="at least")
    if not gaps:
        return [again]
    return [
        again,
        Counted(id="dwell_visits", value=len(gaps) + len(visits), unit="visits", parts=ids, note="of those revisited"),
        Counted(id="dwell_gap_median", value=median(gaps), unit="days", parts=ids, low=gaps[0], high=gaps[-1],
                note="quiet between visits; from the shortest to the longest"),
    ]  # fmt: skip


def _unseen(stays: Sequence[Stay], spans: Sequence[tuple[Stay, int]]) -> list[Counted]:
    """Stays that may have been longer, and intrusions of which nothing is dated."""
    dated = {stay.intrusion for stay, _ in spans}
    missing = (
        (
            "dwell_open_start",
            [stay.intrusion for stay, _ in spans if stay.open_start],
            "may have begun before their logs",
        ),
        ("dwell_open_end", [stay.intrusion for stay, _ in spans if stay.open_end], "may go on"),
        ("dwell_undated", [stay.intrusion for stay in stays if stay.intrusion not in dated], "no dated activity"),
    )
    return [
        Counted(id=id, value=len(ids), unit="intrusions", parts=tuple(sorted(ids)), note=note)
        for id, ids, note in missing
    ]


def _ids(pairs: Sequence[tuple[Stay, object]]) -> tuple[str, ...]:
    return tuple(sorted(stay.intrusion for stay, _ in pairs))


def _sentence(median: int | None, low: float | None, high: float | None, count: int, closed: int, longest: int) -> str:
    half = f"Half of its stays last {median} days or more"
    if median is None:
        half = "Half of its stays had not ended when last seen"
    between = f" (95 %: {low:.0f} to {'open' if high is None else f'{high:.0f}'})" if low is not None else ""
    return (
        f"{half}{between}, of {count} with dated activity, {closed} of them with both ends known; "
        f"the longest at least {longest} days."
    )


def _row(stay: Stay, days: int) -> tuple[str, ...]:
    span = stay.span
    return (
        stay.intrusion, (span.first or "")[:10], (span.last or "")[:10], str(days),
        "open" if stay.open_start else "seen", "open" if stay.open_end else "seen", str(len(episodes(stay))),
    )  # fmt: skip


def _limits(stays: Sequence[Stay], spans: Sequence[tuple[Stay, int]]) -> tuple[str, ...]:
    undated = len(stays) - len(spans)
    open_start, open_end = (sum(getattr(s, f) for s, _ in spans) for f in ("open_start", "open_end"))
    limits = [
        f"{open_start} stays may have begun before their logs, {open_end} may go on: they count as at least so long."
    ]
    if undated:
        limits.append(f"{undated} intrusions have no dated activity.")
    limits.append(
        f"A visit is over after {_QUIET} quiet days; a name or file seen before and after hides the quiet between."
    )
    return tuple(limits)
