"""Windows drop only events that are in no match: the evaluator says the same with and without them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.hunts.backends.sequences import narrowed
from backtrail.hunts.patterns.compare import Compiled
from backtrail.hunts.patterns.observed import Observation
from backtrail.hunts.patterns.stix import StixPattern, seens

SECOND = 10**9
PATTERNS = (
    "([a:v = 1] FOLLOWEDBY [a:v = 2]) WITHIN 5 SECONDS",
    "[a:v = 1] FOLLOWEDBY [a:v = 2] WITHIN 5 SECONDS",
    "([a:v = 1] FOLLOWEDBY [a:v = 2] FOLLOWEDBY [a:v = 3]) WITHIN 7 SECONDS",
    "[a:v = 1] FOLLOWEDBY [a:v = 2]",
    "([a:v = 1] AND [a:v = 2] AND [a:v = 1]) WITHIN 4 SECONDS",
    "[a:v = 1] AND [a:v = 3]",
    "([a:v = 1] REPEATS 3 TIMES) WITHIN 6 SECONDS",
    "[a:v = 1] REPEATS 2 TIMES",
    "([a:v = 1] OR [a:v = 2]) FOLLOWEDBY [a:v = 3]",
)


def event(at, value):
    objects = {"0": {"type": "a", "v": value}}
    return Observation(roots=objects, objects=objects, first=at * SECOND, last=at * SECOND, count=1)


def kept(pattern, events):
    parts = [Compiled(part.comparison, strict=False) for part in seens(pattern.expression)]
    satisfied = [[part(one) for one in events] for part in parts]
    return narrowed(pattern.expression, [one.first for one in events], satisfied)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATTERNS), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 3)), max_size=9))
def test_what_windows_drop_is_in_no_match(text, rows):
    pattern = StixPattern(text)
    events = [event(*row) for row in rows]
    numbers = kept(pattern, events)
    near = [events[number] for number in numbers]
    assert [one.first for one in near] == sorted(one.first for one in near)
    whole = sorted(events, key=lambda one: one.first)
    assert (pattern.match(near) is None) == (pattern.match(whole) is None)


def test_events_far_from_one_another_are_dropped():
    pattern = StixPattern("([a:v = 1] FOLLOWEDBY [a:v = 2]) WITHIN 5 SECONDS")
    events = [event(0, 1), event(100, 1), event(104, 2), event(90, 2), event(300, 2)]
    assert kept(pattern, events) == [1, 2]


@pytest.mark.parametrize("text", ["[a:v = 1] OR [a:v = 2]", "([a:v = 1] OR [a:v = 2]) FOLLOWEDBY [a:v = 3]"])
def test_other_shapes_are_left_whole(text):
    assert kept(StixPattern(text), [event(5, 1), event(1, 9)]) == [1, 0]
