"""Texts of a user's own in a report: Jinja2 templates in a sandbox that see the numbers of the group and nothing else.

A fragment takes the place of the built-in sentences of a finding, or of one of the texts in `texts.toml`. One line is
one sentence; a sentence whose number is not there is left out, as everywhere. What is typed is data: a digit typed by
hand is refused, since it would have no evidence card, and markup is printed as it stands.
"""

import re
from collections.abc import Iterator, Mapping

from jinja2 import TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.sandbox import SandboxedEnvironment
from msgspec import Struct

from backtrail.model.errors import FormatError
from backtrail.model.profile import Counted
from backtrail.reports.text import FORMS, Paragraphs, sentences
from backtrail.reports.words import query, words

_MOST = 64 << 10
"""Characters of a fragment: as much as anybody would read."""

TYPED = re.compile(r"(?<![\w-])\d(?:[\d.,:-]*\d)?")
"""A number that stands by itself; not the digits of a name such as APT1 or CVE-2012-0158."""

_NUMBERS = "n"


class Mistake(Struct, frozen=True):
    """What is wrong with a fragment: the line, and what to do."""

    line: int
    text: str


def names() -> frozenset[str]:
    """Fragments that there may be: findings, and texts that stand by themselves."""
    return frozenset({*words().finding, *words().text})


def mistakes(name: str, source: str) -> tuple[Mistake, ...]:
    """What is wrong with a fragment; nothing when it can be used.

    Args:
        name: Which text it takes the place of.
        source: The template.
    """
    if name not in names():
        return (Mistake(1, f"no text is called {name!r}; there are {', '.join(sorted(names()))}"),)
    if len(source) > _MOST:
        return (Mistake(1, f"longer than {_MOST:,} characters"),)
    try:
        tree = _sandbox().parse(source)
    except TemplateSyntaxError as error:
        return (Mistake(error.lineno, str(error.message)),)
    found = sorted({(m.line, m.text) for m in (*_typed(tree), *_unknown(tree), *_drawn_in(tree))})
    return tuple(Mistake(*one) for one in found) or _rendering(tree, source)


def said(source: str, numbers: Mapping[str, Counted], known: Mapping[str, str] | None = None) -> Paragraphs:
    """Paragraphs of a fragment, of sentences of which nothing is missing.

    Args:
        source: The template.
        numbers: Numbers of the group, as the edition tells them.
        known: Words of the report that are alike everywhere, such as `period`.

    Raises:
        FormatError: It does what only a rendering shows to be wrong, such as adding two numbers.
    """
    try:
        rendered = (
            _sandbox()
            .from_string(source)
            .render({_NUMBERS: _slots(numbers), **{word: f"{{{word}}}" for word in known or {}}})
        )
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise FormatError(str(error), where="a text of the user's own") from error
    paragraphs = re.split(r"\n\s*\n", rendered)
    told = (sentences(_lines(one), numbers, known) for one in paragraphs)
    return tuple(one for one in told if one)


class _Slot:
    """A number in a template: it prints as the slot that the sentence fills in, in one of the forms of `text.FORMS`."""

    def __init__(self, id: str, form: str = "plain") -> None:
        self._id, self._form = id, form

    def __str__(self) -> str:
        return f"{{{self._id}|{self._form}}}"

    def formed(self, form: str) -> "_Slot":
        return _Slot(self._id, form)


class _Missing(Undefined):
    """A number that is not there: false in a condition, and a slot that nothing fills in a sentence."""

    def __str__(self) -> str:
        return "{}"


def _sandbox() -> SandboxedEnvironment:
    environment = SandboxedEnvironment(undefined=_Missing, trim_blocks=True, lstrip_blocks=True)
    environment.globals.clear()
    environment.filters.clear()
    environment.filters |= {form: _forming(form) for form in FORMS}
    return environment


def _forming(form: str) -> object:
    def formed(slot: object) -> object:
        return slot.formed(form) if isinstance(slot, _Slot) else slot

    return formed


def _slots(numbers: Mapping[str, Counted]) -> dict[str, _Slot]:
    slots = {id: _Slot(id) for id in numbers}
    if _PUBLISHED in slots:
        slots["indicators"] = slots[_PUBLISHED]  # what it was called in texts that were written before
    return slots


_PUBLISHED = "indicators_published"


def _lines(paragraph: str) -> list[str]:
    return [line.strip() for line in paragraph.splitlines() if line.strip() and "{}" not in line]


def _typed(tree: nodes.Template) -> Iterator[Mistake]:
    """Digits and braces that were typed."""
    for text in tree.find_all(nodes.TemplateData):
        for digit in TYPED.finditer(text.data):
            line = text.lineno + text.data.count("\n", 0, digit.start())
            yield Mistake(
                line, f"{digit[0]!r} is typed: name the number by its id ({{{{ n.ID }}}}), or write it as a word"
            )
        if brace := re.search(r"[{}]", text.data):
            line = text.lineno + text.data.count("\n", 0, brace.start())
            yield Mistake(line, "a single brace is no number: {{ n.ID }}")
    for constant in tree.find_all(nodes.Const):
        if isinstance(constant.value, int | float) and not isinstance(constant.value, bool):
            yield Mistake(constant.lineno, f"{constant.value!r} is typed: name a number by its id")


def _unknown(tree: nodes.Template) -> Iterator[Mistake]:
    """Numbers of which nobody heard."""
    for line, id in _ids(tree):
        if not query(id):
            yield Mistake(line, f"no number has the id {id!r}; backtrail facts lists those of a group")


def _ids(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Numbers that a fragment names, with the line; empty for one that is worked out and not named."""
    for dotted in tree.find_all(nodes.Getattr):
        if _of_numbers(dotted.node):
            yield dotted.lineno, dotted.attr
    for quoted in tree.find_all(nodes.Getitem):
        if _of_numbers(quoted.node):
            yield quoted.lineno, str(quoted.arg.value) if isinstance(quoted.arg, nodes.Const) else ""


def _of_numbers(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == _NUMBERS


def _drawn_in(tree: nodes.Template) -> Iterator[Mistake]:
    """Other files: a fragment stands by itself."""
    for one in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield Mistake(one.lineno, "no other file can be drawn in")


def _rendering(tree: nodes.Template, source: str) -> tuple[Mistake, ...]:
    """What goes wrong when a fragment is rendered, without any number and with all that it names."""
    named = {id for _, id in _ids(tree)}
    for ids in (frozenset[str](), named):
        try:
            said(source, {id: Counted(id=id, value=1, unit="") for id in ids})
        except FormatError as error:
            return (Mistake(getattr(error.__cause__, "lineno", None) or 1, error.reason),)
    return ()
