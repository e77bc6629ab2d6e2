"""The answer: groups ranked with probabilities, and the bars that add up to the bits of each."""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from msgspec import Struct

from backtrail.clusters.suggest.bars import Link, TraitBar, bars_of, sources
from backtrail.clusters.suggest.fitting import Weights, probabilities
from backtrail.clusters.suggest.known import Evidence, Floats, Known
from backtrail.clusters.suggest.table import Report

_AT_ONCE = 200


class Suggestion(Struct, frozen=True, kw_only=True):
    """One candidate for a report.

    Attributes:
        group: The group; None for nobody known.
        probability: Over all candidates.
        bits: Log2 of its odds, up to a constant that is the same for all candidates; exactly the sum of the bars.
        bars: Largest first.
        robust: Probability when nothing that is cheap to fake is counted, for any candidate (rule FF-2).
        linchpin: Trait, or likeness, whose loss costs most, and the probability without it (rule EV-9).
        without: That probability.
    """

    group: str | None
    probability: float
    bits: float
    bars: tuple[TraitBar, ...]
    robust: float
    linchpin: str
    without: float

    @property
    def hangs_on_context(self) -> bool:
        """Whether its linchpin is of class D or E."""
        return any(bar.trait == self.linchpin and bar.strength in ("D", "E") for bar in self.bars)


def chances(known: Known, reports: Sequence[Report]) -> Floats:
    """Probabilities of the groups of `known`, and last of nobody known: reports by groups and one."""
    weights = Weights.of(known.model)
    found = [
        probabilities(weights.scores(known.evidence(reports[i : i + _AT_ONCE])))
        for i in range(0, len(reports), _AT_ONCE)
    ]
    return np.concatenate(found) if found else np.zeros((0, len(known.groups) + 1))


def suggest(
    known: Known,
    report: Report,
    most: int = 5,
    also: Collection[str] = (),
    links: Mapping[str, Link] | None = None,
) -> list[Suggestion]:
    """Candidates for one report, likeliest first, each with its bars; nobody known is always among them.

    Args:
        known: Groups and their reports.
        report: The report.
        most: Groups to explain.
        also: Groups to explain in any case.
        links: In a case, how the report is linked to each group; one that is left out is linked to nothing of it.
    """
    weights = Weights.of(known.model)
    evidence = known.evidence([report])
    if links is not None:
        weights, evidence = _with_links(known, weights, evidence, links)
    terms = evidence.terms[0]
    score = weights.scores(evidence)[0]
    chance = probabilities(score[None, :])[0]
    each = sources(known, len(terms[0]))
    cheap = [column for source in each if source.spoof == "low" for column in source.columns]
    robust = _without(terms, score, weights, cheap)
    order = np.argsort(-score[:-1], kind="stable").tolist()
    order = [g for place, g in enumerate(order) if place < most or known.groups[g] in also]
    found = []
    for group in [*order, len(known.groups)]:
        bars = sorted(bars_of(known, report, terms, weights, group, links), key=lambda bar: (-abs(bar.bits), bar.trait))
        lost = [(float(_without(terms, score, weights, one.columns)[group]), one.name) for one in each]
        without, linchpin = min(lost)
        found.append(
            Suggestion(
                group=known.groups[group] if group < len(known.groups) else None,
                probability=float(chance[group]),
                bits=math.fsum(bar.bits for bar in bars),
                bars=tuple(bars),
                robust=float(robust[group]),
                linchpin=linchpin,
                without=without,
            )
        )
    return sorted(found, key=lambda s: -s.probability)


def _with_links(
    known: Known, weights: Weights, evidence: Evidence, links: Mapping[str, Link]
) -> tuple[Weights, Evidence]:
    """Weights and evidence with one more term: the surest pair of each group; nobody known has none."""
    model = known.model.links
    pairs = [max(links[group].bits, model.least) if group in links else model.least for group in known.groups]
    terms = np.concatenate([evidence.terms, np.array([*pairs, 0.0], np.float32)[None, :, None]], axis=2)
    columns = len(weights.group)
    by_traits = model.traits * weights.vector
    vector = np.concatenate(
        [
            by_traits[:columns],
            [model.weight],
            by_traits[columns : 2 * columns],
            [0.0],
            by_traits[2 * columns :],
        ]
    )
    return Weights(vector, columns + 1), Evidence(terms, evidence.prior, evidence.size)


def _without(terms: Floats, score: Floats, weights: Weights, columns: Collection[int]) -> Floats:
    """Probabilities when some columns are not counted, for any candidate."""
    at = list(columns)
    lost = terms[:-1, at] @ weights.group[at]
    unknown = terms[-1, at] @ weights.unknown[at]
    found: Floats = probabilities((score - np.append(lost, unknown))[None, :])[0]
    return found
