"""Servers and names of a group: who used which, when, and how that ties its victims together.

Every member begins at a server that another member uses at that time, and ends at one where possible: as members are
sorted by their beginning, the group hangs together. What is left of the quota goes to members at random.
"""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.chance import shares, spread
from backtrail_worlds.clock import DAY
from backtrail_worlds.errors import WorldError
from backtrail_worlds.names import Names
from backtrail_worlds.plan.model import Group, Intrusion, Registrant, Resolution, Server, Use, Zone, awake, resting

_PORTS = {"web": (80, 80, 80, 443, 8080), "backdoor": (443, 443, 443, 8080, 53, 25, 8443), "ftp": (21,)}
_BARE = 0.05
_LIVES = (2, 3, 6, 4, 8)
"""Years for which a zone gets new names, in turn."""
_MOVED = 0.1
_COMPANY = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
"""How many other members use a server that one uses."""


class Quota(Struct, frozen=True, kw_only=True):
    """How much infrastructure a group has. `since` is the start of the window; servers of before are `early`."""

    web: int
    backdoor: int
    ftp_alone: int
    ftp_shared: int
    early: int
    countries: dict[str, int]
    early_countries: dict[str, int]
    fqdns: int
    victim_like: int
    dynamic: int
    themes: dict[str, int]
    first_zone: int
    since: int


def build(
    group: Group,
    quota: Quota,
    members: Sequence[Intrusion],
    tools: tuple[AddressBook, Names, Random],
    parents: Sequence[str],
) -> None:
    """Fill a group with servers, zones, names and resolutions; its registrants and hops are there already."""
    book, names, rng = tools
    servers = _linked(members, quota.since, rng)
    late = quota.web + quota.backdoor + quota.ftp_alone
    _fill(servers, members, quota, late, rng)
    servers.sort(key=lambda server: (server.first, server.uses[0].member))
    _make_kinds(servers, quota, rng)
    _place(servers, quota, book, rng)
    for server in servers:
        server.group = group.id
    group.zones = _zones(group, quota, servers, names, rng)
    _name(group, servers, quota, members, (names, rng), parents)
    group.servers = [*servers, *group.servers]


def _days(least: int, most: int, rng: Random) -> int:
    """Seconds of so many days, not a whole number of them."""
    return rng.randint(least * DAY, most * DAY)


def _clip(value: int, low: int, high: int) -> int:
    return max(low, min(value, high))


def _draft(uses: list[Use], early: bool, *, link: bool = False, anchor: bool = False) -> Server:
    first, last = min(use.first for use in uses), max(use.last for use in uses)
    return Server("", 0, "", "", "", first, last, uses=uses, link=link, anchor=anchor, early=early)


def _linked(members: Sequence[Intrusion], since: int, rng: Random) -> list[Server]:
    """Two servers for each member, where it begins and where it ends; shared with another if one was active."""
    drafts = []
    for i, member in enumerate(members):
        earlier = _rather_awake([m for m in members[:i] if m.last >= member.first], member.first)
        drafts.append(_beginning(member, rng.choice(earlier) if earlier else None, since, rng))
        active = [m for m in members if m is not member and m.first <= member.last <= m.last + 5 * DAY]
        active = _rather_awake(active, member.last)
        drafts.append(_ending(member, rng.choice(active) if active else None, since, rng))
    return drafts


def _rather_awake(members: list[Intrusion], moment: int) -> list[Intrusion]:
    """Those that are not at rest about a moment; all of them when every one is."""
    return [m for m in members if not resting(m, moment - 15 * DAY, moment + 75 * DAY)] or members


def _beginning(member: Intrusion, partner: Intrusion | None, since: int, rng: Random) -> Server:
    early = member.first < since
    until = min(member.first + _days(20, 90, rng), member.last)
    if early:
        until = min(until, max(since - DAY, member.first))
    uses = [Use(member.number, member.first, until)]
    if partner:
        start = _clip(member.first + _days(-8, 8, rng), partner.first, partner.last)
        start = min(start, since - 2 * DAY) if early else max(start, member.first)
        start = _clip(start, partner.first, partner.last)
        uses.append(
            Use(
                partner.number,
                start,
                _clip(start + _days(5, 60, rng), start, min(partner.last, max(until, start))),
            )
        )
    return _draft(uses, early, link=partner is not None, anchor=True)


