"""The words of reports, from the files beside this one: sections, findings, figures, and what numbers count."""

import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct


class SectionWords(Struct, frozen=True):
    """A section: its anchor, its title, and the findings in it."""

    anchor: str
    title: str
    findings: tuple[str, ...]


class FindingWords(Struct, frozen=True):
    """A finding: its title, its figures, what it says, what could not be seen."""

    title: str
    figures: tuple[str, ...]
    sentences: tuple[str, ...]
    blind: tuple[str, ...]


class FigureWords(Struct, frozen=True):
    """A figure: its finding, N and period, what it shows for who cannot see it, and what stands in its place.

    `otherwise` is the title where an edition does not tell the number of the other one.
    """

    title: str
    about: str
    alt: str
    missing: str
    otherwise: str = ""


class JudgementWords(Struct, frozen=True):
    """A figure of judgements: its title, what is drawn, and what it shows for who cannot see it."""

    title: str
    about: str
    alt: str


class TextWords(Struct, frozen=True):
    """A text that stands by itself: its title, and paragraphs of sentences."""

    title: str
    paragraphs: tuple[tuple[str, ...], ...] = ()


class Term(Struct, frozen=True):
    """A word of the trade, and what it means here."""

    word: str
    means: str


class Words(Struct, frozen=True):
    """All words of a report."""

    section: tuple[SectionWords, ...]
    finding: Mapping[str, FindingWords]
    figure: Mapping[str, FigureWords]
    judgement: Mapping[str, JudgementWords]
    text: Mapping[str, TextWords]
    glossary: tuple[Term, ...]


@cache
def words() -> Words:
    """Words of sections, findings and figures."""
    return msgspec.convert(_table("texts.toml"), type=Words)


def query(id: str) -> str:
    """What a number counts, in words; empty for one that nobody described.

    >>> query("phase:complete mission")
    'Intrusions that show at least one technique of the phase.'
    """
    return _queries().get(id) or next((said for name, said in _patterns() if fnmatchcase(id, name)), "")


@cache
def _queries() -> Mapping[str, str]:
    return _table("queries.toml")


@cache
def _patterns() -> Sequence[tuple[str, str]]:
    return [(name, said) for name, said in _queries().items() if "*" in name]


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("backtrail.reports") / name).read_text("utf-8"))
