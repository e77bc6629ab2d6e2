"""Every number of the published case, with its true value in a world: computed from the plan, not from the quotas."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network
from itertools import pairwise
from typing import Any

from msgspec import Struct

from backtrail_worlds.clock import at, day_of, is_weekday, month_of
from backtrail_worlds.plan.behaviour import RECON, TB
from backtrail_worlds.plan.model import Contact, Group, Intrusion, Login, Plan, Server
from backtrail_worlds.plan.timeline import days_between
from backtrail_worlds.spec import World

Value = int | float | str


class Truth(Struct, frozen=True):
    """What a number is computed from."""

    world: World
    plan: Plan

    @property
    def subject(self) -> Group:
        """The group the numbers are about."""
        return self.plan.groups[0]

    @property
    def members(self) -> list[Intrusion]:
        """Its provable intrusions."""
        return [intrusion for intrusion in self.plan.intrusions if intrusion.subject]

    @property
    def closed(self) -> list[int]:
        """Days of those with both bounds."""
        return [days_between(m.first, m.last) for m in self.members if not (m.open_start or m.open_end)]

    @property
    def logins(self) -> list[Login]:
        """Log-ins to its hops."""
        return [login for hop in self.subject.hops for login in hop.logins]

    @property
    def home(self) -> list[str]:
        """Its home networks."""
        return [source.network for source in self.world.subject.operators.logins_from if source.home]

    @property
    def servers(self) -> list[Server]:
        """Its servers of the window."""
        since = at(self.world.window[0])
        return [server for server in self.subject.servers if server.last >= since]

    def at_home(self, addresses: set[str]) -> int:
        """How many addresses lie in the home networks."""
        nets = [ip_network(network) for network in self.home]
        return sum(any(ip_address(address) in net for net in nets) for address in addresses)

    def local_hour(self, login: Login) -> int:
        """Hour of the operators' day."""
        return (login.moment + self.subject.utc_offset * 3600) // 3600 % 24


class Number(Struct, frozen=True):
    """A number: its id, unit, how close is close enough, and its true value."""

    id: str
    unit: str
    check: str
    value: Callable[[Truth], Value]


def numbers(world: World, plan: Plan) -> list[dict[str, Any]]:
    """Rows of `truth/numbers.json`."""
    truth = Truth(world, plan)
    window = [day.isoformat() for day in world.window]
    return [
        {
            "id": number.id,
            "published": world.published.get(number.id),
            "true": number.value(truth),
            "unit": number.unit,
            "check": number.check,
        }
        | ({"window": window} if number.id.startswith(("c2_", "rdp_", "htran_")) else {})
        for number in NUMBERS
    ]


def _countries(t: Truth, *codes: str) -> int:
    return sum(m.victim.country in codes for m in t.members)


def _others(t: Truth) -> int:
    return len(t.members) - _countries(t, "US", "GB", "CA")


def _burst(t: Truth) -> list[Intrusion]:
    return [m for m in t.members if not m.open_start and month_of(m.first) == t.world.subject.burst.month]


def _share_of_hours(t: Truth, *spans: tuple[int, int]) -> float:
    return sum(any(low <= t.local_hour(x) < high for low, high in spans) for x in t.logins) / len(t.logins)


def _weekdays(t: Truth) -> float:
    return sum(is_weekday(x.moment + t.subject.utc_offset * 3600) for x in t.logins) / len(t.logins)


def _clients(t: Truth, country: str = "") -> set[str]:
    return {login.client for login in t.logins if not country or login.country == country}


def _layout(t: Truth) -> int:
    return sum(login.layout == t.world.subject.operators.layout for login in t.logins)


def _origins(t: Truth) -> set[str]:
    return {relay.origin for hop in t.subject.hops for relay in hop.relays}


def _programs(t: Truth) -> set[tuple[str, int, str]]:
    found = {(s.address, s.port, s.kind) for s in t.servers}
    return found | {(s.address, 21, "ftp") for s in t.servers if s.also}


