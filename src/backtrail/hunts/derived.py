"""Other spellings of the same text, written out so that the scan can look at them: what it does once it does twice.

Each piece says which bytes of the block it stands for.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from msgspec import Struct

from backtrail.hunts.exact import is_json, unescaped
from backtrail.hunts.keys import Compiled

_LABELS = re.compile(rb"((?:\(\d{1,2}\)[A-Za-z0-9_\x80-\xff-]{1,63})+)\(0\)$")
_LAST_LABEL = re.compile(rb"\(0\)")
_COUNT = re.compile(rb"\(\d{1,2}\)")
_LONGEST_LABELS = 520
_BREAK = re.compile(rb"[\s\"'<>]")
_FAR = 1024
_BEYOND = re.compile(r"[\w.-]*[^\x00-\x7f][\w.-]*")
_SIGN = re.compile(r"[^\w\s\x00-\x7f]")
"""Quotation marks, dashes and other signs beyond ASCII: no part of any name."""

_SPOILT = re.compile(
    rb"%[0-9A-Fa-f]{2}|\[\.|\.\]|[\[({] ?(?:dot|\.|at|@) ?[\])}]|h(?:xx|\*\*|__)ps?(?::|\[)|meow://|\[:| dot ", re.I
)
_DEFANGED_SCHEME = re.compile(r"\b(?:hxxp|h\*\*p|h__p|meow)(s?)(?=:|\[:)", re.I)
_MOST_ENCODED = 3


class Piece(Struct, frozen=True):
    """Text that stands for bytes of the block.

    Attributes:
        start: First byte that it stands for.
        end: End of these bytes.
        text: The text, one line.
        exact: Whether what is found in it spans just these bytes; else it lies somewhere in them.
    """

    start: int
    end: int
    text: bytes
    exact: bool = True


def labels(block: bytearray, lo: int, hi: int) -> Iterator[Piece]:
    """Names as Windows' DNS server writes them: `(3)www(4)evil(3)com(0)`."""
    for last in _LAST_LABEL.finditer(block, lo, hi):
        window = bytes(block[max(0, last.end() - _LONGEST_LABELS) : last.end()])
        if found := _LABELS.search(window):
            name = b".".join(_COUNT.split(found[1])[1:])
            yield Piece(last.end() - len(window) + found.start(), last.end(), name)


def odd(of: Compiled, block: bytearray, start: int, end: int) -> Iterator[Piece]:
    """A token with letters beyond ASCII or JSON escapes, with what is around it, names in their ASCII form."""
    first, last = _around(block, start, end)
    line = bytes(block[first:last])
    text = line.decode("utf-8", "replace")
    if "\\u" in text:
        text = unescaped(text)
    spelled = _BEYOND.sub(lambda m: _ascii(of, m[0]), _SIGN.sub(" ", text))
    yield Piece(first, last, " ".join(spelled.split()).encode("utf-8", "replace"))


def _around(block: bytearray, start: int, end: int) -> tuple[int, int]:
    """The word that a token is in, between blanks and quotes."""
    before = bytes(block[max(0, start - _FAR) : start])
    breaks = list(_BREAK.finditer(before))
    first = start - len(before) + (breaks[-1].end() if breaks else 0)
    found = _BREAK.search(block, end, end + _FAR)
    return first, found.start() if found else min(len(block), end + _FAR)


def _ascii(of: Compiled, token: str) -> str:
    try:
        return of.spell("domain-name", token.strip(".-"))[1]
    except ValueError:
        return token


_WIDE = re.compile(rb"(?:[\x20-\x7e]\0){4,4096}")


def wide(block: bytearray, lo: int, hi: int) -> Iterator[Piece]:
    """Text in UTF-16 within other bytes."""
    for found in _WIDE.finditer(block, lo, hi):
        yield Piece(found.start(), found.end(), bytes(block[found.start() : found.end() : 2]))


def decoded(of: Compiled, block: bytearray, lo: int, hi: int) -> Iterator[Piece]:
    """Lines with defanged or percent-encoded text, as they were meant."""
    at = lo
    while found := _SPOILT.search(block, at, hi):
        start = block.rfind(b"\n", lo, found.start()) + 1 or lo
        end = block.find(b"\n", found.end(), hi)
        end = hi if end < 0 else end
        yield from _meant(of.refang, bytes(block[start:end]), start, end)
        at = end + 1


def _meant(refang: Callable[[str], str], line: bytes, start: int, end: int) -> Iterator[Piece]:
    text = line.decode("utf-8", "replace")
    if is_json(line):
        text = unescaped(text)
    for _ in range(_MOST_ENCODED):
        plain = unquote(text) if "%" in text else text
        if plain == text:
            break
        text = plain
    with suppress(ValueError):
        text = refang(_DEFANGED_SCHEME.sub(r"http\1", text))
    yield Piece(start, end, text.replace("\n", " ").encode("utf-8", "replace"), exact=False)
