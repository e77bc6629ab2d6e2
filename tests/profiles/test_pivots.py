"""Steps are logged with their reasons: rare and at the same time goes on, common or listed or late does not."""

from hypothesis import given
from hypothesis import strategies as st

from backtrail.profiles import pivots
from backtrail.profiles.control import DAY, Control
from backtrail.profiles.pivots import Link, walk

FILLER = [Link(f"n{n}.example", "address", f"203.0.113.{n}", 1.0, 9.0) for n in range(1, 60)]


def link(thing: str, value: str = "192.0.2.7", first: float = DAY, last: float = 9 * DAY, via="address") -> Link:
    return Link(thing, via, value, first, last, f"{thing} {value}")


def only(trail):
    assert len(trail.pivots) == 1
    return trail.pivots[0]


def test_a_rare_value_at_the_same_time_is_followed_twice_and_no_further():
    shown = [
        *FILLER, link("a.example"), link("b.example"), link("b.example", "192.0.2.8"), link("c.example", "192.0.2.8"),
        link("c.example", "192.0.2.9"), link("d.example", "192.0.2.9"),
    ]  # fmt: skip
    found = walk(["a.example"], shown, {}, {})
    assert [(p.seed, p.to, p.step, p.accepted) for p in found.pivots] == [
        ("a.example", ("b.example",), 1, True), ("b.example", ("c.example",), 2, True),
    ]  # fmt: skip
    assert "Stopped after 2 steps" in found.stopped[0]
    assert found.pivots[0].parts == ("a.example 192.0.2.7", "b.example 192.0.2.7")


def test_at_another_time_there_is_no_link():
    found = walk(["a.example"], [*FILLER, link("a.example"), link("b.example", first=20 * DAY, last=30 * DAY)], {}, {})
    assert not only(found).accepted and only(found).reason == "not at the same time"
    assert any("no step adds anything" in stop for stop in found.stopped)


def test_what_the_group_did_not_hold_any_more_leads_nowhere():
    over = Control(name="a.example", until=0.5 * DAY, ended="expiry")
    found = walk(["a.example"], [*FILLER, link("a.example"), link("b.example")], {"a.example": over}, {})
    assert not only(found).accepted


def test_crowded_listed_common_and_loose_values_are_rejected_with_the_count():
    crowd = [link(f"x{n}.example") for n in range(30)]
    found = walk(["a.example"], [*FILLER, link("a.example"), *crowd], {}, {})
    assert only(found).reason == "31 show it, more than 20: nobody's in particular"
    listed = walk(["a.example"], [*FILLER, link("a.example"), link("b.example")], {}, {"192.0.2.7": "shared: on CDN"})
    assert only(listed).reason == "shared: on CDN"
    registrars = [link("a.example", "ENOM", via="registrar"), link("b.example", "ENOM", via="registrar")]
    loose = walk(["a.example"], registrars, {}, {})
    assert only(loose).reason == "registrars lead anywhere"
    common = walk(["a.example"], [link("a.example"), link("b.example")], {}, {})
    assert only(common).reason == "says too little: 2 of 2 show it"


def test_steps_that_tell_most_come_first():
    shown = [
        *FILLER, link("a.example"), link("b.example"), link("a.example", "192.0.2.8"),
        *(link(f"c{n}.example", "192.0.2.8") for n in range(5)),
    ]  # fmt: skip
    found = pivots("UNC-1", walk(["a.example"], shown, {}, {}))
    bits = [float(row[5]) for row in found.rows if row[7] == "yes"]
    assert bits == sorted(bits, reverse=True) and len(bits) == 2
    assert found.numbers[2].parts == ("b.example", "c0.example", "c1.example", "c2.example", "c3.example", "c4.example")


def test_nowhere_to_go_is_a_sentence():
    assert not pivots("UNC-1", walk(["a.example"], FILLER, {}, {})).enough


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=30))
def test_every_step_leads_to_something_new_and_is_tried_once(pairs):
    shown = sorted({link(f"n{thing}.example", f"192.0.2.{value}") for thing, value in pairs} | set(FILLER))
    found = walk(["n0.example"], shown, {}, {})
    values = [(p.via, p.value) for p in found.pivots]
    assert len(values) == len(set(values))
    reached = {"n0.example"}
    for pivot in found.pivots:
        assert pivot.seed in reached and not set(pivot.to) & reached
        reached |= set(pivot.to) if pivot.accepted else set()
