"""The whole plan: cast of intrusions, groups one by one, then what confuses."""

from random import Random

from msgspec import Struct

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.chance import chance, spread
from backtrail_worlds.clock import DAY, at
from backtrail_worlds.names import Names
from backtrail_worlds.plan import arsenal, behaviour, contacts, infrastructure, operators, people
from backtrail_worlds.plan.confusers import confuse
from backtrail_worlds.plan.model import Group, Intrusion, Kit, Plan, Registrant, Victim
from backtrail_worlds.plan.surroundings import surroundings
from backtrail_worlds.plan.timeline import Span, group_spans, single_span, subject_spans
from backtrail_worlds.spec import Background, World

OFFSETS = {"CN": 8, "RU": 3, "IR": 3, "KR": 9, "IN": 5, "BR": -3, "US": -5, "VN": 7}
LAYOUTS = {"CN": "0x0804", "RU": "0x0419", "IR": "0x0429", "KR": "0x0412", "VN": "0x042a"}
_NETWORKS = ("zeek-tsv", "zeek-tsv", "zeek-json", "suricata", "squid", "w3c")
_THEMES = ("news", "technology", "business", "other")


class Tools(Struct):
    """What a plan draws from: addresses and names that are given out once, and chance."""

    book: AddressBook
    names: Names
    rng: Random


class Part(Struct):
    """A role in the cast, before it has a number."""

    group: str | None
    kind: str
    span: Span
    sector: str
    country: str
    english: bool


def plan(world: World, seed: int) -> Plan:
    """Everything that is true in a world; the same seed and world give the same plan."""
    tools = Tools(AddressBook(chance(seed, "addresses")), Names(chance(seed, "names")), chance(seed, "plan"))
    _declare(world, tools.book)
    cast = [*_subject_cast(world, seed, tools.rng), *_other_cast(world, seed), *_nobody(world, seed)]
    tools.rng.shuffle(cast)
    intrusions = [_intrusion(i, part, tools) for i, part in enumerate(cast)]
    kinds = [part.kind for part in cast]
    by_group = _members(intrusions)
    made = Plan(seed, intrusions, [], [], tools.book.blocks, [], [], [], [], [], [], [])
    parents = [tools.names.zone("dynamic") for _ in range(world.confusers.dynamic_parents)]
    made.groups.append(_subject(world, by_group["subject"], parents, tools, made))
    for i, count in enumerate(world.background.members):
        name = f"other-{i + 1:02d}"
        made.groups.append(_other(world, (i, name), by_group[name][:count], parents, tools, made))
    surroundings(world, made, parents, (tools.book, tools.names, chance(seed, "surroundings")))
    confuse(world, made, kinds, (tools.book, tools.names, chance(seed, "confusers")))
    _finish(world, made, seed)
    return made


def _declare(world: World, book: AddressBook) -> None:
    for source in (*world.subject.operators.logins_from, *world.subject.operators.htran_from):
        if source.network:
            book.declare(source.network, source.country, source.holder)


def _subject_cast(world: World, seed: int, rng: Random) -> list[Part]:
    subject = world.subject
    spans = subject_spans(world, seed)
    sectors = _sectors(world, spans, rng)
    countries = spread({c.code: c.count for c in subject.countries}, rng)
    english = {c.code: c.english for c in subject.countries}
    cast = [
        Part("subject", "member", span, sector, code, english[code])
        for span, sector, code in zip(spans, sectors, countries, strict=True)
    ]
    for _ in range(subject.thin):
        sector, country = rng.choice(subject.sectors).name, rng.choice(subject.countries)
        cast.append(Part(None, "thin", single_span(world, rng), sector, country.code, country.english))
    return cast


