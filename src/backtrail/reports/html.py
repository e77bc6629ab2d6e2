"""The document as one self-contained HTML file: no script, no outside resource, readable in print."""

import re
from collections.abc import Callable, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from backtrail.model.weight import Bar
from backtrail.model.words import lexicon, percent
from backtrail.reports.cards import Shown
from backtrail.reports.defang import defang, defanged
from backtrail.reports.document import Document
from backtrail.reports.errata import Errata
from backtrail.reports.parts import anchor
from backtrail.reports.text import Sentence
from backtrail.reports.words import words

_NAMESPACE = re.compile(r' xmlns(?::xlink)?="[^"]*"')

_SCALE = 22.0
"""Widest bar of a waterfall in per cent of the row, for the largest weight drawn."""


def render(document: Document) -> bytes:
    """HTML of a report. Everything that comes from evidence is escaped."""
    return _rendered(_template(document), document)


def corrected(document: Document, errata: Errata) -> bytes:
    """HTML of what a release corrects of an earlier one."""
    return _rendered("errata.html.j2", document, e=errata)


def _rendered(template: str, document: Document, **more: object) -> bytes:
    environment = Environment(
        loader=PackageLoader("backtrail.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "breakable": _breakable,
        "short": _short,
        "anchor": anchor,
        "drawing": _drawing,
        "percent": percent,
        "harmless": defanged,
    }
    environment.filters |= {"step": _step, "foremost": _foremost}
    environment.globals |= {"width": _width, "defang": defang, "cited": _citing(document), "bands": lexicon()}
    environment.globals["glossary"] = words().glossary
    return environment.get_template(template).render(r=document, **more).strip().encode()


def _template(document: Document) -> str:
    if document.edition.inside:
        return "report.html.j2"
    return "victim.html.j2" if document.own else "edition.html.j2"


def _citing(document: Document) -> Callable[[Sentence], list[tuple[str, str]]]:
    """Of a sentence, the evidence cards of its numbers: anchor and card, each once."""
    cards = {row.id: (row.anchor, row.card) for row in document.parts.rows}

    def cited(sentence: Sentence) -> list[tuple[str, str]]:
        return list(dict.fromkeys(cards[piece.number] for piece in sentence if piece.number in cards))

    return cited


def _breakable(text: str) -> Markup:
    """Text that may break after dots and slashes, so that a long host does not leave its column."""
    escaped = Markup.escape(text)
    return Markup(escaped.replace("[.]", "[.]\u200b").replace("/", "/\u200b"))  # noqa: S704 - escaped above


def _drawing(svg: str) -> Markup:
    """A figure as it was drawn, less the names of XML that HTML does not need; its texts were escaped when it was."""
    return Markup(_NAMESPACE.sub("", svg))  # noqa: S704 - vl-convert escapes what it writes


def _step(step: str) -> str:
    """A step as printed, with signs as long as they are wide."""
    return {"0": "·", "-": "−", "--": "−−"}.get(step, step)


_FOREMOST = 40
"""Indicators of a kind that an edition prints: its package has all."""


def _foremost(rows: Sequence[Shown]) -> list[Shown]:
    """Those seen at most intrusions."""
    return sorted(rows, key=lambda row: (-row.intrusions, row.value))[:_FOREMOST]


def _short(id: str) -> str:
    """An id as printed: its first ten characters name it well enough on a page."""
    return id[:10]


def _width(bar: Bar, bars: tuple[Bar, ...]) -> float:
    largest = max((abs(b.bits) for b in bars), default=1.0)
    return round(_SCALE * abs(bar.bits) / (largest or 1.0), 2)
