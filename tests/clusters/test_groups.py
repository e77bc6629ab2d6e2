"""Proposals respect decisions and order of input."""

import random

from backtrail.clusters import built_in, propose, units
from backtrail.model.decision import ActivityGroup, Apart, State
from backtrail.model.weight import Bar, Explanation

MODEL = built_in()


def link(a: str, b: str, total: float = 5.0) -> Explanation:
    bar = Bar(kind="md5", value="x", family="malware", strength="B", spoof="med", bits=total + 5, raw=9.0)
    return Explanation(a=a, b=b, prior=-5, total=total, probability=1 / (1 + 2**-total), bars=(bar,), linchpin=0)


def group(id: str, *members: str) -> ActivityGroup:
    return ActivityGroup(id=id, anchor="x", members=members)


def state(*groups: ActivityGroup, outliers=()) -> State:
    return State(groups={g.id: g for g in groups}, outliers=frozenset(outliers))


def test_links_over_the_threshold_join():
    proposals, against = propose([link("A", "B"), link("B", "C"), link("D", "E", 0.0)], State(), MODEL)
    assert [p.members for p in proposals] == [("A", "B", "C")]
    assert not against


def test_the_order_of_pairs_is_irrelevant():
    pairs = [link(a, b, t) for a, b, t in (("A", "B", 3.0), ("B", "C", 4.0), ("C", "D", 4.0), ("X", "Y", 9.0))]
    first = propose(pairs, State(), MODEL)
    for seed in range(5):
        random.Random(seed).shuffle(pairs)
        assert propose(pairs, State(), MODEL) == first


def test_two_accepted_groups_never_come_together():
    held = state(group("UNC-0001", "A", "B"), group("UNC-0002", "C"))
    proposals, against = propose([link("B", "C"), link("B", "D"), link("C", "D", 4.0)], held, MODEL)
    assert [(p.group, p.joining) for p in proposals] == [("UNC-0001", ("D",))]
    assert {d.groups for d in against} == {("UNC-0001", "UNC-0002"), ("UNC-0002", "UNC-0001")}
    assert {d.decision for d in against} == {""}


def test_an_outlier_joins_nothing_whichever_side_it_is_on():
    for a, b in (("A", "OUT"), ("OUT", "A")):
        proposals, against = propose([link(a, b)], state(outliers=["OUT"]), MODEL)
        assert not proposals and len(against) == 1


def test_an_accepted_group_as_it_stands_is_no_proposal():
    assert propose([link("A", "B")], state(group("UNC-0001", "A", "B")), MODEL) == ((), ())


def test_the_weakest_link_is_of_the_strongest_tree():
    pairs = [link("A", "B", 8.0), link("B", "C", 6.0), link("A", "C", 3.0)]
    (proposal,), _ = propose(pairs, State(), MODEL)
    assert proposal.weakest == pairs[1].probability


def through(a: str, b: str, *items: tuple[str, str], total: float = 6.0) -> Explanation:
    bars = tuple(
        Bar(kind="md5", value=family, family=family, strength=strength, spoof="med", bits=5.0, raw=5.0)
        for family, strength in items
    )
    return Explanation(a=a, b=b, prior=-5, total=total, probability=1 / (1 + 2**-total), bars=bars, linchpin=0)


def test_two_sets_are_not_chained_through_one_shared_thing():
    inside = [link("A", "B", 9.0), link("C", "D", 9.0)]
    one = propose([*inside, through("B", "C", ("malware", "B"))], State(), MODEL)[0]
    assert [p.members for p in one] == [("A", "B"), ("C", "D")]
    for items in ([("malware", "B"), ("identity", "B")], [("infrastructure", "A")]):
        joined = propose([*inside, through("B", "C", *items)], State(), MODEL)[0]
        assert [p.members for p in joined] == [("A", "B", "C", "D")]


def test_an_intrusion_alone_joins_by_any_link_over_the_threshold():
    joined = propose([link("A", "B", 9.0), through("B", "C", ("malware", "B"))], State(), MODEL)[0]
    assert [p.members for p in joined] == [("A", "B", "C")]


def test_units_are_stricter_than_proposals():
    pairs = [through("A", "B", ("malware", "B"), ("identity", "B")), through("B", "C", ("malware", "B"), total=9.0)]
    assert units(pairs, MODEL) == {"A": "A", "B": "A"}


def test_two_large_sets_are_joined_by_two_pairs_of_different_intrusions():
    inside = [link(a, b, 9.0) for a, b in (("A1", "A2"), ("A2", "A3"), ("B1", "B2"), ("B2", "B3"))]
    strong = [("malware", "B"), ("identity", "B")]
    one = through("A1", "B1", *strong)
    of_one_intrusion = through("A1", "B2", *strong)
    another = through("A2", "B2", *strong)
    apart = [("A1", "A2", "A3"), ("B1", "B2", "B3")]
    for pairs in ([*inside, one], [*inside, one, of_one_intrusion]):
        assert [p.members for p in propose(pairs, State(), MODEL)[0]] == apart
    for order in ([one, another], [another, one]):
        joined = propose([*inside, *order], State(), MODEL)[0]
        assert [p.members for p in joined] == [("A1", "A2", "A3", "B1", "B2", "B3")]


def test_what_is_held_apart_never_comes_together_and_is_a_disagreement():
    held = State(groups={"U1": group("U1", "A", "B")}, apart=(Apart("C", "U1", "D-2"),))
    proposals, against = propose([link("B", "C", 9.0), link("C", "D", 8.0), link("A", "D", 7.0)], held, MODEL)
    assert [(p.group, p.members) for p in proposals] == [(None, ("C", "D"))]
    assert [(d.link.a, d.link.b, d.groups) for d in against] == [("B", "C", ("U1", "C")), ("A", "D", ("U1", "C"))]
    assert {d.decision for d in against} == {"D-2"}
