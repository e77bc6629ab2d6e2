"""What one victim is told of its own intrusion: everything that was seen there, and nothing of anybody else's."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct

from backtrail.model.errors import NotFoundError
from backtrail.model.intrusion import Intrusion
from backtrail.model.kinds import KINDS
from backtrail.model.observation import Observation
from backtrail.model.times import latest
from backtrail.reports.defang import defang
from backtrail.reports.disclosure import few
from backtrail.reports.dossier import Dossier
from backtrail.reports.editions import Edition
from backtrail.reports.links import Waterfall, waterfalls
from backtrail.reports.members import at_work
from backtrail.reports.text import volume

_SHOWN = 25
"""Values of a kind that are printed: those of most meaning elsewhere first, and all are counted."""


class OwnRow(Struct, frozen=True, kw_only=True):
    """A value that was seen at the victim.

    Attributes:
        value: As printed.
        role: What it was to the adversary, or that it is the victim's own.
        first: First sighting there.
        last: Last sighting there.
        grade: Of its source.
        elsewhere: At how many others of the group it was seen; small counts are not told.
        place: Where it was read: the file's digest and the place in it.
    """

    value: str
    role: str
    first: str
    last: str
    grade: str
    elsewhere: str
    place: str


class Own(Struct, frozen=True, kw_only=True):
    """One victim's intrusion.

    Attributes:
        intrusion: Its id.
        facts: What is known of it, by label.
        link: What ties it to the group most; None when an analyst's decision alone does.
        kinds: Values seen there by kind: how many there are, and those that are printed.
        withheld: Observations left out because another victim is named in them.
    """

    intrusion: str
    facts: tuple[tuple[str, str], ...]
    link: Waterfall | None
    kinds: tuple[tuple[str, int, tuple[OwnRow, ...]], ...]
    withheld: int


def own(dossier: Dossier, edition: Edition, printed: set[str], hidden: AbstractSet[str]) -> Own | None:
    """What the victim of an edition is told of its own intrusion; None for an edition of no single victim.

    Args:
        dossier: Everything.
        edition: The edition.
        printed: Observations whose values are the adversary's, and may be told to anybody.
        hidden: Observations in which another victim is named.

    Raises:
        NotFoundError: The intrusion is not the group's.
    """
    id = edition.whose
    if not id:
        return None
    if id not in dossier.intrusions:
        raise NotFoundError(f"{id} is no intrusion of {dossier.group.id}; a victim is told of its own only")
    seen = [o for o in dossier.observations if o.intrusion == id]
    told = [o for o in seen if o.id not in hidden]
    return Own(
        intrusion=id,
        facts=tuple(_facts(dossier.intrusions[id], told)),
        link=_link(dossier, edition, printed | {o.id for o in told}),
        kinds=_kinds(dossier, edition, told),
        withheld=len(seen) - len(told),
    )


def _facts(intrusion: Intrusion, seen: list[Observation]) -> Iterator[tuple[str, str]]:
    active = at_work(seen)
    yield "first activity in evidence", active.first or "not known"
    yield "last activity in evidence", active.last or "not known"
    yield from ((label, said) for label, said in (("discovered", intrusion.discovered), ("closed", intrusion.closed),
                ("found by", intrusion.found_by)) if said)  # fmt: skip
    for theft in intrusion.theft:
        low, high = theft.bytes_low, theft.bytes_high
        if low is not None:
            between = f" to {volume(high / 1e12)}" if high is not None and high > low else ""
            yield f"seen leaving: {theft.category}", f"at least {volume(low / 1e12)}{between}"
    yield "observations", f"{len(seen):,}"


def _link(dossier: Dossier, edition: Edition, printed: set[str]) -> Waterfall | None:
    mine = [p for p in dossier.pairs if edition.whose in (p.a, p.b) and p.probability >= dossier.threshold]
    strongest = sorted(mine, key=lambda p: (-p.total, p.a, p.b))[:1]
    names = {**dossier.named(edition.line), edition.whose: edition.whose}
    found = waterfalls(strongest, names, printed)
    return found[0] if found else None


def _kinds(
    dossier: Dossier, edition: Edition, told: list[Observation]
) -> tuple[tuple[str, int, tuple[OwnRow, ...]], ...]:
    others: dict[tuple[str, str], set[str]] = defaultdict(set)
    for o in dossier.observations:
        if o.intrusion and o.intrusion != edition.whose:
            others[o.kind, o.value].add(o.intrusion)
    places = {p.of: f"{p.evidence[:12]} {p.where}" for p in reversed(dossier.provenance)}
    kinds: dict[str, dict[str, list[Observation]]] = defaultdict(lambda: defaultdict(list))
    for o in told:
        if o.kind in KINDS:
            kinds[o.kind][o.value].append(o)
    made = []
    for kind, values in sorted(kinds.items()):
        ranked = sorted(values, key=lambda value: (-len(others[kind, value]), value))[:_SHOWN]
        rows = (_row(values[value], len(others[kind, value]), places, edition.k) for value in ranked)
        made.append((kind, len(values), tuple(rows)))
    return tuple(made)


def _row(seen: list[Observation], elsewhere: int, places: Mapping[str, str], k: int) -> OwnRow:
    best = min(seen, key=lambda o: (o.source.grade, o.id))
    return OwnRow(
        value=defang(best.kind, best.value),
        role=next((o.role for o in seen if o.role), "–"),
        first=min((o.seen.first for o in seen if o.seen.first), default="–"),
        last=max((moment for o in seen if (moment := o.sighted.last)), key=latest, default="–"),
        grade=str(best.source.grade),
        elsewhere="only here" if not elsewhere else few(k) if elsewhere < k else str(elsewhere),
        place=places.get(best.id, ""),
    )
