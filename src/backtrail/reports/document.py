"""The report of a group as one frozen value; every renderer reads this and computes nothing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from msgspec import Struct

from backtrail.model.hypothesis import Assessment
from backtrail.model.marking import most_restrictive
from backtrail.model.profile import Counted
from backtrail.model.weight import Explanation
from backtrail.model.words import percent, words
from backtrail.reports.basis import Known
from backtrail.reports.cards import Card, Shown, cards, indicators
from backtrail.reports.defang import defang
from backtrail.reports.disclosure import few
from backtrail.reports.dossier import Dossier, checked, counted, linked
from backtrail.reports.editions import INTERNAL, Edition, cut
from backtrail.reports.figures import Life
from backtrail.reports.findings import Figure, Material, Section, Text, figure, masked, sections, texts
from backtrail.reports.indicators import Selection
from backtrail.reports.judged import board, calibrated, robustness, strip
from backtrail.reports.links import Waterfall, waterfalls
from backtrail.reports.members import Member, members, period
from backtrail.reports.own import Own, own
from backtrail.reports.parts import WITHHELD, Parts, anchor, parts
from backtrail.reports.text import Sentence, sentence, value


class Tile(Struct, frozen=True):
    """A number at the head of the report, and the anchor of what it counts."""

    value: str
    label: str
    anchor: str


class Document(Struct, frozen=True, kw_only=True):
    """A report: everything in it, in the order it is read."""

    id: str
    title: str
    name: str | None
    aliases: tuple[str, ...]
    anchor: str
    tlp: str
    pap: str
    created: str
    digest: str
    model: str
    judgement: str
    confidence: str
    tiles: tuple[Tile, ...]
    period: str
    members: tuple[Member, ...]
    intrusions: int
    edition: Edition
    assessments: tuple[Assessment, ...]
    strip: Figure | None
    glance: Figure
    calibration: Figure | None
    boards: tuple[tuple[Figure | None, Figure | None], ...]
    sections: tuple[Section, ...]
    texts: Mapping[str, Text]
    parts: Parts
    waterfalls: tuple[Waterfall, ...]
    indicators: tuple[tuple[str, tuple[Shown, ...]], ...]
    cards: tuple[Card, ...]
    evidence: tuple[str, ...]
    withheld: int
    sources: tuple[tuple[str, str, Sentence], ...]
    own: Own | None


def build(
    dossier: Dossier, edition: Edition = INTERNAL, maxima: Iterable[str] = (), hidden: AbstractSet[str] = frozenset()
) -> Document:
    """Make the document of a report. Intrusions bear pseudonyms in it.

    Args:
        dossier: Everything, as it was read or frozen.
        edition: Whom it is for.
        maxima: Numbers of a single victim that somebody decided to tell.
        hidden: For the edition of a victim, observations in which another one is named.
    """
    told_own = own(dossier, edition, {id for one in dossier.selection.indicators for id in one.evidence}, hidden)
    dossier = cut(dossier, edition, maxima)
    pseudonyms = dossier.named(edition.line)
    printed = {id for indicator in dossier.selection.indicators for id in indicator.evidence}
    observations = [o for o in dossier.observations if o.id in printed]
    shown = indicators(dossier.selection, {o.id: o for o in observations})
    tied = [p for p in dossier.pairs if p.probability >= dossier.threshold]
    numbers = _numbers(dossier, edition)
    wanted = printed | {part for number in numbers.values() for part in number.parts}
    told = (o for o in dossier.observations if o.id in wanted) if edition.inside else ()
    made = cards(told, printed, dossier.provenance, pseudonyms)
    spell = period(observations)
    material = _material(dossier, numbers, shown, pseudonyms, spell, edition)
    return Document(
        id=dossier.group.id,
        title=dossier.group.title,
        name=dossier.group.name,
        aliases=tuple(map(str, dossier.group.aliases)),
        anchor=_defanged(dossier.group.anchor, dossier.selection),
        tlp=_marked(dossier, edition),
        pap=dossier.pap,
        created=dossier.created,
        digest=dossier.digest,
        model=dossier.model,
        judgement=_judgement(dossier),
        confidence=_confidence(dossier, tied),
        tiles=_tiles(numbers),
        period=spell,
        members=members(dossier, pseudonyms) if edition.inside else (),
        intrusions=len(dossier.intrusions),
        edition=edition,
        assessments=dossier.assessments,
        strip=strip([(_judgement(dossier), dossier.weakest, _level(dossier, tied))], dossier.assessments),
        glance=figure("activity", material.findings.get("dwell"), material),
        calibration=calibrated(dossier.calibration),
        boards=tuple((board(n, one), robustness(n, one)) for n, one in enumerate(dossier.assessments, 1)),
        sections=sections(material),
        texts=texts(material),
        parts=parts(
            numbers,
            pseudonyms,
            frozenset(card.id for card in made),
            dossier.rests,
            dossier.secret,
            Known.of(dossier.intrusions, dossier.observations, dossier.selection.indicators),
        ),
        waterfalls=waterfalls(tied, pseudonyms, printed, dossier.weakest),
        indicators=shown,
        cards=made,
        evidence=_evidence(dossier, made),
        withheld=len(dossier.selection.withheld),
        sources=_sources(numbers),
        own=told_own,
    )


def marking(dossier: Dossier) -> str:
    """The most restrictive marking of what went in (rule TL-2), unless a decision released it."""
    return dossier.released or _unreleased(dossier)


def _unreleased(dossier: Dossier) -> str:
    return most_restrictive([dossier.selection.tlp, *(o.source.tlp for o in dossier.observations)])


def _marked(dossier: Dossier, edition: Edition) -> str:
    """The marking of an edition: at least its readers'; inside it that of what went in, which no release lowers."""
    if edition.whose:
        return edition.tlp
    return _unreleased(dossier) if edition.inside else most_restrictive([edition.tlp, marking(dossier)])


