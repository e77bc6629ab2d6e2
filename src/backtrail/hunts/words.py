"""Names, paths, keys and other texts: found by a piece of each, confirmed by an expression of its kind.

Every kind has its rule: what may stand before and behind, and whether case matters. An escape of JSON in the line
(`\\\\`, `\\"`, `\\/`, `\\u0431`) is the same text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from msgspec import Struct

GRAM = 4
"""Bytes that are looked up at once."""

_LONGEST_ANCHOR = 11
_RUN = re.compile(rb"[a-z0-9 ._:;@=!#$&()*+,<>?^`{|}~%-]+|[\x80-\xff]+")
_ORDINARY = (b".exe", b".dll", b"c:", b"mozilla", b"windows", b"software", b"microsoft", b"system32", b"http",
             b"compatible", b"currentversion", b"users", b"temp", b"global", b"gecko", b"applewebkit",
             b"program", b"    ")  # fmt: skip

_ORDINARY_WORD = re.compile(b"|".join(map(re.escape, sorted(_ORDINARY, key=len, reverse=True))))
_LEAST = 3
"""Bytes that a stretch should have besides words that are in many lines."""

_BYTES = {"\\": 16, '"': 2, "/": 2, "'": 2}
_ESCAPED_CHAR = 12
_LONGEST_HIVE = 160
_WORD = rb"A-Za-z0-9_\x80-\xff"
_START = rb"(?:(?<![" + _WORD + rb"])|(?<=\\[ntrbf]))"
_END = rb"(?![" + _WORD + rb"])"
_FILE_START = rb"(?:(?<![" + _WORD + rb".~$-])|(?<=\\[ntrbf]))"
_FILE_END = rb"(?![" + _WORD + rb"-]|\.[" + _WORD + rb"])"
_FIELD_START = rb"""(?:^|(?<=[\t"'|,=])|(?<=: ))"""
_FIELD_END = rb"""(?=$|[\t"'|,\r\n]|\\["rn])"""

_HIVES = {
    "HKEY_LOCAL_MACHINE": rb"(?:HKLM|HKEY_LOCAL_MACHINE|\\+REGISTRY\\+MACHINE)",
    "HKEY_CURRENT_USER": rb"(?:HKCU|HKEY_CURRENT_USER|(?:HKU|HKEY_USERS|\\+REGISTRY\\+USER)\\+S-1-5-21-[0-9-]+)",
    "HKEY_CLASSES_ROOT": rb"(?:HKCR|HKEY_CLASSES_ROOT|HKLM\\+Software\\+Classes)",
    "HKEY_USERS": rb"(?:HKU|HKEY_USERS|\\+REGISTRY\\+USER)",
    "HKEY_CURRENT_CONFIG": rb"(?:HKCC|HKEY_CURRENT_CONFIG)",
}


class Rule(Struct, frozen=True):
    """How texts of a kind are looked for: what stands before, what behind, whether case is ignored."""

    before: bytes = _START
    behind: bytes = _END
    fold: bool = False


_FILE = Rule(_FILE_START, _FILE_END, True)
STRINGS: dict[str, Rule] = {
    "file-name": _FILE,
    "file-path": _FILE,
    "pdb-path": _FILE,
    "registry-key": _FILE,
    "pipe": _FILE,
    "service": Rule(fold=True),
    "command-line": Rule(fold=True),
    "user-agent": Rule(_FIELD_START, _FIELD_END),
    "url-path": Rule(rb"", rb"(?![" + _WORD + rb"%/-]|\.[" + _WORD + rb"])"),
    **dict.fromkeys(
        ("mutex", "text", "ja4", "email-subject", "x509-subject", "x509-issuer", "pe-export", "http-fingerprint",
         "config-secret", "archive-password", "tlsh", "ssdeep"),
        Rule(),
    ),
}  # fmt: skip
"""Kinds that are looked for as texts."""


class Wanted(Struct, frozen=True, dict=True):
    """A text that is looked for.

    Attributes:
        row: Its row in the list.
        kind: Its kind.
        text: Canonical.
    """

    row: int
    kind: str
    text: str

    @classmethod
    def of(cls, row: int, kind: str, text: str) -> "Wanted":
        """Raises ValueError for a text too short to be looked for."""
        if max(map(len, _runs(text, kind)), default=0) < GRAM:
            raise ValueError(f"a text without {GRAM} characters in a row that could be looked for")
        return cls(row, kind, text)

    @cached_property
    def reach(self) -> int:
        """Bytes that it takes at most in a line: backslashes are doubled again and again, signs are escaped."""
        hive = _LONGEST_HIVE if self.kind == "registry-key" else 0
        return hive + sum(_BYTES.get(char, 1 if char.isascii() else _ESCAPED_CHAR) for char in self.text)

    @cached_property
    def expression(self) -> re.Pattern[bytes]:
        """What confirms it in a line."""
        rule = STRINGS[self.kind]
        body = _body(self.text, self.kind)
        return re.compile(rule.before + body + rule.behind, re.I if rule.fold else 0)


def _body(text: str, kind: str) -> bytes:
    if kind == "registry-key":
        hive, slash, rest = text.partition("\\")
        return _HIVES.get(hive, _plain(hive, kind)) + (rb"\\+" + _plain(rest, kind) if slash else b"")
    return _plain(text, kind)


def _plain(text: str, kind: str) -> bytes:
    out = b""
    for part in re.findall(r"\\+|.", text, re.S):
        if part[0] == "\\":
            out += rb"\\+"
        elif part in "\"/'":
            out += rb"\\?" + re.escape(part.encode())
        elif part == " " and kind == "user-agent":
            out += b"[ +]"
        elif ord(part) > 127:
            out += b"(?:" + re.escape(part.encode()) + b"|" + _escape(part) + b")"
        else:
            out += re.escape(part.encode())
    return out


def _escape(char: str) -> bytes:
    """A character as JSON may write it, in either case of its digits."""
    units = char.encode("utf-16-be")
    numbers = (units[i : i + 2].hex() for i in range(0, len(units), 2))
    return b"".join(rb"\\u(?i:" + number.encode() + b")" for number in numbers)


def _runs(text: str, kind: str) -> list[bytes]:
    """Stretches of a text that look the same however it is escaped, in lower case."""
    if kind == "registry-key":
        text = text.partition("\\")[2] or text
    raw = text.encode()
    folded = bytes(b + 32 if 65 <= b <= 90 else b for b in raw)
    runs = _RUN.findall(folded)
    if kind == "user-agent":
        runs = [piece for run in runs for piece in re.split(rb"[ +]", run)]
    return runs


def _escaped_run(text: str) -> bytes | None:
    """For a text beyond ASCII: a stretch of it as JSON escapes it."""
    beyond = re.search(r"[^\x00-\x7f]{2,}", text)
    if beyond is None:
        return None
    units = beyond[0].encode("utf-16-be")[:4]
    return b"\\u" + units[:2].hex().encode() + b"\\u" + units[2:].hex().encode()


def anchors(wanted: Sequence[Wanted]) -> list[tuple[int, bytes]]:
    """A stretch for each text, by its index: one that few others have, so that few lines are looked at in vain."""
    runs = [_runs(w.text, w.kind) for w in wanted]
    counts = Counter(gram for some in runs for run in some for gram in _grams(run))
    chosen = []
    for index, some in enumerate(runs):
        chosen.append((index, _best([r for r in some if len(r) >= GRAM], counts)))
        escaped = _escaped_run(wanted[index].text) if not any(r[0] < 128 for r in some if len(r) >= GRAM) else None
        if escaped:
            chosen.append((index, escaped))
    return chosen


def _grams(run: bytes) -> Iterable[bytes]:
    return (run[i : i + GRAM] for i in range(len(run) - GRAM + 1))


def _best(runs: list[bytes], counts: Counter[bytes]) -> bytes:
    """The stretch whose rarest part few texts share, with the most that is in no ordinary word.

    A stretch is where all of its parts are: `wscript.exe` is rare though `.exe` is not, `system32` is not.
    """
    windows = [r[i : i + _LONGEST_ANCHOR] for r in runs for i in range(max(1, len(r) - _LONGEST_ANCHOR + 1))]

    def cost(window: bytes) -> tuple[bool, int, int, int]:
        rest = len(_ORDINARY_WORD.sub(b"", window))
        rarest = min((counts[gram] for gram in _grams(window)), default=0)
        return rest < _LEAST, rarest.bit_length(), -rest, -len(window)

    return min(windows, key=cost)
