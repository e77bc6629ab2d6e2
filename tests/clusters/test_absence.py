"""What is absent where it was looked for speaks against a pair; what was not looked for says nothing (rule EV-6)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.clusters.test_compare import DAY, LOCK, MODEL, ONE, OTHER, corpus, seen, side, telling

from backtrail.clusters import Side, compare, weigh
from backtrail.model.times import Interval
from backtrail.model.waterfall import of_pair

HOST = ("domain-name", "c2.example")
BITS = MODEL.absent["infrastructure"].bits


def searched(of: Side, *values: str, when: Interval = DAY) -> Side:
    found = tuple(seen("domain-name", value, of.id, when) for value in values or ("own.example",))
    return replace(of, searched={"infrastructure": found})


def absent(a: Side, b: Side, known=None) -> list[float]:
    found = compare(a, b, known or corpus(LOCK, HOST), MODEL)
    return [bar.bits for bar in found.bars if bar.sort == "absent"]


def test_what_was_searched_for_on_both_sides_and_is_not_shared_is_a_bar_of_its_own():
    found = compare(
        searched(side("A", LOCK), "one.example", "two.example"), searched(side("B", LOCK)), corpus(LOCK), MODEL
    )
    (bar,) = (bar for bar in found.bars if bar.sort == "absent")
    assert (bar.kind, bar.value, bar.family, bar.bits) == ("absent", "infrastructure", "infrastructure", -BITS)
    assert len(bar.evidence) == 3 and "1 and 2 sightings" in bar.notes[0]
    row = of_pair(found).rows[-1]
    assert (row.sort, row.label, row.values, row.so_far) == ("absent", "infrastructure", (), found.total)


def test_not_looked_for_is_not_absent():
    assert not absent(side("A", LOCK), side("B", LOCK))
    assert not absent(searched(side("A", LOCK)), side("B", LOCK))


def test_without_a_time_on_one_side_it_says_nothing():
    assert not absent(searched(side("A", LOCK)), searched(side("B", LOCK), when=Interval()))


def test_what_is_shared_and_rare_stands_against_it_and_what_everybody_shows_does_not():
    a, b = searched(side("A", LOCK, HOST)), searched(side("B", LOCK, HOST))
    assert not absent(a, b)
    assert absent(a, b, corpus(HOST, holders=45)) == [-BITS]


def test_a_shared_server_of_everybodys_does_not_stand_against_it():
    a, b = searched(side("A", LOCK, HOST)), searched(side("B", LOCK, HOST))
    assert absent(a, b, corpus(LOCK, HOST, warnings={HOST: ("a CDN",)})) == [-BITS]


def test_who_registered_servers_says_as_much_as_the_servers():
    assert not absent(searched(side("A", ONE)), searched(side("B", ONE)), corpus(ONE))
    assert absent(searched(side("A", ONE)), searched(side("B", OTHER)), corpus(ONE, OTHER)) == [-BITS]


def test_it_says_less_the_longer_the_time_between():
    years = Interval("2016-03-31", "2016-03-31")  # 1,459 days later
    (bits,) = absent(searched(side("A", LOCK)), searched(side("B", LOCK), when=years))
    assert bits == pytest.approx(-BITS / 2, rel=1e-3)


def test_the_linchpin_is_what_keeps_absence_away():
    a, b = searched(side("A", LOCK, HOST)), searched(side("B", LOCK, HOST))
    found = compare(a, b, corpus(LOCK, HOST), MODEL)
    assert found.linchpin is not None and found.bars[found.linchpin].value == HOST[1]
    alone = compare(searched(side("A", LOCK)), searched(side("B", LOCK)), corpus(LOCK), MODEL)
    assert found.without == pytest.approx(alone.probability) and found.probability > 0.9 > alone.probability


values = st.lists(
    st.sampled_from([LOCK, HOST, ONE, OTHER, ("url", "http://c2.example/x"), ("mutex", "other")]), max_size=6
)


@given(values, values, st.integers(2, 50), st.booleans(), st.booleans())
@settings(max_examples=80, deadline=None)
def test_bars_add_up_sides_can_be_swapped_and_the_quick_weight_agrees(left, right, holders, one, two):
    known = replace(telling(ONE, OTHER), holders=dict.fromkeys([*left, *right], holders))
    a, b = side("A", *left), side("B", *right)
    a, b = searched(a) if one else a, searched(b) if two else b
    found, swapped = compare(a, b, known, MODEL), compare(b, a, known, MODEL)
    assert found.total == pytest.approx(MODEL.prior + sum(bar.bits for bar in found.bars))
    assert (found.total, found.without, found.robust) == (swapped.total, swapped.without, swapped.robust)
    assert weigh(a, b, known, MODEL) == found.total
