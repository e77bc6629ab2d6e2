"""A world as its TOML describes it: every quota, checked before anything is planned."""

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from backtrail_worlds.errors import NotFound, WorldError

WORLDS = Path(__file__).parent / "worlds"

Count = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Share = Annotated[float, Meta(ge=0, le=1)]


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the TOML; a key that nobody knows is refused."""


class Sector(_Table, frozen=True, kw_only=True):
    """A sector, how many of the subject's victims are in it, and the strategic industry it is part of, if any."""

    name: str
    count: Positive
    strategic: str = ""


class Country(_Table, frozen=True, kw_only=True):
    """A country and how many victims it has; `english` when English is native or official there."""

    code: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    count: Positive
    english: bool = False


class Dwell(_Table, frozen=True, kw_only=True):
    """How long the subject stayed, in days; only `closed` cases have both bounds; `revisited` had a long pause."""

    closed: Positive
    mean: Positive
    longest: Positive
    shortest: Positive = 4
    open_end: Count
    open_start: Count
    revisited: Count = 0


class Burst(_Table, frozen=True, kw_only=True):
    """A month in which so many victims are new, in so many sectors."""

    month: str
    victims: Positive
    sectors: Positive


class Servers(_Table, frozen=True, kw_only=True):
    """The subject's servers inside the window, by what listens; RDP and HTRAN are on the hops.

    Attributes:
        addresses: Distinct addresses of all kinds, hops among them.
        countries: Addresses by country.
        early: Addresses that were in use before the window only.
    """

    ftp: Count
    web: Positive
    backdoor: Positive
    rdp: Count
    htran: Count
    addresses: Positive
    early: Count
    countries: dict[str, Positive]

    @property
    def total(self) -> int:
        """Listening programs."""
        return self.ftp + self.web + self.backdoor + self.rdp + self.htran


class Domains(_Table, frozen=True, kw_only=True):
    """Names of the subject: host names, those that name a victim, those below dynamic-DNS parents, zones by theme."""

    fqdns: Positive
    victim_like: Count
    dynamic: Count
    zones: Positive
    themes: dict[str, Count]
    first_zone: date


class Registrant(_Table, frozen=True, kw_only=True):
    """Who registered so many zones; `slips` of them with the name misspelt."""

    zones: Positive
    city: str
    country: str
    persona: bool = False
    slips: Count = 0


class Families(_Table, frozen=True, kw_only=True):
    """The subject's malware; `web` of the backdoors are variants of one family, `yara_only` are never triaged."""

    backdoors: Positive
    web: Count
    yara_only: Count = 0
    utilities: Count
    samples: Positive
    web_samples: Count
    first_compile: date


class Theft(_Table, frozen=True, kw_only=True):
    """What left: cases, TB (10**12 bytes) in all and in the largest case, and the months that one took."""

    cases: Positive
    total_tb: float
    largest_tb: float
    largest_months: Positive


class Source(_Table, frozen=True, kw_only=True):
    """So many addresses of a network or, where none is named, of a country."""

    addresses: Positive
    country: str
    network: str = ""
    holder: str = ""
    home: bool = False


class Operators(_Table, frozen=True, kw_only=True):
    """Log-ins to hops: exact counts by local hour (`work` 08-12 and 14-18, `evening` 19-22), weekday and layout."""

    hops: Positive
    logins: Positive
    utc_offset: Annotated[int, Meta(ge=-12, le=14)]
    weekday: Count
    work: Count
    evening: Count
    layout: str
    layout_sessions: Count
    logins_from: list[Source]
    htran: Count
    htran_from: list[Source]


class Habits(_Table, frozen=True, kw_only=True):
    """What the subject does the same way everywhere."""

    passwords: Positive
    rar_part_mb: Positive
    recon_victims: Count
    mail_weeks: Count
    reply_minutes: Count
    personas: Count


