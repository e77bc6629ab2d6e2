"""What makes it hard: planted by count, each with a line that says where it is."""

from collections.abc import Callable, Sequence
from random import Random

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.chance import hexes
from backtrail_worlds.clock import DAY, at
from backtrail_worlds.names import Names
from backtrail_worlds.plan.arsenal import folder_of, sample
from backtrail_worlds.plan.contacts import PLAIN_AGENT
from backtrail_worlds.plan.model import (
    Command,
    Contact,
    Drop,
    Family,
    Finding,
    Group,
    Hop,
    Intrusion,
    Listing,
    Login,
    Plan,
    Planted,
    Resolution,
    Sample,
    Server,
    Traces,
    Use,
    Zone,
)
from backtrail_worlds.plan.surroundings import public_family, put_tool
from backtrail_worlds.spec import World

Tools = tuple[AddressBook, Names, Random]


class _Stage:
    """The plan, with what every confuser needs to find its way in it."""

    def __init__(self, world: World, plan: Plan, kinds: Sequence[str], tools: Tools) -> None:
        self.world, self.plan, self.kinds = world, plan, kinds
        self.book, self.names, self.rng = tools
        self.subject = plan.groups[0]
        self.others = plan.groups[1:]
        self.hosting: list[str] = []
        self.sinkholes: list[str] = []
        self.leaked: Family | None = None

    def members(self, group: Group) -> list[Intrusion]:
        return [self.plan.intrusions[number] for number in group.members]

    def of_kind(self, kind: str) -> list[Intrusion]:
        return [i for i, k in zip(self.plan.intrusions, self.kinds, strict=True) if k == kind]

    def note(self, kind: str, what: str, where: Sequence[Intrusion], groups: Sequence[str] = ()) -> None:
        for intrusion in where:
            if kind not in intrusion.confusers:
                intrusion.confusers.append(kind)
        self.plan.planted.append(Planted(kind, what, [i.id for i in where], list(groups)))

    def two(self) -> list[Group]:
        return self.rng.sample(self.others, min(2, len(self.others)))


def confuse(world: World, plan: Plan, kinds: Sequence[str], tools: Tools) -> None:
    """Plant every confuser as often as the world says."""
    stage = _Stage(world, plan, kinds, tools)
    steps: list[tuple[Callable[[_Stage, int], None], int]] = [
        (_shared_hosting, world.confusers.shared_hosting),
        (_cdn, world.confusers.cdn),
        (_reassigned, world.confusers.reassigned),
        (_reregistered, world.confusers.reregistered),
        (_parked, world.confusers.parked),
        (_sinkholed, world.confusers.sinkholed),
        (_hacked_sites, world.confusers.hacked_sites),
        (_same_netblock, world.confusers.same_netblock),
        (_vpn_exits, world.confusers.vpn_exits),
        (_leaked_builder, world.confusers.leaked_builder),
        (_quartermaster, world.confusers.quartermaster),
        (_false_flags, world.confusers.false_flags),
        (_thin, world.subject.thin),
        (_copycats, world.confusers.copycats),
        (_red_team, world.confusers.red_team),
        (_commodity, world.confusers.commodity),
        (_public_tools, world.confusers.public_tools),
        (_typos, world.confusers.typos),
        (_skew, world.confusers.clock_skew),
        (_two_in_one, world.confusers.two_in_one),
        (_broken, world.confusers.broken_lines),
        (_duplicates, world.confusers.duplicates),
    ]
    for step, count in steps:
        if count:
            step(stage, count)
    listings = (("hosting", "Shared hosting and CDN", stage.hosting), ("sinkholes", "Sinkholes", stage.sinkholes))
    for file, name, values in listings:
        plan.listings.append(Listing(file, name, "cidr", ["ip-dst", "ip-src"], [f"{value}/32" for value in values]))


