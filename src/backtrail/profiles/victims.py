"""Who was hit: sectors, countries, how it was found, who was hit again. Every count is a lower bound."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from backtrail.model.intrusion import Intrusion
from backtrail.model.profile import Counted, Profile

_LEAST = 2


def victims(
    group: str,
    members: Sequence[Intrusion],
    victim_of: Mapping[str, str],
    sources: Mapping[str, frozenset[str]],
    as_of: str | None = None,
) -> Profile:
    """Victims of a group.

    Args:
        group: Its id.
        members: Its intrusions.
        victim_of: A key for the victim of each intrusion; an intrusion without one is a victim of its own.
        sources: Who reported each intrusion.
        as_of: Only intrusions discovered up to this moment.
    """
    known = [m for m in members if not as_of or not m.discovered or m.discovered <= as_of]
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
        _again(hit.values()),
        *_unseen(hit.values(), sources),
    ]
    sectors = _by(hit.values(), "sector")
    first = sectors[0] if sectors else ("an unknown sector", 0, "")
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
        columns=("sector", "victims", "intrusions"),
        rows=tuple((name, str(count), ids) for name, count, ids in sectors),
        limits=_limits(known),
        as_of=as_of,
    )


def _ids(members: Iterable[Intrusion]) -> tuple[str, ...]:
    return tuple(sorted(m.id for m in members))


def _distinct(id: str, unit: str, members: Sequence[Intrusion], field: str) -> Counted:
    named = [m for m in members if getattr(m, field)]
    return Counted(id=id, value=len({getattr(m, field) for m in named}), unit=unit, parts=_ids(named))


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


def _again(hit: Iterable[list[Intrusion]]) -> Counted:
    again = [m.id for stays in hit if len(stays) > 1 for m in stays]
    count = sum(len(stays) > 1 for stays in hit)
    return Counted(id="victims_again", value=count, unit="organizations hit more than once", parts=tuple(sorted(again)))


def _unseen(hit: Iterable[list[Intrusion]], sources: Mapping[str, frozenset[str]]) -> list[Counted]:
    """Victims that nobody reported, by Chao's lower bound (Chao 1984): those whom one source saw against two.

    It takes sources that see victims independently of one another; nothing is said where no victim has two.
    """
    seen = Counter(len({s for m in stays for s in sources.get(m.id, ())}) for stays in hit)
    once, twice = seen[1], seen[2]
    if not twice:
        return []
    total = sum(seen.values())
    low = once * once / (2 * twice)
    return [
        Counted(
            id="victims_unseen", value=round(low), unit="organizations", low=0.0, high=round(4 * low, 1),
            note=f"at least; Chao: {once} seen by one source, {twice} by two, of {total}",
        )
    ]  # fmt: skip


def _by(hit: Iterable[list[Intrusion]], field: str) -> list[tuple[str, int, str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for stays in hit:
        for value in {getattr(m, field) for m in stays if getattr(m, field)}:
            found[value].append(stays[0].id)
    return sorted(
        ((value, len(ids), ", ".join(sorted(ids))) for value, ids in found.items()), key=lambda row: (-row[1], row[0])
    )


def _limits(members: Sequence[Intrusion]) -> tuple[str, ...]:
    unnamed = sum(not m.sector for m in members)
    told = sum(m.found_by == "external" for m in members)
    said = sum(bool(m.found_by) for m in members)
    limits = ["Only victims whose evidence reached this case are counted."]
    if unnamed:
        limits.append(f"The sector of {unnamed} intrusions is not known.")
    if said:
        limits.append(f"{told} of {said} learnt of it from outside.")
    return tuple(limits)
