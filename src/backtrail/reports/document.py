"""The report of a group as one frozen value; every renderer reads this and computes nothing."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.decision import ActivityGroup
from backtrail.model.intrusion import Intrusion
from backtrail.model.marking import most_restrictive
from backtrail.model.observation import Observation, Provenance
from backtrail.model.record import Indicator
from backtrail.model.times import latest
from backtrail.model.weight import Bar, Explanation
from backtrail.model.words import percent, words
from backtrail.reports.defang import defang
from backtrail.reports.indicators import Selection

SMALL = 3
"""A sector with fewer intrusions than this is not named by itself (rule TL-4)."""


class Dossier(Struct, frozen=True, kw_only=True):
    """What a report is made of, read from the case at one moment.

    Attributes:
        group: The group.
        intrusions: Its intrusions by id.
        observations: All observations in them, as decisions leave them.
        provenance: Where each observation was read.
        pairs: Explanations of the pairs inside the group.
        weakest: Probability of the weakest link of the strongest tree over the group; None when it is not connected.
        selection: The indicators.
        others: Intrusions of the case that are in no group.
        reviewed: Intrusions of the case.
        created: Moment of the report.
        digest: Fingerprint of the knowledge it was made from.
        model: Version of the match-weight model.
        threshold: Probability from which a pair counts as linked.
    """

    group: ActivityGroup
    intrusions: Mapping[str, Intrusion]
    observations: tuple[Observation, ...]
    provenance: tuple[Provenance, ...]
    pairs: tuple[Explanation, ...]
    weakest: float | None
    selection: Selection
    others: int
    reviewed: int
    created: str
    digest: str
    model: str
    threshold: float


class Number(Struct, frozen=True):
    """A number and the anchor of the table that lists exactly the rows it counts."""

    value: str
    label: str
    anchor: str


class Member(Struct, frozen=True):
    """An intrusion under its pseudonym."""

    id: str
    first: str
    last: str
    observations: int
    best: str
    families: str


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
    places: tuple[str, ...]


class Waterfall(Struct, frozen=True):
    """The weight of one link as printed."""

    title: str
    a: str
    b: str
    prior: float
    total: float
    verdict: str
    bars: tuple[Bar, ...]
    zero: int
    linchpin: str
    without: str
    robust: str


class Document(Struct, frozen=True, kw_only=True):
    """A report: everything in it, in the order it is read."""

    id: str
    title: str
    name: str | None
    aliases: tuple[str, ...]
    anchor: str
    tlp: str
    created: str
    digest: str
    model: str
    threshold: str
    judgement: str
    confidence: str
    numbers: tuple[Number, ...]
    period: str
    members: tuple[Member, ...]
    sectors: tuple[tuple[str, str], ...]
    waterfalls: tuple[Waterfall, ...]
    links: int
    pairs: int
    indicators: tuple[tuple[str, tuple[Shown, ...]], ...]
    cards: tuple[Card, ...]
    withheld: int
    unusable: int
    reviewed: int
    others: int


def build(dossier: Dossier) -> Document:
    """Make the document of a report. Intrusions bear pseudonyms in it, in the order of their ids."""
    pseudonyms = {id: f"I-{n:02d}" for n, id in enumerate(sorted(dossier.intrusions), 1)}
    printed = set(_printed(dossier))
    observations = [o for o in dossier.observations if o.id in printed]
    indicators = _indicators(dossier.selection, {o.id: o for o in observations})
    linked = [p for p in dossier.pairs if p.probability >= dossier.threshold]
    group = dossier.group
    return Document(
        id=group.id,
        title=group.title,
        name=group.name,
        aliases=tuple(map(str, group.aliases)),
        anchor=_defanged(group.anchor, dossier.selection),
        tlp=most_restrictive([dossier.selection.tlp, *(o.source.tlp for o in dossier.observations)]),
        created=dossier.created,
        digest=dossier.digest,
        model=dossier.model,
        threshold=percent(dossier.threshold),
        judgement=_judgement(dossier),
        confidence=_confidence(dossier, linked),
        numbers=_numbers(dossier, indicators),
        period=_period(observations),
        members=_members(dossier, pseudonyms),
        sectors=_sectors(dossier.intrusions),
        waterfalls=_waterfalls(linked, pseudonyms, printed),
        links=len(linked),
        pairs=len(dossier.intrusions) * (len(dossier.intrusions) - 1) // 2,
        indicators=indicators,
        cards=_cards(observations, dossier.provenance, pseudonyms),
        withheld=len(dossier.selection.withheld),
        unusable=len(dossier.selection.unusable),
        reviewed=dossier.reviewed,
        others=dossier.others,
    )


def _printed(dossier: Dossier) -> list[str]:
    """Ids of the observations that may appear: those behind an indicator."""
    return [id for indicator in dossier.selection.indicators for id in indicator.evidence]


def _defanged(text: str, selection: Selection) -> str:
    """An analyst's sentence with the indicators in it made harmless, longest first."""
    for indicator in sorted(selection.indicators, key=lambda i: -len(i.value)):
        harmless = defang(indicator.kind, indicator.value)
        if harmless != indicator.value:
            standing_alone = rf"(?<![\w.\]]){re.escape(indicator.value)}(?![\w\[])"
            text = re.sub(standing_alone, harmless.replace("\\", r"\\"), text)
    return text