def _contact(stage: _Stage, where: Intrusion, name: str, address: str, *, known: bool, **more: object) -> Contact:
    first = int(more.get("first", where.first))  # type: ignore[call-overload]
    last = int(more.get("last", where.last))  # type: ignore[call-overload]
    made = Contact(
        name,
        address,
        80,
        str(more.get("kind", "web")),
        first,
        last,
        stage.rng.randint(2, 6),
        str(more.get("group", "")),
        known,
        agent=str(more.get("agent", PLAIN_AGENT)),
        path=f"/{stage.names.word()}.htm",
    )
    where.own.contacts.append(made)
    return made


def _moved(stage: _Stage, group: Group, server: Server, address: str) -> list[Intrusion]:
    """Give a server of a group another address, in its traces and resolutions too."""
    old, server.address = server.address, address
    touched = []
    for intrusion in stage.members(group):
        own = intrusion.own
        if any(c.address == old for c in own.contacts):
            touched.append(intrusion)
        own.contacts = [_readdressed(c, address) if c.address == old else c for c in own.contacts]
    group.resolutions = [
        Resolution(r.name, address, r.first, r.last, r.group) if r.address == old else r for r in group.resolutions
    ]
    return touched


def _readdressed(contact: Contact, address: str) -> Contact:
    fields = {name: getattr(contact, name) for name in contact.__struct_fields__}
    return Contact(**{**fields, "address": address})


def _movable(stage: _Stage, group: Group) -> list[Server]:
    return [s for s in group.servers if s.names and not s.link and s.kind in ("web", "backdoor")] or [
        s for s in group.servers if s.names and s.kind in ("web", "backdoor")
    ]


def _shared_hosting(stage: _Stage, count: int) -> None:
    """One address of a hosting company holds names of the subject and of two other groups, and harmless ones."""
    fit = [
        s
        for s in stage.subject.servers
        if s.kind == "web" and s.names and not s.early and s.country != stage.subject.nexus
    ]
    for server in stage.rng.sample(fit, min(count, len(fit))):
        touched = [stage.plan.intrusions[use.member] for use in server.uses]
        groups = stage.two()
        for group in groups:
            touched += _moved(stage, group, stage.rng.choice(_movable(stage, group)), server.address)
        _neighbours(stage, server.address)
        stage.hosting.append(server.address)
        stage.note("shared_hosting", server.address, touched, ["subject", *(g.id for g in groups)])


def _neighbours(stage: _Stage, address: str) -> None:
    """Harmless names on the same address, in passive DNS."""
    low, high = at(stage.world.start), at(stage.world.end)
    stage.plan.extra_resolutions += [
        Resolution(stage.names.zone("benign"), address, low, high, "") for _ in range(stage.rng.randint(8, 30))
    ]


def _cdn(stage: _Stage, count: int) -> None:
    """A server of another group sits behind an address that popular sites share."""
    shared = [b.address for i, b in enumerate(stage.plan.popular) if i % 7 == 6]
    for address in stage.rng.sample(shared, min(count, len(shared))):
        group = stage.rng.choice(stage.others)
        touched = _moved(stage, group, stage.rng.choice(_movable(stage, group)), address)
        stage.hosting.append(address)
        stage.note("cdn", address, touched, [group.id])


def _reassigned(stage: _Stage, count: int) -> None:
    """An address that the subject left is another group's more than half a year later."""
    for _ in range(count):
        group = stage.rng.choice(stage.others)
        pairs = [
            (old, new)
            for old in stage.subject.servers
            for new in _movable(stage, group)
            if old.last + 200 * DAY < new.first and old.address not in stage.hosting and old.kind in ("web", "backdoor")
        ]
        if pairs:
            old, new = stage.rng.choice(pairs)
            touched = _moved(stage, group, new, old.address)
            touched += [stage.plan.intrusions[use.member] for use in old.uses]
            stage.note("reassigned", old.address, touched, ["subject", group.id])


