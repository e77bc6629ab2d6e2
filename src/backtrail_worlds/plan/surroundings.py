"""What a world has besides adversaries: benign destinations, public tools, warning lists."""

from collections.abc import Sequence
from random import Random

from backtrail_worlds.addresses import AddressBook
from backtrail_worlds.chance import hexes
from backtrail_worlds.names import Names
from backtrail_worlds.plan.model import Benign, Drop, Family, Intrusion, Listing, Plan, Sample, awake
from backtrail_worlds.plan.people import WEBMAIL
from backtrail_worlds.spec import World

_TOOL_FOLDER = "C:\\WINDOWS\\Temp"
_TOOLS = ("psexec", "pwdumpx", "gsecdump", "fgdump", "cachedump", "lslsass", "htran", "rar", "nbtscan", "plink")


def surroundings(world: World, plan: Plan, parents: Sequence[str], tools: tuple[AddressBook, Names, Random]) -> None:
    """Fill in everything benign or public."""
    book, names, rng = tools
    plan.popular = _popular(world.telemetry.popular, book, names, rng)
    _hold(plan, world.telemetry.fewest_holders, rng)
    plan.tools = [_tool(i, rng) for i in range(max(world.confusers.public_tools, 1))]
    plan.listings = [
        Listing("dynamic-dns", "Dynamic DNS parents", "hostname", ["hostname", "domain"], list(parents)),
        Listing("free-mail", "Providers of free mail", "hostname", ["hostname", "domain", "email"], list(WEBMAIL)),
        Listing(
            "public-tools",
            "Hashes of public tools",
            "string",
            ["md5"],
            [t.md5 for t in plan.tools[: len(plan.tools) * 4 // 5]],
        ),
        Listing(
            "popular",
            "Popular sites",
            "hostname",
            ["hostname", "domain"],
            [b.name for b in plan.popular[: len(plan.popular) // 2]],
        ),
        Listing(
            "resolvers", "Public resolvers", "cidr", ["ip-dst", "ip-src"], [book.take("US") + "/32" for _ in range(3)]
        ),
    ]


def _popular(count: int, book: AddressBook, names: Names, rng: Random) -> list[Benign]:
    """Destinations that many visit; every seventh shares the address of the one before (a CDN)."""
    found: list[Benign] = []
    for i in range(count):
        zone = names.zone("benign")
        address = found[-1].address if i % 7 == 6 else book.take("US")
        found.append(Benign(names.host(zone, "www") if rng.random() < 0.4 else zone, address))
    return found


def _hold(plan: Plan, fewest: int, rng: Random) -> None:
    """Who visits what: never fewer than some, so that no benign destination is rare and shared by accident."""
    intrusions = plan.intrusions
    for place in range(len(plan.popular)):
        wanted = max(int(len(intrusions) / (1 + 0.06 * place)), fewest)
        for intrusion in rng.sample(intrusions, min(wanted, len(intrusions))):
            intrusion.popular.append(place)


def _tool(place: int, rng: Random) -> Sample:
    name = _TOOLS[place % len(_TOOLS)]
    return Sample(
        hexes(rng, 32),
        hexes(rng, 40),
        hexes(rng, 64),
        rng.randint(20_000, 300_000),
        0,
        hexes(rng, 32),
        name,
        f"{name}.exe",
        "",
        "",
        "",
    )


def public_family(name: str, group: str, names: Names, rng: Random) -> Family:
    """A family that anybody can build: the default mutex and password of its builder are in every sample."""
    return Family(
        name,
        "public",
        group,
        (f")!{names.word()}",),
        "admin",
        "",
        "0x0409",
        (f"{name.lower()} stub",),
        ("update.exe",),
        "",
        0,
    )


def put_tool(intrusion: Intrusion, tool: Sample, rng: Random) -> None:
    """A public tool at a victim."""
    moment = awake(intrusion, intrusion.first + int((intrusion.last - intrusion.first) * rng.random()))
    known = rng.choice(("finding", "triage", "", ""))
    intrusion.own.drops.append(Drop(tool, moment, _TOOL_FOLDER, rng.randrange(len(intrusion.victim.hosts)), known))
