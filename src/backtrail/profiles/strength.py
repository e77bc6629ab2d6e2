"""How many operators work at once: sessions on the hops that overlap, of which one person holds one.

An address stands for a person only while it is logged in: the same one may come from another address tomorrow, and two
may share one. What overlaps is a lower bound under that assumption; no head count is said.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy
from msgspec import Struct

from backtrail.model.profile import Counted, Profile
from backtrail.profiles.trace import HopLogin

_LEAST = (100, 30)
"""Sessions, and sessions whose end was seen, from which anything is said."""

_LONGEST = 86_400.0
"""Seconds after which a log-off is not of that log-in."""

_BOOTSTRAP = 200


class Session(Struct, frozen=True, order=True):
    """Somebody at a hop.

    Attributes:
        start: Seconds since 1970.
        end: When the session ended; infinite where nobody saw it.
        client: Address it came from.
        server: The hop.
        layout: Keyboard layout, where the log shows it.
        place: Where in the evidence.
    """

    start: float
    end: float
    client: str
    server: str
    layout: str = ""
    place: str = ""


def paired(came: Iterable[HopLogin], left: Iterable[HopLogin]) -> list[Session]:
    """Sessions: each log-in with the first log-off of the same client at the same hop before it comes again."""
    going: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in left:
        going[one.client, one.server].append(one.at)
    coming: dict[tuple[str, str], list[HopLogin]] = defaultdict(list)
    for one in came:
        coming[one.client, one.server].append(one)
    found = []
    for key, logins in coming.items():
        ends = sorted(going[key])
        logins.sort()
        for login, after in zip(logins, [*(x.at for x in logins[1:]), math.inf], strict=True):
            until = min(after, login.at + _LONGEST)
            end = next((end for end in ends if login.at < end <= until), math.inf)
            found.append(Session(login.at, end, login.client, login.server, login.layout, login.place))
    return sorted(found)


def peaks(sessions: Iterable[tuple[float, float, str]]) -> dict[int, int]:
    """The most that were there at once on each day (days since 1970, UTC); one that comes twice at once is one.

    Args:
        sessions: Start, end, and who.
    """
    events = [(at, change, who) for start, end, who in sessions for at, change in ((start, 1), (end, -1))]
    here: dict[str, int] = defaultdict(int)
    there = 0
    found: dict[int, int] = defaultdict(int)
    for at, change, who in sorted(events):
        before = here[who]
        here[who] += change
        there += (here[who] > 0) - (before > 0)
        day = int(at // 86_400)
        found[day] = max(found[day], there)
    return {day: most for day, most in found.items() if most}


def strength(
    group: str, sessions: Sequence[Session], seed: int, excluded: Sequence[str] = (), as_of: str | None = None
) -> Profile:
    """How many operators work at once.

    Args:
        group: Its id.
        sessions: Sessions at its hops, by clocks that can be trusted.
        seed: For the bootstrap.
        excluded: Places of log-ins left out, since their clock is not known.
        as_of: The moment up to which was looked, for the record.
    """
    ended = [one for one in sessions if one.end < math.inf]
    limits = (f"{len(excluded)} log-ins are left out: their clock is not known.",) if excluded else ()
    if len(sessions) < _LEAST[0] or len(ended) < _LEAST[1]:
        sentence = (
            f"{len(sessions)} sessions, {len(ended)} of them with an end; {_LEAST[0]} and {_LEAST[1]} are needed to "
            f"say how many work at once."
        )
        return Profile(kind="strength", group=group, finding=sentence, enough=False, limits=limits, as_of=as_of)
    seen = peaks((one.start, one.end, one.client) for one in ended)
    keyboards = peaks((one.start, one.end, one.layout) for one in ended if one.layout)
    busiest = max(seen.values())
    typical, most = _drawn(sessions, [one.end - one.start for one in ended], seed)
    numbers = _numbers(sessions, ended, busiest, max(keyboards.values(), default=0), typical, most)
    return Profile(
        kind="strength",
        group=group,
        finding=_sentence(busiest, typical, most, len(sessions), len(ended)),
        enough=True,
        numbers=numbers,
        columns=("at once", "days"),
        rows=_rows(seen),
        limits=(
            *limits,
            f"Of {len(sessions) - len(ended)} sessions no end was seen; they get lengths of others, drawn at random.",
            "Taken for granted: who is logged in holds one address at a time, and no session was left open by mistake.",
            "Who works elsewhere, or not through these hops, is not counted: it is no head count.",
        ),
        as_of=as_of,
    )


def _drawn(
    sessions: Sequence[Session], lengths: Sequence[float], seed: int
) -> tuple[tuple[float, float, float], tuple[float, float]]:
    """Median of the days' peaks with its interval, and the interval of the busiest day (percentile bootstrap).

    In each sample, sessions without an end get a length of those with one, and days are drawn again.
    """
    chance = numpy.random.default_rng(seed)
    medians, highest = [], []
    for _ in range(_BOOTSTRAP):
        given = iter(chance.choice(numpy.asarray(lengths), size=len(sessions)))
        filled = [(s.start, s.end if s.end < math.inf else s.start + float(next(given)), s.client) for s in sessions]
        days = numpy.asarray(list(peaks(filled).values()))
        again = chance.choice(days, size=len(days))
        medians.append(float(numpy.median(again)))
        highest.append(float(again.max()))
    low, middle, high = numpy.percentile(medians, (2.5, 50, 97.5))
    return (float(middle), float(low), float(high)), tuple(numpy.percentile(highest, (2.5, 97.5)).tolist())


def _numbers(
    sessions: Sequence[Session],
    ended: Sequence[Session],
    busiest: int,
    keyboards: int,
    typical: tuple[float, float, float],
    most: tuple[float, float],
) -> tuple[Counted, ...]:
    parts = tuple(one.place for one in sessions)
    of_ended = tuple(one.place for one in ended)
    minutes = sorted((one.end - one.start) / 60 for one in ended)
    return (
        Counted(id="operators_at_once", value=busiest, unit="operators", parts=of_ended, low=float(busiest),
                high=max(most[1], float(busiest)), note="at least; high: with unseen ends drawn, 95 % by bootstrap"),
        Counted(id="operators_typical", value=typical[0], unit="operators", parts=parts, low=typical[1],
                high=typical[2], note="median of the days' peaks, 95 % by bootstrap"),
        Counted(id="keyboards_at_once", value=keyboards, unit="keyboard layouts", parts=of_ended, note="at least"),
        Counted(id="session_median", value=round(minutes[len(minutes) // 2]), unit="minutes", parts=of_ended),
        Counted(id="sessions_ended", value=len(ended), unit="sessions", parts=of_ended),
        Counted(id="sessions_open", value=len(sessions) - len(ended), unit="sessions", note="no end was seen",
                parts=tuple(one.place for one in sessions if one.end == math.inf)),
    )  # fmt: skip


def _sentence(
    busiest: int, typical: tuple[float, float, float], most: tuple[float, float], count: int, ended: int
) -> str:
    return (
        f"At least {busiest} operators were at work at once, on the busiest day; on half of the days at least "
        f"{typical[0]:g} ({typical[1]:g} to {typical[2]:g}). With unseen ends filled in the busiest day has up to "
        f"{most[1]:g}. {count} sessions, {ended} with an end."
    )


def _rows(seen: dict[int, int]) -> tuple[tuple[str, ...], ...]:
    days: dict[int, int] = defaultdict(int)
    for most in seen.values():
        days[most] += 1
    return tuple((str(most), str(count)) for most, count in sorted(days.items()))
