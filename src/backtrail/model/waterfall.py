"""The waterfall of a score: the prior, one bar for each item, and what they add up to so far. One value, every drawing.

A score that an analyst is to believe is shown as its parts (match-weight waterfalls of Splink): JSON has them as they
were weighed, and terminal, SVG and HTML draw the same rows in the same order. Bars that speak against stand by
themselves; nothing is netted before it is shown.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.weight import Bar, Explanation

Sort = Literal["prior", "for", "absent", "rarer", "against"]
"""What a row is, in the order of a drawing: where one starts; evidence for; what was looked for and is not shared;
what a group shows less often than others do, or never; a contradiction."""


class Row(Struct, frozen=True, kw_only=True):
    """One bar.

    Attributes:
        sort: What it is.
        label: Kind or trait, in words.
        bits: What it adds.
        so_far: The sum of the rows up to this one, rounded once.
        kind: Observation kind of the values, so that they can be printed harmlessly; empty where they have none.
        values: What is shared, strongest first.
        strength: Class A-E; empty where the item has none.
        spoof: Cost for an adversary to fake it: `high`, `med`, `low`.
        notes: What was done to it and why.
        evidence: Ids of what it rests on.
    """

    sort: Sort
    label: str
    bits: float
    so_far: float = 0.0
    kind: str = ""
    values: tuple[str, ...] = ()
    strength: str = ""
    spoof: str = ""
    notes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


class Without(Struct, frozen=True, kw_only=True):
    """The probability when something is not counted.

    Attributes:
        label: What is left out: a kind or trait, or words.
        kind: Observation kind of the value; empty where there is none.
        value: The value left out, if it is one.
        probability: What is left.
    """

    label: str
    probability: float
    kind: str = ""
    value: str = ""


class Waterfall(Struct, frozen=True, kw_only=True):
    """A score with all its parts.

    Attributes:
        of: Whose: `IN-031 – IN-007`, `IN-031 in UNC-0001`.
        probability: What the total means.
        total: Bits; exactly the sum of the bits of all rows.
        rows: The prior, then what speaks for it, then what speaks against it, each largest first.
        without: What the answer hangs on.
        rivals: Other answers with their probabilities, likeliest first.
        idle: Rows without weight, each with its reason last in its notes.
        ungraded: Least and most probability by what sources that nobody graded are worth, where it hangs on any.
        uncollected: Families in which one side shows nothing: not looked for, which is not absent.
        model: Version of the parameters.
        unit: What the total is in.
    """

    of: str
    probability: float
    total: float
    rows: tuple[Row, ...]
    without: tuple[Without, ...] = ()
    rivals: tuple[tuple[str, float], ...] = ()
    idle: tuple[Row, ...] = ()
    ungraded: tuple[float, float] | None = None
    uncollected: tuple[str, ...] = ()
    model: str = ""
    unit: str = "match weight in bits (log2 of the odds)"


def stacked(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows in the order of a waterfall, each with the sum so far.

    Sums are rounded once (`math.fsum`), so that they depend on no order and the last is the sum of all.
    """
    order = get_args(Sort)
    ordered = sorted(rows, key=lambda row: (order.index(row.sort), -abs(row.bits), row.label, row.values))
    return tuple(
        replace(row, so_far=math.fsum(one.bits for one in ordered[: at + 1])) for at, row in enumerate(ordered)
    )


_LEAST = 0.05
"""Bits below which a bar is printed as nought."""


def folded(rows: Sequence[Row], most: int) -> tuple[Row, ...]:
    """Rows for a drawing: what is small, or beyond so many of a sort, is one row. Contradictions are never folded.

    What speaks for and what speaks against is folded apart. Sums so far stay those of the whole.
    """
    found: list[Row] = []
    for sort in get_args(Sort):
        some = [row for row in rows if row.sort == sort]
        kept = len(some) if sort == "against" else min(most, sum(abs(row.bits) >= _LEAST for row in some))
        if len(some) - kept == 1 or sort == "prior":  # one row takes no more room than the words for it
            kept = len(some)
        found += some[:kept]
        rest = some[kept:]
        if rest:
            label, bits = f"{len(rest)} smaller ones", math.fsum(row.bits for row in rest)
            found.append(Row(sort=rest[0].sort, label=label, bits=bits, so_far=rest[-1].so_far))
    return tuple(found)


def of_pair(found: Explanation) -> Waterfall:
    """The waterfall of two intrusions."""
    prior = Row(sort="prior", label="prior", bits=found.prior, notes=("two intrusions taken at random",))
    lost = found.bars[found.linchpin] if found.linchpin is not None else None
    without = [Without(label="what is cheap to fake", probability=found.robust)]
    if lost is not None and found.without is not None:
        without.insert(0, Without(label=lost.kind, kind=lost.kind, value=lost.value, probability=found.without))
    return Waterfall(
        of=f"{found.a} – {found.b}",
        probability=found.probability,
        total=found.total,
        rows=stacked([prior, *(_row(bar) for bar in found.bars if bar.bits)]),
        without=tuple(without),
        idle=tuple(_row(bar) for bar in found.bars if not bar.bits),
        ungraded=found.ungraded,
        uncollected=found.uncollected,
        model=found.model,
    )


def _row(bar: Bar) -> Row:
    family = bar.sort == "absent"
    return Row(
        sort=bar.sort,
        label=bar.family if family else bar.kind,
        bits=bar.bits,
        kind="" if family else bar.kind,
        values=() if family else (bar.value,),
        strength=bar.strength,
        spoof=bar.spoof,
        notes=(*(f"on {name}" for name in bar.warnings), *bar.notes),
        evidence=bar.evidence,
    )
