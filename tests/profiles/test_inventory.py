"""Servers: one program counts once, what listens is told by what was seen, and counts are of the last two years."""

from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles import servers
from backtrail.profiles.inventory import Listened, listed, recent

YEAR = 365.25 * 86400.0
START = 40 * YEAR
A, B = "192.0.2.7", "198.51.100.40"


def seen(address: str = A, port: str = "443", kind="", protocol: str = "", first: float = START) -> Listened:
    return Listened(address, port, kind, protocol, first, first + 86400, f"log {port} {protocol} {first:.0f}")


def country(address: str, at: float) -> str:
    return "US" if address == A else ""


def kinds(*some: Listened) -> list[tuple[str, str]]:
    return [(s.port, s.kind) for s in listed(some, country)]


def test_what_was_spoken_tells_what_listens():
    some = [seen(port="80", protocol="http"), seen(port="21", protocol="ftp"), seen(port="443", protocol="ssl")]
    assert kinds(*some) == [("21", "ftp"), ("443", "backdoor"), ("80", "web")]


def test_a_port_that_two_logs_show_is_one_program_with_both_as_parts():
    [one] = listed([seen(protocol="http"), seen(first=START + YEAR)], country)
    assert one.kind == "web" and len(one.parts) == 2 and one.last == START + YEAR + 86400 and one.country == "US"


def test_htran_listens_for_victims_whatever_they_speak():
    hop = [seen(B, "", "htran"), seen(B, "8080", "", "http"), seen(B, "3389", "rdp"), seen(B, "21")]
    assert kinds(*hop) == [("21", "ftp"), ("3389", "rdp"), ("8080", "htran")]
    assert kinds(seen(B, "", "htran")) == [("", "htran")]


def test_an_address_alone_is_one_program_without_a_port():
    assert kinds(seen(port="")) == [("", "backdoor")]
    assert kinds(seen(port=""), seen()) == [("443", "backdoor")]


def test_servers_of_before_the_last_two_years_are_told_and_not_counted():
    old, new = seen(first=START), seen(B, first=START + 5 * YEAR)
    found = servers("UNC-1", listed([old, new], country))
    assert [n.value for n in found.numbers if n.id in ("c2_servers", "c2_ips")] == [1, 1] and len(found.rows) == 2
    everything = servers("UNC-1", listed([old, new], country), since=0.0)
    assert everything.numbers[0].value == 2
    assert any("1 addresses are in no registry" in limit for limit in found.limits)


def test_no_server_gives_a_sentence():
    assert not servers("UNC-1", []).enough


@given(st.lists(st.builds(seen, st.sampled_from([A, B]), st.sampled_from(["", "21", "80", "443"]),
                          st.sampled_from(["", "rdp", "htran"]), st.sampled_from(["", "http", "ssl"]),
                          st.floats(START, START + 4 * YEAR)), min_size=1, max_size=12))  # fmt: skip
def test_every_number_adds_up_to_its_parts(some):
    made = listed(some, country)
    assert {s.address for s in made} == {one.address for one in some}
    for one in servers("UNC-1", made).numbers:
        if isinstance(one.value, int):
            assert one.value == len(one.parts), one.id
    assert recent(made)[1] == [s for s in made if s.last >= recent(made)[0]]
