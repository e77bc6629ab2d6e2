"""Sets of intrusions while they are joined, with what decisions hold together (must-link) and apart (cannot-link)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from backtrail.model.decision import Apart, State

_LARGE = 3
"""Members from which a set is joined to another such set by two pairs of different intrusions only."""


class Kept(NamedTuple):
    """Two, each an intrusion or what holds it, that do not come together; the decision that says just so, if any."""

    groups: tuple[str, str]
    decision: str = ""


class Sets:
    """Disjoint sets of intrusions, each held by at most one accepted group; an outlier is held by itself.

    Attributes:
        holder: What holds a set, by its root: an accepted group, or `outlier ...`.
    """

    def __init__(self, state: State) -> None:
        self._parent: dict[str, str] = {}
        self.holder: dict[str, str] = {}
        self._size: dict[str, int] = {}
        self._accepted = {g.id: set(g.members) for g in state.groups.values() if not g.merged_into}
        for group in state.groups.values():
            if not group.merged_into and group.members:
                for member in group.members:
                    self._parent[self.root(member)] = self.root(group.members[0])
                self._size[self.root(group.members[0])] = len(group.members)
                self.holder[self.root(group.members[0])] = group.id
        for outlier in state.outliers:
            self.holder[self.root(outlier)] = f"outlier {outlier}"
        self._apart: dict[str, list[Apart]] = defaultdict(list)
        living = {id: state.groups[state.survivor(id)].members for id in state.groups}
        self._member = {id: members[0] for id, members in living.items() if members}
        for said in state.apart:
            pair = (said.one, said.other)
            for side in pair if all(x in self._member or x not in state.groups for x in pair) else ():
                self._apart[self._root_of(side)].append(said)

    def root(self, x: str) -> str:
        """The intrusion that stands for the set of one."""
        self._parent.setdefault(x, x)
        while self._parent[x] != x:
            self._parent[x] = self._parent[self._parent[x]]
            x = self._parent[x]
        return x

    def held(self, x: str) -> str | None:
        """What holds the set of an intrusion."""
        return self.holder.get(self.root(x))

    def size(self, x: str) -> int:
        """Members of the set of an intrusion."""
        return self._size.get(self.root(x), 1)

    def parted(self, a: str, b: str) -> Kept | None:
        """What a decision holds apart, that of `a` first, where it keeps the sets of two intrusions apart."""
        one, two = self.root(a), self.root(b)
        for said in self._apart.get(one, ()):
            ends = [self._root_of(said.one), self._root_of(said.other)]
            if ends == [one, two]:
                return Kept((said.one, said.other), said.decision)
            if ends == [two, one]:
                return Kept((said.other, said.one), said.decision)
        return None

    def against(self, a: str, b: str) -> Kept | None:
        """What keeps a pair apart, if anything: a decision that says so, two accepted groups, or an outlier."""
        if parted := self.parted(a, b):
            return parted
        one, two = self.held(a), self.held(b)
        if one == two:
            return None
        if one and two:
            return Kept((one, two))
        alone = one or two or ""
        return Kept((one or a, two or b)) if alone.startswith("outlier ") else None

    def both_groups(self, a: str, b: str) -> bool:
        """Whether a pair is of two sets of several members each."""
        return self.root(a) != self.root(b) and min(self.size(a), self.size(b)) > 1

    def both_large(self, a: str, b: str) -> bool:
        """Whether a pair is of two sets that both have so many members that one pair says little of the rest."""
        return self.root(a) != self.root(b) and min(self.size(a), self.size(b)) >= _LARGE

    def heard(self, a: str, b: str, before: Iterable[tuple[str, str]]) -> bool:
        """Whether another pair, of neither of the two intrusions, has spoken for the same two sets before."""
        one, two = self.root(a), self.root(b)
        for pair in before:
            for c, d in (pair, pair[::-1]):
                if c != a and d != b and self.root(c) == one and self.root(d) == two:
                    return True
        return False

    def join(self, a: str, b: str) -> bool:
        """Make the sets of two intrusions one; False when they are."""
        one, two = self.root(a), self.root(b)
        if one == two:
            return False
        self._size[one] = self.size(one) + self.size(two)
        holder = self.holder.pop(one, None) or self.holder.pop(two, None)
        self._parent[two] = one
        if two in self._apart:
            self._apart[one].extend(self._apart.pop(two))
        if holder:
            self.holder[one] = holder
        return True

    def accepted(self, group: str | None) -> set[str]:
        """Members that decisions have put into a group already."""
        return self._accepted.get(group or "", set())

    def members(self) -> dict[str, list[str]]:
        """Members of each set by its root, sorted."""
        found: dict[str, list[str]] = defaultdict(list)
        for x in sorted(self._parent):
            found[self.root(x)].append(x)
        return found

    def _root_of(self, side: str) -> str:
        """The root of an intrusion, or of an accepted group that has members."""
        return self.root(self._member.get(side, side))
