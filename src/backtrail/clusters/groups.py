"""Groups that the evidence suggests: pairs over the threshold, joined strongest first, decisions respected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from backtrail.clusters.parameters import MatchModel
from backtrail.model.decision import State
from backtrail.model.observation import content_id
from backtrail.model.weight import Disagreement, Doubt, Explanation, Link, Proposal


def propose(
    pairs: Iterable[Explanation], state: State, model: MatchModel
) -> tuple[tuple[Proposal, ...], tuple[Disagreement, ...]]:
    """Group intrusions by their links.

    Accepted groups are starting points (must-link); intrusions of two accepted groups never come together, and an
    outlier joins nothing (cannot-link): a link that would do so is given as a disagreement instead.

    Args:
        pairs: Explanations of the pairs that share something.
        state: What decisions hold.
        model: Threshold.

    Returns:
        Proposals of at least two members, largest first, and links against decisions, strongest first. Groups that
        are accepted as they stand are left out.
    """
    linked = _strongest_first(pair for pair in pairs if pair.probability >= model.link)
    links = [_link(pair) for pair in linked]
    sets = _Sets(state)
    disagreements = []
    spanning: list[Link] = []
    heard: list[tuple[str, str]] = []
    for pair, link in zip(linked, links, strict=True):
        if against := sets.against(link.a, link.b):
            disagreements.append(Disagreement(link=link, groups=against))
        elif sets.both_groups(link.a, link.b) and not bridges(pair):
            continue
        elif sets.both_large(link.a, link.b) and not sets.heard(link.a, link.b, heard):
            heard.append((link.a, link.b))
        elif sets.join(link.a, link.b):
            spanning.append(link)
    return _proposals(sets, links, spanning), tuple(disagreements)


def doubts(pairs: Iterable[Explanation], state: State, model: MatchModel) -> tuple[Doubt, ...]:
    """Accepted groups that a fresh run, knowing no decision, would part: what the evidence alone holds together."""
    fresh = propose(pairs, State(), model)[0]
    part = {member: proposal.id for proposal in fresh for member in proposal.members}
    found = []
    for group in sorted(state.groups.values(), key=lambda group: group.id):
        parts: dict[str, list[str]] = defaultdict(list)
        for member in group.members if not group.merged_into else ():
            parts[part.get(member, member)].append(member)
        if len(parts) > 1:
            ordered = sorted((tuple(sorted(some)) for some in parts.values()), key=lambda some: (-len(some), some))
            found.append(Doubt(group=group.id, parts=tuple(ordered)))
    return tuple(found)


def bridges(pair: Explanation) -> bool:
    """Whether a pair may join two sets of intrusions, and not only one intrusion to a set.

    It takes an item that is decisive alone (class A), or items of class B or better in two families: a chain through
    one shared thing of class B ends here, whatever its total (rule EV-8 asks this, and more, of tracked groups).
    """
    best: dict[str, str] = {}
    for bar in pair.bars:
        if bar.bits >= _BRIDGE and not bar.warnings:
            best[bar.family] = min(best.get(bar.family, "Z"), bar.strength)
    return "A" in best.values() or sum(strength <= "B" for strength in best.values()) >= 2


def units(pairs: Iterable[Explanation], model: MatchModel) -> Mapping[str, str]:
    """Intrusions that are almost surely one actor's, each with the first of them: for counting who shows a value.

    Stricter than a proposal: joined are only pairs far over the threshold that could join groups. Intrusions in no
    such pair are left out; each is a unit of its own.
    """
    sets = _Sets(State())
    for pair in _strongest_first(pairs):
        if pair.total >= model.unit and bridges(pair):
            sets.join(pair.a, pair.b)
    return {member: members[0] for members in sets.members().values() for member in members}


def _strongest_first(pairs: Iterable[Explanation]) -> list[Explanation]:
    """Of pairs that are alike, by their names, whichever side of a pair is named first: what joins first decides."""
    return sorted(pairs, key=lambda pair: (-pair.total, *sorted((pair.a, pair.b))))


_LARGE = 3
"""Members from which a set is joined to another such set by two pairs of different intrusions only."""

_BRIDGE = 1.0
"""Bits from which a bar counts as an item of its family."""


class _Sets:
    """Disjoint sets of intrusions, each held by at most one accepted group; an outlier is held by itself."""

    def __init__(self, state: State) -> None:
        self._parent: dict[str, str] = {}
        self.holder: dict[str, str] = {}
        self.size: dict[str, int] = {}
        self._accepted = {g.id: set(g.members) for g in state.groups.values() if not g.merged_into}
        for group in state.groups.values():
            if not group.merged_into and group.members:
                for member in group.members:
                    self._parent[self.root(member)] = self.root(group.members[0])
                self.size[self.root(group.members[0])] = len(group.members)
                self.holder[self.root(group.members[0])] = group.id
        for outlier in state.outliers:
            self.holder[self.root(outlier)] = f"outlier {outlier}"

    def root(self, x: str) -> str:
        self._parent.setdefault(x, x)
        while self._parent[x] != x:
            self._parent[x] = self._parent[self._parent[x]]
            x = self._parent[x]
        return x

    def against(self, a: str, b: str) -> tuple[str, str] | None:
        """The two holders that keep a pair apart, if any."""
        one, two = self.holder.get(self.root(a)), self.holder.get(self.root(b))
        if one == two:
            return None
        if one and two:
            return one, two
        alone = one or two or ""
        return (one or a, two or b) if alone.startswith("outlier ") else None

    def both_groups(self, a: str, b: str) -> bool:
        """Whether a pair is of two sets of several members each."""
        one, two = self.root(a), self.root(b)
        return one != two and self.size.get(one, 1) > 1 and self.size.get(two, 1) > 1

    def both_large(self, a: str, b: str) -> bool:
        """Whether a pair is of two sets that both have so many members that one pair says little of the rest."""
        one, two = self.root(a), self.root(b)
        return one != two and min(self.size.get(one, 1), self.size.get(two, 1)) >= _LARGE

    def heard(self, a: str, b: str, before: Iterable[tuple[str, str]]) -> bool:
        """Whether another pair, of neither of the two intrusions, has spoken for the same two sets before."""
        one, two = self.root(a), self.root(b)
        for pair in before:
            for c, d in (pair, pair[::-1]):
                if c != a and d != b and self.root(c) == one and self.root(d) == two:
                    return True
        return False

    def join(self, a: str, b: str) -> bool:
        one, two = self.root(a), self.root(b)
        if one == two:
            return False
        self.size[one] = self.size.get(one, 1) + self.size.get(two, 1)
        holder = self.holder.pop(one, None) or self.holder.pop(two, None)
        self._parent[two] = one
        if holder:
            self.holder[one] = holder
        return True

    def accepted(self, group: str | None) -> set[str]:
        """Members that decisions have put into a group already."""
        return self._accepted.get(group or "", set())

    def members(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for x in sorted(self._parent):
            found[self.root(x)].append(x)
        return found


def _proposals(sets: _Sets, links: list[Link], spanning: list[Link]) -> tuple[Proposal, ...]:
    weakest: dict[str, float] = {}
    for link in spanning:
        root = sets.root(link.a)
        weakest[root] = min(link.probability, weakest.get(root, 1.0))
    inside: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if sets.root(link.a) == sets.root(link.b):
            inside[sets.root(link.a)].append(link)
    proposals = []
    for root, members in sets.members().items():
        group = sets.holder.get(root)
        if root in weakest:
            accepted = sets.accepted(group)
            joining = tuple(m for m in members if m not in accepted)
            proposals.append(
                Proposal(
                    id=content_id("P", group, *members)[:12],
                    members=tuple(members),
                    group=group,
                    joining=joining,
                    links=tuple(inside[root]),
                    weakest=weakest[root],
                )
            )
    return tuple(sorted(proposals, key=lambda p: (-len(p.members), p.members)))


def _link(pair: Explanation) -> Link:
    families = tuple(dict.fromkeys(bar.family for bar in pair.bars if bar.bits > 0))
    top = pair.bars[pair.linchpin] if pair.linchpin is not None else None
    return Link(
        a=pair.a,
        b=pair.b,
        total=pair.total,
        probability=pair.probability,
        families=families,
        linchpin=f"{top.kind} {top.value}" if top else "",
    )
