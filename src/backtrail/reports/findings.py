"""Sections of a report: each finding with its sentences, its figures, and what could not be seen."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.profile import Counted, Profile
from backtrail.reports import figures, fragments
from backtrail.reports.defang import defanged
from backtrail.reports.figures import Life
from backtrail.reports.text import Paragraphs, Piece, Sentence, plain, sentence, sentences
from backtrail.reports.words import FigureWords, words

_SHOWN = ("personas", "priorities", "strength")
"""Findings whose table is printed: no figure has it behind, or its figure shows less."""


class Figure(Struct, frozen=True, kw_only=True):
    """A figure as it is printed.

    Attributes:
        id: Its name, by which a page links to it.
        title: The finding.
        about: What is drawn, N and period.
        svg: The drawing; empty where there are too few data.
        missing: The sentence that stands in its place then.
        columns: Columns of the table behind it.
        rows: The table.
    """

    id: str
    title: Sentence
    about: Sentence = ()
    svg: str = ""
    missing: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Finding(Struct, frozen=True, kw_only=True):
    """A finding as it is printed; `thin` is what is missing where there are too few data for one."""

    id: str
    title: str
    sentences: tuple[Sentence, ...] = ()
    thin: str = ""
    figures: tuple[Figure, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Section(Struct, frozen=True, kw_only=True):
    """Findings under one heading, and what could not be seen in them."""

    anchor: str
    title: str
    findings: tuple[Finding, ...]
    blind: tuple[Sentence, ...]


class Text(Struct, frozen=True):
    """A text that stands by itself."""

    title: str
    paragraphs: Paragraphs


class Material(Struct, frozen=True, kw_only=True):
    """What sections are made from: findings without names of intrusions, all numbers, and what is alike everywhere.

    Attributes:
        findings: By name.
        numbers: By id.
        lives: Names and addresses of command and control with when they were seen.
        said: Words that are alike everywhere.
        fragments: Texts of the case's own, as templates.
    """

    findings: Mapping[str, Profile]
    numbers: Mapping[str, Counted]
    lives: Sequence[Life]
    said: Mapping[str, str]
    fragments: Mapping[str, str] = {}

    def told(self, name: str, otherwise: Sequence[Sequence[str]]) -> Paragraphs:
        """A text: the case's own where it has one, otherwise the built-in one."""
        if name in self.fragments:
            return fragments.said(self.fragments[name], self.numbers, self.said)
        made = (sentences(one, self.numbers, self.said) for one in otherwise)
        return tuple(one for one in made if one)


def masked(finding: Profile, instead: Mapping[str, str]) -> Profile:
    """A finding in whose tables some texts are replaced; its numbers keep their parts.

    Args:
        finding: The finding.
        instead: Pseudonyms of intrusions, and what stands for cells in which a victim is named.
    """
    return replace(
        finding,
        rows=tuple(tuple(instead.get(cell, cell) for cell in row) for row in finding.rows),
        series=tuple(
            replace(one, rows=tuple(tuple(instead.get(str(c), c) for c in row) for row in one.rows))
            for one in finding.series
        ),
    )


def sections(material: Material) -> tuple[Section, ...]:
    """Sections of which there is anything to say."""
    made = []
    for section in words().section:
        ids = [id for id in section.findings if id in material.findings]
        found = [_finding(id, material) for id in ids]
        if any(one.sentences or one.thin for one in found):
            made.append(
                Section(
                    anchor=section.anchor,
                    title=section.title,
                    findings=tuple(one for one in found if one.sentences or one.thin),
                    blind=_blind(ids, material),
                )
            )
    return tuple(made)


def texts(material: Material) -> dict[str, Text]:
    """Texts that stand by themselves, those that there are, by name."""
    made = {name: Text(said.title, material.told(name, said.paragraphs)) for name, said in words().text.items()}
    return {name: one for name, one in made.items() if one.paragraphs}


def _finding(id: str, material: Material) -> Finding:
    profile, said = material.findings.get(id), words().finding[id]
    if profile and not profile.enough:
        return Finding(id=id, title=said.title, thin=profile.finding)
    shown = profile if profile and id in _SHOWN else None
    return Finding(
        id=id,
        title=said.title,
        sentences=tuple(one for paragraph in material.told(id, [said.sentences]) for one in paragraph),
        figures=tuple(figure(one, profile, material) for one in said.figures),
        columns=shown.columns if shown else (),
        rows=tuple(tuple(map(defanged, row)) for row in shown.rows) if shown else (),
    )


def figure(id: str, profile: Profile | None, material: Material) -> Figure:
    """A figure with its words, or the sentence that stands in its place."""
    said = words().figure[id]
    drawn = figures.drawn(id, profile, material.numbers, material.lives)
    if drawn is None:
        return Figure(id=id, title=(Piece(said.missing),), missing=said.missing)
    known = {**material.said, **drawn.words}
    alt = plain(sentence(said.alt, material.numbers, known) or (Piece(said.alt),))
    return Figure(
        id=id,
        title=_title(said, profile, material, known),
        about=sentence(said.about, material.numbers, known) or (),
        svg=figures.rendered(drawn, id, alt),
        columns=drawn.columns,
        rows=drawn.rows,
    )


def _title(said: FigureWords, profile: Profile | None, material: Material, known: Mapping[str, str]) -> Sentence:
    """The finding of a figure; where a number of it is missing, the finding of its profile."""
    for title in (said.title, said.otherwise):
        if title and (told := sentence(title, material.numbers, known)):
            return told
    return (Piece((profile.finding if profile else "") or said.alt),)


def _blind(ids: Sequence[str], material: Material) -> tuple[Sentence, ...]:
    """What could not be seen, of findings that there are."""
    told = [id for id in ids if material.findings[id].enough]
    return tuple(said for id in told for said in sentences(words().finding[id].blind, material.numbers, material.said))