def _ending(member: Intrusion, partner: Intrusion | None, since: int, rng: Random) -> Server:
    early = member.last < since
    begin = max(member.first, member.last - _days(15, 80, rng))
    uses = [Use(member.number, begin, member.last)]
    if partner:
        start = _clip(member.last - _days(0, 10, rng), partner.first, partner.last)
        until = _clip(start + _days(1, 40, rng), start, partner.last)
        uses.append(Use(partner.number, start, max(min(until, since - DAY), start) if early else until))
    return _draft(uses, early, link=partner is not None, anchor=True)


def _fill(servers: list[Server], members: Sequence[Intrusion], quota: Quota, late: int, rng: Random) -> None:
    """Servers of one or two members until both eras have what the quota says."""
    for early, wanted in ((True, quota.early), (False, late)):
        have = sum(server.early == early for server in servers)
        if have > wanted:
            what = "servers.early" if early else "servers.web and backdoor"
            raise WorldError(f"{what}: {wanted} servers are too few; the members' first and last contacts need {have}")
        servers += _singles(members, quota.since, early, wanted - have, rng)


def _singles(members: Sequence[Intrusion], since: int, early: bool, count: int, rng: Random) -> list[Server]:
    spans = [
        (m, m.first if early else max(m.first, since), min(m.last, since - DAY) if early else m.last) for m in members
    ]
    spans = [(m, low, high) for m, low, high in spans if high - low > 2 * DAY]
    if count and not spans:
        raise WorldError("servers: nobody was active in the era that the quota names")
    weights = [(high - low) ** 0.5 for _, low, high in spans]
    drafts = []
    for _ in range(count):
        member, low, high = rng.choices(spans, weights)[0]
        start = min(awake(member, low + rng.randrange(high - low)), high)
        until = min(start + _days(10, 200, rng), high)
        if start <= member.quiet[0] < until:
            until = member.quiet[0]
        uses = [Use(member.number, start, until)]
        others = [(m, a, b) for m, a, b in spans if m is not member and a < until - 5 * DAY and b > start + 5 * DAY]
        for other, a, b in rng.sample(others, min(len(others), rng.choice(_COMPANY))):
            if not resting(other, max(a, start), min(b, until)):
                uses.append(Use(other.number, max(a, start), min(b, until)))
        drafts.append(_draft(uses, early, link=len(uses) > 1))
    return drafts


def _make_kinds(servers: list[Server], quota: Quota, rng: Random) -> None:
    kinds = spread({"web": quota.web, "backdoor": quota.backdoor, "ftp": quota.ftp_alone}, rng)
    late = [server for server in servers if not server.early]
    for server, kind in zip(late, kinds, strict=True):
        server.kind = kind
    for server in servers:
        if server.early:
            server.kind = rng.choice(("web", "backdoor", "backdoor"))
    if quota.early:
        servers[0].kind = "web"
    for server in servers:
        server.port = rng.choice(_PORTS[server.kind])
    both = [server for server in late if server.kind != "ftp"]
    for server in rng.sample(both, quota.ftp_shared):
        server.also = "ftp"


def _place(servers: list[Server], quota: Quota, book: AddressBook, rng: Random) -> None:
    late, early = spread(quota.countries, rng), spread(quota.early_countries, rng)
    for server in servers:
        server.country = early.pop() if server.early else late.pop()
        server.address = book.take(server.country)


def _zones(group: Group, quota: Quota, servers: Sequence[Server], names: Names, rng: Random) -> list[Zone]:
    """Zones, each registered before a server that is its home; the first on the day that the quota names."""
    count = sum(quota.themes.values())
    themes = spread(quota.themes, rng)
    homes = sorted(rng.sample(range(len(servers)), min(count, len(servers))))
    homes += [rng.choice(homes) for _ in range(count - len(homes))]
    whose = _registrants_in_turn(group, count, rng)
    zones = []
    for i, (home, theme) in enumerate(zip(sorted(homes), themes, strict=True)):
        born = servers[home].first - rng.randint(10, 400) * DAY + rng.randrange(DAY)
        created = quota.first_zone if i == 0 else _clip(born, quota.first_zone + DAY, servers[home].first - DAY)
        years = rng.randint(1, 3)
        zones.append(Zone(names.zone(theme), theme, group.id, whose[i], created, created + years * 365 * DAY))
    _misspell(zones, group.registrants)
    return zones


