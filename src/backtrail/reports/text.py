"""Sentences of a report: no digit is typed in them, each number comes from its id and leads to its rows.

A template names numbers and words in braces: `At least {victims_total} organizations`. After a bar stands how a number
is printed: `{english_hq_share|percent}`, `{dwell_median|range}`. After a question mark stand words for one and
for more: `{files?file is/files are}`. A sentence of which a number is missing is not said.
"""

import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.profile import Counted

_SLOT = re.compile(r"\{([^{}|?]+)(?:\|(\w+))?(?:\?([^{}/]*)/([^{}]*))?\}")

_FEW = 20
"""Counted things below which no percentage is given of them."""


class Piece(Struct, frozen=True):
    """Some text, and the id of the number or the word that it tells; neither for what stands in the template."""

    text: str
    number: str = ""
    word: str = ""


Sentence = tuple[Piece, ...]
Paragraphs = tuple[tuple[Sentence, ...], ...]


def sentence(template: str, numbers: Mapping[str, Counted], words: Mapping[str, str] | None = None) -> Sentence | None:
    """A sentence, or None when a number or word of it is missing."""
    words = words or {}
    pieces, at = [], 0
    for slot in _SLOT.finditer(template):
        name = words.get(slot[1][1:], "") if slot[1].startswith("@") else slot[1]
        piece = _piece(name, slot[2] or "plain", numbers, words)
        if piece and slot[3] is not None:
            piece = Piece(slot[3] if piece.text == "1" else slot[4])
        if piece is None:
            return None
        pieces += [Piece(template[at : slot.start()]), piece]
        at = slot.end()
    pieces.append(Piece(template[at:]))
    return _begun(tuple(piece for piece in pieces if piece.text))


def _begun(said: Sentence) -> Sentence:
    """A sentence with its first letter large."""
    first, *rest = said
    return (replace(first, text=first.text[:1].upper() + first.text[1:]), *rest)


def sentences(
    templates: Iterable[str], numbers: Mapping[str, Counted], words: Mapping[str, str] | None = None
) -> tuple[Sentence, ...]:
    """Those of some sentences of which nothing is missing."""
    return tuple(said for template in templates if (said := sentence(template, numbers, words)))


def plain(said: Sentence) -> str:
    """A sentence as text.

    >>> plain((Piece("At least "), Piece("17", "victims_total"), Piece(" victims.")))
    'At least 17 victims.'
    """
    return "".join(piece.text for piece in said)


def _piece(name: str, form: str, numbers: Mapping[str, Counted], words: Mapping[str, str]) -> Piece | None:
    if name in words:
        return Piece(words[name], word=name)
    number = numbers.get(name)
    if number is None or (form == "percent" and len(number.parts) < _FEW):
        return None
    told = FORMS[form](number)
    return Piece(told, name) if told else None


def value(number: Counted) -> str:
    """A number as it is printed by itself."""
    return _told(number.value, number.unit)


def interval(number: Counted) -> str:
    """Its interval as it is printed; empty where it has none, or would say nothing beyond the number.

    >>> interval(Counted(id="n", value=4, unit="days", low=2, high=None))
    '2 to open'
    """
    if number.low is None or number.low == number.high:
        return ""
    ends = (_told(number.low, number.unit), "open" if number.high is None else _told(number.high, number.unit))
    return " to ".join(ends)


def _told(number: float | str, unit: str) -> str:
    if isinstance(number, str):
        return number
    if unit == "probability":
        return _percent(min(max(number, 0.01), 0.99))  # rule WD-3: no certainty
    if unit.startswith("share"):
        return _percent(number)
    if unit == "hours from UTC":
        return _zone(number)
    if unit == "TB":
        return volume(number)
    whole = float(number).is_integer() or abs(number) >= 1000
    return f"{number:,.0f}" if whole else f"{number:,.4g}"


def _percent(share: float) -> str:
    if 0.99 < share < 1:
        return f"{share * 100:.1f}\u00a0%"
    return f"{share * 100:.0f}\u00a0%"


def _zone(offset: float) -> str:
    whole = abs(offset)
    return f"UTC{'-' if offset < 0 else '+'}{int(whole)}" + (":30" if whole % 1 else "")


def volume(terabytes: float) -> str:
    """A volume in the unit one would say, with two digits: no finer in what is published.

    >>> volume(0.0123)
    '12\xa0GB'
    """
    size = float(f"{terabytes * 1e12:.2g}")
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g}\u00a0{unit}"
        size /= 1000
    return f"{size:,.0f}\u00a0TB" if size >= 10 else f"{size:.2g}\u00a0TB"


def _ranged(number: Counted) -> str:
    between = interval(number)
    return f"{value(number)} ({between})" if between else value(number)


FORMS: Mapping[str, Callable[[Counted], str]] = {
    "plain": value,
    "percent": lambda number: _percent(float(number.value)),
    "range": _ranged,
    "interval": interval,
    "high": lambda number: _told(number.high, number.unit) if number.high is not None else "",
    "some": lambda number: value(number) if number.value else "",
    "many": lambda number: value(number) if isinstance(number.value, int | float) and number.value > 1 else "",
}
"""How a number may be printed; `some` and `many` say nothing of none, or of one."""
