"""Whose a group's domains are: registered by it, names that somebody gives to anybody, or sites it broke into.

Each is told with its reasons. A zone that nobody's registration in the evidence speaks of stays unknown.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Literal

from msgspec import Struct

from backtrail.model.profile import Counted, Profile
from backtrail.model.words import number
from backtrail.profiles.control import DAY, Control, Pointed, Registration

Class = Literal["registered", "third-party", "hijacked", "unknown"]

_OLD = 3 * 365 * DAY
"""Age at first use from which a domain was hardly registered for it."""

_MISSPELT = 2
"""Letters by which two spellings of one name differ at most; shorter names must be the same."""

_LONG = 8

_STATE = 2
"""Letters of what stands for a state or province after a city."""

_POSTAL = re.compile(r"[\s,]*[A-Z]{0,2}[\s-]?\d{4,10}$")

THEMES: Mapping[str, tuple[str, ...]] = {
    "news": (
        "news", "daily", "headline", "herald", "gazette", "press", "times", "courier", "journal", "media", "report",
        "wire", "post", "tribune", "cnn", "reuters", "bulletin", "magazine", "editor", "weekly", "today", "express",
        "radio", "broadcast", "paper", "reader", "rss", "sport",
    ),
    "technology": (
        "soft", "tech", "update", "patch", "kernel", "codec", "digital", "server", "hosting", "web", "mail", "micro",
        "comput", "system", "virus", "secur", "data", "firefox", "java", "yahoo", "google", "msn", "aol", "apple",
        "adobe", "cloud", "code", "program", "driver", "download", "portal", "host", "cyber", "bridge", "network",
        "mcafee", "symantec", "norton", "intel", "cisco", "bluecoat", "blackberry", "oracle", "excel", "owa", "support",
    ),
    "business": (
        "business", "trade", "trading", "invest", "market", "holding", "commerce", "consult", "finance", "bank",
        "company", "corp", "economic", "industr", "capital", "fund", "insur", "manag", "office", "job", "advan",
        "conference", "client", "account", "supply", "logist",
    ),
}  # fmt: skip
"""Words in names of domains, in the order in which they decide: a newspaper may be one on the web, or of business."""


class Zone(Struct, frozen=True, kw_only=True):
    """A zone of a group and whose it is.

    Attributes:
        name: The zone, or a host name that somebody gave away.
        sort: Whose it is.
        reasons: Why.
        control: From when to when the group held it.
        names: Names in it that are the group's.
        records: Registrations of whoever held it then.
        theme: What its name pretends to be; empty when it is nothing of the kind.
    """

    name: str
    sort: Class
    reasons: tuple[str, ...]
    control: Control
    names: tuple[str, ...]
    records: tuple[Registration, ...]
    theme: str


class Use(Struct, frozen=True, kw_only=True):
    """What speaks for and against a zone being a group's own.

    Attributes:
        control: From when to when the group held it.
        first: Seconds since 1970 of its first use by the group; 0 when it is not known.
        names: Names in it that are the group's.
        records: All registrations of it.
        pointed: What it and the names in it pointed to.
        parent: Who gives names there to anybody; empty for nobody.
        elsewhere: Intrusions outside the group whose findings show the zone.
    """

    control: Control
    first: float
    names: tuple[str, ...]
    records: tuple[Registration, ...] = ()
    pointed: tuple[Pointed, ...] = ()
    parent: str = ""
    elsewhere: tuple[str, ...] = ()


def classified(zone: str, use: Use) -> Zone:
    """Whose a zone is, with the reasons."""
    held = tuple(r for r in use.records if use.control.covers(r.since, r.since) and r.place in use.control.parts)
    sort, reasons = _sort(zone, use, held)
    return Zone(
        name=zone, sort=sort, reasons=tuple(reasons), control=use.control, names=use.names, records=held,
        theme=theme(zone),
    )  # fmt: skip


def _sort(zone: str, use: Use, held: Sequence[Registration]) -> tuple[Class, list[str]]:
    if use.parent:
        return "third-party", [f"anybody gets a name there: {use.parent}"]
    against = _others(zone, use, held)
    if len(against) > 1:
        return "hijacked", against
    if held:
        since = datetime.fromtimestamp(held[0].since, UTC).date() if held[0].since else "an unknown day"
        reasons = [f"registered on {since}, before its first use", *against]
        if len(use.names) > 1:
            reasons.append(f"{len(use.names)} names in it are used")
        return "registered", reasons
    if against:
        return "unknown", [*against, "no registration of it is in the evidence"]
    return "unknown", ["no registration of it is in the evidence"]


def _others(zone: str, use: Use, held: Sequence[Registration]) -> list[str]:
    """Signs that the zone is an honest owner's, into which the group broke; one alone proves nothing."""
    found = []
    own = [box for r in held for box in r.of("registrant-email") if box.rpartition("@")[2].endswith(zone)]
    if own:
        found.append("its registrant has a mailbox in it")
    begun = min((r.since for r in held if r.since), default=0.0)
    if begun and use.first and use.first - begun > _OLD:
        found.append(f"registered {(use.first - begun) / (365 * DAY):.0f} years before its first use")
    here = {p.address for p in use.pointed if use.first and p.first < use.first - 180 * DAY}
    if here and here & {p.address for p in use.pointed if p.last >= use.first}:
        found.append("it was at the same address long before")
    if use.elsewhere:
        found.append(f"findings of {number(len(use.elsewhere), 'intrusion')} outside the group show it")
    if set(use.names) <= {zone, f"www.{zone}"}:
        found.append("no name below it is used")
    return found if len(found) > 1 and (own or here or use.elsewhere) else []


