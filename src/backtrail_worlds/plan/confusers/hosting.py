"""Names and addresses that mislead: shared, reassigned, registered again, parked, sinkholed, hacked, rented."""

from backtrail_worlds.clock import DAY, at
from backtrail_worlds.plan.confusers.stage import Stage, contact
from backtrail_worlds.plan.model import Contact, Group, Intrusion, Login, Resolution, Server, Use, Zone


def _moved(stage: Stage, group: Group, server: Server, address: str) -> list[Intrusion]:
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


def _movable(stage: Stage, group: Group) -> list[Server]:
    return [s for s in group.servers if s.names and not s.link and s.kind in ("web", "backdoor")] or [
        s for s in group.servers if s.names and s.kind in ("web", "backdoor")
    ]


def shared_hosting(stage: Stage, count: int) -> None:
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


def _neighbours(stage: Stage, address: str) -> None:
    """Harmless names on the same address, in passive DNS."""
    low, high = at(stage.world.start), at(stage.world.end)
    stage.plan.extra_resolutions += [
        Resolution(stage.names.zone("benign"), address, low, high, "") for _ in range(stage.rng.randint(8, 30))
    ]


def cdn(stage: Stage, count: int) -> None:
    """A server of another group sits behind an address that popular sites share."""
    shared = [b.address for i, b in enumerate(stage.plan.popular) if i % 7 == 6]
    for address in stage.rng.sample(shared, min(count, len(shared))):
        group = stage.rng.choice(stage.others)
        touched = _moved(stage, group, stage.rng.choice(_movable(stage, group)), address)
        stage.hosting.append(address)
        stage.note("cdn", address, touched, [group.id])


def reassigned(stage: Stage, count: int) -> None:
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


def reregistered(stage: Stage, count: int) -> None:
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


def _use_again(stage: Stage, group: Group, where: Intrusion, name: str, first: int) -> None:
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
    contact(stage, where, name, address, known=True, first=first, group=group.id)


def parked(stage: Stage, count: int) -> None:
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


def sinkholed(stage: Stage, count: int) -> None:
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
                contact(stage, where, server.names[0], address, known=False, kind="sinkhole", first=where.last - DAY)
                touched.append(where)
        stage.note("sinkholed", address, touched, ["subject", group.id])


def hacked_sites(stage: Stage, count: int) -> None:
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
            contact(stage, where, site, address, known=True, group=where.group or "")
            stage.plan.extra_resolutions.append(Resolution(site, address, where.first, where.last, ""))
        stage.note("hacked_sites", site, two, [i.group or "" for i in two])


def same_netblock(stage: Stage, count: int) -> None:
    """Another group logs in from inside a home network of the subject."""
    homes = [s for s in stage.world.subject.operators.logins_from if s.home]
    for i in range(count):
        group = stage.others[i % max(stage.world.background.same_nexus, 1)]
        network = stage.rng.choice(homes).network
        client = stage.book.take_from(network)
        _relogin(stage, group, client)
        stage.note("same_netblock", f"{client} in {network}", [], ["subject", group.id])


def _relogin(stage: Stage, group: Group, client: str) -> None:
    """Two of the group's log-ins come from this client."""
    for hop in group.hops:
        for place in stage.rng.sample(range(len(hop.logins)), min(2, len(hop.logins))):
            old = hop.logins[place]
            hop.logins[place] = Login(
                old.moment, client, old.country, old.layout, old.machine, old.account, old.minutes
            )


def vpn_exits(stage: Stage, count: int) -> None:
    """An exit of a VPN service, used by the subject and by another group."""
    home = stage.world.subject.operators.logins_from[0].country
    clients = sorted({login.client for hop in stage.subject.hops for login in hop.logins if login.country != home})
    for client in stage.rng.sample(clients, min(count, len(clients))):
        group = stage.rng.choice(stage.others)
        _relogin(stage, group, client)
        stage.note("vpn_exits", client, [], ["subject", group.id])
