"""Is a report worded and drawn as reports have to be? What is found here keeps it from being published.

Report specification section 7, point 8: every factual sentence cites a card, every figure has its table and says what
it shows to who cannot see it, no digit is typed, and judgements keep to the rules of wording (tradecraft section 7.3).
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from msgspec import Struct

from backtrail.model import language
from backtrail.reports.document import Document
from backtrail.reports.findings import Figure
from backtrail.reports.fragments import TYPED
from backtrail.reports.text import Sentence, plain

_ALT = re.compile(r"<svg[^>]* aria-label=\"[^\"]{20,}\"")


class Flaw(Struct, frozen=True):
    """Something that keeps a report from being published.

    Attributes:
        where: The finding, figure, text or judgement.
        rule: `uncited`, `typed`, `figure`, or a rule of wording such as WD-2.
        text: What stands there.
        fix: What to do.
    """

    where: str
    rule: str
    text: str
    fix: str


def lint(document: Document) -> tuple[Flaw, ...]:
    """Flaws of a report, in the order it is read; none in one that can be published."""
    apart = [one for one in (document.glance, document.calibration) if one and one.svg]
    drawn = (flaw for one in apart for flaw in _figure(one))
    return (*_judgements(document), *drawn, *_sections(document), *_texts(document))


def _sections(document: Document) -> Iterator[Flaw]:
    cards = {row.id for row in document.parts.rows}
    for section in document.sections:
        for finding in section.findings:
            yield from (flaw for one in finding.sentences for flaw in _fact(finding.id, one, cards))
            yield from (flaw for one in finding.figures if one.svg for flaw in _figure(one))
        yield from (flaw for one in section.blind for flaw in _sentence(section.anchor, one))


def _texts(document: Document) -> Iterator[Flaw]:
    for name, text in document.texts.items():
        yield from (flaw for paragraph in text.paragraphs for one in paragraph for flaw in _sentence(name, one))


def _fact(where: str, sentence: Sentence, cards: AbstractSet[str]) -> Iterator[Flaw]:
    """A sentence that states a fact: it cites a card, and its digits are those of numbers."""
    if not any(piece.number in cards for piece in sentence):
        yield Flaw(where, "uncited", plain(sentence), "name a number that it rests on, or leave it out")
    yield from _sentence(where, sentence)


def _sentence(where: str, sentence: Sentence) -> Iterator[Flaw]:
    if any(TYPED.search(piece.text) for piece in sentence if not piece.number and not piece.word):
        yield Flaw(where, "typed", plain(sentence), "name the number by its id, or write it as a word")
    yield from _worded(where, plain(sentence))


def _worded(where: str, text: str) -> Iterator[Flaw]:
    for wrong in language.lint(text):
        yield Flaw(where, wrong.rule, wrong.word, wrong.fix)


def _figure(figure: Figure) -> Iterator[Flaw]:
    if not figure.title or not figure.about:
        yield Flaw(figure.id, "figure", plain(figure.title), "give it a title, and say what is drawn, of how many")
    if not figure.rows:
        yield Flaw(figure.id, "figure", plain(figure.title), "give it the table that it is drawn from")
    if not _ALT.search(figure.svg):
        yield Flaw(figure.id, "figure", plain(figure.title), "say what it shows to who cannot see it")


def _judgements(document: Document) -> Iterator[Flaw]:
    yield from (flaw for text in (document.judgement, document.confidence) for flaw in _worded("KJ-1", text))
    for number, one in enumerate(document.assessments, 2):
        said = (one.sentence, one.confident, *one.change, *one.warnings, *one.question.assumptions)
        written = (*(item.item.text for item in one.items), *(dissent.text for dissent in one.question.dissents))
        yield from (flaw for text in (*said, *written) for flaw in _worded(f"KJ-{number}", text))
