"""cluster: propose activity groups from what intrusions share."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from backtrail import clusters
from backtrail.clusters import Corpus, MatchModel, Side
from backtrail.knowledge import facts, log
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.observation import Observation
from backtrail.model.weight import Disagreement, Proposal
from backtrail.verbs import known
from backtrail.verbs.case import Case


class Clustered(Struct, frozen=True, kw_only=True):
    """What the evidence suggests; nothing is assigned by it.

    Attributes:
        proposals: New groups, and accepted groups that others would join.
        disagreements: Links over the threshold that decisions keep apart.
        intrusions: Intrusions looked at.
        pairs: Pairs that share something and were compared.
        unlinked: Intrusions in no proposal and no accepted group.
        model: Version of the match-weight model.
        threshold: Probability from which a pair counts as linked.
    """

    proposals: tuple[Proposal, ...]
    disagreements: tuple[Disagreement, ...]
    intrusions: int
    pairs: int
    unlinked: tuple[str, ...]
    model: str
    threshold: float


def cluster(case: Case) -> Clustered:
    """Propose groups: intrusions joined by explained weights, strongest first; decisions are respected.

    Nothing is assigned. Accept a proposal with `assign P-... --reason ...`, or a part of it with
    `assign INTRUSION... --new` or `--to GROUP`.

    Args:
        case: The case.
    """
    model = clusters.built_in()
    with case.knowledge.reading() as db:
        state = clusters.fold(log.decisions(db))
        shared = list(clusters.standing(facts.shared(db), state))
        everyone = known.intrusions(db, state)
        corpus = corpus_of(db, shared, len(everyone))
        held = by_intrusion([*shared, *_contradicting(db, state, model)])
        sides = {i: Side(id=i, observations=tuple(held[i]), interval=everyone[i].interval) for i in everyone}
    pairs = clusters.candidates(shared, model)
    explained = (clusters.compare(sides[a], sides[b], corpus, model) for a, b in pairs)
    proposals, disagreements = clusters.propose(explained, state, model)
    taken = {m for p in proposals for m in p.members} | {m for g in state.groups.values() for m in g.members}
    return Clustered(
        proposals=proposals,
        disagreements=disagreements,
        intrusions=len(everyone),
        pairs=len(pairs),
        unlinked=tuple(i for i in everyone if i not in taken),
        model=model.version,
        threshold=model.link,
    )


def corpus_of(db: Db, shared: Iterable[Observation], intrusions: int) -> Corpus:
    """Rarity and warning lists of shared values."""
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for o in shared:
        if o.intrusion:
            holders[o.kind, o.value].add(o.intrusion)
    matcher = known.warnings(db)
    hits = {value: matcher.hits(*value) for value in holders}
    return Corpus(
        intrusions=intrusions,
        holders={value: len(held) for value, held in holders.items()},
        warnings={value: names for value, names in hits.items() if names},
    )


def _contradicting(db: Db, state: State, model: MatchModel) -> list[Observation]:
    """Observations of the kinds that can speak against a pair."""
    kinds = [kind for kind, weight in model.kinds.items() if weight.contradicts]
    return [o for kind in kinds for o in clusters.standing(facts.observations(db, kind=kind), state)]


def by_intrusion(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Observations of each intrusion, each once; an intrusion without any has an empty list."""
    found: dict[str, dict[str, Observation]] = defaultdict(dict)
    for o in observations:
        if o.intrusion:
            found[o.intrusion][o.id] = o
    return defaultdict(list, {i: list(held.values()) for i, held in found.items()})
