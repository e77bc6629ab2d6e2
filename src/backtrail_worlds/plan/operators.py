"""Operators at their hops: log-ins with exact counts by hour, weekday, layout and network; HTRAN relays."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from random import Random

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.chance import shares, spread
from backtrail_worlds.clock import DAY, HOUR, is_weekday
from backtrail_worlds.plan.model import Group, Hop, Intrusion, Login, Relay, Server, Use, resting
from backtrail_worlds.spec import Operators, Source

WORK = (8, 9, 10, 11, 14, 15, 16, 17)
EVENING = (19, 20, 21)
REST = (0, 7, 12, 13, 18, 18, 22, 23)
OTHER_LAYOUTS = ("0x0409", "0x0409", "0x0412", "0x0411", "0x0404")
_PORTS = (443, 443, 80, 8080, 53)
_PROGRAMS = ("htran.exe", "htran.exe", "hs.exe", "svch0st.exe", "iexp1ore.exe", "lsasss.exe")
_CLOCKS = ("UTC", "UTC", "UTC", "+08:00", "-05:00", "unknown")


def hops(group: Group, countries: Sequence[str], span: tuple[int, int], tools: tuple[AddressBook, Random]) -> list[Hop]:
    """Empty hops; ids are given when those of all groups are shuffled."""
    book, rng = tools
    made = []
    for country in countries:
        skew = rng.choice((0, 0, 0, 0, 37, -212, 845))
        clock = rng.choice(_CLOCKS)
        made.append(
            Hop(
                number=0,
                id="",
                address=book.take(country),
                country=country,
                group=group.id,
                clock=clock,
                skew=0 if clock == "unknown" else skew,
                layout_names=rng.random() < 0.5,
                windows=rng.choice(("winlogbeat", "evtxecmd", "evtxecmd", "")),
                zeek=rng.choice(("tsv", "tsv", "json")),
                listen=rng.choice(_PORTS),
                first=span[0],
                last=span[1],
            )
        )
    return made


def subject_logins(group: Group, quota: Operators, window: tuple[int, int], tools: tuple[AddressBook, Random]) -> None:
    """Every log-in of the quota, spread over the hops."""
    book, rng = tools
    clients = _clients(quota.logins_from, quota.logins, book, rng)
    rest = quota.logins - quota.work - quota.evening
    parts = spread({"work": quota.work, "evening": quota.evening, "rest": rest}, rng)
    days = spread({"week": quota.weekday, "end": quota.logins - quota.weekday}, rng)
    layouts = _layouts(quota, clients, rng)
    machines = [
        f"{rng.choice(('PC', 'WIN', 'USER', 'LENOVO'))}-{rng.getrandbits(28):07X}" for _ in range(max(quota.hops, 6))
    ]
    for part, day, (client, country), layout in zip(parts, days, clients, layouts, strict=True):
        moment = _moment(part, day == "week", window, quota.utc_offset, rng)
        hop = rng.choice(group.hops)
        hop.logins.append(_login(moment, client, country, layout, machines, group, rng))
    for hop in group.hops:
        hop.logins.sort(key=lambda login: login.moment)


def _login(
    moment: int, client: str, country: str, layout: str, machines: Sequence[str], group: Group, rng: Random
) -> Login:
    account = rng.choice((*group.handles, "administrator", "administrator", "admin", "guest"))
    return Login(moment, client, country, layout, rng.choice(machines), account, rng.randint(4, 190))


def _clients(sources: Sequence[Source], logins: int, book: AddressBook, rng: Random) -> list[tuple[str, str]]:
    """A client for each log-in: every address at least once."""
    pool = [(address_of(source, book), source.country) for source in sources for _ in range(source.addresses)]
    counts = shares(logins, [rng.expovariate(1) + 0.05 for _ in pool], least=1)
    clients = [client for client, count in zip(pool, counts, strict=True) for _ in range(count)]
    rng.shuffle(clients)
    return clients


def address_of(source: Source, book: AddressBook) -> str:
    """A new address of a source."""
    return book.take_from(source.network) if source.network else book.take(source.country)


def _layouts(quota: Operators, clients: Sequence[tuple[str, str]], rng: Random) -> list[str]:
    """The group's layout exactly as often as the quota says; others first where the client is abroad."""
    home = quota.logins_from[0].country
    order = sorted(range(len(clients)), key=lambda i: (clients[i][1] == home, rng.random()))
    layouts = [quota.layout] * len(clients)
    for i in order[: quota.logins - quota.layout_sessions]:
        layouts[i] = rng.choice(OTHER_LAYOUTS)
    return layouts


