"""Groups that the evidence suggests: pairs over the threshold, joined strongest first, decisions respected."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from backtrail.clusters.parameters import MatchModel
from backtrail.clusters.sets import Sets
from backtrail.model.decision import State
from backtrail.model.observation import content_id
from backtrail.model.weight import Disagreement, Doubt, Explanation, Link, Proposal


class Join(NamedTuple):
    """Two sets that a link made one, as they were then.

    Attributes:
        link: The link.
        sizes: Intrusions of the sets of its two intrusions.
        holders: Accepted groups that held them.
    """

    link: Link
    sizes: tuple[int, int]
    holders: tuple[str | None, str | None]


class Joined(NamedTuple):
    """Intrusions joined by links, decisions respected.

    Attributes:
        sets: The sets they are in.
        links: All pairs over the threshold, strongest first.
        joins: Those of them that joined two sets, in this order.
        against: Those that decisions keep apart.
    """

    sets: Sets
    links: list[Link]
    joins: list[Join]
    against: list[Disagreement]


def joined(pairs: Iterable[Explanation], state: State, model: MatchModel) -> Joined:
    """Intrusions joined by their links, strongest first.

    Accepted groups are starting points (must-link); intrusions of two accepted groups never come together, nor what a
    decision holds to be different actors', and an outlier joins nothing (cannot-link). What it takes to join two sets
    depends on what the evidence has made of them: who answers yes to one pair takes no other away.

    Args:
        pairs: Explanations of the pairs that share something.
        state: What decisions hold.
        model: Threshold.
    """
    linked = _strongest_first(pair for pair in pairs if pair.probability >= model.link)
    found = Joined(Sets(state), [link_of(pair) for pair in linked], [], [])
    sets, evidence, heard = found.sets, Sets(State()), list[tuple[str, str]]()
    for pair, link in zip(linked, found.links, strict=True):
        join = Join(link, (sets.size(link.a), sets.size(link.b)), (sets.held(link.a), sets.held(link.b)))
        if against := sets.against(link.a, link.b):
            found.against.append(Disagreement(link=link, groups=against.groups, decision=against.decision))
        elif evidence.both_groups(link.a, link.b) and not bridges(pair):
            continue
        elif evidence.both_large(link.a, link.b) and not evidence.heard(link.a, link.b, heard):
            heard.append((link.a, link.b))
        else:
            evidence.join(link.a, link.b)
            if sets.join(link.a, link.b):
                found.joins.append(join)
    return found


def propose(
    pairs: Iterable[Explanation], state: State, model: MatchModel
) -> tuple[tuple[Proposal, ...], tuple[Disagreement, ...]]:
    """Group intrusions by their links, as `joined` does.

    Args:
        pairs: Explanations of the pairs that share something.
        state: What decisions hold.
        model: Threshold.

    Returns:
        Proposals of at least two members, largest first, and links against decisions, strongest first. Groups that
        are accepted as they stand are left out.
    """
    found = joined(pairs, state, model)
    return _proposals(found), tuple(found.against)


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
    sets = Sets(State())
    for pair in _strongest_first(pairs):
        if pair.total >= model.unit and bridges(pair):
            sets.join(pair.a, pair.b)
    return {member: members[0] for members in sets.members().values() for member in members}


def _strongest_first(pairs: Iterable[Explanation]) -> list[Explanation]:
    """Of pairs that are alike, by their names, whichever side of a pair is named first: what joins first decides."""
    return sorted(pairs, key=lambda pair: (-pair.total, *sorted((pair.a, pair.b))))


_BRIDGE = 1.0
"""Bits from which a bar counts as an item of its family."""


def _proposals(found: Joined) -> tuple[Proposal, ...]:
    sets = found.sets
    weakest: dict[str, float] = {}
    for join in found.joins:
        root = sets.root(join.link.a)
        weakest[root] = min(join.link.probability, weakest.get(root, 1.0))
    inside: dict[str, list[Link]] = defaultdict(list)
    for link in found.links:
        if sets.root(link.a) == sets.root(link.b):
            inside[sets.root(link.a)].append(link)
    made = []
    for root, members in sets.members().items():
        group = sets.holder.get(root)
        if root in weakest:
            accepted = sets.accepted(group)
            joining = tuple(m for m in members if m not in accepted)
            made.append(
                Proposal(
                    id=content_id("P", group, *members)[:12],
                    members=tuple(members),
                    group=group,
                    joining=joining,
                    links=tuple(inside[root]),
                    weakest=weakest[root],
                )
            )
    return tuple(sorted(made, key=lambda p: (-len(p.members), p.members)))


def link_of(pair: Explanation) -> Link:
    """A pair in short."""
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
