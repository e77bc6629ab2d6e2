"""Plans: quotas hold exactly in every built-in world, members hang together, every confuser is there."""

from collections import Counter

import pytest

from backtrail_worlds.clock import DAY
from backtrail_worlds.numbers import numbers
from backtrail_worlds.plan import plan
from backtrail_worlds.plan.model import Group, Intrusion, Plan
from backtrail_worlds.spec import World, built_in, load
from backtrail_worlds.truth import visits

COUNTED = (
    "shared_hosting", "cdn", "reregistered", "reassigned", "sinkholed", "hacked_sites", "same_netblock", "vpn_exits",
    "false_flags", "copycats", "red_team", "commodity", "typos", "clock_skew", "two_in_one",
)  # fmt: skip
SEEDS = (1, 2)


@pytest.fixture(scope="module", params=[(name, seed) for name in built_in() for seed in SEEDS], ids=str)
def planned(request: pytest.FixtureRequest) -> tuple[World, Plan]:
    name, seed = request.param
    world, _ = load(name)
    return world, plan(world, seed)


def test_every_quota_holds(planned: tuple[World, Plan]) -> None:
    world, made = planned
    true = {number["id"]: number["true"] for number in numbers(world, made)}
    subject, operators = world.subject, world.subject.operators
    expected = {
        "victims_total": subject.members,
        "victims_analyzed": subject.members + subject.thin,
        "industries": len(subject.sectors),
        "victims_countries": len(subject.countries),
        "dwell_mean": subject.dwell.mean,
        "dwell_n": subject.dwell.closed,
        "dwell_max": subject.dwell.longest,
        "largest_theft_tb": subject.theft.largest_tb,
        "data_total": subject.theft.total_tb,
        "jan2011_new_victims": subject.burst.victims,
        "jan2011_industries": subject.burst.sectors,
        "rdp_logins": operators.logins,
        "rdp_ips": sum(source.addresses for source in operators.logins_from),
        "rdp_ips_four_nets": sum(source.addresses for source in operators.logins_from if source.home),
        "rdp_layout_zh": operators.layout_sessions,
        "rdp_weekday_share": operators.weekday / operators.logins,
        "rdp_8_12_14_18_share": operators.work / operators.logins,
        "rdp_19_22_share": operators.evening / operators.logins,
        "htran_instances": operators.htran,
        "htran_ips": sum(source.addresses for source in operators.htran_from),
        "htran_home": sum(source.addresses for source in operators.htran_from if source.home),
        "c2_servers": subject.servers.total,
        "c2_ips": subject.servers.addresses,
        "c2_countries": len(subject.servers.countries),
        "c2_us": subject.servers.countries.get("US", 0),
        "fqdns_total": subject.domains.fqdns,
        "fqdns_published": subject.domains.fqdns - subject.domains.victim_like,
        "zones": subject.domains.zones,
        "first_zone": subject.domains.first_zone.isoformat(),
        "backdoor_families": subject.families.backdoors,
        "md5": subject.families.samples,
        "webc2_samples": subject.families.web_samples,
        "webc2_first_compile": subject.families.first_compile.isoformat(),
        "certs": subject.certificates,
        "recon_script_victims": subject.habits.recon_victims,
        "its_legit_minutes": subject.habits.reply_minutes,
        "personas": subject.habits.personas,
    }
    assert {name: true[name] for name in expected} == expected


def test_countries_and_sectors_are_the_quotas(planned: tuple[World, Plan]) -> None:
    world, made = planned
    members = [i for i in made.intrusions if i.subject]
    assert Counter(m.victim.country for m in members) == {c.code: c.count for c in world.subject.countries}
    assert Counter(m.victim.sector for m in members) == {s.name: s.count for s in world.subject.sectors}


def test_every_confuser_is_planted_as_often_as_its_quota_says(planned: tuple[World, Plan]) -> None:
    world, made = planned
    planted = Counter(each.kind for each in made.planted)
    assert {kind: planted[kind] for kind in COUNTED} == {kind: getattr(world.confusers, kind) for kind in COUNTED}
    assert sum(h.broken for h in made.hops) + sum(i.broken for i in made.intrusions) == world.confusers.broken_lines
    assert sum(i.thin for i in made.intrusions) == world.subject.thin == planted["thin"]


