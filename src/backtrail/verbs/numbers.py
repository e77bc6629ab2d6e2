"""All numbers that profiles give of a group, for `facts` and for checking against a known truth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from backtrail import profiles
from backtrail.model.decision import State
from backtrail.model.profile import Counted, Profile
from backtrail.profiles import underlying
from backtrail.profiles.chain import chained
from backtrail.profiles.languages import language
from backtrail.profiles.underlying import Underlying
from backtrail.verbs import acts, capabilities, hours, infrastructure, persons, profiling, victimology


def numbers(
    ground: profiling.Ground, state: State, group: str, ids: Sequence[str], since: float | None = None
) -> Iterator[Counted]:
    """Numbers of all profiles of a group, as of now; under the ids of the published case too, where they differ."""
    found = profiling.read(ground, state, group, ids)
    yield from counted(found, findings(ground, found, since))


def counted(found: profiling.Members, told_of: Mapping[str, Profile]) -> Iterator[Counted]:
    """The same of a group that was read, by its profiles."""
    told = list(told_of.values())
    given = {number.id: number for profile in told for number in profile.numbers}
    given |= {number.id: number for number in _language(found)}
    yield from (given | published(given, told)).values()


_NAMES = (
    "victims", "dwell", "theft", "hours", "compile-times", "strength", "trace", "arsenal", "lifecycle", "personas",
    "chain", "servers", "domains", "pivots",
)  # fmt: skip


def findings(ground: profiling.Ground, found: profiling.Members, since: float | None = None) -> dict[str, Profile]:
    """All profiles of a group by name, as of now; `drift` is none of them, since it needs a date."""
    of_victims, of_origins = _of_victims(ground, found), _of_origins(ground, found)
    of_tools, of_infrastructure = _of_tools(ground, found), _of_infrastructure(ground, found, since)
    told = (*of_victims, *of_origins, *of_tools, *of_infrastructure)
    return dict(zip(_NAMES, told, strict=True))


def _of_victims(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    keys = victimology.victim_keys(ground.db, found.intrusions)
    told = victimology.sources(ground.db, found.state, found.intrusions)
    stays = profiling.stays(ground, found)
    yield profiles.victims(found.group, found.intrusions, keys, told, profiling.began(stays))
    yield profiles.dwell(found.group, stays, seed=1)
    yield profiles.theft(found.group, victimology.taken(ground, found))


def _of_origins(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    yield hours.told(ground, found)
    yield hours.told(ground, found, "compile-times")
    came, _ = profiling.logins(ground, found)
    held, unsure = profiling.sessions(ground, found)
    yield profiles.strength(found.group, held, seed=1, excluded=unsure)
    yield profiles.trace(
        found.group,
        came,
        profiling.relays(ground, found),
        ground.netblocks,
        knocks=profiling.knocks(ground, found),
    )


def _of_tools(ground: profiling.Ground, found: profiling.Members) -> Iterator[Profile]:
    done = acts.of(ground, found)
    yield profiles.arsenal(found.group, capabilities.found(ground, found), found.observations, typed=done.typed)
    yield profiles.lifecycle(found.group, done)
    crowd = persons.crowd(ground, found)
    yield profiles.personas(found.group, crowd.appearances, crowd.links, crowd.bystanders)


def _of_infrastructure(ground: profiling.Ground, found: profiling.Members, since: float | None) -> Iterator[Profile]:
    known = infrastructure.of(ground, found)
    yield profiles.chain(found.group, known.seen)
    yield profiles.servers(found.group, infrastructure.servers(ground, found, known), since)
    yield profiles.domains(found.group, infrastructure.zones(ground, found, known), infrastructure.secret(ground))
    yield profiles.pivots(found.group, infrastructure.trail(ground, known))


def beneath(ground: profiling.Ground, found: profiling.Members) -> Iterator[Underlying]:
    """What values and names that profiles count rest on, as the profiles themselves have it."""
    known = infrastructure.of(ground, found)
    servers = infrastructure.servers(ground, found, known)
    yield from underlying.of_zones(infrastructure.zones(ground, found, known))
    yield from underlying.of_chain(chained(known.seen))
    yield from underlying.of_servers(servers)
    yield from infrastructure.placed(ground, servers)
    yield from underlying.of_pivots(infrastructure.trail(ground, known))
    yield from capabilities.mistyped(ground, found)
    yield from underlying.of_techniques(profiles.lifecycle(found.group, acts.of(ground, found)))


def published(given: Mapping[str, Counted], told: Sequence[Profile]) -> dict[str, Counted]:
    """Numbers under the ids that the published case gave them.

    That case was of one country: its ids end in `_cn`, `_zh` and the like. Here they stand for the country that most
    log-ins to hops came from, for the keyboard layout of most sessions, for the city in that country from which most
    zones were registered, and for the persona's mailbox that registered most. Its first WEBC2 is the first file or HTTP
    server of the line that a victim's log shows.
    """
    home = _home(given)
    layout = _most(given, "rdp_layout_", but="_share")
    city = _most_at(given, "zones_", home)
    boxes = {
        box for profile in told if profile.kind == "personas" for row in profile.rows for box in row[1].split(", ")
    }
    persona = max((n for id, n in given.items() if id.removeprefix("zones_of_") in boxes), key=_size, default=None)
    web = [n for id in ("webc2_first_seen", "c2_web_first") if (n := given.get(id))]
    pairs = [
        ("rdp_ips_cn", given.get(f"rdp_ips_{home}")), ("rdp_ips_cn_share", given.get(f"rdp_ips_{home}_share")),
        ("c2_cn", given.get(f"c2_{home}")), ("rdp_layout_zh", given.get(layout)),
        ("rdp_layout_zh_share", given.get(f"{layout}_share")), ("zones_shanghai", city), ("zones_lfengg", persona),
        ("indicators", _indicators(given)),
        ("webc2_first_seen", min(web, key=lambda n: str(n.value), default=None)),
    ]  # fmt: skip
    return {id: replace(number, id=id) for id, number in pairs if number}


def origin_of(numbers: Iterable[Counted]) -> tuple[str, ...]:
    """What says where a group comes from: the country of most log-ins to its hops, the language of its malware.

    Empty where neither is known. A language is cheap to fake; it takes that of more files than any other.
    """
    given = {number.id: number for number in numbers}
    language = given.get("malware_language")
    told = (_home(given), str(language.value) if language else "")
    return tuple(one for one in told if one)


def _language(found: profiling.Members) -> Iterator[Counted]:
    """The language of resources of most of a group's malware, without what compilers set by themselves."""
    seen: dict[str, list[str]] = defaultdict(list)
    for o in found.observations:
        if o.kind == "x-triage:language" and o.value.lower() not in _BY_DEFAULT:
            seen[language(o.value)].append(o.id)
    if seen:
        name, parts = max(seen.items(), key=lambda item: (len(item[1]), item[0]))
        yield Counted(id="malware_language", value=name, unit="language", parts=tuple(parts), note="cheap to fake")