def _addresses(t: Truth, country: str = "") -> set[str]:
    return {s.address for s in t.servers if not country or s.country == country}


def _names(t: Truth, *without: str) -> int:
    return sum(kind not in without for kind in t.subject.names.values())


def _zones_of_one(t: Truth) -> int:
    """Zones of whoever registered most for the personas of the group: the analogue of one address in seven records."""
    counts: dict[str, int] = {}
    for zone in t.subject.zones:
        if zone.registrant.handle:
            counts[zone.registrant.email] = counts.get(zone.registrant.email, 0) + 1
    return max(counts.values(), default=0)


def _city(t: Truth) -> int:
    cities = [registrant.city for registrant in t.world.subject.registrants]
    return sum(zone.registrant.city == cities[0] for zone in t.subject.zones)


def _themes(t: Truth) -> float:
    return round(sum(zone.theme != "other" for zone in t.subject.zones) / len(t.subject.zones), 4)


def _samples(t: Truth, kind: str = "") -> int:
    kinds = {family.name: family.kind for family in t.subject.families}
    return len({s.md5 for s in t.subject.samples if not kind or kinds[s.family] == kind})


def _families(t: Truth, *kinds: str) -> int:
    return sum(family.kind in kinds for family in t.subject.families)


def _first_compile(t: Truth) -> str:
    kinds = {family.name: family.kind for family in t.subject.families}
    return day_of(min(s.compiled for s in t.subject.samples if kinds[s.family] == "web"))


def _own(t: Truth) -> Iterator[Contact]:
    return (contact for m in t.members for contact in m.own.contacts)


def _stolen(t: Truth) -> list[float]:
    return [sum(c.sent for c in m.own.contacts if c.stolen) / TB for m in t.members]


def _scripted(t: Truth) -> int:
    return sum(any(RECON[4] in command.line for command in m.own.commands) for m in t.members)


def _same_nexus(t: Truth) -> int:
    return sum(group.nexus == t.subject.nexus for group in t.plan.groups)


def _strategic(t: Truth) -> int:
    mapping = {sector.name: sector.strategic for sector in t.world.subject.sectors}
    return len({mapping[m.victim.sector] for m in t.members} - {""})


def _reply_minutes(t: Truth) -> int:
    for member in t.members:
        mails = member.own.mails
        for asked, answer in pairwise(mails):
            if answer.body == "It's legit":
                return (answer.moment - asked.moment) // 60
    return 0


