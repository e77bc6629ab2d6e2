"""Is a victim named in what goes out? Looks for every name of the register in every byte of a product.

First version of the gate: exact, case- and accent-folded, spaced, hyphenated and line-broken, reversed, base64, hex
and percent-encoded forms, behind JSON escapes and HTML entities. What it finds blocks; there is no way round it here.
"""

import base64
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from msgspec import Struct

_SHORT = 4
"""Letters up to which a name is looked for as a whole word only, since it would turn up inside others by chance."""


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


def mentions(value: str, names: Iterable[str]) -> bool:
    """Whether a single value contains a name, in any form."""
    return bool(findings({"": value.encode("utf-8", "replace")}, [("", name) for name in names]))


class _Needle(Struct, frozen=True):
    intrusion: str
    rule: str
    form: str
    pattern: re.Pattern[str]


def _needles(intrusion: str, name: str) -> Iterable[_Needle]:
    folded = _fold(name).strip()
    bare = _bare(folded)
    if not bare:
        return
    whole = rf"(?<![a-z0-9]){re.escape(folded)}(?![a-z0-9])" if len(bare) <= _SHORT else re.escape(folded)
    yield _Needle(intrusion, "name", "folded", re.compile(whole))
    if len(bare) <= _SHORT:
        return
    yield _Needle(intrusion, "name with its spaces or hyphens changed", "bare", re.compile(bare))
    yield _Needle(intrusion, "name reversed", "bare", re.compile(bare[::-1]))
    yield _Needle(intrusion, "name in hex", "bare", re.compile(name.encode().hex()))
    for spelling in {name, name.lower(), name.upper()}:
        for shift in range(3):
            inner = base64.b64encode(b"\0" * shift + spelling.encode()).decode().rstrip("=")
            core = inner[[0, 2, 3][shift] : len(inner) - (1 if (shift + len(spelling.encode())) % 3 else 0)]
            if len(core) >= _SHORT:
                yield _Needle(intrusion, "name in base64", "raw", re.compile(re.escape(core)))


def _haystacks(content: bytes) -> dict[str, str]:
    raw = content.decode("utf-8", "replace")
    plain = _fold(raw)
    undone = _fold(html.unescape(unquote(_JSON_ESCAPE.sub(_unescaped, raw))))
    return {"raw": raw, "folded": f"{plain}\n{undone}", "bare": f"{_bare(plain)} {_bare(undone)}"}


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else " "


def _fold(text: str) -> str:
    """Case, accents and compatibility forms away."""
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))


def _bare(folded: str) -> str:
    """Letters and digits only: what is left when spaces, hyphens, line breaks and tags stand in between."""
    return re.sub(r"[\W_]+", "", folded)
