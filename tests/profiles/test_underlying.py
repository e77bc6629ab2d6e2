"""What a value is followed to: links that stand, servers, registrations, steps."""

from backtrail.profiles import underlying
from backtrail.profiles.chain import Contact, Seen, chained
from backtrail.profiles.inventory import Server
from backtrail.profiles.pivots import Pivot, Trail

DAY = 1_262_304_000.0


def test_what_is_out_of_the_chain_is_nothing_that_a_value_rests_on():
    contacts = [Contact("IN-1", "c2.example", DAY, DAY, "O-1"), Contact("IN-1", "192.0.2.1", DAY, DAY, "O-2")]
    made = chained(Seen(contacts=contacts, pointed=(), control={}, zone_of={}, nobody={"192.0.2.1": "sinkhole"}))
    assert list(underlying.of_chain(made)) == [("c2.example", "domain-name", ("O-1",))]


def test_kinds_and_countries_rest_on_servers_and_these_on_where_they_were_seen():
    server = Server(address="192.0.2.1", port="", kind="web", country="US", first=DAY, last=DAY, parts=("abc line 1",))
    told = {one.part: one.rests for one in underlying.of_servers([server])}
    assert told == {
        "192.0.2.1 web": ("abc line 1",), "192.0.2.1": ("abc line 1",), "web": ("192.0.2.1 web",), "US": ("192.0.2.1",),
    }  # fmt: skip


def test_candidates_rest_on_the_steps_that_were_taken():
    steps = [
        Pivot(id=f"PV-{n}", seed="a", via="address", value="v", to=(f"{n}.example",), bits=4.0, accepted=n == 1,
              reason="", step=1, parts=(f"abc line {n}",))
        for n in (1, 2)
    ]  # fmt: skip
    told = {one.part: one.rests for one in underlying.of_pivots(Trail(tuple(steps), ()))}
    assert told == {"PV-1": ("abc line 1",), "1.example": ("PV-1",), "PV-2": ("abc line 2",)}
