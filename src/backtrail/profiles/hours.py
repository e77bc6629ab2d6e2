"""When operators work: sessions of people at a keyboard, and the offset from UTC that explains them best.

Rules TZ-1 to TZ-9 of tradecraft. A session is what one client does within an hour; days are compared with office hours
with a break at noon and a weekend, over all offsets, half hours too, and with people who work round the clock. The
answer is a distribution over offsets; it says where a working day would be usual, never which country. One source
(log-ins) is not mixed with another (compile times).
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from backtrail.model.profile import Counted, Profile

_LEAST = (100, 30, 90)
"""Sessions, different days, and days from first to last, from which anything is said (rule TZ-3)."""

_SESSION = 3_600.0
"""Seconds without activity of a client after which the next is a session of its own."""

_OFFSETS = tuple(half / 2 for half in range(-24, 29))

_NIGHT, _EDGE, _WORK, _NOON, _EVENING = 0.15, 0.8, 3.0, 1.2, 0.9
_WEEKEND = 0.15
"""Activity of an office by hour, against an even day, and at weekends against weekdays; guesses, not fitted to
any group; how far the posterior depends on them has not been measured."""

_BAND = 0.95


class Login(Struct, frozen=True, order=True):
    """A person at a keyboard.

    Attributes:
        at: Seconds since 1970 UTC.
        who: Client address, or whatever tells one from another.
        place: Where it is in the evidence.
    """

    at: float
    who: str
    place: str


def hours(group: str, source: str, logins: Iterable[Login], excluded: int = 0, as_of: str | None = None) -> Profile:
    """When the people of a group work.

    Args:
        group: Its id.
        source: What the moments are: `log-ins`, `compile times`.
        logins: The moments, by a clock that can be trusted.
        excluded: Moments left out, since their clock or zone is not known.
        as_of: The moment up to which was looked, for the record.
    """
    moments = sorted(set(logins))
    kept = sessions(moments)
    days = {int(s.at // 86400) for s in kept}
    span = (max(days) - min(days)) if days else 0
    short = [f"{have} of {need} {what}" for have, need, what in zip(
        (len(kept), len(days), span), _LEAST, ("sessions", "different days", "days from first to last"), strict=True
    ) if have < need]  # fmt: skip
    limits = (f"{excluded} moments are left out: their clock or zone is not known.",) if excluded else ()
    if short:
        sentence = f"Too few {source} for a statement on working hours: {', '.join(short)}."
        return Profile(kind="hours", group=group, finding=sentence, enough=False, limits=limits, as_of=as_of)
    weights = posterior([s.at for s in kept])
    best = max(weights, key=lambda offset: (weights[offset], -abs(offset)))
    band = _narrowest(weights)
    bits = against_any_hour([s.at for s in kept], best)
    parts = tuple(s.place for s in kept)
    numbers = (
        Counted(id="hours_sessions", value=len(kept), unit="sessions", parts=parts),
        Counted(id="hours_offset", value=best, unit="hours from UTC", parts=parts, low=min(band), high=max(band),
                note=f"{_BAND:.0%} of the posterior"),
        *_shares(moments, best),
        Counted(id="hours_bits", value=round(bits, 1), unit="bits a session against any hour"),
    )  # fmt: skip
    return Profile(
        kind="hours",
        group=group,
        finding=_sentence(source, len(kept), best, band, numbers[2].value, numbers[3].value),
        enough=True,
        numbers=numbers,
        columns=("UTC", *_DAYS),
        rows=_heat(kept),
        limits=(
            *limits,
            "Hours speak of where a working day would be usual, not of a country; they link no intrusions.",
        ),
        as_of=as_of,
    )


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def sessions(logins: Iterable[Login]) -> list[Login]:
    """The first moment of each session; the same log-in in two logs, seconds apart, is one (rule TZ-2)."""
    last: dict[str, float] = {}
    kept = []
    for login in sorted(set(logins)):
        if login.at - last.get(login.who, -math.inf) > _SESSION:
            kept.append(login)
        last[login.who] = login.at
    return kept


def _moment(at: float, offset: float) -> datetime:
    return datetime.fromtimestamp(at, UTC) + timedelta(hours=offset)


def _office(moment: datetime) -> float:
    """How usual an hour of the week is in an office, unnormalised."""
    hour = moment.hour
    if 8 <= hour < 12 or 14 <= hour < 18:
        level = _WORK
    elif 12 <= hour < 14:
        level = _NOON
    elif hour in (7, 18):
        level = _EDGE
    elif 19 <= hour < 22:
        level = _EVENING
    else:
        level = _NIGHT
    return level * (_WEEKEND if moment.weekday() >= 5 else 1.0)


def _total() -> float:
    start = datetime(2012, 4, 2, tzinfo=UTC)
    return sum(_office(start + timedelta(hours=h)) for h in range(168))


_MASS = _total()


def posterior(moments: Sequence[float]) -> dict[float, float]:
    """Probability of each offset from UTC, all being equally likely before."""
    hourly = Counter(int(at // 1800) for at in moments)
    scores = {
        offset: math.fsum(n * math.log(_office(_moment(half * 1800.0, offset)) / _MASS) for half, n in hourly.items())
        for offset in _OFFSETS
    }
    top = max(scores.values())
    weights = {offset: math.exp(score - top) for offset, score in scores.items()}
    total = math.fsum(weights.values())
    return {offset: weight / total for offset, weight in weights.items()}


def against_any_hour(moments: Sequence[float], offset: float) -> float:
    """Bits for each session by which office hours explain it better than no hours at all (rule TZ-5)."""
    return math.fsum(math.log2(_office(_moment(at, offset)) / _MASS * 168) for at in moments) / max(len(moments), 1)


def _narrowest(weights: dict[float, float]) -> list[float]:
    """Offsets that together hold most of the posterior, likeliest first."""
    taken: list[float] = []
    held = 0.0
    for offset, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        taken.append(offset)
        held += weight
        if held >= _BAND:
            break
    return taken


def _shares(moments: Sequence[Login], best: float) -> tuple[Counted, ...]:
    """Shares of all moments by the clock of the likeliest offset."""
    said = "of all, at that offset"
    return tuple(
        Counted(id=id, value=round(_share(moments, best, of), 4), unit="share", note=said)
        for id, of in (
            ("rdp_weekday_share", lambda d: d.weekday() < 5),
            ("rdp_8_12_14_18_share", lambda d: 8 <= d.hour < 12 or 14 <= d.hour < 18),
            ("rdp_19_22_share", lambda d: 19 <= d.hour < 22),
        )
    )


def _share(kept: Sequence[Login], offset: float, of: Callable[[datetime], bool]) -> float:
    return sum(of(_moment(s.at, offset)) for s in kept) / len(kept)


def _zone(offset: float) -> str:
    sign, whole = ("-" if offset < 0 else "+"), abs(offset)
    return f"UTC{sign}{int(whole)}" + (":30" if whole % 1 else "")


def _sentence(source: str, count: int, best: float, band: list[float], weekdays: object, office: object) -> str:
    zones = _zone(best) if len(band) == 1 else f"{_zone(best)} (95 %: {_zone(min(band))} to {_zone(max(band))})"
    return (
        f"{count} sessions ({source}) fit office hours best at {zones}: there {float(str(weekdays)):.1%} are on "
        f"weekdays and {float(str(office)):.1%} at 08-12 or 14-18."
    )


def _heat(kept: Sequence[Login]) -> tuple[tuple[str, ...], ...]:
    """Sessions by hour and day of the week, in UTC."""
    cells = Counter((m.hour, m.weekday()) for s in kept for m in [_moment(s.at, 0.0)])
    return tuple((f"{hour:02d}", *(str(cells[hour, day] or "") for day in range(7))) for hour in range(24))
