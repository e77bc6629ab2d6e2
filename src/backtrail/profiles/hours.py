"""When operators work: sessions of people at a keyboard, and the offset from UTC that explains them best.

Rules TZ-1 to TZ-9 of tradecraft. A session is what one client does within an hour; days are compared with office hours
with a break at noon and a weekend, over all offsets, half hours too. Other explanations are weighed beside it: any hour
alike, the victims' working hours, the hours at which the sensor saw anybody. The answer is a distribution over offsets;
it says where a working day would be usual, never which country. One source (log-ins) is not mixed with another (compile
times): where both point to the same hours, two things do that do not depend on one another.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from backtrail.model.profile import Counted, Profile, Series
from backtrail.profiles import workday
from backtrail.profiles.workday import TEMPLATES, posterior

_LEAST = (100, 30, 90)
"""Sessions, different days, and days from first to last, from which anything is said (rule TZ-3)."""

_EACH_SEASON = 50
"""Sessions of summer and of winter from which daylight saving is asked for."""

_SENSOR = 100
"""Moments of others from which the hours of a sensor are known."""

_SESSION = 3_600.0
"""Seconds without activity of a client after which the next is a session of its own."""

_POOR = 0.3
"""Bits a session over any hour alike below which office hours explain too little to be called a fit."""

_BAND = 0.95

_IDS = {"log-ins": ("hours", "rdp"), "compile times": ("compile", "compile")}
"""What ids of numbers begin with, by source: of sessions, and of shares."""

_UNITS = {"log-ins": "sessions", "compile times": "compile times, of each family an hour or more apart"}
"""What is counted, by source: a session is what follows an hour without any."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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


class Others(Struct, frozen=True, kw_only=True):
    """What else might explain when somebody works.

    Attributes:
        victims: Offsets of the victims' offices, each with how many there are.
        sensor: Moments at which the sensor saw anybody else.
    """

    victims: Mapping[float, float] = {}
    sensor: Sequence[float] = ()


def hours(
    group: str,
    source: str,
    logins: Iterable[Login],
    excluded: Sequence[str] = (),
    as_of: str | None = None,
    others: Others | None = None,
) -> Profile:
    """When the people of a group work.

    Args:
        group: Its id.
        source: What the moments are: `log-ins`, `compile times`.
        logins: The moments, by a clock that can be trusted.
        excluded: Places of moments left out, since their clock or zone is not known, or for another reason.
        as_of: The moment up to which was looked, for the record.
        others: What else might explain them.
    """
    others = others or Others()
    moments = sorted(set(logins))
    kept = sessions(moments)
    limits = (f"{len(excluded)} moments are left out: their clock or zone is not to be trusted.",) if excluded else ()
    if short := _short(kept, _UNITS[source]):
        sentence = f"Too few {source} for a statement on working hours: {', '.join(short)}."
        return Profile(kind="hours", group=group, finding=sentence, enough=False, limits=limits, as_of=as_of)
    weights = posterior([s.at for s in kept])
    best = max(weights, key=lambda offset: (weights[offset], -abs(offset)))
    band = _narrowest(weights)
    named, shares = _IDS[source]
    told, nulls = _shares(moments, best, shares), _nulls(kept, best, others, named)
    numbers = (*_offsets(kept, weights, best, band, named), *told, *nulls, _left_out(named, excluded))
    return Profile(
        kind="hours",
        group=group,
        finding=_sentence(source, len(kept), best, band, told) + _poor(float(nulls[0].value)),
        enough=True,
        numbers=numbers,
        columns=("UTC", *_DAYS),
        rows=_heat(kept),
        series=(Series(name="posterior", columns=("offset", "probability"), rows=tuple(weights.items())),),
        limits=(
            *limits,
            *_unexplained(others, source),
            "Hours speak of where a working day would be usual, not of a country; they link no intrusions.",
        ),
        as_of=as_of,
    )


def _left_out(named: str, excluded: Sequence[str]) -> Counted:
    told = "clock or zone not to be trusted"
    return Counted(
        id=f"{named}_excluded", value=len(excluded), unit="moments", parts=tuple(sorted(excluded)), note=told
    )


