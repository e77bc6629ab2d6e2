"""A text in the forms in which it is looked through: as it is, without accents, in one case, letters only, decoded."""

import html
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache
from urllib.parse import unquote

_LOOKALIKES = str.maketrans("аеорсухіјѕԁһοαενικтАВЕКМНОРСТХІЅ", "aeopcyxijsdhoaevikтABEKMHOPCTXIS".replace("т", "t"))
"""Cyrillic and Greek letters that look like Latin ones."""

_LEET = str.maketrans("013457890$@!|i"[:8] + "9$@!|i", "oleastbo"[:8] + "gsalll")
"""Digits and signs written for letters; `i`, `l` and `1` are one."""

_ESCAPE = re.compile(r"\\{1,2}(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))|\\([nrtbf\"/\\])")
_SIMPLE_TAG = re.compile(r"</?[a-zA-Z]{1,12}>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2})+")
_BYTES = re.compile(r"(?:\\{1,2}x[0-9a-fA-F]{2})+")
_PAIR = re.compile(r"(?:=|x)([0-9a-fA-F]{2})")
_SOFT_BREAK = re.compile(r"=\r?\n")
_UNSEEN = dict.fromkeys((173, 8203, 8204, 8205, 8288, 65279, 6158, 847))
"""Characters that are not seen: soft hyphens, joiners, spaces without width."""


def forms(raw: str) -> Iterator[tuple[str, str]]:
    """A text in each form, one after the other: a large one is not held six times.

    `cased` has accents and look-alikes made plain and escapes resolved, `folded` is in one case, `bare` letters and
    digits only, `spaced` words, `turned` that by thirteen places (rot13), `leet` that with digits read as letters.
    """
    yield "raw", raw
    said = resolved(raw)
    yield "turned", bare(fold(f"{raw}\n{said}".translate(_TURNED)))
    text = f"{plain(raw)}\n{plain(said)}"
    del said
    yield "cased", text
    text = text.casefold()
    yield "folded", text
    yield "bare", bare(text)
    yield "leet", leet(text)
    yield "spaced", spaced(text)


_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TURNED = str.maketrans(
    _LETTERS + _LETTERS.upper(), _LETTERS[13:] + _LETTERS[:13] + _LETTERS[13:].upper() + _LETTERS[:13].upper()
)


def resolved(raw: str) -> str:
    """What a text says once tags are gone and escapes of JSON, HTML, URLs and mail are read."""
    text = unescaped(raw)
    if "=" in text:
        text = _QUOTED.sub(_as_bytes, _SOFT_BREAK.sub("", text))
    return html.unescape(unquote(unquote(text)))


def untagged(raw: str) -> str:
    """A text in which the plainest tags are gaps: what stands between them is left as it is, signs and all."""
    return _SIMPLE_TAG.sub(" ", raw)


def unescaped(raw: str) -> str:
    """A text without tags, and with the escapes of JSON and of programs read."""
    text = _TAG.sub("", raw) if "<" in raw else raw
    return _ESCAPE.sub(_meant, _BYTES.sub(_as_bytes, text)) if "\\" in text else text


def _as_bytes(run: re.Match[str]) -> str:
    """Bytes written one by one, read as UTF-8 where they are."""
    content = bytes.fromhex("".join(_PAIR.findall(run[0])))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _meant(escape: re.Match[str]) -> str:
    code = escape[1] or escape[2]
    if code:
        return chr(int(code, 16))
    return {"n": "\n", "r": "\n", "t": "\t", "b": " ", "f": " "}.get(escape[3], escape[3])


def plain(text: str) -> str:
    """Accents and compatibility forms away, case kept."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKD", text).translate(_latin())


@cache
def _latin() -> dict[int, int | None]:
    """Look-alikes as the letters they look like; accents and what is not seen away."""
    accents = {c: None for c in range(sys.maxunicode + 1) if unicodedata.combining(chr(c))}
    return accents | _LOOKALIKES | _UNSEEN


def fold(text: str) -> str:
    """Case, accents and compatibility forms away."""
    return plain(text).casefold()


_SIGNS = bytes(c for c in range(128) if not chr(c).isalnum())
_GAPS = bytes(c if chr(c).isalnum() else 32 for c in range(128)) + bytes(128)
"""Of ASCII text, which most of a product is, signs are taken out twenty times as fast by a table of bytes."""


def bare(folded: str) -> str:
    """Letters and digits only: what is left when spaces, hyphens, line breaks and tags stand in between."""
    if folded.isascii():
        return folded.encode().translate(None, _SIGNS).decode()
    return re.sub(r"[\W_]+", "", folded)


def spaced(folded: str) -> str:
    """Words with one space between them, and before the first and after the last."""
    if folded.isascii():
        words = folded.encode().translate(_GAPS).split()
        return f" {b' '.join(words).decode()} " if words else " "
    return re.sub(r"[\W_]+", " ", f" {folded} ")


def leet(folded: str) -> str:
    """Letters only, digits and signs read as the letters they stand for.

    A run of which over two thirds are digits is a number: a page of coordinates would spell any name.
    """
    return bare(_MIXED.sub(_lettered, folded).translate(_LEET))


def _lettered(run: re.Match[str]) -> str:
    letters = len(run[0].translate(_NO_LETTERS))
    return run[0] if 3 * letters >= len(run[0]) else " "


_NO_LETTERS = str.maketrans("", "", "0123456789@$!|_")
_MIXED = re.compile(r"[^\W_]*[0-9@$!|][\w@$!|]*")