def _reregistered(stage: _Stage, count: int) -> None:
    """A zone that the subject let expire is registered by another group, which uses a new name in it."""
    last_use = {zone.name: _last_use(stage.subject, zone.name) for zone in stage.subject.zones}
    left = count
    for zone in sorted(stage.subject.zones, key=lambda zone: last_use[zone.name]):
        free = last_use[zone.name] + 90 * DAY
        fit = [(g, i) for g in stage.others for i in stage.members(g) if i.last > free + 20 * DAY]
        if not left or not fit:
            break
        left -= 1
        zone.expires = last_use[zone.name] + 20 * DAY
        group, where = stage.rng.choice(fit)
        first = max(where.first, free)
        stage.plan.extra_zones.append(
            Zone(zone.name, zone.theme, group.id, group.registrants[0], first - 15 * DAY, first + 730 * DAY)
        )
        _use_again(stage, group, where, stage.names.host(zone.name, stage.names.word()), first)
        stage.note("reregistered", zone.name, [where], ["subject", group.id])


def _last_use(group: Group, zone: str) -> int:
    ends = [r.last for r in group.resolutions if r.name == zone or r.name.endswith("." + zone)]
    return max(ends, default=0)


def _use_again(stage: _Stage, group: Group, where: Intrusion, name: str, first: int) -> None:
    """A new server of the group under a name in the zone, used at one victim."""
    address = stage.book.take("US")
    group.servers.append(
        Server(
            address,
            80,
            "web",
            "US",
            group.id,
            first,
            where.last,
            uses=[Use(where.number, first, where.last)],
            names=[name],
        )
    )
    group.resolutions.append(Resolution(name, address, first - 2 * DAY, where.last + 5 * DAY, group.id))
    group.names[name] = "reregistered"
    _contact(stage, where, name, address, known=True, first=first, group=group.id)


def _parked(stage: _Stage, count: int) -> None:
    """Names of several groups point to one parking address after they were given up."""
    address = stage.book.take("US")
    stage.hosting.append(address)
    names = []
    for group in (stage.subject, *stage.others):
        for zone in stage.rng.sample(group.zones, min(count, len(group.zones))):
            first = _last_use(group, zone.name) + 40 * DAY
            stage.plan.extra_resolutions.append(Resolution(zone.name, address, first, first + 300 * DAY, ""))
            names.append(zone.name)
    stage.note(
        "parked", f"{address}: {', '.join(names[:6])} and others", [], ["subject", *(g.id for g in stage.others)]
    )


def _sinkholed(stage: _Stage, count: int) -> None:
    """Defenders take over names of two groups; a victim of another group goes on calling."""
    for _ in range(count):
        address = stage.book.take("US")
        stage.sinkholes.append(address)
        group = stage.rng.choice(stage.others)
        touched = []
        for whose in (stage.subject, group):
            server = max((s for s in whose.servers if s.names), key=lambda s: (s.last, s.address))
            first = server.last + 6 * DAY
            stage.plan.extra_resolutions.append(Resolution(server.names[0], address, first, first + 400 * DAY, ""))
            if whose is group:
                where = stage.plan.intrusions[server.uses[0].member]
                _contact(stage, where, server.names[0], address, known=False, kind="sinkhole", first=where.last - DAY)
                touched.append(where)
        stage.note("sinkholed", address, touched, ["subject", group.id])


def _hacked_sites(stage: _Stage, count: int) -> None:
    """An honest site was abused by two groups, a year or more apart."""
    for _ in range(count):
        pairs = [
            (a, b)
            for g in stage.others
            for h in stage.others
            if g is not h
            for a in stage.members(g)
            for b in stage.members(h)
            if a.last + 365 * DAY < b.first
        ]
        if not pairs:
            pairs = [(stage.members(stage.others[0])[0], stage.members(stage.others[-1])[-1])]
        two = stage.rng.choice(pairs)
        site, address = stage.names.zone("benign"), stage.book.take("US")
        for where in two:
            _contact(stage, where, site, address, known=True, group=where.group or "")
            stage.plan.extra_resolutions.append(Resolution(site, address, where.first, where.last, ""))
        stage.note("hacked_sites", site, two, [i.group or "" for i in two])