def theme(zone: str) -> str:
    """What the name of a zone pretends to be.

    >>> theme("newsonet.net"), theme("applesoftupdate.com"), theme("bigdepression.net")
    ('news', 'technology', '')
    """
    label = zone.partition(".")[0].replace("1", "l").replace("0", "o")
    return next((name for name, words in THEMES.items() if any(word in label for word in words)), "")


def clusters(records: Iterable[Registration]) -> list[tuple[tuple[str, ...], str]]:
    """Domains of one registrant each, with what holds them together: a mailbox, a telephone, or a name misspelt.

    Only clusters of at least two domains, largest first.
    """
    top: dict[str, str] = {}

    def find(one: str) -> str:
        while top.setdefault(one, one) != one:
            one = top[one]
        return one

    why: dict[str, set[str]] = defaultdict(set)
    for one, other, reason in _ties(list(records)):
        a, b = sorted((find(one), find(other)))
        top[b] = a
        why[a] |= {reason} | (why.pop(b, set()) if a != b else set())
    held: dict[str, list[str]] = defaultdict(list)
    for domain in list(top):
        held[find(domain)].append(domain)
    found = [
        (tuple(sorted(some)), ", ".join(sorted({r for d in some for r in why.get(d, ())})))
        for some in held.values()
        if len(some) > 1
    ]
    return sorted(found, key=lambda pair: (-len(pair[0]), pair[0]))