def test_activity_begins_and_ends_at_a_contact(planned: tuple[World, Plan]) -> None:
    _, made = planned
    for intrusion in made.intrusions:
        own = intrusion.own
        moments = [m for c in own.contacts for m in (c.first, c.last)] + [x.moment for x in (*own.drops, *own.commands)]
        assert min(moments) == intrusion.first, intrusion.id
        assert max(moments) == intrusion.last, intrusion.id


def test_every_member_of_the_subject_is_linked_in_two_ways(planned: tuple[World, Plan]) -> None:
    """A server of overlapping weeks that a responder lists, and a sample: with another member each."""
    _, made = planned
    group = made.groups[0]
    members = [made.intrusions[number] for number in group.members]
    known = {c.domain or c.address for m in members for c in m.own.contacts if c.known}
    for member in members:
        others = [other for other in members if other is not member]
        assert any(_share_server(member, other, known) for other in others), member.id
        assert any(_samples(member) & _samples(other) for other in others), member.id


def test_the_subject_hangs_together_by_servers_alone(planned: tuple[World, Plan]) -> None:
    _, made = planned
    members = [made.intrusions[number] for number in made.groups[0].members]
    known = {c.domain or c.address for m in members for c in m.own.contacts if c.known}
    reached, todo = {members[0].id}, [members[0]]
    while todo:
        one = todo.pop()
        for other in members:
            if other.id not in reached and _share_server(one, other, known):
                reached.add(other.id)
                todo.append(other)
    assert len(reached) == len(members)


def test_thin_cases_share_nothing_of_their_own_with_the_subject(planned: tuple[World, Plan]) -> None:
    _, made = planned
    members = [made.intrusions[number] for number in made.groups[0].members]
    names = {c.domain for m in members for c in m.own.contacts if c.domain}
    listed = {value.removesuffix("/32") for listing in made.listings for value in listing.values}
    own = {c.address for m in members for c in m.own.contacts}
    tools = {tool.md5 for tool in made.tools}
    for thin in (i for i in made.intrusions if i.thin):
        assert not names & {c.domain for c in thin.own.contacts}
        assert {c.address for c in thin.own.contacts} & own <= listed
        assert _samples(thin) <= tools


def test_addresses_of_servers_belong_to_one_group_unless_planted(planned: tuple[World, Plan]) -> None:
    _, made = planned
    planted = " ".join(each.what for each in made.planted)
    seen: dict[str, str] = {}
    for group in made.groups:
        for server in group.servers:
            other = seen.setdefault(server.address, group.id)
            assert other == group.id or server.address in planted


def test_scale_and_jobs_are_no_part_of_a_plan(planned: tuple[World, Plan]) -> None:
    world, made = planned
    assert plan(world, made.seed) == made


def _samples(intrusion: Intrusion) -> set[str]:
    return {drop.sample.md5 for drop in intrusion.own.drops}


def _share_server(a: Intrusion, b: Intrusion, known: set[str]) -> bool:
    theirs = {}
    for contact in b.own.contacts:
        theirs.setdefault(contact.domain or contact.address, []).append(contact)
    for contact in a.own.contacts:
        name = contact.domain or contact.address
        if name in known and any(_meet(contact.first, contact.last, c.first, c.last) for c in theirs.get(name, [])):
            return True
    return False


def _meet(first: int, last: int, other_first: int, other_last: int) -> bool:
    return other_first - 21 * DAY <= last and first - 21 * DAY <= other_last


def test_some_victims_are_visited_again(planned: tuple[World, Plan]) -> None:
    _, made = planned
    again = [i for i in made.intrusions if i.subject and len(visits(i)) > 1]
    assert again
    for intrusion in again:
        assert (visits(intrusion)[0][0], visits(intrusion)[-1][1]) == (intrusion.first, intrusion.last)


def test_groups_keep_to_their_hours() -> None:
    world, _ = load("night-shift")
    group: Group = plan(world, 3).groups[0]
    hours = Counter((login.moment - 3 * 3600) // 3600 % 24 for hop in group.hops for login in hop.logins)
    assert sum(hours[hour] for hour in (19, 20, 21)) == world.subject.operators.evening
