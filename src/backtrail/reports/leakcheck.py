"""Is a victim named in what goes out? Looks for every name of the register in every byte of a product.

First version of the gate: exact, case- and accent-folded, spaced, hyphenated and line-broken, reversed, base64 and hex
(also of UTF-16), percent-encoded twice, punycode, without the legal form, with umlauts written out, with look-alike
letters, behind JSON escapes and HTML entities. What it finds blocks; there is no way round it here. Known gaps: other
encodings (base32, rot13), typing errors, names the register does not know, short names glued to other letters.
"""

import base64
import contextlib
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from urllib.parse import unquote

from msgspec import Struct

_SHORT = 4
"""Letters up to which a name is looked for as a whole word only, since it would turn up inside others by chance."""


_LEGAL_FORM = re.compile(
    r"[,\s]+(?:ltd|limited|llc|llp|plc|inc|corp|corporation|co|company|gmbh|ag|kg|se|sa|s\.a\.|sas|srl|spa|bv|nv|ab|as|oy|"
    r"pty|pte|kk)\.?$",
    re.IGNORECASE,
)
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "å": "aa", "Å": "Aa", "ø": "oe",
     "Ø": "Oe", "æ": "ae", "Æ": "Ae"}
)  # fmt: skip
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһοαενικτАВЕКМНОРСТХІЅ", "aeopcyxijsdhoaevikтABEKMHOPCTXIS".replace("т", "t"))
"""Cyrillic and Greek letters that look like Latin ones."""

_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrtbf])")


class Finding(Struct, frozen=True, order=True):
    """A victim's name in a product.

    Attributes:
        file: Name of the file.
        at: Character offset in its text, where one can be given.
        rule: Which form it was found in.
        intrusion: Whose victim it is; the name itself is not repeated.
    """

    file: str
    at: int
    rule: str
    intrusion: str


def findings(files: Mapping[str, bytes], names: Iterable[tuple[str, str]]) -> list[Finding]:
    """Every name found in the content or the name of a file.

    Args:
        files: Content by file name.
        names: Pairs of intrusion id and name.
    """
    needles = [needle for intrusion, name in names for needle in _needles(intrusion, name)]
    found = set()
    for file, content in sorted(files.items()):
        for form, text in _haystacks(f"{file}\n".encode() + content).items():
            for needle in needles:
                if needle.form == form and (match := needle.pattern.search(text)):
                    found.add(Finding(file, match.start(), needle.rule, needle.intrusion))
    return sorted(found)


def naming(values: Sequence[str], names: Iterable[str]) -> set[int]:
    """Which of many values contain a name, in any form, by their place in the sequence."""
    needles = [needle for name in names for needle in _needles("", name)]
    forms = [_haystacks(value.encode("utf-8", "replace")) for value in values]
    found: set[int] = set()
    for form in ("raw", "cased", "folded", "bare"):
        lines = [texts[form].replace("\n", "\0") for texts in forms]
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        text = "\n".join(lines)
        for needle in needles:
            if needle.form == form:
                found.update(bisect_right(starts, match.start()) - 1 for match in needle.pattern.finditer(text))
    return found


class _Needle(Struct, frozen=True):
    intrusion: str
    rule: str
    form: str
    pattern: re.Pattern[str]


def _needles(intrusion: str, name: str) -> Iterable[_Needle]:
    for spelling in dict.fromkeys((name, _without_legal_form(name), _transliterated(name), *_as_hosts(name))):
        yield from _needles_of(intrusion, spelling)


def _needles_of(intrusion: str, name: str) -> Iterable[_Needle]:
    folded = _fold(name).strip()
    bare = _bare(folded)
    if not bare:
        return
    if len(bare) <= _SHORT:
        yield from _short(intrusion, _plain(name).strip(), folded)
        return
    yield _Needle(intrusion, "name", "folded", re.compile(re.escape(folded)))
    yield _Needle(intrusion, "name with its spaces or hyphens changed", "bare", re.compile(bare))
    yield _Needle(intrusion, "name reversed", "bare", re.compile(bare[::-1]))
    for spelling in {name, name.lower(), name.upper()}:
        for content in (spelling.encode(), spelling.encode("utf-16-le")):
            yield _Needle(intrusion, "name in hex", "bare", re.compile(content.hex()))
            for core in _base64(content):
                yield _Needle(intrusion, "name in base64", "raw", re.compile(re.escape(core)))


def _base64(content: bytes) -> Iterable[str]:
    """The characters of Base64 that depend on the content alone, at each of the three offsets it may begin at."""
    for shift in range(3):
        inner = base64.b64encode(b"\0" * shift + content).decode().rstrip("=")
        core = inner[[0, 2, 3][shift] : len(inner) - (1 if (shift + len(content)) % 3 else 0)]
        if len(core) >= _SHORT:
            yield core


def _without_legal_form(name: str) -> str:
    """`Example Holdings Ltd` is as well known as `Example Holdings`."""
    return _LEGAL_FORM.sub("", name)


def _transliterated(name: str) -> str:
    """German umlauts as they are written where there are none."""
    return name.translate(_UMLAUTS)


def _as_hosts(name: str) -> Iterable[str]:
    """A name with letters outside ASCII as it stands in host names (IDNA)."""
    if name.isascii():
        return
    for text in (name, re.sub(r"\s+", "-", name), re.sub(r"\s+", "", name)):
        with contextlib.suppress(UnicodeError):
            yield ".".join(label.lower().encode("idna").decode() for label in text.split("."))


def _short(intrusion: str, name: str, folded: str) -> Iterable[_Needle]:
    """A name of a few letters: as a whole word spelled as in the register, and in any case inside hosts and paths.

    In any case everywhere, a victim called IT would forbid the word "it".
    """
    text = re.escape(folded)
    if name != name.upper():
        yield _Needle(intrusion, "name", "folded", re.compile(rf"(?<![a-z0-9]){text}(?![a-z0-9])"))
        return
    yield _Needle(intrusion, "name", "cased", re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"))
    inside = rf"(?<=[.@\\/_-]){text}(?![a-z0-9])|(?<![a-z0-9]){text}(?=[.@\\/_-][a-z0-9])"
    yield _Needle(intrusion, "name inside a host or path", "folded", re.compile(inside))


def _haystacks(content: bytes) -> dict[str, str]:
    raw = content.decode("utf-8", "replace")
    cased = f"{_plain(raw)}\n{_plain(html.unescape(unquote(unquote(_JSON_ESCAPE.sub(_unescaped, raw)))))}"
    folded = cased.casefold()
    return {"raw": raw, "cased": cased, "folded": folded, "bare": _bare(folded)}


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else " "


def _plain(text: str) -> str:
    """Accents and compatibility forms away, case kept."""
    latin = unicodedata.normalize("NFKD", text).translate(_LOOKALIKES)
    return "".join(c for c in latin if not unicodedata.combining(c))


def _fold(text: str) -> str:
    """Case, accents and compatibility forms away."""
    return _plain(text).casefold()


def _bare(folded: str) -> str:
    """Letters and digits only: what is left when spaces, hyphens, line breaks and tags stand in between."""
    return re.sub(r"[\W_]+", "", folded)
