"""Which question to an analyst is worth most: two sets of reports, and whether they are one group's.

A grouping makes two kinds of mistake. It joins what is apart, and leaves apart what is one. Each join that was made,
and each that was not, has a chance of being wrong and a price, the reports that it puts right; the question with the
largest product is asked (after Settles, *Active Learning*, 2012, chapter 4: the greatest expected change). Answers bind
(must-link and cannot-link of Wagstaff and others, 2001) and say nothing of other pairs: those that are asked about lie
between large sets, where a surest pair of many is often chance, and are no sample of the rest.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from backtrail.clusters.review import price
from backtrail.clusters.suggest.pairs import SEVERAL, Floats, Numbers, Sets

Join = tuple[int, int, int, int, int]
"""Number of a pair, the two sets' roots, and their sizes: the larger first."""

_LOOKED = 30
"""Pairs between two sets among which two independent ones are looked for."""


class Answer(Struct, frozen=True):
    """What an analyst said of two reports, by their places: whether they are one group's."""

    one: int
    other: int
    same: bool


class Question(Struct, frozen=True, kw_only=True):
    """Are the sets of these two reports one group's?

    Attributes:
        one: Place of the report that stands for the larger set.
        other: Of the one that stands for the other.
        through: The pair of reports by which the sets are, or would be, joined.
        bits: What it says; between large sets, what the second of two independent pairs says.
        chance: That they are one group's, by these bits.
        sizes: Reports in the sets, the larger first.
        joined: Whether the grouping put them together.
        value: Reports that the answer is expected to put right.
    """

    one: int
    other: int
    through: tuple[int, int]
    bits: float
    chance: float
    sizes: tuple[int, int]
    joined: bool
    value: float


def answered(
    count: int, one: Numbers, other: Numbers, bits: Floats, threshold: float, answers: Sequence[Answer]
) -> Sets:
    """Sets of reports, surest pairs first, that hold what was answered.

    Args:
        count: Number of reports.
        one: First of each pair.
        other: Second of each pair.
        bits: Of each pair.
        threshold: Bits from which a pair joins.
        answers: What was said.
    """
    sets = Sets(count)
    for answer in answers:
        (sets.bind if answer.same else sets.part)(answer.one, answer.other)
    return sets.filled(one, other, bits, threshold)


def question(
    one: Numbers, other: Numbers, bits: Floats, sets: Sets, answers: Sequence[Answer], nothing: float
) -> Question | None:
    """The question worth most; None when nothing is open.

    Args:
        one: First of each pair.
        other: Second of each pair.
        bits: Of each pair.
        sets: The grouping, by `answered` with the same answers.
        answers: What was said; no two reports are asked about twice.
        nothing: Bits of a pair that shares nothing.
    """
    asked = {frozenset((answer.one, answer.other)) for answer in answers}
    made = (_asked(join, bits[join[0]], True, one, other) for join in sets.joins)
    found = [*made, *(_asked(join, said, False, one, other) for join, said in _open(one, other, bits, sets, nothing))]
    return max(
        (q for q in found if frozenset((q.one, q.other)) not in asked),
        key=lambda q: (q.value, -q.one, -q.other),
        default=None,
    )


def _asked(join: Join, bits: float, joined: bool, one: Numbers, other: Numbers) -> Question:
    pair, kept, gone, large, small = join
    chance = float(1 / (1 + np.exp2(-np.clip(bits, -60, 60))))
    return Question(
        one=kept, other=gone, through=(int(one[pair]), int(other[pair])), bits=float(bits), chance=chance,
        sizes=(large, small), joined=joined, value=(1 - chance if joined else chance) * price(large, small),
    )  # fmt: skip


def _open(one: Numbers, other: Numbers, bits: Floats, sets: Sets, nothing: float) -> Iterator[tuple[Join, float]]:
    """Joins that were not made, of sets that are not known to be apart, each with what speaks for it.

    One report does not speak for two large sets: there the second of two pairs without a report in common counts.
    """
    root = np.array(sets.roots())
    ends = np.sort(np.stack([root[one], root[other]], 1), axis=1)
    order = np.argsort(-bits, kind="stable")
    order = order[ends[order, 0] != ends[order, 1]]
    between: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at in order.tolist():
        between[int(ends[at, 0]), int(ends[at, 1])].append(at)
    for (a, b), pairs in between.items():
        if not sets.apart(a, b):
            kept, gone = sorted((a, b), key=lambda x: (-sets.size(x), x))
            join = (pairs[0], kept, gone, sets.size(kept), sets.size(gone))
            second = pairs[0] if join[4] < SEVERAL else _independent(pairs, one, other)
            yield join, float(bits[second]) if second is not None else nothing


def _independent(pairs: Sequence[int], one: Numbers, other: Numbers) -> int | None:
    """The first of the pairs, surest first, that has no report in common with one before it."""
    for n, at in enumerate(pairs[:_LOOKED]):
        if any({int(one[at]), int(other[at])}.isdisjoint((int(one[b]), int(other[b]))) for b in pairs[:n]):
            return at
    return None
