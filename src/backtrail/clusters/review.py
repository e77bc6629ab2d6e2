"""Clerical review: which doubtful joins of intrusions an analyst should decide first.

Grouping makes two kinds of mistake: it joins what is apart, and leaves apart what is one. Each has a chance, which the
pair of intrusions tells, and a price, the intrusions that stand or fall with it; what is worth most is asked first
(the greatest expected change: Settles, *Active Learning*, 2012, chapter 4).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from backtrail.clusters.groups import Joined, joined, link_of
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
    """Joins that the evidence makes."""
    sets = found.sets
    for link, *sizes in found.joins:
        size = dict(zip((link.a, link.b), sizes, strict=True))
        ends = sorted(size, key=lambda x: (-size[x], x))
        group = sets.holder.get(sets.root(link.a))
        inside = [x in sets.accepted(group) for x in ends]
        one, other = (group if group and known else x for x, known in zip(ends, inside, strict=True))
        yield Question(
            one=one, other=other, sizes=(max(sizes), min(sizes)), link=link, together=True,
            joining=tuple(x for x, known in zip(ends, inside, strict=True) if not known), group=group,
            value=(1 - link.probability) * price(*sizes),
        )  # fmt: skip


def _between(pairs: Sequence[Explanation], sets: Sets) -> Iterable[list[Link]]:
    """Pairs of two sets that may be one's, for each two sets, strongest first."""
    found: dict[frozenset[str], list[Link]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: (-pair.total, pair.a, pair.b)):
        ends = frozenset((sets.root(pair.a), sets.root(pair.b)))
        alone = any(sets.holder.get(end, "").startswith("outlier ") for end in ends)
        if len(ends) == 2 and not alone and not sets.parted(pair.a, pair.b):
            found[ends].append(link_of(pair))
    return found.values()


def _open(links: Sequence[Link], sets: Sets) -> Question:
    """Whether two sets are one actor's."""
    second = _second(links, sets)
    link = second or links[0]
    ends = sorted((link.a, link.b), key=lambda x: (-sets.size(x), x))
    held = [sets.holder.get(sets.root(x)) for x in ends]
    groups = [group for group in held if group]
    accepted = {member for group in groups for member in sets.accepted(group)}
    sizes = sets.size(ends[0]), sets.size(ends[1])
    return Question(
        one=held[0] or ends[0], other=held[1] or ends[1], sizes=sizes, link=link, together=False,
        alone=second is None and sets.both_large(link.a, link.b),
        joining=() if len(groups) == 2 else tuple(x for x in sorted(ends) if x not in accepted),
        group=groups[0] if len(groups) == 1 else None,
        value=link.probability * price(*sizes),
    )  # fmt: skip


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
