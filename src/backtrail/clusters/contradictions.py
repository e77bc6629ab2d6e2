"""What speaks against a pair: what both show and differ in (rule EV-7), and what is absent where it was looked for.

Each is a bar of its own, shown and weighed, and never netted into what speaks for. Not looked for is not absent (EV-6):
both sides have to show values, and of registrants only such as recur in the case, since what is used once says nothing;
and a family is absent only where a search of the logs of both sides found some of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from backtrail.clusters.parameters import Absence, MatchModel
from backtrail.clusters.rarity import Corpus
from backtrail.clusters.sides import Held, Side, Value, closest, links
from backtrail.model.observation import Observation
from backtrail.model.weight import ABSENT, Bar

_NAMED = 3
"""Values of a side that a contradiction names."""


def telling(
    observations: Iterable[Observation], warnings: Mapping[Value, object], model: MatchModel
) -> frozenset[Value]:
    """Values by which two sides may contradict each other, of the kinds of which only what recurs does.

    Two intrusions show such a value as the adversary's; it is on no warning list, and no service's that registers for
    others: two registrars of one actor hide him behind two of these.
    """
    holders: dict[Value, set[str]] = defaultdict(set)
    for o in observations:
        weight = model.kinds.get(o.kind)
        if weight and weight.recurring and o.intrusion and links(o):
            holders[o.kind, o.value].add(o.intrusion)
    return frozenset(
        value
        for value, held in holders.items()
        if len(held) > 1 and value not in warnings and not any(word in value[1].casefold() for word in model.nobodys)
    )


def contradictions(a: Side, b: Side, corpus: Corpus, model: MatchModel, gone: Collection[Value] = ()) -> Iterator[Bar]:
    """One bar for each family in which both sides speak and show nothing in common.

    Args:
        a: A side.
        b: The other.
        corpus: Which values tell.
        model: Kinds that may contradict, and by how much.
        gone: Shared values that are taken for not there.
    """
    for family, kinds in model.speaking.items():
        for kind in kinds:
            left, right = _speaking(a, kind, corpus, model), _speaking(b, kind, corpus, model)
            if left and right:
                if not _common(a, b, model.of_family[family], gone):
                    yield from _against(kind, left, right, model)
                break


def _speaking(side: Side, kind: str, corpus: Corpus, model: MatchModel) -> dict[str, Held]:
    held = side.of_kind(kind)
    if not model.kinds[kind].recurring:
        return held
    return {value: one for value, one in held.items() if (kind, value) in corpus.telling}


def _common(a: Side, b: Side, kinds: Iterable[str], gone: Collection[Value]) -> bool:
    """Whether two sides show anything of some kinds in common, whatever it is worth."""
    shared = ((kind, value) for kind in kinds for value in a.of_kind(kind).keys() & b.of_kind(kind).keys())
    return any(value not in gone for value in shared)


def _against(kind: str, left: Mapping[str, Held], right: Mapping[str, Held], model: MatchModel) -> Iterator[Bar]:
    """The bar, discounted by the better source of each side, the worse of the two sides deciding; none by no source."""
    weight = model.kinds[kind]
    factor, grade = model.graded(*(min(held.reliability for held in side.values()) for side in (left, right)))
    if not factor:
        return
    yield Bar(
        kind=kind,
        value=" | ".join(sorted([_listed(left), _listed(right)])),
        family=weight.family,
        strength=weight.strength,
        spoof=weight.spoof,
        bits=-weight.contradicts * factor,
        raw=-weight.contradicts,
        notes=("contradicts: the two sides differ", *([f"source {grade}: × {factor:g}"] if factor < 1 else ())),
        evidence=tuple(sorted({id for held in (*left.values(), *right.values()) for id in held.ids})),
    )


def _listed(values: Iterable[str]) -> str:
    """The first values, and how many more there are."""
    ordered = sorted(values)
    return ", ".join(ordered[:_NAMED]) + (f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else "")


def absences(a: Side, b: Side, agreements: Iterable[Bar], model: MatchModel) -> Iterator[Bar]:
    """One bar for each family that the logs of both sides were searched for, and of which they share nothing.

    An actor leaves servers and takes new ones, so that it says less the longer the time between the two. Without a
    time on either side it says nothing (IN-2).

    Args:
        a: A side.
        b: The other.
        agreements: Bars of what they share: a value that others do not show too stands against it, whatever it weighs,
            unless a warning list knows it: to share a server of everybody's is to share none of the adversary's.
        model: Families of which absence says something, and how much.
    """
    shared = {bar.family for bar in agreements if bar.raw > 0 and not bar.warnings}
    for family, absence in model.absent.items():
        left, right = a.in_logs.get(family), b.in_logs.get(family)
        if left and right and not shared & {family, absence.also}:
            yield from _absent(family, left, right, absence)


def _absent(family: str, left: Held, right: Held, absence: Absence) -> Iterator[Bar]:
    when, gap = closest(left, right)
    if gap is None:
        return
    factor = 0.5 ** (gap / absence.half_life)
    seen = " and ".join(map(str, sorted(len(held.ids) for held in (left, right))))
    yield Bar(
        kind=ABSENT,
        value=family,
        family=family,
        strength="",
        spoof="low",
        bits=-absence.bits * factor,
        raw=-absence.bits,
        notes=(
            f"looked for in the logs of both: {seen} sightings, nothing rare in common",
            *([f"{gap:.0f} days apart: × {factor:.2f}"] if factor < 1 else ()),
        ),
        evidence=tuple(sorted({*left.ids, *right.ids})),
        a=when[0],
        b=when[1],
    )