def _sectors(world: World, spans: list[Span], rng: Random) -> list[str]:
    """Sectors by quota, the victims of the burst in exactly as many as the quota says."""
    left = {sector.name: sector.count for sector in world.subject.sectors}
    burst = world.subject.burst
    chosen = rng.sample(list(left), burst.sectors)
    chosen.sort(key=lambda name: -left[name])
    in_burst = list(chosen)
    while len(in_burst) < burst.victims:
        room = [name for name in chosen if in_burst.count(name) < left[name]]
        in_burst.append(rng.choice(room or list(left)))
    for name in in_burst:
        left[name] -= 1
    rng.shuffle(in_burst)
    rest = spread(left, rng)
    return [in_burst.pop() if span.burst else rest.pop() for span in spans]


def _other_cast(world: World, seed: int) -> list[Part]:
    cast = []
    for i, count in enumerate(world.background.members):
        rng = chance(seed, "other", i)
        spans = group_spans(world, count, rng)
        cast += [_other_part(world, f"other-{i + 1:02d}", "member", span, rng) for span in spans]
    return cast


def _other_part(world: World, group: str | None, kind: str, span: Span, rng: Random) -> Part:
    weights = world.background.countries
    country = rng.choices(list(weights), list(weights.values()))[0]
    return Part(
        group, kind, span, rng.choice(world.subject.sectors).name, country, country in ("US", "GB", "CA", "AU", "IN")
    )


def _nobody(world: World, seed: int) -> list[Part]:
    """Copycats after publication, red teams, commodity malware: they belong to no group."""
    rng, planted = chance(seed, "nobody"), world.confusers
    cast = [
        _other_part(world, None, "copycat", single_span(world, rng, at(world.report) + 10 * DAY), rng)
        for _ in range(planted.copycats)
    ]
    for kind, count in (("red-team", planted.red_team), ("commodity", planted.commodity)):
        cast += [_other_part(world, None, kind, single_span(world, rng), rng) for _ in range(count)]
    return cast


def _intrusion(number: int, part: Part, tools: Tools) -> Intrusion:
    rng, span = tools.rng, part.span
    victim: Victim = people.victim(part.sector, (part.country, part.english), (tools.book, tools.names, rng))
    kit = Kit(
        rng.choice(_NETWORKS),
        rng.choice(("winlogbeat", "evtxecmd")),
        rng.random() < 0.4,
        rng.random() < 0.3,
        rng.random() < 0.2,
    )
    return Intrusion(
        f"IN-{number + 1:04d}",
        number,
        part.group,
        part.group == "subject",
        part.kind == "thin",
        span.first,
        span.last,
        span.open_start,
        span.open_end,
        victim,
        kit,
    )


def _members(intrusions: list[Intrusion]) -> dict[str, list[Intrusion]]:
    found: dict[str, list[Intrusion]] = {}
    for intrusion in sorted(intrusions, key=lambda i: i.first):
        if intrusion.group:
            found.setdefault(intrusion.group, []).append(intrusion)
    return found


def _subject(world: World, members: list[Intrusion], parents: list[str], tools: Tools, made: Plan) -> Group:
    subject, rng = world.subject, tools.rng
    window = (at(world.window[0]), at(world.window[1]))
    group = Group(
        "subject", True, subject.nexus, subject.operators.utc_offset, _agent(tools), [m.number for m in members]
    )
    _rest(members, subject.dwell.revisited, rng)
    group.registrants = people.subject_registrants(subject.registrants, (tools.names, rng))
    group.handles = _handles(group.registrants, subject.habits.personas, tools)
    countries = spread(subject.servers.countries, rng)
    abroad = [c for c in countries if c != subject.nexus] or countries
    chosen = rng.sample(abroad, min(subject.operators.hops, len(abroad)))
    chosen += [subject.nexus] * (subject.operators.hops - len(chosen))
    group.hops = operators.hops(group, chosen, window, (tools.book, rng))
    operators.subject_logins(group, subject.operators, window, (tools.book, rng))
    operators.subject_relays(group, subject.operators, window, (tools.book, rng))
    group.servers = operators.servers_of(group, members, window, rng)
    for country in chosen:
        countries.remove(country)
    quota = _subject_quota(world, countries)
    infrastructure.build(group, quota, members, (tools.book, tools.names, rng), parents)
    families = subject.families
    malware = arsenal.Quota(
        backdoors=families.backdoors,
        web=families.web,
        yara_only=families.yara_only,
        utilities=families.utilities,
        samples=families.samples,
        web_samples=families.web_samples,
        first_compile=at(families.first_compile, 3),
        prefix=tools.names.family(),
    )
    _arm(group, malware, members, subject.habits.passwords, tools)
    behaviour.habits(group, members, subject.habits, (tools.names, rng))
    behaviour.theft(group, members, subject.theft, rng)
    _connect(group, subject.certificates, made, tools)
    made.hops += group.hops
    return group


