"""Numbers and what they count: each number has a row, a row leads to its parts, a part to where it was read."""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail.model.profile import Counted
from backtrail.reports.basis import RECORD, Known, basis, card, examples
from backtrail.reports.defang import defanged
from backtrail.reports.dossier import Rest
from backtrail.reports.text import interval, value
from backtrail.reports.words import query

WITHHELD = "withheld for a victim's sake"

_INLINE = 6
"""Parts that stand in the row of a number; more have a list of their own."""

_SHORT = 10


class Link(Struct, frozen=True):
    """A part as it is printed, and where a click on it leads; to nowhere when it was not read in evidence."""

    text: str
    href: str


class Row(Struct, frozen=True, kw_only=True):
    """A number with what it counts: the evidence card that sentences cite.

    Attributes:
        card: Its number among the cards.
        anchor: By which texts link to it.
        id: Its id, for `backtrail why`.
        value: As printed.
        interval: As printed; empty where it has none.
        unit: Of what.
        query: What it counts, in words.
        note: How it was reached.
        parts: Its parts, when they are few.
        list: Anchor of the list of its parts, when they are many.
        count: How many.
        basis: What sorts of things they are, and how their sources are graded.
        examples: Some of them that are published, as they are.
    """

    card: str
    anchor: str
    id: str
    value: str
    interval: str
    unit: str
    query: str
    note: str
    parts: tuple[Link, ...]
    list: str
    count: int
    basis: str
    examples: tuple[str, ...]


class PartList(Struct, frozen=True):
    """Parts of one number, or of several that count the same."""

    anchor: str
    parts: tuple[Link, ...]


class ValueCard(Struct, frozen=True):
    """A part that is a value: what it is, where it was read, and whether in more places than these."""

    anchor: str
    value: str
    what: str
    places: tuple[tuple[str, str], ...]
    more: bool


class Parts(Struct, frozen=True):
    """Rows of all numbers, lists of parts, cards of values."""

    rows: tuple[Row, ...]
    lists: tuple[PartList, ...]
    values: tuple[ValueCard, ...]


def anchor(id: str) -> str:
    """Anchor of a number's row.

    >>> anchor("phase:complete mission")
    'n-phase-complete-mission'
    """
    return "n-" + re.sub(r"[^\w.]+", "-", id)


def parts(
    numbers: Mapping[str, Counted],
    pseudonyms: Mapping[str, str],
    cards: frozenset[str],
    rests: Mapping[str, Rest],
    secret: frozenset[str],
    known: Known,
) -> Parts:
    """Rows, lists and cards of numbers.

    Args:
        numbers: All numbers, by id.
        pseudonyms: Pseudonym of each intrusion.
        cards: Ids of observations that are printed with where they were read.
        rests: What each part rests on.
        secret: Parts in which a victim is named.
        known: What evidence cards are told from.
    """
    told = {part: rest for part, rest in rests.items() if part not in secret}
    values = _values((p for n in numbers.values() for p in n.parts), numbers, pseudonyms, cards, told)
    link = _Linker(numbers, pseudonyms, cards, {part: card.anchor for part, card in values.items()}, secret)
    lists: dict[tuple[str, ...], str] = {}
    rows = [_row(number, at, link, lists, known) for at, number in enumerate(numbers.values(), 1)]
    return Parts(
        tuple(rows),
        tuple(PartList(name, tuple(map(link, some))) for some, name in lists.items()),
        tuple(values.values()),
    )


class _Linker:
    """Where a part of a number leads."""

    def __init__(
        self,
        numbers: Mapping[str, Counted],
        pseudonyms: Mapping[str, str],
        cards: frozenset[str],
        values: Mapping[str, str],
        secret: frozenset[str],
    ) -> None:
        self._numbers, self._pseudonyms, self._cards, self._values = numbers, pseudonyms, cards, values
        self._secret = secret

    def __call__(self, part: str) -> Link:
        if part in self._secret:
            return Link(WITHHELD, "")
        if part in self._pseudonyms:
            return Link(self._pseudonyms[part], self._pseudonyms[part])
        if part in self._cards:
            return Link(part[:_SHORT], part)
        if f"technique:{part}" in self._numbers:
            return Link(part, anchor(f"technique:{part}"))
        if record := RECORD.fullmatch(part):
            return Link(part, f"e-{record[1]}")
        return Link(defanged(part), self._values.get(part, ""))


def _row(number: Counted, at: int, link: _Linker, lists: dict[tuple[str, ...], str], known: Known) -> Row:
    few = len(number.parts) <= _INLINE
    return Row(
        card=card(at),
        anchor=anchor(number.id),
        id=number.id,
        value=value(number),
        interval=interval(number),
        unit=number.unit,
        query=query(number.id),
        note=number.note,
        parts=tuple(map(link, number.parts)) if few else (),
        list="" if few else _list(number, lists),
        count=len(number.parts),
        basis=basis(number.parts, known),
        examples=examples(number.parts, known),
    )


def _list(number: Counted, lists: dict[tuple[str, ...], str]) -> str:
    """Anchor of the list of a number's parts; indicators are listed already, in a chapter of their own."""
    return (
        "indicators" if number.id == "indicators_published" else lists.setdefault(number.parts, f"p-{len(lists) + 1}")
    )


def _values(
    some: Iterable[str],
    numbers: Mapping[str, Counted],
    pseudonyms: Mapping[str, str],
    cards: frozenset[str],
    rests: Mapping[str, Rest],
) -> dict[str, ValueCard]:
    """Cards of parts that are values: addresses, networks, digests, claims."""
    elsewhere: Sequence[Mapping[str, object] | frozenset[str]] = (pseudonyms, cards)
    found: dict[str, ValueCard] = {}
    for part in some:
        known = part in found or any(part in one for one in elsewhere) or f"technique:{part}" in numbers
        if not known and part in rests and not RECORD.fullmatch(part):
            rest = rests[part]
            found[part] = ValueCard(f"v-{len(found) + 1}", defanged(part), rest.what, rest.places, rest.more)
    return found