def _ties(records: Sequence[Registration]) -> Iterable[tuple[str, str, str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for kind, sort in (("registrant-email", "mailbox"), ("registrant-phone", "telephone")):
        held: dict[str, set[str]] = defaultdict(set)
        for record in records:
            for value in record.of(kind):
                held[value].add(record.domain)
        for value, domains in sorted(held.items()):
            first, *rest = sorted(domains)
            yield from ((first, other, f"{sort} {value}") for other in rest)
    for record in records:
        for value in record.of("registrant-name"):
            names[value].add(record.domain)
    for one, other in combinations(sorted(names), 2):
        if len(one) >= _LONG and _near(one, other):
            a, b = min(names[one]), min(names[other])
            if a != b:
                yield a, b, f"{one!r} and {other!r}"


def _near(one: str, other: str) -> bool:
    """Whether two names are spellings of one: at most two letters put in, left out or changed (Levenshtein 1966)."""
    if abs(len(one) - len(other)) > _MISSPELT:
        return False
    before = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
        if min(row) > _MISSPELT:
            return False
        before = row
    return before[-1] <= _MISSPELT


def place(records: Iterable[Registration]) -> tuple[str, str]:
    """City and country in an address of a registrant, as they stand at its end; empty where there is none."""
    for record in records:
        for value in sorted(v for kind, v in record.details if kind == "registrant-address"):
            *before, country = [part.strip() for part in value.split(",")] or [""]
            if not re.fullmatch(r"[A-Za-z]{2}", country):
                before, country = [*before, country], ""
            towns = [_POSTAL.sub("", part).strip() for part in before[1:]]
            named = [town for town in towns if len(town) > _STATE and not any(c.isdigit() for c in town)]
            if named:
                return named[-1].title(), country.upper()
    return "", ""


def domains(
    group: str, zones: Sequence[Zone], secret: frozenset[str] = frozenset(), as_of: str | None = None
) -> Profile:
    """Domains of a group: whose they are, when and by whom registered, what their names pretend to be.

    Args:
        group: The group.
        zones: Its zones.
        secret: Words that name a victim: names with one of them are counted and not printed.
        as_of: The moment up to which was looked, for the record.
    """
    if not zones:
        sentence = "No name that a victim talked to is known of this group."
        return Profile(kind="trace", group=group, finding=sentence, enough=False, as_of=as_of)
    own = [z for z in zones if z.sort == "registered"]
    count = Counter(z.sort for z in zones)
    born = sorted((z.control.since, z.name) for z in own if not math.isinf(z.control.since))
    finding = ", ".join(f"{count[sort]} {words}" for sort, words in _WORDS.items() if count[sort])
    since = f"; the first was registered on {_day(born[0][0])}" if born else ""
    return Profile(
        kind="trace",
        group=group,
        finding=f"Its names lie in {finding}{since}.",
        enough=True,
        numbers=tuple(_numbers(zones, own, born, secret)),
        columns=("zone", "whose", "names", "registered", "until", "ended by", "registrant", "theme", "because"),
        rows=tuple(_row(z, secret) for z in sorted(zones, key=lambda z: (list(_WORDS).index(z.sort), z.name))),
        limits=tuple(_limits(own, count)),
        as_of=as_of,
    )


_WORDS: dict[Class, str] = {
    "registered": "zones that it registered", "third-party": "names that somebody gives to anybody",
    "hijacked": "sites of others that it broke into", "unknown": "zones of which no registration is here",
}  # fmt: skip


def _numbers(
    zones: Sequence[Zone], own: Sequence[Zone], born: Sequence[tuple[float, str]], secret: frozenset[str]
) -> Iterable[Counted]:
    def part(id: str, unit: str, some: Iterable[str], note: str = "") -> Counted:
        parts = tuple(sorted(some))
        return Counted(id=id, value=len(parts), unit=unit, parts=parts, note=note)

    names = {name for z in zones if z.sort != "hijacked" for name in z.names}
    open_names = {name for name in names if not names_somebody(name, secret)}
    yield part("fqdns_total", "FQDNs", (n if n in open_names else "a name that says a victim" for n in names))
    yield part("fqdns_published", "FQDNs", open_names, "without names that say a victim")
    for sort, words in _WORDS.items():
        yield part(f"zones_{sort.replace('-', '_')}", words, (z.name for z in zones if z.sort == sort))
    yield part("zones", "zones", (z.name for z in own), "registered by the group")
    if born:
        yield Counted(id="first_zone", value=_day(born[0][0]), unit="date", parts=(born[0][1],))
        for year, some in sorted(_years(born).items()):
            yield part(f"zones_registered_{year}", "zones", some)
    yield from _registrants(own)
    if own:
        themed = [z.name for z in own if z.theme]
        yield Counted(id="zones_themes", value=round(len(themed) / len(own), 4), unit="share", parts=tuple(themed),
                      note="names of news, technology or business")  # fmt: skip


def _registrants(own: Sequence[Zone]) -> Iterable[Counted]:
    """Zones by the city that registrants give, and by mailbox."""
    cities: dict[tuple[str, str], list[str]] = defaultdict(list)
    boxes: dict[str, set[str]] = defaultdict(set)
    for zone in own:
        cities[place(zone.records)].append(zone.name)
        for record in zone.records:
            for box in record.of("registrant-email"):
                boxes[box].add(zone.name)
    for (city, country), some in sorted(cities.items(), key=lambda item: (-len(item[1]), item[0])):
        if city:
            note = f"registered from {city}, {country or 'no country'}; at least"
            yield Counted(
                id=f"zones_{city.lower().replace(' ', '_')}",
                value=len(some),
                unit="zones",
                parts=tuple(some),
                note=note,
            )
    for box, zones in sorted(boxes.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(zones) > 1:
            yield Counted(id=f"zones_of_{box}", value=len(zones), unit="zones", parts=tuple(sorted(zones)),
                          note="registered with one mailbox")  # fmt: skip


def _years(born: Iterable[tuple[float, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for since, name in born:
        found[datetime.fromtimestamp(since, UTC).year].append(name)
    return found


def names_somebody(name: str, secret: frozenset[str]) -> bool:
    """Whether a host name says a victim: one of the secret words stands in it."""
    return any(word in name for word in secret)


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _row(zone: Zone, secret: frozenset[str]) -> tuple[str, ...]:
    c = zone.control
    boxes = sorted({box for r in zone.records for box in r.of("registrant-email")})
    name = "a name that says a victim" if names_somebody(zone.name, secret) else zone.name
    return (
        name, zone.sort, str(len(zone.names)), "" if math.isinf(c.since) else _day(c.since),
        "" if math.isinf(c.until) else _day(c.until), c.ended or "", ", ".join(boxes), zone.theme,
        "; ".join(zone.reasons),
    )  # fmt: skip


def _limits(own: Sequence[Zone], count: Counter[Class]) -> Iterable[str]:
    joined = clusters(r for z in own for r in z.records)
    for some, why in joined[:8]:
        yield f"One registrant, {len(some)} zones ({', '.join(some[:3])}...): {why}."
    if count["unknown"]:
        yield f"Whose {count['unknown']} zones are is not known."