def _registrants_in_turn(group: Group, count: int, rng: Random) -> list[Registrant]:
    people = group.registrants
    if len(people) >= count:
        rng.shuffle(people)
        return people[:count]
    return (people * (count // len(people) + 1))[:count]


def _misspell(zones: Sequence[Zone], people: Sequence[Registrant]) -> None:
    """The last zones of whoever misspelt his name show the slip."""
    for person in dict.fromkeys(people):
        own = [zone for zone in zones if zone.registrant == person]
        for zone in own[len(own) - person.slips :]:
            zone.slip = True


def _name(
    group: Group,
    servers: Sequence[Server],
    quota: Quota,
    members: Sequence[Intrusion],
    tools: tuple[Names, Random],
    parents: Sequence[str],
) -> None:
    """Host names for the servers; zone apexes among them, each at the home of its zone."""
    names, rng = tools
    zones = group.zones
    plain = quota.fqdns - len(zones)
    kinds = spread(
        {"victim": quota.victim_like, "dynamic": quota.dynamic, "zone": plain - quota.victim_like - quota.dynamic}, rng
    )
    named = _named(servers, plain, rng)
    counts = shares(len(kinds), [rng.expovariate(1) + 0.2 for _ in named], least=1)
    shorts = {member.number: member.victim.short for member in members}
    for server, count in zip(named, counts, strict=True):
        for _ in range(count):
            kind = kinds.pop()
            zone = rng.choice(parents) if kind == "dynamic" else _zone_for(server, zones, rng)
            label = _victim_label(shorts[server.uses[0].member], rng) if kind == "victim" else ""
            name = names.host(zone, label or (names.word(2, 3) if kind == "dynamic" else ""))
            server.names.append(name)
            group.names[name] = kind
    _apexes(group, named, rng)


def _named(servers: Sequence[Server], plain: int, rng: Random) -> list[Server]:
    """Servers that get a name: all but a few, which are reached by address."""
    free = [server for server in servers if not server.anchor]
    bare = max(int(len(servers) * _BARE), len(servers) - plain)
    without = {id(server) for server in rng.sample(free, min(bare, len(free)))}
    named = [server for server in servers if id(server) not in without]
    if len(named) > plain:
        raise WorldError(f"domains.fqdns: {plain} names besides the zones are too few for {len(named)} servers")
    return named


def _zone_for(server: Server, zones: Sequence[Zone], rng: Random) -> str:
    born = [zone for zone in zones if zone.created < server.first - 5 * DAY] or zones[:1]
    ready = [
        zone for i, zone in enumerate(born) if server.first < zone.created + _LIVES[i % len(_LIVES)] * 365 * DAY
    ] or born[-1:]
    zone = rng.choices(ready, [1 / (1 + i) for i in range(len(ready))])[0] if rng.random() < 0.5 else rng.choice(ready)
    zone.expires = max(zone.expires, server.last + 30 * DAY)
    return zone.name


def _victim_label(short: str, rng: Random) -> str:
    return rng.choice([short, f"{short}-mail", f"{short}web", f"vpn-{short}", f"{short}news"])


def _apexes(group: Group, named: Sequence[Server], rng: Random) -> None:
    for zone in group.zones:
        ready = [server for server in named if server.first > zone.created] or list(named[-1:])
        server = next((s for s in ready if any(name.endswith(zone.name) for name in s.names)), rng.choice(ready))
        server.names.append(zone.name)
        zone.expires = max(zone.expires, server.last + 30 * DAY)
        group.names[zone.name] = "apex"


def resolutions(group: Group, rng: Random) -> list[Resolution]:
    """What each name pointed to while its server was in use; some names moved on to another server of the group."""
    found = []
    for server in group.servers:
        for name in server.names:
            found.append(Resolution(name, server.address, server.first - 2 * DAY, server.last + 5 * DAY, group.id))
            if rng.random() < _MOVED:
                other = rng.choice(group.servers)
                if other.address != server.address and server.last < other.first < server.last + 400 * DAY:
                    found.append(Resolution(name, other.address, other.first, other.last, group.id))
    return found
