"""Whose a domain is, told with reasons; registrants found over misspellings; themes; the published zones of APT1."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles import domains
from backtrail.profiles.control import DAY, Control, Pointed, Registration
from backtrail.profiles.domains import Use, classified, clusters, place, theme

SHARED = Path(__file__).parents[3] / "shared" / "data" / "apt1"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/apt1")

BORN = 12_000 * DAY
MAIL = ("registrant-email", "he@mail.example")


def record(zone: str, since: float = BORN, details=(MAIL,)) -> Registration:
    return Registration(zone, since, since + 900 * DAY, details, f"whois {zone}")


def use(zone: str, *records: Registration, names=("www",), first: float = BORN + 90 * DAY, **more) -> Use:
    control = Control(name=zone, since=records[0].since if records else BORN, parts=tuple(r.place for r in records))
    full = tuple(f"{name}.{zone}" if name else zone for name in names)
    return Use(control=control, first=first, names=full, records=records, **more)


def test_a_zone_with_a_registration_is_the_groups_own():
    found = classified("a.example", use("a.example", record("a.example"), names=("", "ftp", "news")))
    assert found.sort == "registered" and "3 names in it are used" in found.reasons


def test_a_name_that_somebody_gives_to_anybody_is_nobodys_zone():
    found = classified("x.dyn.example", use("x.dyn.example", parent="on Dynamic DNS"))
    assert (found.sort, found.reasons) == ("third-party", ("anybody gets a name there: on Dynamic DNS",))


def test_an_old_site_with_its_own_mail_was_broken_into():
    own = record("shop.example", BORN - 3_000 * DAY, (("registrant-email", "owner@shop.example"),))
    found = classified("shop.example", use("shop.example", own, names=("",)))
    assert found.sort == "hijacked" and len(found.reasons) >= 2


def test_one_sign_alone_proves_nothing():
    old = record("a.example", BORN - 3_000 * DAY)
    found = classified("a.example", use("a.example", old, names=("www", "ftp", "mail")))
    assert found.sort == "registered"


def test_a_zone_of_which_nothing_is_known_stays_unknown():
    assert classified("a.example", use("a.example", names=("x", "y"))).sort == "unknown"


def test_a_site_that_was_at_its_address_long_before_and_that_others_found_too():
    before = (Pointed("shop.example", "192.0.2.7", BORN - 900 * DAY, BORN + 900 * DAY),)
    found = classified("shop.example", use("shop.example", names=("",), pointed=before, elsewhere=("IN-9",)))
    assert found.sort == "hijacked"


def test_registrants_are_one_over_a_mailbox_a_telephone_or_a_misspelling():
    some = [
        record("a.example", details=(MAIL, ("registrant-name", "Yellow Spring"))),
        record("b.example", details=(MAIL,)),
        record("c.example", details=(("registrant-name", "Yelow Sprinng"), ("registrant-phone", "+8621999"))),
        record("d.example", details=(("registrant-phone", "+8621999"),)),
        record("e.example", details=(("registrant-name", "Somebody Else"),)),
    ]
    [(found, why)] = clusters(some)
    assert found == ("a.example", "b.example", "c.example", "d.example")
    assert "mailbox he@mail.example" in why and "telephone" in why and "yelow sprinng" in why


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("No. 1 Long Road, Shanghai 200120, CN", ("Shanghai", "CN")),
        ("1 Main Street, New York, NY 10001, US", ("New York", "US")),
        ("No. 1 Long Road, CN", ("", "")),
        ("Leeds", ("", "")),
    ],
)
def test_the_city_of_an_address_stands_before_its_country(address, told):
    found = place([record("a.example", details=(("registrant-address", address),))])
    assert found == told


def test_names_that_say_a_victim_are_counted_and_not_printed():
    zone = classified("a.example", use("a.example", record("a.example"), names=("acmecorp-mail", "ftp")))
    found = domains("UNC-1", [zone], frozenset({"acmecorp"}))
    total, open_names = found.numbers[0], found.numbers[1]
    assert (total.value, open_names.value, open_names.parts) == (2, 1, ("ftp.a.example",))
    assert not any("acmecorp" in part for n in found.numbers for part in n.parts)


def test_no_name_gives_a_sentence():
    assert not domains("UNC-1", []).enough


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_a_theme_is_told_by_a_word_in_the_name(word):
    assert theme(f"{word}.example") == theme(f"{word}.example.org") or theme(f"{word}.example") == theme(word)
    assert theme(f"daily{word}.example") == "news"


@needs_shared
def test_the_107_published_zones():
    rows = list(csv.DictReader((SHARED / "registered_zones_107.csv").open(encoding="utf-8")))
    names = (SHARED / "appendix_d_fqdns.txt").read_text("utf-8").split()
    zones = []
    for row in rows:
        zone = row["zone"]
        inside = [n.removesuffix(zone).rstrip(".") for n in names if n == zone or n.endswith("." + zone)]
        zones.append(classified(zone, use(zone, record(zone), names=tuple(inside))))
    found = domains("APT1", zones)
    numbers = {n.id: n for n in found.numbers}
    assert numbers["zones"].value == 107 and numbers["zones_hijacked"].value == 0
    assert 1_900 <= numbers["fqdns_published"].value <= 2_046
    assert abs(numbers["zones_themes"].value - 61 / 107) <= 0.05
    agree = sum(bool(theme(r["zone"])) == bool(r["theme_in_report"]) for r in rows)
    assert agree / len(rows) > 0.8