def _same_netblock(stage: _Stage, count: int) -> None:
    """Another group logs in from inside a home network of the subject."""
    homes = [s for s in stage.world.subject.operators.logins_from if s.home]
    for i in range(count):
        group = stage.others[i % max(stage.world.background.same_nexus, 1)]
        network = stage.rng.choice(homes).network
        client = stage.book.take_from(network)
        _relogin(stage, group, client)
        stage.note("same_netblock", f"{client} in {network}", [], ["subject", group.id])


def _relogin(stage: _Stage, group: Group, client: str) -> None:
    """Two of the group's log-ins come from this client."""
    for hop in group.hops:
        for place in stage.rng.sample(range(len(hop.logins)), min(2, len(hop.logins))):
            old = hop.logins[place]
            hop.logins[place] = Login(
                old.moment, client, old.country, old.layout, old.machine, old.account, old.minutes
            )


def _vpn_exits(stage: _Stage, count: int) -> None:
    """An exit of a VPN service, used by the subject and by another group."""
    home = stage.world.subject.operators.logins_from[0].country
    clients = sorted({login.client for hop in stage.subject.hops for login in hop.logins if login.country != home})
    for client in stage.rng.sample(clients, min(count, len(clients))):
        group = stage.rng.choice(stage.others)
        _relogin(stage, group, client)
        stage.note("vpn_exits", client, [], ["subject", group.id])


def _put(stage: _Stage, where: Intrusion, made: Sample, known: str) -> None:
    moment = max(where.first, min(where.last, where.first + stage.rng.randint(0, 30) * DAY))
    host = stage.rng.randrange(len(where.victim.hosts))
    where.own.drops.append(Drop(made, moment, folder_of(made, stage.rng), host, known))


def _leak(stage: _Stage) -> Family:
    if stage.leaked is None:
        stage.leaked = public_family(stage.names.family(), "", stage.names, stage.rng)
        stage.plan.public.append(stage.leaked)
    return stage.leaked


def _leaked_builder(stage: _Stage, count: int) -> None:
    """A builder everybody has since a date: the same mutex and password at several groups, different files."""
    since = at(stage.world.start) + (at(stage.world.end) - at(stage.world.start)) // 2
    fit = [i for g in stage.others for i in stage.members(g) if i.last > since + 20 * DAY]
    chosen = stage.rng.sample(fit, min(count, len(fit)))
    for where in chosen:
        _put(stage, where, sample(_leak(stage), since, stage.rng), "triage")
    stage.note("leaked_builder", _leak(stage).name, chosen, sorted({i.group or "" for i in chosen}))


def _quartermaster(stage: _Stage, count: int) -> None:
    """Another group was given a family of the subject: its own builds of it, the same mutex."""
    family = next(f for f in stage.subject.families if f.kind == "backdoor" and f.mutexes and not f.yara_only)
    group = stage.rng.choice(stage.others)
    members = stage.members(group)
    chosen = stage.rng.sample(members, min(count, len(members)))
    for where in chosen:
        made = sample(family, where.first - 40 * DAY, stage.rng)
        _put(
            stage,
            where,
            Sample(**{**{n: getattr(made, n) for n in made.__struct_fields__}, "group": group.id}),
            "triage",
        )
    stage.note("quartermaster", family.name, chosen, ["subject", group.id])


def _false_flags(stage: _Stage, count: int) -> None:
    """Another group leaves the subject's debug path, language and working hours in a file."""
    paths = [f.pdb for f in stage.subject.families if f.pdb]
    fit = [i for g in stage.others if g.nexus != stage.subject.nexus for i in stage.members(g) if i.own.drops]
    fit = fit or [i for g in stage.others for i in stage.members(g)]
    for where in stage.rng.sample(fit, min(count, len(fit))):
        path = stage.rng.choice(paths)
        compiled = where.first - where.first % DAY - 9 * DAY + (10 - stage.subject.utc_offset) * 3600
        made = Sample(
            hexes(stage.rng, 32),
            hexes(stage.rng, 40),
            hexes(stage.rng, 64),
            40_960,
            compiled,
            hexes(stage.rng, 32),
            "",
            "update.exe",
            path,
            "",
            where.group or "",
        )
        _put(stage, where, made, "triage")
        stage.note("false_flags", path, [where], [where.group or "", "subject"])