def _rest(members: list[Intrusion], count: int, rng: Random) -> None:
    """Some long cases have months in which the adversary stayed away, and came back."""
    long = [m for m in members if m.last - m.first > 400 * DAY]
    for member in rng.sample(long, min(count, len(long))):
        length = member.last - member.first
        start = member.first + int(length * 0.35)
        member.quiet = start, start + max(110 * DAY, int(length * 0.2))


def _subject_quota(world: World, countries: list[str]) -> infrastructure.Quota:
    servers, domains = world.subject.servers, world.subject.domains
    alone = servers.addresses - servers.web - servers.backdoor - world.subject.operators.hops
    late = {code: countries.count(code) for code in dict.fromkeys(countries)}
    early = spread(servers.countries, chance(0, "early"))
    early = (early * (servers.early // len(early) + 1))[: servers.early]
    return infrastructure.Quota(
        web=servers.web,
        backdoor=servers.backdoor,
        ftp_alone=alone,
        ftp_shared=servers.ftp - alone,
        early=servers.early,
        countries=late,
        early_countries={code: early.count(code) for code in dict.fromkeys(early)},
        fqdns=domains.fqdns,
        victim_like=domains.victim_like,
        dynamic=domains.dynamic,
        themes=domains.themes,
        first_zone=at(domains.first_zone, 9) + 46 * 60 + 18,
        since=at(world.window[0]),
    )


def _handles(registrants: list[Registrant], count: int, tools: Tools) -> list[str]:
    found = [person.handle for person in dict.fromkeys(registrants) if person.handle]
    return found + [tools.names.handle() for _ in range(count - len(found))]


def _agent(tools: Tools) -> str:
    """A User-Agent that no browser sends; the word in it is the group's alone."""
    rng = tools.rng
    browser = f"MSIE {rng.randint(5, 7)}.{rng.randint(0, 99):02d}"
    return (
        f"Mozilla/4.{rng.randint(1, 9)} (compatible; {browser}; {tools.names.new(tools.names.word(2, 2)).capitalize()})"
    )


def _arm(group: Group, malware: arsenal.Quota, members: list[Intrusion], passwords: int, tools: Tools) -> None:
    arsenal.families(group, malware, (tools.names, tools.rng))
    group.passwords = [
        f"{tools.names.new(tools.names.word(2, 2))}{tools.rng.choice(('!@#', '$%^', '#2', '123!'))}"
        for _ in range(passwords)
    ]
    arsenal.deploy(group, malware, members, tools.rng)
    arsenal.hidden_rules(group, members, tools.rng)


def _connect(group: Group, certificates: int, made: Plan, tools: Tools) -> None:
    by_number = {intrusion.number: intrusion for intrusion in made.intrusions}
    subjects = [f"{tools.names.word()}.{tools.names.word(1, 2)}" for _ in range(certificates)]
    contacts.certify(group, certificates, by_number, subjects, tools.rng)
    words = [tools.names.new(tools.names.word(2, 2)) for _ in range(3)]
    style = contacts.Style(group.agent, (f"/{words[0]}/index.htm", f"/{words[1]}.asp?id=", f"/images/{words[2]}.html"))
    contacts.spread_contacts(group, by_number, style, tools.rng)
    group.resolutions = infrastructure.resolutions(group, tools.rng)


def _other(
    world: World, which: tuple[int, str], members: list[Intrusion], parents: list[str], tools: Tools, made: Plan
) -> Group:
    place, name = which
    back, rng = world.background, tools.rng
    nexus = _nexus(world, place)
    offset = world.subject.operators.utc_offset if nexus == world.subject.nexus else OFFSETS.get(nexus, 1)
    group = Group(name, False, nexus, offset, _agent(tools), [m.number for m in members])
    count = len(members)
    zones = count // 2 + 2
    persons = [people.registrant("", nexus, i == 0, 0, (tools.names, rng)) for i in range(max(zones // 3, 1))]
    group.registrants = (persons * zones)[:zones]
    group.handles = [person.handle for person in persons if person.handle]
    span = (members[0].first, max(members[0].first + 90 * DAY, *(m.last for m in members)))
    group.hops = operators.hops(
        group, [rng.choice(("US", "DE", "KR", "NL")) for _ in range(back.hops)], span, (tools.book, rng)
    )
    sources = [tools.book.take(nexus) for _ in range(rng.randint(3, 8))]
    operators.group_logins(group, back.logins, sources, LAYOUTS.get(nexus, "0x0409"), rng)
    infrastructure.build(
        group, _other_quota(back, count, zones, members, rng), members, (tools.book, tools.names, rng), parents
    )
    group.servers += operators.servers_of(group, members, span, rng)
    _arm(group, _other_malware(back, count, members), members, 2, tools)
    behaviour.archives(group, members, 150, rng)
    for member in members:
        if rng.random() < 0.5:
            behaviour.phishing(group, member, "", (tools.names, rng))
    _connect(group, 1, made, tools)
    made.hops += group.hops
    return group


def _nexus(world: World, place: int) -> str:
    back = world.background
    return world.subject.nexus if place < back.same_nexus else back.nexus[(place - back.same_nexus) % len(back.nexus)]


def _other_quota(
    back: Background, count: int, zones: int, members: list[Intrusion], rng: Random
) -> infrastructure.Quota:
    servers = max(round(back.servers_per_member * count), 2 * count + 1)
    web = servers // 3
    countries = spread({"US": servers // 3, "KR": servers // 4, "DE": servers - servers // 3 - servers // 4}, rng)
    themes = spread(dict.fromkeys(_THEMES, zones // 4 + 1), rng)[:zones]
    return infrastructure.Quota(
        web=web,
        backdoor=servers - web,
        ftp_alone=0,
        ftp_shared=0,
        early=0,
        countries={code: countries.count(code) for code in dict.fromkeys(countries)},
        early_countries={},
        fqdns=max(round(back.fqdns_per_member * count), servers + zones + 1),
        victim_like=0,
        dynamic=max(count // 3, 1),
        themes={theme: themes.count(theme) for theme in dict.fromkeys(themes)},
        first_zone=members[0].first - 500 * DAY,
        since=0,
    )


def _other_malware(back: Background, count: int, members: list[Intrusion]) -> arsenal.Quota:
    total = max(round(back.samples_per_member * count), back.families + 1)
    return arsenal.Quota(
        backdoors=back.families,
        web=1,
        yara_only=0,
        utilities=1,
        samples=max(total, back.families + 1),
        web_samples=max(total // 3, 1),
        first_compile=members[0].first - 700 * DAY,
        prefix="",
    )


def _finish(world: World, made: Plan, seed: int) -> None:
    """Neutral ids for hops, traces in order of time."""
    rng = chance(seed, "hops")
    rng.shuffle(made.hops)
    for i, hop in enumerate(made.hops):
        hop.number, hop.id = i, f"HOP-{i + 1:03d}"
    for intrusion in made.intrusions:
        own = intrusion.own
        own.contacts.sort(key=lambda c: (c.first, c.domain, c.address, c.port))
        own.drops.sort(key=lambda d: (d.moment, d.sample.md5))
        own.commands.sort(key=lambda c: (c.moment, c.line))
