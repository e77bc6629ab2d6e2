"""All pairs of a case that share something, weighed: what clustering, reports and facts start from."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from backtrail import clusters
from backtrail.clusters import Corpus, MatchModel, Side
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.intrusion import Intrusion
from backtrail.model.observation import Observation
from backtrail.model.weight import Explanation
from backtrail.verbs import known


class Weighed(Struct, frozen=True, kw_only=True):
    """Pairs and what they were weighed against.

    Attributes:
        everyone: All intrusions of the case, by id.
        pairs: Explanations of the pairs that share something.
    """

    everyone: dict[str, Intrusion]
    pairs: tuple[Explanation, ...]


def weighed(db: Db, state: State, among: Iterable[str] | None = None) -> Weighed:
    """Weigh the pairs that share something; rarity is counted over the whole case.

    Args:
        db: An open view.
        state: What decisions hold.
        among: Only pairs inside these intrusions.
    """
    model = clusters.built_in()
    shared = list(clusters.standing(facts.shared(db), state))
    everyone = known.intrusions(db, state)
    corpus = corpus_of(db, shared, len(everyone))
    held = by_intrusion([*shared, *_contradicting(db, state, model)])
    sides = {i: Side(id=i, observations=tuple(held[i]), interval=everyone[i].interval) for i in everyone}
    inside = set(everyone if among is None else among)
    pairs = [(a, b) for a, b in clusters.candidates(shared, model) if a in inside and b in inside]
    return Weighed(
        everyone=everyone, pairs=tuple(clusters.compare(sides[a], sides[b], corpus, model) for a, b in pairs)
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