def _short(kept: Sequence[Login], unit: str) -> list[str]:
    """What is missing for a statement."""
    days = {int(s.at // 86400) for s in kept}
    span = (max(days) - min(days)) if days else 0
    have = zip((len(kept), len(days), span), _LEAST, (unit, "different days", "days from first to last"), strict=True)
    return [f"{there} of {need} {what}" for there, need, what in have if there < need]


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


def _narrowest(weights: Mapping[float, float]) -> list[float]:
    """Offsets that together hold most of the posterior, likeliest first."""
    taken: list[float] = []
    held = 0.0
    for offset, weight in sorted(weights.items(), key=lambda item: (-item[1], item[0])):
        taken.append(offset)
        held += weight
        if held >= _BAND:
            break
    return taken


def _offsets(
    kept: Sequence[Login], weights: Mapping[float, float], best: float, band: Sequence[float], named: str
) -> list[Counted]:
    """Sessions, the likeliest offset, and what it would be with other ideas of an office."""
    parts = tuple(s.place for s in kept)
    others = [posterior([s.at for s in kept], template) for template in TEMPLATES]
    bands = [offset for one in others for offset in _narrowest(one)]
    likeliest = max(others[0], key=lambda offset: sum(one[offset] for one in others))
    names = "; ".join(template.name for template in TEMPLATES)
    return [
        Counted(id=f"{named}_sessions", value=len(kept), unit="sessions", parts=parts),
        Counted(id=f"{named}_offset", value=best, unit="hours from UTC", parts=parts, low=min(band), high=max(band),
                note=f"{_BAND:.0%} of the posterior"),
        Counted(id=f"{named}_offset_templates", value=likeliest, unit="hours from UTC", parts=parts, low=min(bands),
                high=max(bands), note=f"over ideas of an office: {names}"),
        Counted(id=f"{named}_offset_probability", value=round(weights[best], 4), unit="probability", parts=parts),
    ]  # fmt: skip


def _shares(moments: Sequence[Login], best: float, named: str) -> list[Counted]:
    """Shares of all moments by the clock of the likeliest offset."""
    said = "of all, at that offset"
    parts = tuple(one.place for one in moments)
    return [
        Counted(id=f"{named}_{id}", value=round(_share(moments, best, of), 4), unit="share", parts=parts, note=said)
        for id, of in (
            ("weekday_share", lambda d: d.weekday() < 5),
            ("8_12_14_18_share", lambda d: 8 <= d.hour < 12 or 14 <= d.hour < 18),
            ("19_22_share", lambda d: 19 <= d.hour < 22),
        )
    ]


def _share(kept: Sequence[Login], offset: float, of: Callable[[datetime], bool]) -> float:
    return sum(of(_moment(s.at, offset)) for s in kept) / len(kept)


def _nulls(kept: Sequence[Login], best: float, others: Others, named: str) -> list[Counted]:
    """Bits a session against other explanations, and daylight saving; what cannot be asked is left out."""
    at = [s.at for s in kept]
    parts = tuple(s.place for s in kept)
    explained = {"bits": (workday.any_hour(), "any hour")}
    if others.victims:
        explained["bits_victims"] = (workday.of_offices(others.victims), "the victims' working hours")
    if len(others.sensor) >= _SENSOR:
        explained["bits_sensor"] = (workday.of_sensor(others.sensor), "the hours at which the sensor saw others")
    found = []
    for id, (model, what) in explained.items():
        value, unit = round(workday.bits(at, best, model), 2), f"bits a session against {what}"
        found.append(Counted(id=f"{named}_{id}", value=value, unit=unit, parts=parts))
    if min(map(len, workday.seasons(at))) >= _EACH_SEASON:
        saved = workday.daylight_saving(at)
        likeliest = max(saved, key=lambda name: saved[name])
        said = ", ".join(f"{name} {share:.0%}" for name, share in saved.items())
        unit = "change of clocks"
        found.append(Counted(id=f"{named}_daylight_saving", value=likeliest, unit=unit, parts=parts, note=said))
    return found


def _unexplained(others: Others, source: str) -> list[str]:
    """Explanations that could not be weighed."""
    missing = []
    if not others.victims:
        missing.append("the victims' working hours (their countries are not known)")
    if source == "log-ins" and len(others.sensor) < _SENSOR:
        missing.append(f"the sensor's own hours ({len(others.sensor)} of {_SENSOR} moments of others)")
    return [f"Not weighed against {' or '.join(missing)}."] if missing else []


def _zone(offset: float) -> str:
    sign, whole = ("-" if offset < 0 else "+"), abs(offset)
    return f"UTC{sign}{int(whole)}" + (":30" if whole % 1 else "")


def _sentence(source: str, count: int, best: float, band: Sequence[float], told: Sequence[Counted]) -> str:
    zones = _zone(best) if len(band) == 1 else f"{_zone(best)} (95 %: {_zone(min(band))} to {_zone(max(band))})"
    weekdays, office = (float(one.value) for one in told[:2])
    return (
        f"{count} sessions ({source}) fit office hours best at {zones}: there {weekdays:.1%} are on "
        f"weekdays and {office:.1%} at 08-12 or 14-18."
    )


def _poor(gained: float) -> str:
    """A warning where an office explains the hours hardly better than no hours at all."""
    if gained >= _POOR:
        return ""
    return " That is a poor fit, hardly better than any hour alike: the offset then says nothing."


def _heat(kept: Sequence[Login]) -> tuple[tuple[str, ...], ...]:
    """Sessions by hour and day of the week, in UTC."""
    counted = Counter((m.hour, m.weekday()) for s in kept for m in [_moment(s.at, 0.0)])
    return tuple((f"{hour:02d}", *(str(counted[hour, day] or "") for day in range(7))) for hour in range(24))
