"""Indicators and evidence cards as they are printed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail.model.observation import Observation, Provenance
from backtrail.model.record import Indicator
from backtrail.reports.defang import defang
from backtrail.reports.indicators import Selection

NOT_PRINTED = "not printed, for a victim's sake or since no tool can match it"


class Shown(Struct, frozen=True):
    """An indicator as printed."""

    anchor: str
    value: str
    role: str
    first: str
    last: str
    intrusions: int
    confidence: int
    action: str
    warnings: str
    evidence: tuple[str, ...]


class Card(Struct, frozen=True):
    """An evidence card: one observation and where it was read."""

    id: str
    kind: str
    value: str
    intrusion: str
    seen: str
    grade: str
    places: tuple[tuple[str, str], ...]


def indicators(
    selection: Selection, observations: Mapping[str, Observation]
) -> tuple[tuple[str, tuple[Shown, ...]], ...]:
    kinds: dict[str, list[Shown]] = defaultdict(list)
    for number, indicator in enumerate(selection.indicators, 1):
        kinds[indicator.kind].append(_shown(indicator, f"i{number}", observations))
    return tuple((kind, tuple(rows)) for kind, rows in sorted(kinds.items()))


def _shown(indicator: Indicator, anchor: str, observations: Mapping[str, Observation]) -> Shown:
    intrusions = {observations[id].intrusion for id in indicator.evidence}
    return Shown(
        anchor=anchor,
        value=defang(indicator.kind, indicator.value),
        role=indicator.role or "–",
        first=(indicator.first or "–")[:10],
        last=(indicator.last or "–")[:10],
        intrusions=len(intrusions),
        confidence=indicator.confidence or 0,
        action=indicator.action,
        warnings=", ".join(indicator.warnings),
        evidence=indicator.evidence,
    )


def cards(
    observations: Iterable[Observation],
    printed: set[str],
    provenance: Sequence[Provenance],
    pseudonyms: Mapping[str, str],
) -> tuple[Card, ...]:
    """A card for each observation; what is withheld keeps its place in the evidence and loses its value."""
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for p in provenance:
        places[p.of].append((p.evidence, p.where))
    return tuple(
        Card(
            o.id,
            o.kind,
            defang(o.kind, o.value) if o.id in printed else NOT_PRINTED,
            pseudonyms.get(o.intrusion or "", "–"),
            f"{(o.seen.first or '–')[:10]} … {(o.seen.last or '–')[:10]}" if o.seen.known else "time unknown",
            str(o.source.grade),
            tuple(places[o.id]),
        )
        for o in sorted(observations, key=lambda o: _order(o, o.id in printed))
    )


def _order(o: Observation, printed: bool) -> tuple[bool, str, str, str]:
    """By kind and value; a value that is not printed does not tell itself by its place."""
    return not printed, o.kind, o.value if printed else "", o.id
