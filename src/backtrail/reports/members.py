"""The intrusions of a report, each under its pseudonym, and the period they lie in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.times import Interval, latest
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


_NOT_AT_WORK = ("registration", "sinkhole", "victim-asset")
"""Roles of what shows nobody at work in an intrusion: a domain is registered before, and for longer."""


def at_work(observations: Iterable[Observation]) -> Interval:
    """From the first to the last moment at which observations show an adversary at work."""
    known = [o.seen for o in observations if o.role not in _NOT_AT_WORK and not o.kind.startswith("registrant-")]
    firsts = [moment for seen in known if (moment := seen.first or seen.last)]
    lasts = [moment for seen in known if (moment := seen.last or seen.first)]
    return Interval(min(firsts, default=None), max(lasts, key=latest, default=None))


def period(observations: Iterable[Observation]) -> str:
    """The months between which observations lie."""
    seen = at_work(observations)
    return f"{_month(seen.first)} to {_month(seen.last)}" if seen.known else "not known"


def members(dossier: Dossier, pseudonyms: Mapping[str, str]) -> tuple[Member, ...]:
    """Weakest first: an auditor starts where the grouping is thin."""
    held: dict[str, list[Observation]] = defaultdict(list)
    for o in dossier.observations:
        held[o.intrusion or ""].append(o)
    stays = {row["intrusion"]: Interval(row["first"], row["last"]) for row in _stays(dossier)}
    best = {id: max((p for p in dossier.pairs if id in (p.a, p.b)), key=_strength, default=None) for id in pseudonyms}
    rows = []
    for id in sorted(pseudonyms, key=lambda i: (_strength(best[i]), i)):
        link = best[id]
        seen = stays.get(id) or at_work(held[id])
        families = dict.fromkeys(bar.family for bar in link.bars if bar.bits > 0) if link else {}
        rows.append(
            Member(
                pseudonyms[id],
                _month(seen.first),
                _month(seen.last),
                len(held[id]),
                f"{words(link.probability)}, {percent(link.probability)}" if link else "by decision only",
                ", ".join(families),
                dossier.rests[id].places if id in dossier.rests else (),
            )
        )
    return tuple(rows)


def _stays(dossier: Dossier) -> list[dict[str, str]]:
    """Stays as the finding on their length has them, so that one page says one thing of each."""
    return dossier.findings["dwell"].records() if "dwell" in dossier.findings else []


def _strength(pair: Explanation | None) -> float:
    return pair.total if pair else float("-inf")


def _month(moment: str | None) -> str:
    return moment[:7] if moment else "–"