NUMBERS = (
    Number("victims_total", "organizations", "exact", lambda t: len(t.members)),
    Number(
        "victims_analyzed",
        "victims",
        "range 142-149",
        lambda t: len(t.members) + sum(i.thin for i in t.plan.intrusions),
    ),
    Number("industries", "industries", "exact", lambda t: len({m.victim.sector for m in t.members})),
    Number("victims_us", "organizations", "exact", lambda t: _countries(t, "US")),
    Number("victims_uk_canada", "organizations", "exact", lambda t: _countries(t, "GB", "CA")),
    Number("victims_other", "organizations", "exact", _others),
    Number("victims_countries", "countries", "exact", lambda t: len({m.victim.country for m in t.members})),
    Number("english_hq_share", "share", "±0.01", lambda t: sum(m.victim.english for m in t.members) / len(t.members)),
    Number("dwell_mean", "days", "±1 day", lambda t: sum(t.closed) / len(t.closed)),
    Number("dwell_n", "organizations", "exact", lambda t: len(t.closed)),
    Number("dwell_max", "days", "exact", lambda t: max(t.closed)),
    Number("largest_theft_tb", "TB compressed", "±1%", lambda t: max(_stolen(t))),
    Number("data_total", "TB", "order of magnitude 200-900 TB", lambda t: round(sum(_stolen(t)), 6)),
    Number("jan2011_new_victims", "organizations", "exact", lambda t: len(_burst(t))),
    Number("jan2011_industries", "industries", "exact", lambda t: len({m.victim.sector for m in _burst(t)})),
    Number("sei_4_of_7", "of 7", "exact", _strategic),
    Number("rdp_logins", "logins", "exact", lambda t: len(t.logins)),
    Number("rdp_ips", "IPs", "exact", lambda t: len(_clients(t))),
    Number("rdp_ips_cn", "IPs", "exact", lambda t: len(_clients(t, t.subject.nexus))),
    Number("rdp_ips_cn_share", "share", "±0.0005", lambda t: len(_clients(t, t.subject.nexus)) / len(_clients(t))),
    Number("rdp_ips_four_nets", "IPs", "exact", lambda t: t.at_home(_clients(t))),
    Number("rdp_layout_zh", "sessions", "exact", _layout),
    Number("rdp_layout_zh_share", "share", "±0.001", lambda t: _layout(t) / len(t.logins)),
    Number("rdp_weekday_share", "share", "±0.002", _weekdays),
    Number("rdp_8_12_14_18_share", "share", "±0.005", lambda t: _share_of_hours(t, (8, 12), (14, 18))),
    Number("rdp_19_22_share", "share", "±0.005", lambda t: _share_of_hours(t, (19, 22))),
    Number("htran_instances", "instances", "exact", lambda t: sum(len(hop.relays) for hop in t.subject.hops)),
    Number("htran_ips", "IPs", "exact", lambda t: len(_origins(t))),
    Number("htran_home", "IPs", "exact", lambda t: t.at_home(_origins(t))),
    Number("c2_servers", "servers", "exact", lambda t: len(_programs(t))),
    Number("c2_ips", "IPs", "exact", lambda t: len(_addresses(t))),
    Number("c2_countries", "countries", "exact", lambda t: len({s.country for s in t.servers})),
    Number("c2_cn", "IPs", "exact", lambda t: len(_addresses(t, t.subject.nexus))),
    Number("c2_us", "IPs", "exact", lambda t: len(_addresses(t, "US"))),
    Number("c2_kinds", "kinds", "exact", lambda t: len({kind for _, _, kind in _programs(t)})),
    Number("fqdns_total", "FQDNs", "exact", _names),
    Number("fqdns_published", "FQDNs", "exact", lambda t: _names(t, "victim")),
    Number("zones", "zones", "exact", lambda t: len(t.subject.zones)),
    Number("zones_shanghai", "zones", "exact", _city),
    Number("zones_lfengg", "zones", "exact", _zones_of_one),
    Number("zones_themes", "share", "±0.05", _themes),
    Number("first_zone", "date", "exact", lambda t: day_of(min(zone.created for zone in t.subject.zones))),
    Number("backdoor_families", "families", "exact", lambda t: _families(t, "web", "backdoor")),
    Number("md5", "hashes", "exact", _samples),
    Number("certs", "certs", "exact", lambda t: len(t.subject.certificates)),
    Number("iocs", "IOC files", "exact", lambda t: sum(not f.yara_only for f in t.subject.families) + 1),
    Number(
        "indicators", "indicators", ">3000", lambda t: _names(t, "victim") + _samples(t) + len(t.subject.certificates)
    ),
    Number("webc2_samples", "samples", ">=400", lambda t: _samples(t, "web")),
    Number("webc2_first_seen", "month", "exact", lambda t: month_of(min(c.first for c in _own(t) if c.kind == "web"))),
    Number("webc2_first_compile", "date", "exact", _first_compile),
    Number("recon_script_victims", "networks", ">=4", _scripted),
    Number("rar_part_mb", "MB", "exact", lambda t: t.world.subject.habits.rar_part_mb),
    Number("email_weekly", "weeks", "exact", lambda t: t.world.subject.habits.mail_weeks),
    Number("its_legit_minutes", "minutes", "exact", _reply_minutes),
    Number("apt_groups_cn", "groups", ">20", _same_nexus),
    Number("personas", "personas", "exact", lambda t: len(t.subject.handles)),
    Number("home_networks", "net blocks", "exact", lambda t: len(t.home)),
)
"""`iocs` counts one file for each family with samples and one list of hashes. Left out, as nothing generated can show
them: `building_sqft`, `operators`."""
