"""A candidate of a suggestion as a waterfall."""

from collections.abc import Sequence
from typing import Literal

from backtrail.clusters.suggest.bars import LINKS, SEVERAL, TraitBar
from backtrail.clusters.suggest.ranking import Suggestion
from backtrail.model.waterfall import Row, Waterfall, Without, stacked

NOBODY_KNOWN = "nobody known"

_KINDS = {
    "host": "domain-name", "zone": "domain-name", "address": "ipv4-addr", "network /24": "network",
    "network /16": "network", "network /8": "network", "endpoint": "ip-port", "url": "url",
    "mail address": "email-addr", "mail domain": "domain-name",
}  # fmt: skip
"""Kinds of the values of traits that can be clicked."""


def of_candidate(
    intrusion: str,
    chosen: Suggestion,
    candidates: Sequence[Suggestion],
    uncollected: Sequence[str],
    idle: Sequence[Row],
    model: str,
) -> Waterfall:
    """The waterfall of one candidate; the others are its rivals.

    Args:
        intrusion: What was asked about.
        chosen: The candidate to draw.
        candidates: All of them, likeliest first.
        uncollected: Families in which the intrusion shows nothing.
        idle: What the intrusion shows and that is not weighed.
        model: Version of the model.
    """
    return Waterfall(
        of=f"{intrusion} in {chosen.group}" if chosen.group else f"{intrusion} of {NOBODY_KNOWN}",
        probability=chosen.probability,
        total=chosen.bits,
        rows=stacked(_row(bar) for bar in chosen.bars),
        without=(
            Without(label=chosen.linchpin, probability=chosen.without),
            Without(label="what is cheap to fake", probability=chosen.robust),
        ),
        rivals=tuple((c.group or NOBODY_KNOWN, c.probability) for c in candidates if c.group != chosen.group),
        idle=tuple(idle),
        uncollected=tuple(uncollected),
        model=model,
        unit="bits; the probability is by those of all candidates",
    )


def _row(bar: TraitBar) -> Row:
    """What a trait says; below nought it is what the group does more rarely, or a pair that is no link."""
    below: Literal["against", "rarer"] = "against" if bar.trait == LINKS else "rarer"
    prior, several = bar.trait == "prior", bar.family == SEVERAL
    ids = sorted({id for part in bar.parts for id in part.evidence})
    lists = sorted({f"{part.value} on {name}" for part in bar.parts for name in part.warnings})
    return Row(
        sort="prior" if prior else "for" if bar.bits >= 0 else below,
        label=bar.trait,
        bits=bar.bits,
        kind=_KINDS.get(bar.trait, ""),
        values=tuple(ids) if several else tuple(part.value for part in bar.parts),
        strength=bar.strength,
        spoof="" if prior else bar.spoof,
        notes=(*([bar.note] if bar.note else []), *lists),
        evidence=() if several else tuple(ids),
    )
