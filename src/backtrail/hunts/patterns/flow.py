"""Whether demands for different observations can be met at once, and by which.

Each demand asks for a number of observations out of a set, each observation serves at most as many demands as it was
observed times: a transport problem, solved by maximal flow (Ford and Fulkerson 1956; shortest augmenting paths, Edmonds
and Karp 1972). Observations that the same demands may take are one node, so that a thousand alike cost nothing.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence

from backtrail.model.errors import LimitError

MAX_STEPS = 200_000
"""Edges looked at for one pattern, over all flows: a third of a second."""


class Budget:
    """Steps that are left for one match."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Raise LimitError when nothing is left."""
        self.left -= steps
        if self.left < 0:
            raise LimitError("STIX pattern: too many ways to match", where="observations")


Served = dict[int, dict[int, int]]
"""For each demanded set, how many of each class of observations serve it."""


class Problem:
    """Demands over observations.

    Args:
        demands: Number wanted by set of observations; a set is a bit mask.
        counts: How often each observation may serve.
    """

    def __init__(self, demands: Mapping[int, int], counts: Sequence[int]) -> None:
        self.demands = list(demands.items())
        self.classes: dict[int, list[int]] = defaultdict(list)
        for number in bits(_union(demands)):
            bit = 1 << number
            self.classes[sum(1 << i for i, (mask, _) in enumerate(self.demands) if mask & bit)].append(number)
        self.room = {key: sum(counts[n] for n in numbers) for key, numbers in self.classes.items()}
        self.counts = counts

    def solve(self, budget: Budget) -> list[int] | None:
        """Observations that serve all demands, by number; None when that is impossible."""
        used: dict[tuple[int, int], int] = defaultdict(int)
        room = dict(self.room)
        for index, (mask, wanted) in enumerate(self.demands):
            budget.spend(1)
            left = wanted
            while left > 0:
                pushed = self._augment(index, left, used, room, budget) if mask else 0
                if not pushed:
                    return None
                left -= pushed
        return self._chosen(room)

    def _augment(
        self, index: int, wanted: int, used: dict[tuple[int, int], int], room: dict[int, int], budget: Budget
    ) -> int:
        """Serve a demand by as much as the shortest path allows, moving others to other classes where needed."""
        came: dict[tuple[str, int], tuple[str, int]] = {}
        waiting = deque([index])
        seen = {index}
        while waiting:
            demand = waiting.popleft()
            for key, free in room.items():
                budget.spend(1)
                if not key >> demand & 1 or ("class", key) in came:
                    continue
                came["class", key] = ("demand", demand)
                if free > 0:
                    return self._push(index, key, min(wanted, free), came, used, room)
                for other in bits(key):
                    if other not in seen and used[other, key]:
                        seen.add(other)
                        came["demand", other] = ("class", key)
                        waiting.append(other)
        return 0

    @staticmethod
    def _push(
        index: int,
        key: int,
        amount: int,
        came: dict[tuple[str, int], tuple[str, int]],
        used: dict[tuple[int, int], int],
        room: dict[int, int],
    ) -> int:
        path: list[tuple[int, int]] = []
        demand = came["class", key][1]
        path.append((demand, key))
        while demand != index:
            back = came["demand", demand][1]
            amount = min(amount, used[demand, back])
            path.append((demand, back))
            demand = came["class", back][1]
            path.append((demand, back))
        room[key] -= amount
        for number, pair in enumerate(path):
            used[pair] += amount if number % 2 == 0 else -amount
        return amount

    def _chosen(self, room: Mapping[int, int]) -> list[int]:
        """The first observations of each class, as many as it serves with."""
        chosen = []
        for key, numbers in self.classes.items():
            wanted = self.room[key] - room[key]
            for number in numbers:
                if wanted <= 0:
                    break
                chosen.append(number)
                wanted -= self.counts[number]
        return sorted(chosen)


def bits(mask: int) -> list[int]:
    """Numbers of the bits that are set, lowest first."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


def _union(masks: Mapping[int, int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union
