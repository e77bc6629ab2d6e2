"""compare: two groups (or intrusions) beside each other: what speaks for one actor, and what against."""

from collections.abc import Sequence

from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.errors import UsageError
from backtrail.model.weight import Bar, Explanation
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of
from backtrail.verbs.weighing import weighed

_BEST = 5


class Common(Struct, frozen=True, kw_only=True):
    """A value that members of both show, a kind on which they differ, or a family that is absent.

    Attributes:
        bar: It, in the pair for which it says most; of what speaks against, in the pair that is linked best.
        pairs: Pairs of members of which it is so.
    """

    bar: Bar
    pairs: int


class Compared(Struct, frozen=True, kw_only=True):
    """Two sides, pair by pair of their members.

    Attributes:
        a: Group or intrusion.
        b: The other.
        members: Members of each.
        compared: Pairs of members that share anything.
        told: Of them, those that are explained: the others are far from a link.
        linked: Those over the threshold.
        threshold: Probability from which a pair counts as linked.
        best: The surest pairs, explained.
        common: Values that both show, by what they say at most.
        against: Contradictions by kind, and what was looked for and is absent: each is shown, whatever speaks for the
            pair.
        uncollected: Families in which one side of every pair shows nothing: not looked for is not absent.
        model: Version of the match-weight model.
    """

    a: str
    b: str
    members: tuple[int, int]
    compared: int
    told: int
    linked: int
    threshold: float
    best: tuple[Explanation, ...]
    common: tuple[Common, ...]
    against: tuple[Common, ...]
    uncollected: tuple[str, ...]
    model: str


def compare(case: Case, a: str, b: str) -> Compared:
    """Lay two groups, or a group and an intrusion, beside each other: the surest pairs, what both show, what differs.

    Nothing is merged. Contradictions are listed by themselves and never added up with the rest.

    Args:
        case: The case.
        a: A group or an intrusion.
        b: Another.

    Raises:
        NotFoundError: One of them is not known.
        UsageError: They have a member in common.
    """
    model = clusters.built_in()
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        a, b = (_living(state, known.side(db, state, side)) for side in (a, b))
        if a == b:
            raise UsageError(f"both are {a} now; nothing to compare")
        left, right = _members(db, state, a), _members(db, state, b)
        if set(left) & set(right):
            raise UsageError(f"{a} and {b} have {min(set(left) & set(right))} in common; nothing to compare")
        found = weighed(case, db, state, between=(left, right))
    pairs = sorted(found.pairs, key=lambda pair: (-pair.total, pair.a, pair.b))
    return Compared(
        a=a,
        b=b,
        members=(len(left), len(right)),
        compared=found.compared,
        told=len(pairs),
        linked=sum(pair.probability >= model.link for pair in pairs),
        threshold=model.link,
        best=tuple(pairs[:_BEST]),
        common=_common(pairs),
        against=_against(pairs),
        uncollected=tuple(sorted(set.intersection(*(set(p.uncollected) for p in pairs)))) if pairs else (),
        model=model.version,
    )


def _living(state: State, side: str) -> str:
    """An intrusion, or the group that an id leads to after merges."""
    return known.require_group(state, side) if side in state.groups else side


def _members(db: Db, state: State, id: str) -> Sequence[str]:
    if id in state.groups:
        return state.groups[id].members
    known.require_intrusions(db, [id])
    return [id]


def _common(pairs: Sequence[Explanation]) -> tuple[Common, ...]:
    best: dict[tuple[str, str], Bar] = {}
    count: dict[tuple[str, str], int] = {}
    for pair in pairs:
        for bar in pair.bars:
            if bar.bits > 0:
                key = (bar.kind, bar.value)
                count[key] = count.get(key, 0) + 1
                best[key] = max(best.get(key, bar), bar, key=lambda one: one.bits)
    ordered = sorted(best.items(), key=lambda item: (-item[1].bits, item[0]))
    return tuple(Common(bar=bar, pairs=count[key]) for key, bar in ordered)


def _against(pairs: Sequence[Explanation]) -> tuple[Common, ...]:
    """What speaks against, by kind, with that of the pair that is linked best."""
    found: dict[str, list[Bar]] = {}
    for pair in pairs:
        for bar in pair.bars:
            if bar.bits < 0:
                found.setdefault(bar.kind, []).append(bar)
    return tuple(Common(bar=bars[0], pairs=len(bars)) for _, bars in sorted(found.items()))