def _thin(stage: _Stage, count: int) -> None:
    """Looks like the subject: a shared hosting address it used, public tools, one hint that anybody could plant."""
    hosts = stage.hosting or [stage.book.take("US")]
    for where in stage.of_kind("thin")[:count]:
        address = stage.rng.choice(hosts[: stage.world.confusers.shared_hosting or 1])
        name = stage.names.host(stage.names.zone("other"))
        agent = stage.subject.agent if stage.rng.random() < 0.5 else PLAIN_AGENT
        _contact(stage, where, name, address, known=True, agent=agent)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        for tool in stage.rng.sample(stage.plan.tools, min(3, len(stage.plan.tools))):
            put_tool(where, tool, stage.rng)
        hint = stage.rng.choice([f for f in stage.subject.families if f.file_names])
        where.findings.append(
            Finding("filename", hint.file_names[0], "tool", where.first, where.first, "as in other cases?")
        )
        stage.note("thin", f"{address}, {hint.file_names[0]}, public tools", [where], ["subject"])


def _copycats(stage: _Stage, count: int) -> None:
    """After publication somebody uses what was published: password, file name, agent. Nothing else is the subject's."""
    families = [f for f in stage.subject.families if f.kind != "utility"]
    for where in stage.of_kind("copycat")[:count]:
        family = stage.rng.choice(families)
        name, address = stage.names.host(stage.names.zone("other")), stage.book.take("NL")
        _contact(stage, where, name, address, known=True, agent=stage.subject.agent)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        password = stage.subject.passwords[0]
        line = f"rar.log a out.rar -v200m C:\\WINDOWS\\Temp\\out -hp{password}"
        where.own.commands.append(Command(where.first + DAY, "C:\\WINDOWS\\Tasks\\rar.log", line, 0, known=True))
        made = sample(public_family("", "", stage.names, stage.rng), where.first - 3 * DAY, stage.rng)
        made = Sample(
            **{**{n: getattr(made, n) for n in made.__struct_fields__}, "family": "", "file_name": family.file_names[0]}
        )
        _put(stage, where, made, "triage")
        stage.note("copycats", f"{password}, {family.file_names[0]}, {stage.subject.agent}", [where], ["subject"])


def _red_team(stage: _Stage, count: int) -> None:
    """A test that the victim ordered: public tools, infrastructure of its own."""
    for where in stage.of_kind("red-team")[:count]:
        name, address = stage.names.host(stage.names.zone("technology")), stage.book.take("US")
        _contact(stage, where, name, address, known=True)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        for tool in stage.rng.sample(stage.plan.tools, min(4, len(stage.plan.tools))):
            put_tool(where, tool, stage.rng)
        where.notes.append("The client says that it had ordered a penetration test in these weeks.")
        stage.note("red_team", name, [where])


def _commodity(stage: _Stage, count: int) -> None:
    """Malware that anybody rents: the leaked family, a server of its own."""
    for where in stage.of_kind("commodity")[:count]:
        name, address = stage.names.host(stage.names.zone("benign")), stage.book.take("UA")
        _contact(stage, where, name, address, known=True)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        _put(stage, where, sample(_leak(stage), where.first - 9 * DAY, stage.rng), "triage")
        stage.note("commodity", name, [where])


def _public_tools(stage: _Stage, count: int) -> None:
    """Public tools at every second victim of any group."""
    where = [i for i in stage.plan.intrusions if i.group and stage.rng.random() < 0.5]
    for intrusion in where:
        for tool in stage.rng.sample(stage.plan.tools, min(stage.rng.randint(1, 3), len(stage.plan.tools))):
            put_tool(intrusion, tool, stage.rng)
    stage.note("public_tools", f"{count} files", where)


