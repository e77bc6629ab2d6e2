"""What ratings are worth: verbal steps as likelihoods, taken toward ignorance by grade, family and publication."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail.model.hypothesis import Hypothesis, Item, Question, Step

LIKELIHOOD: Mapping[Step, float] = {"++": 0.9, "+": 0.7, "0": 0.5, "-": 0.3, "--": 0.1}
"""Probability of an item if a hypothesis is true, by step; decision 0013 says why these."""

_TRUST = {"A": 1.0, "B": 0.85, "C": 0.6, "D": 0.3, "E": 0.0, "F": 0.5}
"""How far a source counts (rule AD-2); F is not known, and the answer is told with F at nothing and in full too."""

_PUBLIC = 0.5
"""What is left of an item that was first seen after it was public: one class (rule FF-4)."""

_PLACED = ("named", "rival", "added")
"""Hypotheses that say where somebody is; hours move no others (rule TZ-8)."""

Bits = dict[str, dict[str, float]]
"""Bits by item and hypothesis, against an item that is as likely as not."""


class Counted(Struct, frozen=True):
    """What of an item counts.

    Attributes:
        share: Share of its bits that counts.
        notes: Why it is no more.
    """

    share: float
    notes: tuple[str, ...]


def bits(question: Question, steps: Mapping[str, Mapping[str, Step]], unknown: float = _TRUST["F"]) -> Bits:
    """Bits of each item for each hypothesis as one analyst rated them; what was not rated says nothing.

    Args:
        question: The question.
        steps: Ratings of one analyst, by item and hypothesis.
        unknown: What a source of unknown reliability counts.
    """
    raw = {item.id: _raw(item, question.hypotheses, steps.get(item.id, {})) for item in question.items}
    shares = shares_of(question.items, {id: spread(some) for id, some in raw.items()}, unknown)
    return {id: {h: value * shares[id].share for h, value in some.items()} for id, some in raw.items()}


def _raw(item: Item, hypotheses: Sequence[Hypothesis], steps: Mapping[str, Step]) -> dict[str, float]:
    return {h.id: math.log2(LIKELIHOOD[_allowed(item, h, steps.get(h.id, "0"))] / 0.5) for h in hypotheses}


def _allowed(item: Item, hypothesis: Hypothesis, step: Step) -> Step:
    """A step as far as an item may move a hypothesis: hours by one step, and only answers that say where."""
    if not item.where:
        return step
    if hypothesis.kind not in _PLACED:
        return "0"
    return {"++": "+", "--": "-"}.get(step, step)  # type: ignore[return-value]


def spread(some: Mapping[str, float]) -> float:
    """Diagnosticity: how far apart an item holds the hypotheses."""
    return max(some.values()) - min(some.values()) if some else 0.0


def shares_of(items: Iterable[Item], weight: Mapping[str, float], unknown: float = _TRUST["F"]) -> dict[str, Counted]:
    """What of each item counts: by its source, after publication, and after the better ones of its family (EV-5).

    The best item of a family counts in full, the next by half, then a quarter. The same evidence counts once.
    """
    families: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        families[item.family].append(item)
    found: dict[str, Counted] = {}
    for some in families.values():
        ordered = sorted(some, key=lambda item: (-weight[item.id], _number(item.id)))
        seen: dict[tuple[str, ...], str] = {}
        place = 0
        for item in ordered:
            same = (item.number or "", *sorted(item.rests))
            if any(same) and same in seen:
                found[item.id] = Counted(0.0, (f"the same evidence as {seen[same]}",))
                continue
            seen[same] = item.id
            found[item.id] = _counted(item, place, unknown)
            place += 1
    return found


def _number(id: str) -> int:
    return int(id[1:]) if id[1:].isdigit() else 0


def _counted(item: Item, place: int, unknown: float) -> Counted:
    trust = unknown if item.grade[:1] == "F" else _TRUST[item.grade[:1]]
    share, notes = trust, []
    if trust != 1.0:
        notes.append(f"source {item.grade}: × {trust:g}")
    if item.public_since:
        share *= _PUBLIC
        notes.append(f"public since {item.public_since}: × {_PUBLIC:g}")
    if place:
        share *= 0.5**place
        notes.append(f"item {place + 1} of its family: × {0.5**place:g}")
    if item.where:
        notes.append("tells only where: at most one step")
    return Counted(share, tuple(notes))


def posterior(hypotheses: Iterable[Hypothesis], some: Bits, without: Iterable[str] = ()) -> dict[str, float]:
    """Probabilities of hypotheses after some items; they sum to 1."""
    left = set(without)
    scores = {
        h.id: math.log2(h.prior) + math.fsum(by[h.id] for id, by in sorted(some.items()) if id not in left)
        for h in hypotheses
    }
    most = max(scores.values())
    weights = {id: 2.0 ** (score - most) for id, score in scores.items()}
    total = math.fsum(weights.values())
    return {id: weight / total for id, weight in weights.items()}
