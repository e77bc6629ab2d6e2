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
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from urllib.parse import unquote

import re2
from msgspec import Struct

_SHORT = 4
"""Letters up to which a name is looked for as a whole word only, since it would turn up inside others by chance."""


_AT_ONCE = 500
"""Names that are looked for in one pass."""

_BYTES = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1  # bytes as they are
_BYTES.max_mem = 256 << 20
_BYTES.never_capture = True

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
        for form, text in _haystacks(f"{file}\n".encode() + content):
            for needle in _suspects(needles, form, text):
                if match := needle.pattern.search(text):
                    found.add(Finding(file, match.start(), needle.rule, needle.intrusion))
    return sorted(found)


def naming(values: Sequence[str], names: Iterable[str]) -> set[int]:
    """Which of many values contain a name, in any form, by their place in the sequence."""
    needles = [needle for name in names for needle in _needles("", name)]
    forms = [dict(_haystacks(value.encode("utf-8", "replace"))) for value in values]
    found: set[int] = set()
    for form in ("raw", "cased", "folded", "bare"):
        lines = [texts[form].replace("\n", "\0") for texts in forms]
        starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
        text = "\n".join(lines)
        for needle in _suspects(needles, form, text):
            found.update(bisect_right(starts, match.start()) - 1 for match in needle.pattern.finditer(text))
    return found


class _Needle(Struct, frozen=True):
    """A form of a name: which text it is looked for in, what stands literally in every match, and the pattern."""

    intrusion: str
    rule: str
    form: str
    core: str
    pattern: re.Pattern[str]


def _suspects(needles: Sequence[_Needle], form: str, text: str) -> Iterable[_Needle]:
    """Needles of a form whose core is in a text: thousands are asked at once, and halved where any is found.

    A product of 30 MB and a register of a thousand names took thirteen minutes one by one, of which nearly all find
    nothing. RE2 goes over the text once for all; where it would need too much memory it gets slower, never wrong.
    """
    content = text.encode("utf-8", "surrogatepass")
    asked = [needle for needle in needles if needle.form == form]
    for at in range(0, len(asked), _AT_ONCE):
        yield from _halved(asked[at : at + _AT_ONCE], content)


def _halved(needles: Sequence[_Needle], content: bytes) -> Iterable[_Needle]:
    cores = {re2.escape(needle.core.encode("utf-8", "surrogatepass")) for needle in needles}
    if not re2.compile(b"|".join(sorted(cores)), _BYTES).search(content):
        return
    if len(needles) == 1:
        yield needles[0]
        return
    middle = len(needles) // 2
    yield from _halved(needles[:middle], content)
    yield from _halved(needles[middle:], content)


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
    yield _Needle(intrusion, "name", "folded", folded, re.compile(re.escape(folded)))
    yield _Needle(intrusion, "name with its spaces or hyphens changed", "bare", bare, re.compile(bare))
    yield _Needle(intrusion, "name reversed", "bare", bare[::-1], re.compile(bare[::-1]))
    for spelling in {name, name.lower(), name.upper()}:
        for content in (spelling.encode(), spelling.encode("utf-16-le")):
            yield _Needle(intrusion, "name in hex", "bare", content.hex(), re.compile(content.hex()))
            for core in _base64(content):
                yield _Needle(intrusion, "name in base64", "raw", core, re.compile(re.escape(core)))


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
        yield _Needle(intrusion, "name", "folded", folded, re.compile(rf"(?<![a-z0-9]){text}(?![a-z0-9])"))
        return
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
    yield _Needle(intrusion, "name", "cased", name, whole)
    inside = rf"(?<=[.@\\/_-]){text}(?![a-z0-9])|(?<![a-z0-9]){text}(?=[.@\\/_-][a-z0-9])"
    yield _Needle(intrusion, "name inside a host or path", "folded", folded, re.compile(inside))


def _haystacks(content: bytes) -> Iterator[tuple[str, str]]:
    """A product in the forms in which it is looked through, one after the other: a large one is not held four times."""
    raw = content.decode("utf-8", "replace")
    yield "raw", raw
    text = f"{_plain(raw)}\n{_plain(html.unescape(unquote(unquote(_JSON_ESCAPE.sub(_unescaped, raw)))))}"
    del raw
    yield "cased", text
    text = text.casefold()
    yield "folded", text
    text = _bare(text)
    yield "bare", text


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else " "


def _plain(text: str) -> str:
    """Accents and compatibility forms away, case kept."""
    return unicodedata.normalize("NFKD", text).translate(_latin())


@cache
def _latin() -> dict[int, int | None]:
    """Look-alikes as the letters they look like, accents away."""
    accents = {c: None for c in range(sys.maxunicode + 1) if unicodedata.combining(chr(c))}
    return accents | _LOOKALIKES


def _fold(text: str) -> str:
    """Case, accents and compatibility forms away."""
    return _plain(text).casefold()


def _bare(folded: str) -> str:
    """Letters and digits only: what is left when spaces, hyphens, line breaks and tags stand in between."""
    return re.sub(r"[\W_]+", "", folded)
