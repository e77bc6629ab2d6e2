"""One page has one weakest link: that by whose probability the group is judged."""

from backtrail.model.weight import Explanation
from backtrail.reports.links import waterfalls

NAMES = {"A": "I-1", "B": "I-2", "C": "I-3"}


def pair(a: str, b: str, total: float) -> Explanation:
    return Explanation(a=a, b=b, prior=-9.0, total=total, probability=1 / (1 + 2**-total), bars=())


PAIRS = [pair("A", "B", 9.0), pair("B", "C", 6.0), pair("A", "C", 2.5)]


def test_the_weakest_link_is_that_of_the_judgement():
    """A and C hold together by way of B: nothing depends on what they share."""
    _, weakest = waterfalls(PAIRS, NAMES, set(), PAIRS[1].probability)
    assert (weakest.title, weakest.a, weakest.b) == ("The weakest link that the group depends on", "I-2", "I-3")


def test_where_no_tree_spans_the_group_nothing_depends_on_a_link():
    _, weakest = waterfalls(PAIRS, NAMES, set())
    assert (weakest.title, weakest.total) == ("The weakest of the linked pairs", 2.5)


def test_one_link_is_the_strongest_and_stands_once():
    assert len(waterfalls(PAIRS[:1], NAMES, set(), PAIRS[0].probability)) == 1
