"""Who was hit: sectors by year, countries, how it was found, who was hit again. Every count is a lower bound."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from backtrail.model.intrusion import Intrusion
from backtrail.model.profile import Counted, Profile
from backtrail.model.times import earliest, latest
from backtrail.profiles.industries import Plan, built_in
from backtrail.profiles.trace import wilson

_LEAST = 2

_ENGLISH = frozenset({"US", "GB", "CA", "AU", "NZ", "IE"})
"""Countries whose organizations work in English, where the evidence does not say in which language one works."""


def victims(
    group: str,
    members: Sequence[Intrusion],
    victim_of: Mapping[str, str],
    sources: Mapping[str, frozenset[str]],
    began: Mapping[str, str] | None = None,
    as_of: str | None = None,
    plan: Plan | None = None,
) -> Profile:
    """Victims of a group.

    Args:
        group: Its id.
        members: Its intrusions.
        victim_of: A key for the victim of each intrusion; an intrusion without one is a victim of its own.
        sources: Who reported each intrusion.
        began: First activity in each intrusion whose begin was seen.
        as_of: Only intrusions discovered up to this moment.
        plan: Industries of a plan that sectors are held against; the built-in table when left out.
    """
    known = [m for m in members if not as_of or not m.discovered or earliest(m.discovered) <= latest(as_of)]
    began = {id: when for id, when in (began or {}).items() if id in {m.id for m in known}}
    hit: dict[str, list[Intrusion]] = defaultdict(list)
    for member in known:
        hit[victim_of.get(member.id, member.id)].append(member)
    if len(hit) < _LEAST:
        sentence = f"{len(hit)} victim is known; at least {_LEAST} are needed to say anything of a pattern."
        return Profile(kind="victims", group=group, finding=sentence, enough=False, as_of=as_of)
    numbers = [
        Counted(id="victims_total", value=len(hit), unit="organizations", parts=_ids(known), note="at least"),
        _distinct("industries", "industries", known, "sector"),
        _distinct("victims_countries", "countries", known, "country"),
        *_countries(hit.values()),
        *_languages(hit.values()),
        *_burst(hit.values(), began),
        *_found(known),
        _again(hit.values()),
        *_unseen(hit.values(), sources),
        *_sectors(hit.values()),
        *_strategic(hit.values(), plan or built_in()),
        *_unknown(known, began),
    ]
    years, sectors = _table(hit.values(), began)
    first = (sectors[0][0], sectors[0][1]) if sectors else ("an unknown sector", "0")
    finding = (
        f"At least {len(hit)} organizations in {numbers[1].value} sectors and {numbers[2].value} countries were hit, "
        f"{first[1]} of them in {first[0]}."
    )
    return Profile(
        kind="victims",
        group=group,
        finding=finding,
        enough=True,
        numbers=tuple(numbers),
        columns=("sector", "victims", *years, "intrusions"),
        rows=tuple(sectors),
        limits=_limits(known, began),
        as_of=as_of,
    )


def _ids(members: Iterable[Intrusion]) -> tuple[str, ...]:
    return tuple(sorted(m.id for m in members))


def _distinct(id: str, unit: str, members: Sequence[Intrusion], field: str) -> Counted:
    named = [m for m in members if getattr(m, field)]
    return Counted(id=id, value=len({getattr(m, field) for m in named}), unit=unit, parts=_ids(named))


def _strategic(hit: Iterable[list[Intrusion]], plan: Plan) -> list[Counted]:
    """How many industries of a plan have a victim. It says whom a plan would explain, and not who sent anybody."""
    found: dict[str, set[str]] = defaultdict(set)
    for stays in hit:
        for sector in {m.sector for m in stays if m.sector}:
            if industry := plan.of(sector):
                found[industry].add(stays[0].id)
    if not found:
        return []
    parts = tuple(sorted({id for ids in found.values() for id in ids}))
    note = f"{', '.join(sorted(found))}; {plan.plan}"
    return [Counted(id="sei_4_of_7", value=len(found), unit=f"of {len(plan.industries)}", parts=parts, note=note)]


def _countries(hit: Iterable[list[Intrusion]]) -> list[Counted]:
    """Victims by country, those of most first."""
    found: dict[str, list[str]] = defaultdict(list)
    for stays in hit:
        for country in {m.country for m in stays if m.country}:
            found[country].append(stays[0].id)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        Counted(id=f"victims_{country.lower()}", value=len(ids), unit="organizations", parts=tuple(sorted(ids)))
        for country, ids in ordered
    ]


def _languages(hit: Iterable[list[Intrusion]]) -> list[Counted]:
    """Share of victims that work in English, of those of whom it is known; and counts that reports print together."""
    english: dict[bool, list[str]] = defaultdict(list)
    near, other = [], []
    for stays in hit:
        language = next((m.language for m in stays if m.language), None)
        countries = {m.country for m in stays if m.country}
        if language or countries:
            spoken = language.casefold().startswith("en") if language else bool(countries & _ENGLISH)
            english[spoken].append(stays[0].id)
        if countries & {"GB", "CA"}:
            near.append(stays[0].id)
        elif countries and "US" not in countries:
            other.append(stays[0].id)
    told = sorted([*english[True], *english[False]])
    if not told:
        return []
    low, high = wilson(len(english[True]), len(told))
    return [
        Counted(id="english_hq_share", value=round(len(english[True]) / len(told), 4), unit="share", parts=tuple(told),
                low=round(low, 4), high=round(high, 4), note="by language, else by country"),
        Counted(id="victims_uk_canada", value=len(near), unit="organizations", parts=tuple(sorted(near))),
        Counted(id="victims_other", value=len(other), unit="organizations", parts=tuple(sorted(other)),
                note="in no country of US, GB, CA"),
    ]  # fmt: skip


def _burst(hit: Iterable[list[Intrusion]], began: Mapping[str, str]) -> list[Counted]:
    """The month in which most victims were new, by first activity that was seen to begin."""
    new: dict[str, list[Intrusion]] = defaultdict(list)
    for stays in hit:
        dated = [(began[m.id], m) for m in stays if len(began.get(m.id, "")) >= len("2011-01")]
        if dated:
            when, first = min(dated, key=lambda pair: pair[0])
            new[when[:7]].append(first)
    if not new:
        return []
    month = max(sorted(new), key=lambda month: len(new[month]))
    sectors = {m.sector for m in new[month] if m.sector}
    note = f"new in {month}, the month of most"
    return [
        Counted(
            id="jan2011_new_victims", value=len(new[month]), unit="organizations", parts=_ids(new[month]), note=note
        ),
        Counted(id="jan2011_industries", value=len(sectors), unit="industries", parts=_ids(new[month]), note=note),
    ]


def _found(members: Sequence[Intrusion]) -> list[Counted]:
    """How intrusions were found, as shares of those of which it is said."""
    said = [m for m in members if m.found_by]
    counted: list[Counted] = []
    for how in sorted({str(m.found_by) for m in said}):
        some = [m for m in said if m.found_by == how]
        low, high = wilson(len(some), len(said))
        counted.append(
            Counted(id=f"found_{how}", value=len(some), unit="intrusions", parts=_ids(some),
                    note=f"of {len(said)}; {len(some) / len(said):.0%} ({max(low, 0):.0%} to {min(high, 1):.0%})")
        )  # fmt: skip
    return counted


def _again(hit: Iterable[list[Intrusion]]) -> Counted:
    again = [m.id for stays in hit if len(stays) > 1 for m in stays]
    count = sum(len(stays) > 1 for stays in hit)
    return Counted(id="victims_again", value=count, unit="organizations hit more than once", parts=tuple(sorted(again)))


def _unseen(hit: Iterable[list[Intrusion]], sources: Mapping[str, frozenset[str]]) -> list[Counted]:
    """Victims that nobody reported, by Chao's lower bound (Chao 1984): those whom one source saw against two.

    The interval is Chao's of 1987, log-normal. It takes sources that see victims independently of one another and all
    alike; nothing is said where no victim has two.
    """
    seen = {stays[0].id: len({s for m in stays for s in sources.get(m.id, ())}) for stays in hit}
    often = Counter(seen.values())
    once, twice = often[1], often[2]
    if not once or not twice:
        return []
    unseen = once * once / (2 * twice)
    ratio = once / twice
    variance = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
    spread = math.exp(1.96 * math.sqrt(math.log(1 + variance / unseen**2)))
    return [
        Counted(
            id="victims_unseen", value=round(unseen), unit="organizations", parts=tuple(sorted(seen)),
            low=round(unseen / spread, 1), high=round(unseen * spread, 1),
            note=f"at least, if sources see alike and apart; Chao: {once} seen by one, {twice} by two",
        )
    ]  # fmt: skip


def _sectors(hit: Iterable[list[Intrusion]]) -> list[Counted]:
    """Victims by sector, those of most first; a victim of two sectors counts in each."""
    found: dict[str, list[str]] = defaultdict(list)
    for stays in hit:
        for sector in {m.sector for m in stays if m.sector}:
            found[sector].append(stays[0].id)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        Counted(id=f"sector:{sector}", value=len(ids), unit="organizations", parts=tuple(sorted(ids)), note="at least")
        for sector, ids in ordered
    ]


def _unknown(members: Sequence[Intrusion], began: Mapping[str, str]) -> list[Counted]:
    """Intrusions that are in no year, and in no sector."""
    missing = (
        ("victims_undated", [m for m in members if m.id not in began], "its begin is not known"),
        ("victims_without_sector", [m for m in members if not m.sector], "its sector is not known"),
    )
    return [
        Counted(id=id, value=len(some), unit="intrusions", parts=_ids(some), note=note)
        for id, some, note in missing
        if some
    ]


def _table(hit: Iterable[list[Intrusion]], began: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Victims of each sector, in all and by year of first activity; a victim of two sectors counts in each."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for stays in hit:
        when = min((began[m.id][:4] for m in stays if m.id in began), default="")
        for sector in {m.sector for m in stays if m.sector}:
            found[sector][stays[0].id] = when
    years = tuple(sorted({year for some in found.values() for year in some.values() if year}))
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    rows = []
    for sector, some in ordered:
        by_year = Counter(some.values())
        rows.append((sector, str(len(some)), *(str(by_year[year] or "") for year in years), ", ".join(sorted(some))))
    return years, rows


def _limits(members: Sequence[Intrusion], began: Mapping[str, str]) -> tuple[str, ...]:
    unnamed = sum(not m.sector for m in members)
    told = sum(m.found_by == "external" for m in members)
    said = sum(bool(m.found_by) for m in members)
    limits = ["Only victims whose evidence reached this case are counted."]
    undated = sum(m.id not in began for m in members)
    if undated:
        limits.append(f"When it began is not known of {undated} intrusions; they are in no year.")
    if unnamed:
        limits.append(f"The sector of {unnamed} intrusions is not known.")
    if said:
        limits.append(f"{told} of {said} learnt of it from outside.")
    return tuple(limits)
