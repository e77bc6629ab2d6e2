"""The answer: groups ranked with probabilities, and the bars that add up to the bits of each."""

import math
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from msgspec import Struct

from backtrail.clusters.suggest.fitting import Weights, probabilities
from backtrail.clusters.suggest.known import Floats, Known
from backtrail.clusters.suggest.table import Report, sizes

SEVERAL = "several"
"""Family of what a report as a whole is like; its values are the reports."""

_AT_ONCE = 200


class Part(Struct, frozen=True, kw_only=True):
    """One value inside a bar.

    Attributes:
        value: What is shared.
        bits: What it adds, after damping and weight.
        evidence: Ids of the group's reports that show it.
    """

    value: str
    bits: float
    evidence: tuple[str, ...]


class TraitBar(Struct, frozen=True, kw_only=True):
    """One bar of a suggestion: what a trait, or the prior, says for a group.

    Attributes:
        trait: The trait, `prior`, or `nearest ...`.
        family: Evidence family; empty for the prior.
        spoof: Cost for an adversary to fake it: `high`, `med`, `low`.
        bits: What the bar adds.
        parts: What is shared, strongest first; the bar of what the group never showed has none.
        note: What the bar says, in words.
    """

    trait: str
    family: str
    spoof: str
    bits: float
    parts: tuple[Part, ...] = ()
    note: str = ""


class Suggestion(Struct, frozen=True, kw_only=True):
    """One candidate for a report.

    Attributes:
        group: The group; None for nobody known.
        probability: Over all candidates.
        bits: Log2 of its odds, up to a constant that is the same for all candidates; exactly the sum of the bars.
        bars: Largest first.
        robust: Probability when nothing that is cheap to fake is counted, for any candidate (rule FF-2).
        linchpin: Trait whose loss costs most, and the probability without it (rule EV-9).
        without: That probability.
    """

    group: str | None
    probability: float
    bits: float
    bars: tuple[TraitBar, ...]
    robust: float
    linchpin: str
    without: float


def chances(known: Known, reports: Sequence[Report]) -> Floats:
    """Probabilities of the groups of `known`, and last of nobody known: reports by groups and one."""
    weights = Weights.of(known.model)
    found = [
        probabilities(weights.scores(known.evidence(reports[i : i + _AT_ONCE])))
        for i in range(0, len(reports), _AT_ONCE)
    ]
    return np.concatenate(found) if found else np.zeros((0, len(known.groups) + 1))


def suggest(known: Known, report: Report, most: int = 5, also: Collection[str] = ()) -> list[Suggestion]:
    """Candidates for one report, likeliest first, each with its bars; nobody known is always among them.

    Args:
        known: Groups and their reports.
        report: The report.
        most: Groups to explain.
        also: Groups to explain in any case.
    """
    weights = Weights.of(known.model)
    evidence = known.evidence([report])
    terms = evidence.terms[0]
    score = weights.scores(evidence)[0]
    chance = probabilities(score[None, :])[0]
    cheap = _of_spoof(known, "low")
    robust = _without(terms, score, weights, cheap)
    order = np.argsort(-score[:-1], kind="stable").tolist()
    order = [g for place, g in enumerate(order) if place < most or known.groups[g] in also]
    found = []
    for group in [*order, len(known.groups)]:
        bars = sorted(_bars(known, report, terms, weights, group), key=lambda bar: (-abs(bar.bits), bar.trait))
        lost = [(float(_without(terms, score, weights, columns)[group]), name) for name, columns in _traits(known)]
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


def _bars(known: Known, report: Report, terms: Floats, weights: Weights, group: int) -> Iterator[TraitBar]:
    unknown = group == len(known.groups)
    weight = weights.unknown if unknown else weights.group
    yield _prior(known, report, weights, group)
    for i, (trait, parameters) in enumerate(known.model.traits.items()):
        for column, kind in ((2 * i, "shared"), (2 * i + 1, "absent")):
            bits = float(weight[column] * terms[group, column])
            if bits:
                parts = _parts(known, report, trait, group, float(weight[column])) if kind == "shared" else ()
                shown = len(report.traits.get(trait, ()))
                yield TraitBar(
                    trait=trait,
                    family=parameters.family,
                    spoof=parameters.spoof,
                    bits=bits,
                    parts=tuple(parts),
                    note="" if kind == "shared" else f"not seen of it before: most of {shown}",
                )
    yield from _nearest(known, report, terms, weight, group)


def _prior(known: Known, report: Report, weights: Weights, group: int) -> TraitBar:
    if group == len(known.groups):
        bits = float(weights.start + weights.size * sizes([report])[0])
        return TraitBar(
            trait="prior", family="", spoof="high", bits=bits, note="nobody known, for what the report holds"
        )
    count = int((known.row == group).sum())
    bits = float(known.prior[group] @ weights.prior)
    return TraitBar(trait="prior", family="", spoof="high", bits=bits, note=f"{count} reports of it are known")


def _parts(known: Known, report: Report, trait: str, group: int, weight: float) -> list[Part]:
    """Values that a report shares with a group, each with its share of the bar."""
    values = sorted(report.traits.get(trait, ()))
    numbers = {v: n for v in values if (n := known.number(trait, v)) is not None}
    if not numbers:
        return []
    columns = np.array(sorted(numbers.values()))
    shared, _ = known.counts[trait].bits(columns)
    row = shared[[group]].toarray()[0]
    at = {int(column): float(bits) for column, bits in zip(columns, row, strict=True)}
    damped = weight / len(values) ** known.model.damping
    parts = [
        Part(value=value, bits=at[number] * damped, evidence=known.showing(trait, number, group))
        for value, number in numbers.items()
        if at[number] > 0
    ]
    return sorted(parts, key=lambda part: (-part.bits, part.value))


def _nearest(known: Known, report: Report, terms: Floats, weight: Floats, group: int) -> Iterator[TraitBar]:
    for i, near in enumerate(known.model.nearest):
        column = 2 * (len(known.traits) + i)
        for at, many, least in (
            (column, "nearest report", known.model.likeness_one),
            (column + 1, "five nearest reports", known.model.likeness_five),
        ):
            bits = float(weight[at] * terms[group, at])
            if bits:
                ids = known.nearest(report, near, group, 1 if at == column else 5)
                yield TraitBar(
                    trait=f"{many} by {near}",
                    family=SEVERAL,
                    spoof="med" if near == "value" else "low",
                    bits=bits,
                    parts=(Part(value=", ".join(ids), bits=bits, evidence=ids),),
                    note=f"likeness {least * (2 ** float(terms[group, at]) - 1):.2f}",
                )


def _traits(known: Known) -> Iterator[tuple[str, list[int]]]:
    for i, trait in enumerate(known.traits):
        yield trait, [2 * i, 2 * i + 1]


def _of_spoof(known: Known, spoof: str) -> list[int]:
    """Columns of traits that cost so little to fake."""
    return [2 * i + j for i, t in enumerate(known.model.traits.values()) if t.spoof == spoof for j in (0, 1)]


def _without(terms: Floats, score: Floats, weights: Weights, columns: Collection[int]) -> Floats:
    """Probabilities when some columns are not counted, for any candidate."""
    at = list(columns)
    lost = terms[:-1, at] @ weights.group[at]
    unknown = terms[-1, at] @ weights.unknown[at]
    found: Floats = probabilities((score - np.append(lost, unknown))[None, :])[0]
    return found
