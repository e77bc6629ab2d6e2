"""What clusters promise whatever the evidence: the invariants of tradecraft, as properties over made-up cases."""

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.clusters.suggest.conftest import invented

from backtrail.clusters import Corpus, Side, built_in, compare, fold, propose, units
from backtrail.clusters.suggest.grouping import group
from backtrail.clusters.suggest.known import Known
from backtrail.clusters.suggest.pairs import joined
from backtrail.clusters.suggest.parameters import built_in as traits_model
from backtrail.clusters.suggest.ranking import suggest
from backtrail.model.decision import Decision, State
from backtrail.model.marking import Grade, Source
from backtrail.model.observation import Observation
from backtrail.model.times import Interval

MODEL, TRAITS = built_in(), traits_model()
GOOD = Source("ours", Grade("A", "2"), "GREEN")
DAY = Interval("2012-04-02", "2012-04-02")
KINDS = ("domain-name", "md5", "mutex", "file-name", "persona", "technique", "keyboard-layout", "registrant-email")
values = st.tuples(st.sampled_from(KINDS), st.sampled_from(["a.example", "b.example", "c.example", "d.example"]))
sides = st.lists(values, max_size=10, unique=True)
cases = st.lists(sides, min_size=2, max_size=6)
few = settings(max_examples=40, deadline=None)


def side(id, pairs):
    return Side(
        id=id, observations=tuple(Observation(kind=k, value=v, intrusion=id, seen=DAY, source=GOOD) for k, v in pairs)
    )


def explained(several, names=None, listed=()):
    """All pairs of a case; values in `listed` are on a list of public tools."""
    names = names or [f"I{n}" for n in range(len(several))]
    shown = [set(pairs) for pairs in several]
    holders = {value: sum(value in some for some in shown) for value in set().union(*shown)}
    known = Corpus(
        intrusions=60,
        holders=holders,
        warnings=dict.fromkeys(listed, ("public tools",)),
        telling=frozenset(v for v in holders if holders[v] > 1),
    )
    held = [side(id, pairs) for id, pairs in zip(names, several, strict=True)]
    return [compare(a, b, known, MODEL) for i, a in enumerate(held) for b in held[i + 1 :]]


def groups(pairs):
    """Proposed groups and units."""
    return {p.members for p in propose(pairs, State(), MODEL)[0]}, dict(units(pairs, MODEL))


def test_which_side_of_a_pair_is_named_first_is_irrelevant_among_pairs_that_are_alike():
    """A chain of three links of the same weight, where the one that joins first decides what the others may join."""
    b, a, digest = ("domain-name", "b.example"), ("domain-name", "a.example"), ("md5", "a.example")
    pairs = [p for p in explained([[b], [a, digest], [b, digest], [a]]) if p.probability >= MODEL.link]
    assert len(pairs) == 3 and len({p.total for p in pairs}) == 1
    turned = [replace(p, a=p.b, b=p.a) for p in pairs]
    found = {repr(groups(list(some))) for some in product(*zip(pairs, turned, strict=True))}
    assert len(found) == 1


@given(cases, st.randoms(use_true_random=False))
@few
def test_the_order_of_records_is_irrelevant(several, chance):
    names = [f"I{n}" for n in range(len(several))]
    plain = explained(several, names)
    order = list(range(len(several)))
    chance.shuffle(order)
    mixed = explained([chance.sample(several[n], len(several[n])) for n in order], [names[n] for n in order])
    chance.shuffle(mixed)
    assert groups(mixed) == groups(plain)
    totals = [{frozenset((p.a, p.b)): p.total for p in pairs} for pairs in (plain, mixed)]
    assert totals[0] == totals[1]


@given(cases)
@few
def test_adding_unrelated_evidence_changes_no_group_and_no_score(several):
    more = [[*pairs, ("mutex", f"only {n}"), ("domain-name", f"only-{n}.example")] for n, pairs in enumerate(several)]
    before, after = explained(several), explained(more)
    assert groups(after) == groups(before)
    assert [p.total for p in after] == [p.total for p in before]


@given(cases, st.data())
@few
def test_duplicating_an_item_changes_no_score(several, data):
    at = data.draw(st.integers(0, len(several) - 1))
    again = [[*pairs, *pairs] if n == at else pairs for n, pairs in enumerate(several)]
    assert explained(again) == explained(several)