class Subject(_Table, frozen=True, kw_only=True):
    """The group that the numbers are about."""

    members: Positive
    thin: Count
    nexus: str
    sectors: list[Sector]
    countries: list[Country]
    dwell: Dwell
    years: dict[str, Count]
    burst: Burst
    servers: Servers
    domains: Domains
    registrants: list[Registrant]
    families: Families
    certificates: Count
    theft: Theft
    operators: Operators
    habits: Habits


class Background(_Table, frozen=True, kw_only=True):
    """The other groups: members of each, and what a member brings on average.

    Attributes:
        same_nexus: How many of the groups come from the subject's country.
        nexus: Countries of the others, in turn.
        countries: Weights of the victims' countries.
    """

    members: list[Positive]
    same_nexus: Count
    nexus: list[str]
    servers_per_member: float
    fqdns_per_member: float
    samples_per_member: float
    families: Positive
    hops: Positive
    logins: Positive
    countries: dict[str, Positive]


class Confusers(_Table, frozen=True, kw_only=True):
    """How often each confuser is planted; what it is stands in docs/worlds.md."""

    public_tools: Count = 0
    shared_hosting: Count = 0
    cdn: Count = 0
    parked: Count = 0
    sinkholed: Count = 0
    reregistered: Count = 0
    dynamic_parents: Positive = 2
    hacked_sites: Count = 0
    same_netblock: Count = 0
    vpn_exits: Count = 0
    reassigned: Count = 0
    leaked_builder: Count = 0
    quartermaster: Count = 0
    copycats: Count = 0
    false_flags: Count = 0
    two_in_one: Count = 0
    clock_skew: Count = 0
    duplicates: Count = 0
    typos: Count = 0
    defanged: Share = 0.5
    broken_lines: Count = 0
    red_team: Count = 0
    commodity: Count = 0


class Telemetry(_Table, frozen=True, kw_only=True):
    """Volume of what has nothing to do with any adversary, at scale 1."""

    bytes_per_intrusion: Positive
    bytes_per_server: Positive
    popular: Positive
    fewest_holders: Positive = 6
    unique: Positive = 40


class World(_Table, frozen=True, kw_only=True):
    """A world.

    Attributes:
        start: First day on which the subject may be active.
        end: Last day of the subject.
        window: First and last day of "the last two years": log-ins and servers are counted in it.
        report: Day on which the invented vendors publish; copycats come after it.
        published: What was published of the real case, by id of the number.
    """

    name: str
    title: str
    start: date
    end: date
    window: tuple[date, date]
    report: date
    subject: Subject
    background: Background
    confusers: Confusers
    telemetry: Telemetry
    published: dict[str, int | float | str] = {}


def load(name: str) -> tuple[World, bytes]:
    """A built-in world by name, or one in a TOML file; with the bytes it was read from.

    Raises:
        NotFound: There is none.
        WorldError: It is no world, or its quotas do not add up; the message says which.
    """
    path = Path(name) if name.endswith(".toml") else WORLDS / f"{name}.toml"
    if not path.is_file():
        raise NotFound(f"no world {name}; built in: {', '.join(built_in())}; or give the path of a .toml file")
    raw = path.read_bytes()
    try:
        world = msgspec.toml.decode(raw, type=World)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WorldError(f"{path.name}: {error}") from error
    wrong = faults(world)
    if wrong:
        raise WorldError(f"{path.name}: the quotas do not add up:\n  " + "\n  ".join(wrong))
    return world, raw


def built_in() -> list[str]:
    """Names of the worlds that come with the package."""
    return sorted(path.stem for path in WORLDS.glob("*.toml"))


def faults(world: World) -> list[str]:
    """What does not add up, one sentence each."""
    subject = world.subject
    return [
        *_sums(subject),
        *_server_faults(subject.servers, subject.operators),
        *_dwell_faults(subject),
        *_operator_faults(subject.operators),
        *_arsenal_faults(subject),
        *_time_faults(world),
    ]


def _unequal(what: str, found: int, wanted: int, of: str) -> list[str]:
    return [] if found == wanted else [f"{what} add up to {found}, but {of} is {wanted}"]