def _moment(part: str, weekday: bool, window: tuple[int, int], offset: int, rng: Random) -> int:
    """A moment in a part of the local day; never near the full hour, so that no log's delay moves it."""
    hour = rng.choice({"work": WORK, "evening": EVENING, "rest": REST}[part])
    days = (window[1] - window[0]) // DAY
    while True:
        local = window[0] + rng.randrange(1, days - 1) * DAY
        if is_weekday(local) == weekday:
            return local + hour * HOUR + rng.randrange(180, HOUR - 180) - offset * HOUR


def subject_relays(group: Group, quota: Operators, window: tuple[int, int], tools: tuple[AddressBook, Random]) -> None:
    """HTRAN instances of the quota, every origin at least once; many origins log in as well, as the same people do."""
    book, rng = tools
    seen: dict[str, list[str]] = {}
    for login in (login for hop in group.hops for login in hop.logins):
        seen.setdefault(_block(login.client, quota.logins_from), []).append(login.client)
    origins = []
    for source in quota.htran_from:
        old = sorted(set(seen.get(source.network, []))) if source.home else []
        kept = rng.sample(old, min(len(old), source.addresses // 3))
        origins += kept + [address_of(source, book) for _ in range(source.addresses - len(kept))]
    counts = shares(quota.htran, [rng.expovariate(1) + 0.05 for _ in origins], least=1)
    for origin, count in zip(origins, counts, strict=True):
        for _ in range(count):
            hop = rng.choice(group.hops)
            hop.relays.append(relay(_moment("work", True, window, quota.utc_offset, rng), origin, rng))
    for hop in group.hops:
        if not hop.relays:
            hop.relays.append(max(group.hops, key=lambda h: len(h.relays)).relays.pop())
        hop.relays.sort(key=lambda r: r.moment)


def _block(address: str, sources: Sequence[Source]) -> str:
    for source in sources:
        if source.network and ip_address(address) in ip_network(source.network):
            return source.network
    return ""


def relay(moment: int, origin: str, rng: Random) -> Relay:
    """One instance, seen as a command line, as an error string, or as both."""
    traces = rng.choice((("command",), ("command",), ("error",), ("command", "error")))
    program = rng.choice(_PROGRAMS)
    mode = rng.choice(("tran", "tran", "tran", "slave"))
    return Relay(moment, origin, rng.choice((3389, 3389, 443, 8080)), program, mode, traces)


def group_logins(group: Group, count: int, sources: Sequence[str], layout: str, rng: Random) -> None:
    """A few log-ins of another group."""
    machines = [f"HOST-{rng.getrandbits(28):07X}" for _ in range(2)]
    for hop in group.hops:
        for _ in range(count):
            part = rng.choice(("work", "work", "work", "evening"))
            moment = _moment(part, rng.random() < 0.96, (hop.first, hop.last), group.utc_offset, rng)
            client = rng.choice(sources)
            hop.logins.append(_login(moment, client, group.nexus, layout, machines, group, rng))
        hop.logins.sort(key=lambda login: login.moment)


def servers_of(group: Group, members: Sequence[Intrusion], window: tuple[int, int], rng: Random) -> list[Server]:
    """What listens on the hops: RDP for the operators, HTRAN for the implants of some members."""
    found = []
    for hop in group.hops:
        first = min([login.moment for login in hop.logins] + [r.moment for r in hop.relays])
        last = max([login.moment for login in hop.logins] + [r.moment for r in hop.relays])
        found.append(Server(hop.address, 3389, "rdp", hop.country, group.id, first, last))
        if hop.relays:
            users = [m for m in members if m.last > window[0] + 10 * DAY and m.first < hop.last - 10 * DAY]
            uses = []
            for member in rng.sample(users, min(len(users), rng.randint(1, 3))):
                start = max(member.first, first) + rng.randrange(20) * DAY
                start = min(max(start, member.first), member.last)
                until = min(start + rng.randint(5, 60) * DAY, member.last)
                if not resting(member, start, until):
                    uses.append(Use(member.number, start, until))
            found.append(Server(hop.address, hop.listen, "htran", hop.country, group.id, first, last, uses=uses))
    return found