def _judgement(dossier: Dossier) -> str:
    n = len(dossier.intrusions)
    if n < 2:
        return "One intrusion makes no group: nothing is judged here."
    if dossier.weakest is None:
        return (
            f"The {n} intrusions are held together by decisions of analysts; the evidence known here does not by "
            "itself link all of them. No probability is given."
        )
    return (
        f"It is {words(dossier.weakest)} that the {n} intrusions were run by one actor: "
        f"the weakest link that the group depends on has a probability of {percent(dossier.weakest)}."
    )


def _confidence(dossier: Dossier, linked: list[Explanation]) -> str:
    """A ceiling by rule WD-5; analysts may lower it."""
    families = {bar.family for pair in linked for bar in pair.bars if bar.bits > 0}
    sources = {o.source.name for o in dossier.observations}
    against = any(bar.bits < 0 for pair in linked for bar in pair.bars)
    if len(families) < 2:
        return "Confidence in this judgement is low, because the links rest on one family of evidence."
    if len(sources) < 2:
        return "Confidence in this judgement is at most moderate, because all of it comes from a single source."
    if against:
        return "Confidence in this judgement is at most moderate, because some of the evidence contradicts it."
    return "Confidence in this judgement is at most moderate, because the weights are not calibrated yet."


def _numbers(dossier: Dossier, indicators: tuple[tuple[str, tuple[Shown, ...]], ...]) -> tuple[Number, ...]:
    total = len(dossier.selection.indicators)
    evidence = {p.evidence for p in dossier.provenance if p.of in set(_printed(dossier))}
    numbers = [
        Number(f"{len(dossier.intrusions):,}", "intrusions", "members"),
        Number(f"{total:,}", "indicators", "indicators"),
        Number(f"{len(evidence):,}", "pieces of evidence", "evidence"),
    ]
    largest = sorted(indicators, key=lambda kind: (-len(kind[1]), kind[0]))[:3]
    return (*numbers, *(Number(f"{len(rows):,}", kind, f"kind-{kind}") for kind, rows in largest))


def _period(observations: list[Observation]) -> str:
    first = min((o.seen.first for o in observations if o.seen.first), default=None)
    last = max((o.seen.last for o in observations if o.seen.last), key=latest, default=None)
    return f"{(first or '?')[:7]} to {(last or '?')[:7]}" if first or last else "not known"


def _members(dossier: Dossier, pseudonyms: Mapping[str, str]) -> tuple[Member, ...]:
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
            )
        )
    return tuple(rows)


def _strength(pair: Explanation | None) -> float:
    return pair.total if pair else float("-inf")


def _month(moment: str | None) -> str:
    return moment[:7] if moment else "–"


def _sectors(intrusions: Mapping[str, Intrusion]) -> tuple[tuple[str, str], ...]:
    counted = Counter(i.sector or "not stated" for i in intrusions.values())
    named = sorted(((-n, sector) for sector, n in counted.items() if n >= SMALL))
    small = sum(n for n in counted.values() if n < SMALL)
    rows = [(sector, str(-n)) for n, sector in named]
    return tuple(rows + ([("sectors of fewer than 3 intrusions, together", str(small))] if small else []))


def _waterfalls(linked: list[Explanation], pseudonyms: Mapping[str, str], printed: set[str]) -> tuple[Waterfall, ...]:
    """The strongest and the weakest link that count."""
    if not linked:
        return ()
    ranked = sorted(linked, key=lambda p: (-p.total, p.a, p.b))
    chosen = [("The strongest link", ranked[0])]
    if len(ranked) > 1:
        chosen.append(("The weakest link that counts", ranked[-1]))
    return tuple(_waterfall(title, pair, pseudonyms, printed) for title, pair in chosen)


def _waterfall(title: str, pair: Explanation, pseudonyms: Mapping[str, str], printed: set[str]) -> Waterfall:
    """A link as printed; a value that was withheld keeps its weight and loses its words."""
    shown = tuple(
        bar if printed.issuperset(bar.evidence) else replace(bar, value="withheld", evidence=())
        for bar in pair.bars
        if bar.bits
    )
    linchpin = pair.bars[pair.linchpin] if pair.linchpin is not None else None
    return Waterfall(
        title=title,
        a=pseudonyms.get(pair.a, "?"),
        b=pseudonyms.get(pair.b, "?"),
        prior=pair.prior,
        total=pair.total,
        verdict=f"{words(pair.probability)}, {percent(pair.probability)}",
        bars=shown,
        zero=len(pair.bars) - len(shown),
        linchpin=linchpin.kind if linchpin else "",
        without=percent(pair.without) if pair.without is not None else "",
        robust=percent(pair.robust),
    )


def _indicators(
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


def _cards(
    observations: list[Observation], provenance: tuple[Provenance, ...], pseudonyms: Mapping[str, str]
) -> tuple[Card, ...]:
    places: dict[str, list[str]] = defaultdict(list)
    for p in provenance:
        places[p.of].append(f"{p.evidence[:12]}, {p.where}")
    return tuple(
        Card(
            o.id,
            o.kind,
            defang(o.kind, o.value),
            pseudonyms.get(o.intrusion or "", "–"),
            f"{(o.seen.first or '–')[:10]} … {(o.seen.last or '–')[:10]}" if o.seen.known else "time unknown",
            str(o.source.grade),
            tuple(places[o.id]),
        )
        for o in sorted(observations, key=lambda o: (o.kind, o.value, o.id))
    )
