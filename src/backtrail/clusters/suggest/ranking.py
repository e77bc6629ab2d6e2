"""The answer: groups ranked with probabilities, and the bars that add up to the bits of each."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from backtrail.clusters.suggest.fitting import Weights, probabilities
from backtrail.clusters.suggest.known import Evidence, Floats, Known
from backtrail.clusters.suggest.table import Report, sizes

SEVERAL = "several"
"""Family of what a report as a whole is like; its values are the reports."""

LINKS = "links"
"""The bar of what an intrusion shares with a single member, by match weights."""

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


class Link(Struct, frozen=True, kw_only=True):
    """The pair by which an intrusion is linked best to a group (`clusters.compare`).

    Attributes:
        member: The member of the group.
        bits: Of the pair, its prior included.
    """

    member: str
    bits: float


class TraitBar(Struct, frozen=True, kw_only=True):
    """One bar of a suggestion: what a trait, or the prior, says for a group.

    Attributes:
        trait: The trait, `prior`, `links`, or `nearest ...`.
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
    sources = _sources(known, len(terms[0]))
    cheap = [column for source in sources if source.spoof == "low" for column in source.columns]
    robust = _without(terms, score, weights, cheap)
    order = np.argsort(-score[:-1], kind="stable").tolist()
    order = [g for place, g in enumerate(order) if place < most or known.groups[g] in also]
    found = []
    for group in [*order, len(known.groups)]:
        bars = sorted(_bars(known, report, terms, weights, group, links), key=lambda bar: (-abs(bar.bits), bar.trait))
        lost = [(float(_without(terms, score, weights, one.columns)[group]), one.name) for one in sources]
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


def _bars(
    known: Known,
    report: Report,
    terms: Floats,
    weights: Weights,
    group: int,
    links: Mapping[str, Link] | None,
) -> Iterator[TraitBar]:
    unknown = group == len(known.groups)
    weight = weights.unknown if unknown else weights.group
    yield _prior(known, report, weights, group)
    for trait, parameters in known.model.traits.items():
        shared, absent, best = _columns(known, trait)
        all_shared = float(weight[shared] * terms[group, shared] + weight[best] * terms[group, best])
        missing = float(weight[absent] * terms[group, absent])
        told = TraitBar(trait=trait, family=parameters.family, spoof=parameters.spoof, bits=0.0)
        if all_shared:
            parts = _parts(known, report, trait, group, float(weight[shared]), float(weight[best]))
            yield replace(told, bits=all_shared, parts=tuple(parts))
        if missing:
            shown = len(report.traits.get(trait, ()))
            yield replace(told, bits=missing, note=f"not seen of it before: most of {shown}")
    yield from _nearest(known, report, terms, weight, group)
    if links is not None and not unknown:
        bits, link = float(weight[-1] * terms[group, -1]), links.get(known.groups[group])
        yield TraitBar(
            trait=LINKS, family=SEVERAL, spoof="med", bits=bits, parts=_linked(link, bits), note=_of_link(link)
        )


def _linked(link: Link | None, bits: float) -> tuple[Part, ...]:
    return (Part(value=link.member, bits=bits, evidence=(link.member,)),) if link else ()


def _of_link(link: Link | None) -> str:
    return f"the surest pair has {link.bits:+.1f} bits" if link else "linked to nothing of it"


def _prior(known: Known, report: Report, weights: Weights, group: int) -> TraitBar:
    if group == len(known.groups):
        bits = float(weights.start + weights.size * sizes([report])[0])
        return TraitBar(
            trait="prior", family="", spoof="high", bits=bits, note="nobody known, for what the report holds"
        )
    count = int((known.row == group).sum())
    bits = float(known.prior[group] @ weights.prior)
    return TraitBar(trait="prior", family="", spoof="high", bits=bits, note=f"{count} reports of it are known")


def _parts(known: Known, report: Report, trait: str, group: int, weight: float, best: float) -> list[Part]:
    """Values that a report shares with a group, strongest first, each with its share of the bar.

    Args:
        known: Groups and their reports.
        report: The report.
        trait: The trait.
        group: Number of the group.
        weight: Of what is shared, damped.
        best: Weight of the strongest value, which counts once more.
    """
    values = sorted(report.traits.get(trait, ()))
    numbers = {v: n for v in values if (n := known.number(trait, v)) is not None}
    if not numbers:
        return []
    columns = np.array(sorted(numbers.values()))
    shared, _ = known.counts[trait].bits(columns)
    row = shared[[group]].toarray()[0]
    at = {int(column): float(bits) for column, bits in zip(columns, row, strict=True)}
    damped = weight / len(values) ** known.model.damping
    strongest = sorted(((-at[number], value) for value, number in numbers.items() if at[number] > 0))
    return [
        Part(
            value=value,
            bits=-bits * (damped if place else damped + best),
            evidence=known.showing(trait, numbers[value], group),
        )
        for place, (bits, value) in enumerate(strongest)
    ]


def _nearest(known: Known, report: Report, terms: Floats, weight: Floats, group: int) -> Iterator[TraitBar]:
    for i, near in enumerate(known.model.nearest):
        column = 2 * (len(known.traits) + i)
        one, five = _near_names(near)
        for at, name, least in (
            (column, one, known.model.likeness_one),
            (column + 1, five, known.model.likeness_five),
        ):
            bits = float(weight[at] * terms[group, at])
            if bits:
                ids = known.nearest(report, near, group, 1 if at == column else 5)
                yield TraitBar(
                    trait=name,
                    family=SEVERAL,
                    spoof=_NEAR_SPOOF.get(near, "low"),
                    bits=bits,
                    parts=(Part(value=", ".join(ids), bits=bits, evidence=ids),),
                    note=f"likeness {least * (2 ** float(terms[group, at]) - 1):.2f}",
                )


def _columns(known: Known, trait: str) -> tuple[int, int, int]:
    """Columns of a trait: what is shared, what is absent, and the strongest value that is shared."""
    shared, absent, best = (known.columns.index(f"{trait}{which}") for which in "+-!")
    return shared, absent, best


class _Source(Struct, frozen=True):
    """What can be left out as one: a trait, or the likeness of the nearest reports."""

    name: str
    spoof: str
    columns: tuple[int, ...]


def _sources(known: Known, columns: int) -> list[_Source]:
    links = [_Source(LINKS, "med", (columns - 1,))] if columns > len(known.columns) else []
    traits = [_Source(name, trait.spoof, _columns(known, name)) for name, trait in known.model.traits.items()]
    return [*links, *traits] + [
        _Source(name, _NEAR_SPOOF.get(near, "low"), (column,))
        for i, near in enumerate(known.model.nearest)
        for column, name in enumerate(_near_names(near), 2 * (len(known.traits) + i))
    ]


def _near_names(near: str) -> tuple[str, str]:
    """Bars of likeness, in the order of their columns."""
    return f"nearest report by {near}", f"five nearest reports by {near}"


_NEAR_SPOOF = {"value": "med"}
"""What likeness costs to fake; low for that of any manner."""


def _without(terms: Floats, score: Floats, weights: Weights, columns: Collection[int]) -> Floats:
    """Probabilities when some columns are not counted, for any candidate."""
    at = list(columns)
    lost = terms[:-1, at] @ weights.group[at]
    unknown = terms[-1, at] @ weights.unknown[at]
    found: Floats = probabilities((score - np.append(lost, unknown))[None, :])[0]
    return found