def _numbers(dossier: Dossier, edition: Edition) -> dict[str, Counted]:
    """All numbers of the report by id, without those that would give a victim away."""
    found = (number for profile in dossier.findings.values() for number in profile.numbers)
    everything = (
        *counted(dossier.intrusions, dossier.observations, dossier.selection),
        *(_of_case(id, count, edition) for id, count in (("reviewed", dossier.reviewed), ("others", dossier.others))),
        *linked(dossier.pairs, dossier.threshold, dossier.intrusions),
        *(checked(dossier.calibration, dossier.threshold) if dossier.calibration else ()),
        *found,
    )
    return {number.id: number for number in everything}


def _of_case(id: str, count: int, edition: Edition) -> Counted:
    """A number of the case around the group: what it counts is not in the report."""
    return Counted(
        id=id,
        value=count if edition.inside or count >= edition.k else _few(count, edition),
        unit="intrusions of the case",
    )


def _evidence(dossier: Dossier, made: Sequence[Card]) -> tuple[str, ...]:
    """SHA-256 of all evidence that is named anywhere in the report."""
    places = [place for card in made for place in card.places]
    places += [place for rest in dossier.rests.values() for place in rest.places]
    return tuple(sorted({sha for sha, _ in places}))


def _material(
    dossier: Dossier,
    numbers: Mapping[str, Counted],
    shown: Sequence[tuple[str, tuple[Shown, ...]]],
    pseudonyms: Mapping[str, str],
    spell: str,
    edition: Edition,
) -> Material:
    """What sections are made from."""
    lives = [
        Life(
            name=row.value,
            address=kind != "domain-name",
            first=row.first,
            last=row.last,
            intrusions=row.intrusions,
            told=_few(row.intrusions, edition),
        )
        for kind, rows in shown
        for row in rows
        if row.role == "c2" and kind in ("domain-name", "ipv4-addr", "ipv6-addr") and row.first > "0" and row.last > "0"
    ]
    instead = {**dict.fromkeys(dossier.secret, WITHHELD), **pseudonyms}
    return Material(
        findings={id: masked(profile, instead) for id, profile in dossier.findings.items()},
        numbers=numbers,
        lives=lives,
        said={"period": spell, "small": str(edition.k), "threshold": percent(dossier.threshold)},
        fragments=dossier.fragments,
    )


def _few(count: int, edition: Edition) -> str:
    return few(edition.k) if not edition.inside and 0 < count < edition.k else str(count)


_RELIABILITY = {
    "A": "completely reliable", "B": "usually reliable", "C": "fairly reliable", "D": "not usually reliable",
    "E": "unreliable", "F": "cannot be judged",
}  # fmt: skip


def _sources(numbers: Mapping[str, Counted]) -> tuple[tuple[str, str, Sentence], ...]:
    """How reliable sources are: the letter, what it means, and how many observations they gave."""
    told = ((letter, means, sentence(f"{{graded:{letter}}}", numbers)) for letter, means in _RELIABILITY.items())
    return tuple((letter, means, said) for letter, means, said in told if said)


_TILES = (
    ("intrusions", "intrusions"), ("victims_total", "organizations, at least"), ("industries", "industries"),
    ("dwell_median", "days, half of the stays or longer"), ("data_total", "taken, at least"),
    ("backdoor_families", "families of malware"), ("rdp_logins", "log-ins to hops"),
    ("indicators_published", "indicators"),
)  # fmt: skip


def _tiles(numbers: Mapping[str, Counted]) -> tuple[Tile, ...]:
    return tuple(Tile(value(numbers[id]), label, anchor(id)) for id, label in _TILES if id in numbers)


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


def _level(dossier: Dossier, linked: list[Explanation]) -> str:
    return (
        "low" if _confidence(dossier, linked).startswith("Confidence in this judgement is low") else "at most moderate"
    )


def _confidence(dossier: Dossier, linked: list[Explanation]) -> str:
    """A ceiling by rule WD-5; analysts may lower it."""
    families = {bar.family for pair in linked for bar in pair.bars if bar.bits > 0}
    sources = {o.source.name for o in dossier.observations}
    against = any(bar.sort == "against" for pair in linked for bar in pair.bars)
    if len(families) < 2:
        return "Confidence in this judgement is low, because the links rest on one family of evidence."
    if len(sources) < 2:
        return "Confidence in this judgement is at most moderate, because all of it comes from a single source."
    if against:
        return "Confidence in this judgement is at most moderate, because some of the evidence contradicts it."
    where = "measured on generated cases only" if dossier.calibration else "not measured against cases of known truth"
    return f"Confidence in this judgement is at most moderate, because the weights are {where}."