_BY_DEFAULT = frozenset({"0x0000", "0x0400", "0x0409", "neutral"})
"""Languages of resources that nobody chose: neutral, and US English."""


def _home(given: Mapping[str, Counted]) -> str:
    return _most(given, "rdp_ips_", but="_share", length=2).removeprefix("rdp_ips_")


def _most(given: Mapping[str, Counted], prefix: str, but: str, length: int | None = None) -> str:
    """The id with a prefix whose number is largest; empty when there is none."""
    some = [n for id, n in given.items() if id.startswith(prefix) and not id.endswith(but)]
    some = [n for n in some if length is None or len(n.id) == len(prefix) + length]
    return max(some, key=_size).id if some else ""


def _most_at(given: Mapping[str, Counted], prefix: str, country: str) -> Counted | None:
    """The largest number with a prefix whose note ends with a country."""
    place = f", {country.upper()}; at least"
    some = [n for id, n in given.items() if country and id.startswith(prefix) and n.note.endswith(place)]
    return max(some, key=_size, default=None)


def _size(number: Counted) -> float:
    return float(number.value) if isinstance(number.value, int | float) else 0.0


def _indicators(given: Mapping[str, Counted]) -> Counted | None:
    """What could be published of a group: names that say no victim, digests, certificates."""
    some = [n for id in ("fqdns_published", "md5", "certs") if (n := given.get(id))]
    parts = tuple(part for n in some for part in n.parts)
    return Counted(id="indicators", value=int(sum(map(_size, some))), unit="indicators", parts=parts) if some else None