@given(cases)
@few
def test_a_public_tool_in_all_changes_no_score_and_no_group(several):
    tool = ("software", "PUBLICTOOL")
    before, after = explained(several), explained([[*pairs, tool] for pairs in several], listed=[tool])
    assert [p.total for p in after] == [p.total for p in before]
    assert groups(after) == groups(before)


@given(sides, sides)
@few
def test_swapping_two_sides_swaps_nothing_but_names(left, right):
    (one,) = explained([left, right], ["A", "B"])
    (two,) = explained([right, left], ["B", "A"])
    assert replace(two, a="A", b="B", bars=()) == replace(one, bars=())
    assert [replace(bar, a=bar.b, b=bar.a) for bar in two.bars] == list(one.bars)


pairs_of_ten = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(-40, 80).map(lambda n: n / 8)).filter(
        lambda pair: pair[0] < pair[1]
    ),
    max_size=40,
    unique_by=lambda pair: pair[:2],
)


@given(pairs_of_ten, st.floats(-5, 5), st.floats(0, 5))
def test_merging_is_monotone_in_the_threshold(pairs, low, more):
    """What a stricter threshold joins, a looser one joins too."""
    one, other = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    bits = np.array([pair[2] for pair in pairs])
    loose, strict = (joined(10, one, other, bits, threshold) for threshold in (low, low + more))
    assert all(loose[a] == loose[b] for a in range(10) for b in range(10) if strict[a] == strict[b])


@given(cases, st.floats(0.5, 0.8), st.floats(0.0, 0.19))
@few
def test_proposals_are_monotone_in_the_threshold(several, low, more):
    pairs = explained(several)
    loose, strict = (
        [set(p.members) for p in propose(pairs, State(), replace(MODEL, link=link))[0]] for link in (low, low + more)
    )
    assert all(any(members <= wider for wider in loose) for members in strict)


made = st.lists(st.sets(st.integers(0, 11), min_size=1, max_size=4), min_size=2, max_size=4)


@given(made, st.randoms(use_true_random=False))
def test_a_merge_takes_no_member_out_and_order_of_merges_is_irrelevant(several, chance):
    taken: set[int] = set()
    parts = [p for p in ([n for n in some if n not in taken and not taken.add(n)] for some in several) if p]
    steps = [
        {"action": "new", "group": f"UNC-{n}", "intrusions": tuple(f"I{i}" for i in sorted(part))}
        for n, part in enumerate(parts)
    ]
    merges = [{"action": "merge", "group": "UNC-0", "other": f"UNC-{n}"} for n in range(1, len(parts))]
    mixed = chance.sample(merges, len(merges))
    everyone = {f"I{i}" for part in parts for i in part}
    states = [fold(_log([*steps, *order])) for order in (merges, mixed)]
    assert [set(state.groups["UNC-0"].members) for state in states] == [everyone, everyone]


def _log(steps):
    return [
        Decision(seq=n, at=f"2013-02-18T09:00:{n:02d}Z", author="a", reason="r", model="0", **step)
        for n, step in enumerate(steps, 1)
    ]


@pytest.fixture(scope="module")
def reports():
    return invented(6, nobody=6)


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_known_reports_moves_no_suggestion_and_no_grouping(reports, seed):
    chance = random.Random(seed)
    mixed = chance.sample(reports, len(reports))
    asked = invented(1, seed=9)[0]
    one, two = (suggest(Known(some, TRAITS), asked) for some in (reports, mixed))
    assert [c.group for c in one] == [c.group for c in two]
    assert [c.probability for c in one] == pytest.approx([c.probability for c in two], abs=1e-6)
    sets = [_sets(some, group(some, TRAITS, 0)) for some in (reports, mixed)]
    assert sets[0] == sets[1]


def test_a_value_said_twice_moves_no_suggestion(reports):
    asked = invented(1, seed=9)[0]
    twice = replace(asked, traits={name: frozenset([*some, *some]) for name, some in asked.traits.items()})
    known = Known(reports, TRAITS)
    assert suggest(known, twice) == suggest(known, asked)


def _sets(reports, numbers):
    found = {}
    for report, number in zip(reports, numbers, strict=True):
        found.setdefault(number, set()).add(report.id)
    return {frozenset(members) for members in found.values()}