def _sums(subject: Subject) -> list[str]:
    domains = subject.domains
    return [
        *_unequal("subject.sectors", sum(s.count for s in subject.sectors), subject.members, "subject.members"),
        *_unequal("subject.countries", sum(c.count for c in subject.countries), subject.members, "subject.members"),
        *_unequal("subject.years", sum(subject.years.values()), subject.members, "subject.members"),
        *_unequal("domains.themes", sum(domains.themes.values()), domains.zones, "domains.zones"),
        *_unequal("registrants' zones", sum(r.zones for r in subject.registrants), domains.zones, "domains.zones"),
    ]


def _server_faults(servers: Servers, operators: Operators) -> list[str]:
    found = _unequal("servers.countries", sum(servers.countries.values()), servers.addresses, "servers.addresses")
    found += _unequal("servers.rdp", servers.rdp, operators.hops, "operators.hops")
    found += _unequal("servers.htran", servers.htran, operators.hops, "operators.hops")
    alone = servers.web + servers.backdoor + operators.hops
    if not alone <= servers.addresses <= alone + servers.ftp:
        found.append(
            f"servers.addresses is {servers.addresses}, but web, backdoor and hops need {alone} addresses "
            f"and ftp may add at most {servers.ftp}"
        )
    return found


def _dwell_faults(subject: Subject) -> list[str]:
    dwell = subject.dwell
    parts = dwell.closed + dwell.open_end + dwell.open_start
    found = _unequal("dwell.closed, open_end and open_start", parts, subject.members, "subject.members")
    least = dwell.longest + (dwell.closed - 1) * dwell.shortest
    if not least <= dwell.mean * dwell.closed <= dwell.longest * dwell.closed:
        found.append(
            f"dwell.mean {dwell.mean} cannot be reached by {dwell.closed} cases of at most {dwell.longest} days"
        )
    if subject.burst.victims > subject.years.get(subject.burst.month[:4], 0):
        found.append(f"burst.victims is more than subject.years has in {subject.burst.month[:4]}")
    if subject.burst.sectors > min(subject.burst.victims, len(subject.sectors)):
        found.append("burst.sectors is more than burst.victims, or than there are sectors")
    return found


def _operator_faults(operators: Operators) -> list[str]:
    found = []
    if operators.work + operators.evening > operators.logins:
        found.append(f"operators.work and evening are more than operators.logins ({operators.logins})")
    found += [
        f"operators.{name} is more than operators.logins ({operators.logins})"
        for name in ("weekday", "layout_sessions")
        if getattr(operators, name) > operators.logins
    ]
    for name, sources, most in (
        ("logins_from", operators.logins_from, operators.logins),
        ("htran_from", operators.htran_from, operators.htran),
    ):
        total = sum(source.addresses for source in sources)
        if total > most:
            found.append(f"operators.{name} names {total} addresses, but there are only {most} of such events")
    return found


def _arsenal_faults(subject: Subject) -> list[str]:
    families, theft, domains = subject.families, subject.theft, subject.domains
    found = []
    triaged = families.backdoors - families.yara_only + families.utilities
    if families.samples < triaged:
        found.append(f"families.samples is {families.samples}, but {triaged} families need one each")
    if families.web_samples > families.samples or families.web > families.backdoors - families.yara_only:
        found.append("families.web or web_samples is more than there are")
    if domains.fqdns < domains.zones + domains.victim_like + domains.dynamic:
        found.append("domains.fqdns is less than zones, victim_like and dynamic together")
    if theft.cases > subject.members or not theft.largest_tb < theft.total_tb <= theft.largest_tb * theft.cases:
        found.append("theft.total_tb cannot be reached with theft.cases of at most theft.largest_tb")
    if sum(r.persona for r in subject.registrants) > subject.habits.personas:
        found.append("more registrants are personas than habits.personas")
    return found


def _time_faults(world: World) -> list[str]:
    order = [world.start, world.window[0], world.end, world.report]
    if order != sorted(order) or world.window[1] < world.end:
        return ["start, window, end and report are not in order (window[0] <= end <= window[1], end <= report)"]
    return []
