"""Observations bound to the observation expressions of a pattern (STIX 2.1, section 9.5).

Every expression takes an observation of its own. Without time all of this is one transport problem (`flow`). Time adds
choices, and each of them turns into restrictions of sets:

- `WITHIN d`: all intervals of a match touch a window of length d exactly when they touch one that begins at the last
  moment of some observation.
- `FOLLOWEDBY`: what comes before begins no later, and what follows ends no earlier, than the first moment of some
  observation.
- `START/STOP` restricts the sets outright, `REPEATS` multiplies demands, an `OR` of single observations is a union.

What is left is searched depth first; before each step the transport problem without the open choices says whether
going on makes sense.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from backtrail.hunts.patterns.flow import Budget, Problem, bits
from backtrail.hunts.patterns.tree import Between, Expression, Joined, Repeats, Seen, Within
from backtrail.model.errors import LimitError

_MOST_CHOICES = 150


class Node(Struct, frozen=True):
    """What is wanted.

    Attributes:
        kind: `leaf`, `all`, `any`, `follow`, `within` or `repeat`.
        mask: Observations that can take part.
        least: Observations it takes at the least.
        parts: What it is made of.
        number: Times of `repeat`, nanoseconds of `within`.
    """

    kind: str
    mask: int
    least: int
    parts: tuple["Node", ...] = ()
    number: int = 1


Wanted = tuple[Node, int, int]
"""A node, the set that restricts it, and how often it is wanted."""


class Times(Struct, frozen=True):
    """First and last moment and number of each observation."""

    first: Sequence[int]
    last: Sequence[int]
    count: Sequence[int]


def bind(expression: Expression, mask_of: Callable[[Seen], int], times: Times) -> list[int] | None:
    """Numbers of the observations of one match, or None.

    Args:
        expression: The pattern.
        mask_of: Which observations satisfy a comparison expression, as a bit mask.
        times: When each was observed, and how often.

    Raises:
        LimitError: There are too many ways to look through.
    """
    try:
        node = _node(expression, (1 << len(times.count)) - 1, mask_of, times)
        return _Search(times).solve([(node, node.mask, 1)], {}, 0)
    except RecursionError:
        raise LimitError("STIX pattern: nested too deep", where="observations") from None


def _node(expression: Expression, mask: int, mask_of: Callable[[Seen], int], times: Times) -> Node:
    match expression:
        case Seen():
            return Node("leaf", mask_of(expression) & mask, 1)
        case Between(part, start, stop):
            inside = _where(mask, lambda n: times.first[n] < stop and times.last[n] >= start) if start < stop else 0
            return _node(part, inside, mask_of, times)
        case Repeats(part, number):
            inner = _node(part, mask, mask_of, times)
            return Node("repeat", inner.mask, inner.least * number, (inner,), number)
        case Within(part, length):
            inner = _node(part, mask, mask_of, times)
            return inner if inner.kind == "leaf" else Node("within", inner.mask, inner.least, (inner,), length)
        case Joined(operator, parts):
            return _joined(operator, [_node(part, mask, mask_of, times) for part in parts])


def _joined(operator: str, parts: list[Node]) -> Node:
    union = 0
    for part in parts:
        union |= part.mask
    if operator != "OR":
        kind = "all" if operator == "AND" else "follow"
        return Node(kind, union, sum(part.least for part in parts), tuple(parts))
    leaves = [part for part in parts if part.kind == "leaf"]
    rest = [part for part in parts if part.kind != "leaf"]
    if leaves:
        either = 0
        for leaf in leaves:
            either |= leaf.mask
        rest.insert(0, Node("leaf", either, 1))
    return rest[0] if len(rest) == 1 else Node("any", union, min(part.least for part in rest), tuple(rest))


def _where(mask: int, holds: Callable[[int], bool]) -> int:
    return sum(1 << number for number in bits(mask) if holds(number))


class _Search:
    """One search, with its budget."""

    def __init__(self, times: Times) -> None:
        self.times = times
        self.budget = Budget()

    def solve(self, pending: list[Wanted], demands: dict[int, int], depth: int) -> list[int] | None:
        """Meet all that is pending beside the demands there are."""
        self.budget.spend(1)
        demands = dict(demands)
        choices: list[Wanted] = []
        pending = list(pending)
        while pending:
            node, mask, count = pending.pop()
            mask &= node.mask
            if not self._plain(node, mask, count, pending, demands):
                choices.append((node, mask, count))
        if not choices:
            return Problem(demands, self.times.count).solve(self.budget)
        if self._hopeless(choices, demands):
            return None
        if depth > _MOST_CHOICES:
            raise LimitError("STIX pattern: too many alternatives", where="observations")
        chosen = min(choices, key=lambda wanted: (wanted[0].kind == "any", wanted[1].bit_count()))
        return self._choose(chosen, [one for one in choices if one is not chosen], demands, depth)

    @staticmethod
    def _plain(node: Node, mask: int, count: int, pending: list[Wanted], demands: dict[int, int]) -> bool:
        """Dissolve what leaves no choice; False for what does."""
        if node.kind == "leaf":
            demands[mask] = demands.get(mask, 0) + count
        elif node.kind == "all":
            pending.extend((part, mask, count) for part in node.parts)
        elif node.kind == "repeat":
            pending.append((node.parts[0], mask, count * node.number))
        else:
            return False
        return True

    def _hopeless(self, choices: list[Wanted], demands: dict[int, int]) -> bool:
        """Whether the demands cannot even be met when the open choices hold no restriction."""
        relaxed = dict(demands)
        waiting = list(choices)
        while waiting:
            node, mask, count = waiting.pop()
            mask &= node.mask
            if node.kind in ("leaf", "any"):
                relaxed[mask] = relaxed.get(mask, 0) + count * node.least
            else:
                waiting.extend(
                    (part, mask, count * (node.number if node.kind == "repeat" else 1)) for part in node.parts
                )
        return Problem(relaxed, self.times.count).solve(self.budget) is None

    def _choose(self, wanted: Wanted, rest: list[Wanted], demands: dict[int, int], depth: int) -> list[int] | None:
        node, mask, count = wanted
        options = list(self._options(node, mask))
        for option in options:
            found = self.solve([*rest, *((n, m, count) for n, m in option)], demands, depth + 1)
            if found is not None:
                return found
        return None if count == 1 else self._mixed(options, count, rest, demands, depth)

    def _mixed(
        self, options: list[list[tuple[Node, int]]], count: int, rest: list[Wanted], demands: dict[int, int], depth: int
    ) -> list[int] | None:
        """Several repetitions that choose differently: so many by the first option, the others by later ones."""
        if len(options) < 2:
            return None
        first, later = options[0], options[1:]
        for share in range(self._most(first, count - 1, rest, demands), -1, -1):
            placed = [*rest, *((n, m, share) for n, m in first)] if share else rest
            left = _Later(later, count - share)
            found = self._after(left, placed, demands, depth)
            if found is not None:
                return found
        return None

    def _after(self, left: "_Later", placed: list[Wanted], demands: dict[int, int], depth: int) -> list[int] | None:
        self.budget.spend(1)
        if depth > _MOST_CHOICES:
            raise LimitError("STIX pattern: too many alternatives", where="observations")
        for option in left.options:
            found = self.solve([*placed, *((n, m, left.count) for n, m in option)], demands, depth + 1)
            if found is not None:
                return found
        return None if left.count == 1 else self._mixed(left.options, left.count, placed, demands, depth + 1)

    def _most(self, option: list[tuple[Node, int]], most: int, rest: list[Wanted], demands: dict[int, int]) -> int:
        """How many repetitions of an option can be placed at the most, as far as the relaxed problem tells."""
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            if self._hopeless([*rest, *((n, m, middle) for n, m in option)], demands):
                high = middle - 1
            else:
                low = middle
        return low

    def _options(self, node: Node, mask: int) -> Iterator[list[tuple[Node, int]]]:
        if node.kind == "any":
            yield from ([(part, mask)] for part in node.parts)
        elif node.kind == "within":
            yield from ([(node.parts[0], window)] for window in self._windows(mask, node.number))
        else:
            yield from self._thresholds(node, mask)

    def _windows(self, mask: int, length: int) -> list[int]:
        """Sets of observations that touch a window, without those inside another such set."""
        numbers = bits(mask)
        starts = sorted({self.times.last[n] for n in numbers})
        self.budget.spend(len(numbers))
        sets = {
            sum(1 << n for n in numbers if self.times.first[n] <= start + length and self.times.last[n] >= start): None
            for start in starts
        }
        largest = sorted(sets, key=int.bit_count, reverse=True)
        kept: list[int] = []
        for one in largest:
            if not any(one & other == one for other in kept):
                kept.append(one)
        return kept

    def _thresholds(self, node: Node, mask: int) -> Iterator[list[tuple[Node, int]]]:
        """The first parts end by a moment, and the last part begins no earlier; one option for each moment.

        The latest comes first: it leaves the most to the first parts, which may have choices of their own.
        """
        before = node.parts[:-1]
        head = before[0] if len(before) == 1 else Node("follow", mask, sum(p.least for p in before), before)
        tail = node.parts[-1]
        numbers = bits(mask)
        seen: set[tuple[int, int]] = set()
        for moment in sorted({self.times.first[n] for n in numbers}, reverse=True):
            early = sum(1 << n for n in numbers if self.times.first[n] <= moment)
            late = sum(1 << n for n in numbers if self.times.last[n] >= moment)
            if early & head.mask and late & tail.mask and (early, late) not in seen:
                seen.add((early, late))
                yield [(head, early), (tail, late)]


class _Later(Struct, frozen=True):
    """Options that are left for some repetitions."""

    options: list[list[tuple[Node, int]]]
    count: int
