"""Whether a pair as somebody else tells it can have been weighed by a model: nothing above what the model allows."""

import math
from collections import defaultdict
from collections.abc import Iterator

from backtrail.clusters.parameters import MatchModel, built_in
from backtrail.model.weight import Explanation

_ROUNDED = 1e-6


def foreign(model: MatchModel, threshold: float) -> Iterator[str]:
    """What somebody else's model and threshold have otherwise than the version says that the model bears."""
    if threshold != model.link:
        yield f"a threshold of {threshold:g} where the model links from {model.link:g}"
    if model.version == built_in().version and model != built_in():
        yield f"a model that calls itself {model.version} and has other numbers than that"


def excesses(pair: Explanation, model: MatchModel) -> Iterator[str]:
    """What the model does not allow in a pair: another prior, kinds it does not know, items and families above caps.

    What remains to be believed are the discounts below the caps, for rarity, time and source.
    """
    if abs(pair.prior - model.prior) > _ROUNDED:
        yield f"a prior of {pair.prior:+g} bits where the model has {model.prior:+g}"
    spent: dict[str, list[float]] = defaultdict(list)
    for bar in pair.bars:
        if bar.bits <= 0:
            continue
        weight = model.kinds.get(bar.kind)
        if weight is None or (weight.family, weight.strength) != (bar.family, bar.strength):
            yield f"{bar.kind} as {bar.family}, class {bar.strength}, which the model does not have"
            continue
        cap = model.classes[weight.strength]
        if bar.bits > cap + _ROUNDED:
            yield f"{bar.kind} with {bar.bits:+.1f} bits where class {weight.strength} allows {cap:g}"
        spent[bar.family].append(bar.bits)
    for family, bits in sorted(spent.items()):
        if math.fsum(bits) > model.families[family] + _ROUNDED:
            yield f"{family} with {math.fsum(bits):+.1f} bits where the model allows {model.families[family]:g}"
