"""The intrusions of a report, each under its pseudonym, and the period they lie in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.times import latest
from backtrail.model.weight import Explanation
from backtrail.model.words import percent, words
from backtrail.reports.dossier import Dossier


class Member(Struct, frozen=True):
    """An intrusion under its pseudonym, and where its manifest says what is said of it."""

    id: str
    first: str
    last: str
    observations: int
    best: str
    families: str
    places: tuple[tuple[str, str], ...]


def period(observations: Sequence[Observation]) -> str:
    first = min((o.seen.first for o in observations if o.seen.first), default=None)
    last = max((o.seen.last for o in observations if o.seen.last), key=latest, default=None)
    return f"{(first or '?')[:7]} to {(last or '?')[:7]}" if first or last else "not known"


def members(dossier: Dossier, pseudonyms: Mapping[str, str]) -> tuple[Member, ...]:
    """Weakest first: an auditor starts where the grouping is thin."""
    held: dict[str, list[Observation]] = defaultdict(list)
    for o in dossier.observations:
        held[o.intrusion or ""].append(o)
    best = {id: max((p for p in dossier.pairs if id in (p.a, p.b)), key=_strength, default=None) for id in pseudonyms}
    rows = []
    for id in sorted(pseudonyms, key=lambda i: (_strength(best[i]), i)):
        link = best[id]
        families = dict.fromkeys(bar.family for bar in link.bars if bar.bits > 0) if link else {}
        rows.append(
            Member(
                pseudonyms[id],
                _month(min((o.seen.first for o in held[id] if o.seen.first), default=None)),
                _month(max((o.seen.last for o in held[id] if o.seen.last), key=latest, default=None)),
                len(held[id]),
                f"{words(link.probability)}, {percent(link.probability)}" if link else "by decision only",
                ", ".join(families),
                dossier.rests[id].places if id in dossier.rests else (),
            )
        )
    return tuple(rows)


def _strength(pair: Explanation | None) -> float:
    return pair.total if pair else float("-inf")


def _month(moment: str | None) -> str:
    return moment[:7] if moment else "–"
