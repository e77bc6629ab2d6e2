"""The bars of a suggestion: what each trait, likeness and link adds for a group, with the values it is made of."""

from collections.abc import Iterator, Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from backtrail.clusters.suggest.fitting import Weights
from backtrail.clusters.suggest.known import Floats, Known
from backtrail.clusters.suggest.table import Matrix, Report, sizes

SEVERAL = "several"
"""Family of what a report as a whole is like; its values are the reports."""

LINKS = "links"
"""The bar of what an intrusion shares with a single member, by match weights."""

_NEAR = {"value": ("C", "med")}
"""Class of likeness, and what it costs to fake; that of any manner is context and cheap."""

_MANNER = ("D", "low")


class Part(Struct, frozen=True, kw_only=True):
    """One value inside a bar.

    Attributes:
        value: What is shared, or what the group never showed.
        bits: What it adds, after damping and weight.
        evidence: Ids of the group's reports that show it.
        aged: Share for which these count by their age, 1 when all are fresh; 1 where age does not matter.
        observations: In a case, ids of what it rests on: all of the intrusion, and one of each member that shows it.
        warnings: In a case, the warning lists that know the value.
    """

    value: str
    bits: float
    evidence: tuple[str, ...] = ()
    aged: float = 1.0
    observations: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


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
        strength: Class A-E (tradecraft section 2.2); empty for the prior, and for links, whose items have their own.
        spoof: Cost for an adversary to fake it: `high`, `med`, `low`.
        bits: What the bar adds.
        parts: What it is made of, strongest first.
        note: What was done to it, in words.
    """

    trait: str
    family: str
    strength: str = ""
    spoof: str
    bits: float
    parts: tuple[Part, ...] = ()
    note: str = ""


class Source(Struct, frozen=True):
    """What can be left out as one: a trait, or the likeness of the nearest reports."""

    name: str
    spoof: str
    columns: tuple[int, ...]


def sources(known: Known, columns: int) -> list[Source]:
    """All that can be left out of so many columns of terms; one more than traits have is the links."""
    links = [Source(LINKS, "med", (columns - 1,))] if columns > len(known.columns) else []
    traits = [Source(name, trait.spoof, _columns(known, name)) for name, trait in known.model.traits.items()]
    return [*links, *traits] + [
        Source(name, _NEAR.get(near, _MANNER)[1], (column,))
        for i, near in enumerate(known.model.nearest)
        for column, name in enumerate(_near_names(near), 2 * (len(known.traits) + i))
    ]


def bars_of(
    known: Known,
    report: Report,
    terms: Floats,
    weights: Weights,
    group: int,
    links: Mapping[str, Link] | None,
) -> Iterator[TraitBar]:
    """The bars of one candidate, which add up to its bits.

    Args:
        known: Groups and their reports.
        report: The report.
        terms: Of the report: groups (the last is nobody known) by columns.
        weights: Of the columns.
        group: Number of the group.
        links: In a case, how the report is linked to each group.
    """
    unknown = group == len(known.groups)
    weight = weights.unknown if unknown else weights.group
    yield _prior(known, report, weights, group)
    for trait, parameters in known.model.traits.items():
        shared, absent, best = _columns(known, trait)
        all_shared = float(weight[shared] * terms[group, shared] + weight[best] * terms[group, best])
        missing = float(weight[absent] * terms[group, absent])
        told = TraitBar(
            trait=trait, family=parameters.family, strength=parameters.strength, spoof=parameters.spoof, bits=0.0
        )
        if all_shared:
            parts, note = _parts(known, report, trait, group, float(weight[shared]), float(weight[best]))
            yield replace(told, bits=all_shared, parts=tuple(parts), note=note)
        if missing:
            lacking = tuple(_lacking(known, report, trait, group, float(weight[absent])))
            shown = len(report.traits.get(trait, ()))
            yield replace(told, bits=missing, parts=lacking, note=f"of {shown} shown, rarer in it than at large")
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


def _parts(known: Known, report: Report, trait: str, group: int, weight: float, best: float) -> tuple[list[Part], str]:
    """Values that a report shares with a group, strongest first, each with its share of the bar; and the damping.

    Args:
        known: Groups and their reports.
        report: The report.
        trait: The trait.
        group: Number of the group.
        weight: Of what is shared, damped.
        best: Weight of the strongest value, which counts once more.
    """
    numbers = _numbers(known, report, trait)
    if not numbers:
        return [], ""
    columns = np.array(sorted(numbers.values()))
    shared, _ = known.counts[trait].bits(columns)
    at = _by_column(shared, columns, group)
    share = 1.0 / len(report.traits[trait]) ** known.model.damping
    strongest = sorted(((-at[number], value) for value, number in numbers.items() if at[number] > 0))
    parts = []
    for place, (bits, value) in enumerate(strongest):
        evidence = known.showing(trait, numbers[value], group)
        counted = weight * share if place else weight * share + best
        aged = known.counts[trait].counted(group, numbers[value]) / len(evidence)
        parts.append(Part(value=value, bits=-bits * counted, evidence=evidence, aged=aged))
    damped = f"each × {share:.2f}: {len(report.traits[trait])} are not independent"
    return parts, damped if share < 1 and weight and parts else ""


def _lacking(known: Known, report: Report, trait: str, group: int, weight: float) -> Iterator[Part]:
    """Values of a report that a group shows more rarely than groups at large, or never; most telling first."""
    values = sorted(report.traits[trait])
    counts, numbers = known.counts[trait], _numbers(known, report, trait)
    columns = np.array(sorted(numbers.values()), np.int64)
    at = _by_column(counts.bits(columns)[1], columns, group) if numbers else {}
    unseen = float(counts.unseen[group])
    missed = {value: unseen + at.get(numbers.get(value, -1), 0.0) for value in values}
    for value in sorted(values, key=lambda value: (missed[value], value)):
        if bits := missed[value] * weight / len(values):
            seen = known.showing(trait, numbers[value], group) if at.get(numbers.get(value, -1)) else ()
            yield Part(value=value, bits=bits, evidence=seen)


def _numbers(known: Known, report: Report, trait: str) -> dict[str, int]:
    """Numbers of the values of a report that some known report shows."""
    values = sorted(report.traits.get(trait, ()))
    return {value: number for value in values if (number := known.number(trait, value)) is not None}


def _by_column(bits: Matrix, columns: NDArray[np.int64], group: int) -> dict[int, float]:
    """Bits of a group, by the number of the value."""
    return dict(zip(columns.tolist(), bits[[group]].toarray()[0].tolist(), strict=True))


def _nearest(known: Known, report: Report, terms: Floats, weight: Floats, group: int) -> Iterator[TraitBar]:
    for i, near in enumerate(known.model.nearest):
        column = 2 * (len(known.traits) + i)
        one, five = _near_names(near)
        strength, spoof = _NEAR.get(near, _MANNER)
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
                    strength=strength,
                    spoof=spoof,
                    bits=bits,
                    parts=(Part(value=", ".join(ids), bits=bits, evidence=ids),),
                    note=f"likeness {least * (2 ** float(terms[group, at]) - 1):.2f}",
                )


def _columns(known: Known, trait: str) -> tuple[int, int, int]:
    """Columns of a trait: what is shared, what is absent, and the strongest value that is shared."""
    shared, absent, best = (known.columns.index(f"{trait}{which}") for which in "+-!")
    return shared, absent, best


def _near_names(near: str) -> tuple[str, str]:
    """Bars of likeness, in the order of their columns."""
    return f"nearest report by {near}", f"five nearest reports by {near}"
