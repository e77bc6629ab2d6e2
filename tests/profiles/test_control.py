"""How long a name was held: each cut ends it, what is not known stays open, and what comes after is somebody else's."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles.control import DAY, Pointed, Registration, Taken, held, same_registrant

BORN, EXPIRES = 1_000 * DAY, 2_000 * DAY
HE = (("registrant-email", "he@mail.example"), ("name-server", "ns1.host.example"))
SHE = (("registrant-email", "she@mail.example"), ("name-server", "ns1.host.example"))


def record(since: float = BORN, until: float = EXPIRES, details=HE, place: str = "whois 1") -> Registration:
    return Registration("a.example", since, until, details, place)


def control(*records: Registration, used: float = 1_100 * DAY, pointed=(), taken: Taken | None = None):
    return held("a.example", used, records, pointed, taken or Taken())


def test_a_registration_is_held_from_its_creation_to_its_expiry():
    found = control(record())
    assert (found.since, found.until, found.ended, found.parts) == (BORN, EXPIRES, "expiry", ("whois 1",))


def test_a_renewal_goes_on_and_somebody_else_ends_it():
    renewed = control(record(), record(until=3_000 * DAY, place="whois 2"))
    assert (renewed.until, renewed.ended) == (3_000 * DAY, "expiry")
    sold = control(record(until=3_000 * DAY), record(1_500 * DAY, 2_500 * DAY, SHE, "whois 2"))
    assert (sold.until, sold.ended) == (1_500 * DAY, "another registration")
    assert "whois 2" in sold.parts


def test_whoever_registered_it_again_holds_it_from_then_on():
    found = control(record(), record(2_100 * DAY, 2_500 * DAY, SHE, "whois 2"), used=2_200 * DAY)
    assert (found.since, found.until, found.parts) == (2_100 * DAY, 2_500 * DAY, ("whois 2",))


def test_other_name_servers_end_it():
    moved = (HE[0], ("name-server", "ns9.seized.example"))
    found = control(record(), record(1_600 * DAY, EXPIRES, moved, "whois 2"))
    assert (found.until, found.ended) == (1_600 * DAY, "other name servers")


@pytest.mark.parametrize(
    ("taken", "cut"),
    [
        (Taken(sinkholes=frozenset({"192.0.2.9"})), "sinkhole"),
        (Taken(parking=frozenset({"192.0.2.9"})), "parking"),
        (Taken(published={"www.a.example": 1_300 * DAY}), "publication"),
    ],
)
def test_sinkhole_parking_and_publication_end_it(taken, cut):
    pointed = [Pointed("a.example", "192.0.2.9", 1_300 * DAY, 1_400 * DAY, place="pdns 1")]
    found = control(record(), pointed=pointed, taken=taken)
    assert (found.until, found.ended) == (1_300 * DAY, cut)


def test_without_a_registration_both_ends_are_open():
    found = control()
    assert math.isinf(found.since) and math.isinf(found.until) and found.ended is None
    assert found.covers(5.0, 6.0)


def test_a_mailbox_tells_registrants_apart_and_unknown_is_the_same():
    assert not same_registrant(record(), record(details=SHE))
    assert same_registrant(record(), record(details=()))


@given(st.floats(1.0, 4_000 * DAY), st.floats(0.0, 500 * DAY))
def test_what_is_outside_says_so_and_what_is_inside_does_not(first, length):
    found = control(record())
    inside = first <= EXPIRES and first + length >= BORN
    assert found.covers(first, first + length) == inside == (not found.outside(first, first + length))


@given(
    st.lists(st.tuples(st.floats(900 * DAY, 2_400 * DAY), st.sampled_from([HE, SHE])), min_size=1, max_size=5),
    st.floats(1_000 * DAY, 2_000 * DAY),
)
def test_more_evidence_never_lengthens_what_a_stranger_ends(some, when):
    records = [record(since, since + 400 * DAY, details, f"whois {n}") for n, (since, details) in enumerate(some)]
    sinkhole = [Pointed("a.example", "192.0.2.9", when, when + DAY, place="pdns")]
    plain, cut = control(*records), control(*records, pointed=sinkhole, taken=Taken(frozenset({"192.0.2.9"})))
    assert cut.until <= plain.until
