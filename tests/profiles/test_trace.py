"""Back to the origin: a login counts once, networks are as of the date, one kind of evidence makes no home."""

import csv
import ipaddress
from pathlib import Path

import pytest

from backtrail.profiles import Allocation, HopLogin, Netblocks, Relay, joined, trace

HOME = Allocation("203.0.113.0/25", 0.0, "Example Harbour", "CN", "registry line 1")
WIDE = Allocation("203.0.113.0/24", 0.0, "", "JP", "registry line 2")
LATER = Allocation("203.0.113.0/26", 5_000.0, "New Holder", "US", "registry line 3")
KNOWN = Netblocks([HOME, WIDE])
SHARED = Path(__file__).parents[3] / "shared" / "data" / "apt1"
RDP = 1325376000.0
"""The first of January 2012."""


def number(profile, id: str):
    return next((n for n in profile.numbers if n.id == id), None)


def login(at: float, client: str, layout: str = "", server: str = "198.51.100.40", place: str = "") -> HopLogin:
    return HopLogin(at, client, server, layout, place or f"log {at:.0f} {client}")


def test_a_login_that_two_logs_saw_counts_once_with_the_layout_of_either():
    twice = [
        login(1000.0, "203.0.113.9"),
        login(1002.0, "203.0.113.9", "0x0804"),
        login(9000.0, "203.0.113.9", "0x0804"),
    ]
    kept = joined(twice)
    assert [(one.at, one.layout) for one in kept] == [(1000.0, "0x0804"), (9000.0, "0x0804")]
    assert joined([*reversed(twice), *twice]) == kept


def test_the_same_client_at_two_hops_logged_in_twice():
    assert len(joined([login(1.0, "203.0.113.9"), login(2.0, "203.0.113.9", server="198.51.100.41")])) == 2


def test_a_network_is_as_of_the_date_and_the_narrowest_one_speaks():
    known = Netblocks([HOME, WIDE, LATER])
    assert known.of("203.0.113.9", 4_000.0).holder == "Example Harbour"
    assert known.of("203.0.113.9", 6_000.0).holder == "New Holder"
    assert known.of("203.0.113.200", 4_000.0).country == "JP"
    assert known.of("192.0.2.1", 4_000.0) is None
    assert known.of("2001:db8::1", 4_000.0) is None


def test_what_a_narrow_network_leaves_unsaid_comes_from_the_wider_one():
    bare = Allocation("203.0.113.0/26", 0.0, "", "", "registry line 4")
    found = Netblocks([HOME, WIDE, bare]).of("203.0.113.9", 0.0)
    assert (found.network, found.holder, found.country) == ("203.0.113.0/26", "Example Harbour", "CN")


def test_it_takes_two_kinds_of_evidence_to_make_a_network_one_of_origin():
    logins = [login(n * 1e4, f"203.0.113.{n}", "0x0804") for n in range(1, 6)]
    relays = [Relay(n * 1e4, "198.51.100.40", f"203.0.113.{n}", f"log {n}") for n in range(3, 5)]
    bare = [login(n * 1e4, f"203.0.113.{n}") for n in range(1, 6)]
    alone = trace("UNC-1", bare, [], KNOWN)
    assert number(alone, "home_networks") is None and number(alone, "rdp_ips").value == 5
    assert number(trace("UNC-1", logins, [], KNOWN), "home_networks").value == 1  # most sessions show one layout
    both = trace("UNC-1", logins, relays, KNOWN)
    assert number(both, "home_networks").parts == ("203.0.113.0/25",)
    assert (number(both, "htran_ips").value, number(both, "htran_home").value) == (2, 2)
    assert number(both, "rdp_layout_zh").value == 5
    assert set(number(both, "rdp_ips_cn").parts) == {login.client for login in logins}


def test_layouts_are_one_however_a_log_writes_them():
    logins = [
        login(n * 1e4, f"203.0.113.{n}", w) for n, w in enumerate(["0x0804", "00000804", "Chinese - PRC", "0x0409"])
    ]
    found = trace("UNC-1", logins, [], KNOWN)
    assert number(found, "rdp_layout_zh").value == 3 and number(found, "rdp_layout_en").value == 1


def test_every_number_adds_up_to_its_parts():
    logins = [login(n * 1e4, f"203.0.113.{n % 7}") for n in range(30)]
    for one in trace("UNC-1", logins, [Relay(1.0, "h", "203.0.113.1", "p")], KNOWN).numbers:
        if one.parts and one.unit != "share":
            assert one.value == len(one.parts), one.id


def test_no_log_of_a_hop_gives_a_sentence():
    found = trace("UNC-1", [], [], KNOWN)
    assert not found.enough and "ends at the servers" in found.finding


def test_an_address_in_no_registry_is_said_to_be_so():
    found = trace("UNC-1", [login(1.0, "192.0.2.1")], [], KNOWN)
    assert found.rows[0][0] == "in no registry here" and "1 addresses are in no registry" in found.limits[0]


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/apt1")
def test_the_published_log_ins_and_htran_rows_give_the_published_net_blocks():
    """Tables 8 and 9 have counts by network; the addresses are laid out in each as many as were counted."""
    blocks = [r for r in _rows("netblocks.csv") if r["table"] == "8_rdp_login_ips" and r["cidr"]]
    logins = [
        login(RDP + n * 3600 + at, str(ipaddress.ip_network(row["cidr"])[257 + n]), "Chinese (Simplified) - US")
        for at, row in enumerate(blocks)
        for n in range(int(row["count_of_ips"]))
    ]
    elsewhere = [login(RDP + n * 3600.5, f"198.51.100.{n}", "English - United States") for n in range(15)]
    hidden = [
        Relay(RDP, r["c2_ip"], r["hidden_ip"], f"row {n}") for n, r in enumerate(_rows("htran_secureworks_2011.csv"))
    ]
    allocations = [
        Allocation(f"{r['start']}/{32 - (int(r['count']) - 1).bit_length()}", 0.0, "", r["cc"], f"line {n}")
        for n, r in enumerate(_rows("rir_delegated_apt1.csv"), 2)
    ]
    found = trace("APT1", [*logins, *elsewhere], hidden, Netblocks(allocations))
    homes = {r["cidr"]: int(r["count_of_ips"]) for r in blocks if int(r["count_of_ips"]) > 1}
    assert set(number(found, "home_networks").parts) == {"223.166.0.0/15", "58.246.0.0/15", "112.64.0.0/15"}
    assert set(number(found, "home_networks").parts) < homes.keys()
    assert number(found, "htran_ips").value == len({r["hidden_ip"] for r in _rows("htran_secureworks_2011.csv")})
    at_home = {r["hidden_ip"] for r in _rows("htran_secureworks_2011.csv") if r["as_name"].startswith("CNCGROUP-SH")}
    assert set(number(found, "htran_home").parts) == at_home


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((SHARED / name).open(encoding="utf-8")))