def _typos(stage: _Stage, count: int) -> None:
    """A responder mistyped a hash or a name: a row of the findings that is nobody's."""
    fit = [i for i in stage.plan.intrusions if any(c.known and c.domain for c in i.own.contacts) and i.own.drops]
    for where in stage.rng.sample(fit, min(count, len(fit))):
        right = next(c for c in where.own.contacts if c.known and c.domain)
        wrong = right.domain.replace(".", "", 1) if right.domain.count(".") > 1 else right.domain[1:]
        digest = where.own.drops[0].sample.md5
        typed = digest[:7] + ("0" if digest[7] != "0" else "1") + digest[8:]
        where.findings.append(Finding("domain", wrong, "c2", right.first, right.last))
        where.findings.append(Finding("md5", typed, "tool", right.first, right.first))
        stage.note("typos", f"{wrong}, {typed}", [where])


def _skew(stage: _Stage, count: int) -> None:
    """The clocks of a victim's hosts are wrong by minutes; the network sensors are right."""
    for where in stage.rng.sample(stage.plan.intrusions, min(count, len(stage.plan.intrusions))):
        where.skew = stage.rng.choice((-1, 1)) * stage.rng.randint(180, 2700)
        how = "fast" if where.skew > 0 else "slow"
        where.notes.append(
            f"The clocks of the hosts are {abs(where.skew)} seconds {how}; host logs were not corrected."
        )
        stage.note("clock_skew", f"{where.skew} s", [where])
    for hop in stage.plan.hops:
        if hop.skew or hop.clock != "UTC":
            stage.plan.planted.append(
                Planted("server_clock", f"{hop.address}: clock {hop.clock}, {hop.skew} s fast", [], [hop.group])
            )


def _two_in_one(stage: _Stage, count: int) -> None:
    """Two groups in one victim at once: two manifests, one victim, and both in the logs of each."""
    pairs = [
        (a, b)
        for a in stage.members(stage.subject)
        for g in stage.others
        for b in stage.members(g)
        if min(a.last, b.last) - max(a.first, b.first) > 30 * DAY and not a.open_start
    ]
    stage.rng.shuffle(pairs)
    used: set[int] = set()
    for a, b in pairs:
        if len(used) >= 2 * count:
            break
        if a.number in used or b.number in used:
            continue
        used |= {a.number, b.number}
        b.victim, b.own.mails = a.victim, []
        both = [(a, _during(b.own, a), b), (b, _during(a.own, b), a)]
        for where, traces, _ in both:
            where.foreign.append(traces)
        stage.note("two_in_one", f"{a.id} and {b.id} are one victim", [a, b], ["subject", b.group or ""])


def _during(traces: Traces, where: Intrusion) -> Traces:
    """What of another's traces falls into an intrusion, as its logs show it: nothing of it is known."""
    hosts = len(where.victim.hosts)
    contacts = []
    for c in traces.contacts:
        first, last = max(c.first, where.first), min(c.last, where.last)
        if first <= last and not c.stolen:
            fields = {name: getattr(c, name) for name in c.__struct_fields__}
            contacts.append(Contact(**{**fields, "first": first, "last": last, "known": False}))
    return Traces(
        contacts,
        [
            Drop(d.sample, d.moment, d.folder, d.host % hosts)
            for d in traces.drops
            if where.first <= d.moment <= where.last
        ],
        [
            Command(c.moment, c.image, c.line, c.host % hosts)
            for c in traces.commands
            if where.first <= c.moment <= where.last
        ],
    )


def _broken(stage: _Stage, count: int) -> None:
    """Lines that no reader can read, in known places."""
    targets: list[Intrusion | Hop] = [*stage.plan.intrusions, *stage.plan.hops]
    for _ in range(count):
        stage.rng.choice(targets).broken += 1
    stage.note("broken_lines", f"{count} lines; see files.jsonl", [i for i in stage.plan.intrusions if i.broken])


def _duplicates(stage: _Stage, count: int) -> None:
    """The same line twice."""
    for _ in range(count):
        stage.rng.choice(stage.plan.intrusions).doubled += 1
    stage.note("duplicates", f"{count} lines", [i for i in stage.plan.intrusions if i.doubled])
