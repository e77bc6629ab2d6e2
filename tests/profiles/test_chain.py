"""The chain: edges stand while the name was the group's; past its window they go, and say why."""

from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles import HopLogin, Relay, chain
from backtrail.profiles.chain import Contact, Seen, chained
from backtrail.profiles.control import DAY, Control, Pointed

HELD = Control(name="a.example", since=100 * DAY, until=200 * DAY, ended="expiry", parts=("whois 1",))
NAME, SERVER, HOP = "www.a.example", "192.0.2.7", "198.51.100.40"


def contact(first: float = 120 * DAY, to: str = NAME, intrusion: str = "IN-1") -> Contact:
    return Contact(intrusion, to, first, first + 5 * DAY, f"O-{intrusion}-{to}-{first:.0f}")


def answer(first: float = 119 * DAY, last: float = 126 * DAY, at_victim: bool = True) -> Pointed:
    return Pointed(NAME, SERVER, first, last, at_victim, f"log {first:.0f}")


def seen(*contacts: Contact, pointed=(), **more) -> Seen:
    return Seen(contacts=contacts, pointed=pointed, control={"a.example": HELD}, zone_of={NAME: "a.example"}, **more)


def number(profile, id: str):
    return next(n for n in profile.numbers if n.id == id)


def test_a_victim_leads_over_a_name_to_a_server_and_the_hop_stands_apart():
    logins = [HopLogin(130 * DAY, "203.0.113.9", HOP, place="hop 1")]
    found = chained(
        seen(contact(), pointed=[answer()], logins=logins, relays=[Relay(1.0, HOP, "203.0.113.8", "hop 2")])
    )
    assert [(e.relation, e.seen_at, e.why_not) for e in found.edges] == [
        ("connects-to", "victim", ""), ("logs-in-to", "hop", ""), ("relays-to", "hop", ""),
        ("resolves-to", "victim", ""),
    ]  # fmt: skip
    assert found.names == {NAME} and found.servers == {SERVER}


@given(st.floats(1.0, 400.0))
def test_a_sighting_moved_past_its_window_loses_its_link_and_the_finding_says_so(day):
    found = chained(seen(contact(day * DAY)))
    inside = day <= 200 and day + 5 >= 100
    assert bool(found.standing("connects-to")) == inside
    if not inside:
        reason = "after expiry" if day > 200 else "before its registration"
        assert found.edges[0].why_not == f"a.example: {reason}"


def test_what_is_out_is_counted_with_its_reason():
    found = chain("UNC-1", seen(contact(), contact(300 * DAY, intrusion="IN-2"), pointed=[answer()]))
    assert number(found, "chain_victims").parts == ("IN-1",) and number(found, "chain_out").value == 1
    assert any("after expiry (1)" in limit for limit in found.limits)
    assert found.rows[0][-1] == "a.example: after expiry"


def test_an_answer_at_another_time_is_no_link():
    found = chained(seen(contact(), pointed=[answer(150 * DAY, 160 * DAY, at_victim=False)]))
    assert [e.why_not for e in found.edges if e.relation == "resolves-to"] == [
        "no victim talked to the name while it was there"
    ]


def test_a_sinkhole_is_nobodys_server():
    found = chained(seen(contact(to=SERVER), nobody={SERVER: "sinkhole: on Sinkholes"}))
    assert not found.servers and found.edges[0].why_not == "sinkhole: on Sinkholes"


def test_nobody_who_talked_to_it_gives_a_sentence_and_no_number():
    found = chain("UNC-1", seen(contact(500 * DAY)))
    assert not found.enough and not found.numbers and "no chain to follow" in found.finding


@given(st.lists(st.tuples(st.floats(90.0, 210.0), st.sampled_from(["IN-1", "IN-2"])), max_size=8), st.randoms())
def test_the_order_of_evidence_changes_nothing(some, chance):
    contacts = [contact(day * DAY, intrusion=who) for day, who in some]
    shuffled = contacts[:]
    chance.shuffle(shuffled)
    assert chained(seen(*contacts, pointed=[answer()])) == chained(seen(*shuffled, pointed=[answer()]))
