"""Clerical review: which doubtful joins of intrusions an analyst should decide first.

Grouping makes two kinds of mistake: it joins what is apart, and leaves apart what is one. Each has a chance, which the
pair of intrusions tells, and a price, the intrusions that stand or fall with it; what is worth most is asked first
(the greatest expected change: Settles, *Active Learning*, 2012, chapter 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from backtrail.clusters.groups import Join, Joined, joined, link_of
from backtrail.clusters.parameters import MatchModel
from backtrail.clusters.sets import Sets
from backtrail.model.decision import State
from backtrail.model.weight import Explanation, Link, Question

_WORTH = 0.05
"""Intrusions that an answer must be expected to put right: what is almost sure is not in doubt."""


def review(pairs: Iterable[Explanation], state: State, model: MatchModel) -> tuple[Question, ...]:
    """Open questions, worth most first. What decisions have answered is not asked again.

    Two accepted groups are asked about while no decision holds them to be of different actors; outliers never are.

    Args:
        pairs: Explanations of the pairs that share something.
        state: What decisions hold.
        model: Threshold.
    """
    told = list(pairs)
    found = joined(told, state, model)
    asked = [*_made(found), *(_open(links, found.sets) for links in _between(told, found.sets))]
    return tuple(sorted((q for q in asked if q.value >= _WORTH), key=lambda q: (-q.value, q.one, q.other)))


def price(one: int, other: int) -> float:
    """Intrusions' worth of B-cubed precision or recall that stands or falls with a join of two sets."""
    return 2 * one * other / (one + other)


def _made(found: Joined) -> Iterator[Question]:
    """Joins that the evidence makes, each with its two sides as they were."""
    for join in found.joins:
        value = (1 - join.link.probability) * price(*join.sizes)
        yield _asked(join, found.sets, value, together=True)


def _asked(join: Join, sets: Sets, value: float, together: bool = False, alone: bool = False) -> Question:
    """Whether two sides are one actor's: a yes and a no are about the pair, and the groups that hold its sides."""
    ends = (join.link.a, join.link.b)
    sides = sorted(zip(ends, join.sizes, join.holders, strict=True), key=lambda side: (-side[1], side[0]))
    (one, large, first), (other, small, second) = sides
    groups = [group for group in (first, second) if group]
    accepted = {member for group in groups for member in sets.accepted(group)}
    return Question(
        one=first or one, other=second or other, sizes=(large, small), link=join.link,
        accepted=(len(sets.accepted(first)), len(sets.accepted(second))), together=together, alone=alone,
        joining=() if len(groups) == 2 else tuple(x for x in sorted(ends) if x not in accepted),
        group=groups[0] if len(groups) == 1 else None, value=value,
    )  # fmt: skip


def _between(pairs: Sequence[Explanation], sets: Sets) -> Iterable[list[Link]]:
    """Pairs of two sets that may be one's, for each two sets, strongest first."""
    found: dict[frozenset[str], list[Link]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: (-pair.total, pair.a, pair.b)):
        ends = frozenset((sets.root(pair.a), sets.root(pair.b)))
        alone = any((sets.held(end) or "").startswith("outlier ") for end in ends)
        if len(ends) == 2 and not alone and not sets.parted(pair.a, pair.b):
            found[ends].append(link_of(pair))
    return found.values()


def _open(links: Sequence[Link], sets: Sets) -> Question:
    """Whether two sets are one actor's."""
    second = _second(links, sets)
    link = second or links[0]
    sizes = sets.size(link.a), sets.size(link.b)
    alone = second is None and sets.both_large(link.a, link.b)
    join = Join(link, sizes, (sets.held(link.a), sets.held(link.b)))
    return _asked(join, sets, link.probability * price(*sizes), alone=alone)


def _second(links: Sequence[Link], sets: Sets) -> Link | None:
    """Between large sets, the first pair that shares no intrusion with a stronger one: the surest may be chance."""
    if not sets.both_large(links[0].a, links[0].b):
        return None
    before: list[tuple[str, str]] = []
    for link in links:
        if sets.heard(link.a, link.b, before):
            return link
        before.append((link.a, link.b))
    return None
