"""Text inside text: what Base64, Base32, Base85, hex and compressed bytes in a text say. Bounded in size and depth."""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator

_DEPTH = 3
_MOST = 8 << 20
"""Bytes that one text may be unpacked to."""

_LONG = 4096
"""Characters of a run in one line that may be one word of an encoding."""


def hidden(text: str, seen: set[tuple[str, str]] | None = None, depth: int = _DEPTH) -> Iterator[str]:
    """What encoded runs of a text say, and what runs inside those do.

    Args:
        text: The text.
        seen: Encodings and runs that were read already, of this text and of others; they are added to.
        depth: How often an encoding is looked for inside another.
    """
    seen = set() if seen is None else seen
    left = _MOST
    for pattern, decode in _RUNS:
        for run in pattern.finditer(text):
            if (key := (pattern.pattern, run[0])) in seen:
                continue
            seen.add(key)
            try:
                said = _readable(_inflated(decode(run[0]), left))
            except (ValueError, binascii.Error, zlib.error):
                continue
            left -= len(said)
            if left <= 0:
                return
            if said:
                yield said
                if depth > 1:
                    yield from hidden(said, seen, depth - 1)


def _base64(run: str) -> bytes:
    clean = re.sub(r"\s+", "", run).rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(clean[: len(clean) - (len(clean) % 4 == 1)] + "=" * (-len(clean) % 4))


def _base32(run: str) -> bytes:
    clean = re.sub(r"\s+", "", run).rstrip("=").upper()
    usable = {1: 1, 3: 1, 6: 1}.get(len(clean) % 8, 0)
    clean = clean[: len(clean) - usable]
    return base64.b32decode(clean + "=" * (-len(clean) % 8))


def _hex(run: str) -> bytes:
    return bytes.fromhex("".join(re.findall(r"[0-9A-Fa-f]{2}", re.sub(r"\\x|0x|&#x", " ", run))))


def _ascii85(run: str) -> bytes:
    _require_signs(run)
    return base64.a85decode(run, adobe=run.startswith("<~"))


def _base85(run: str) -> bytes:
    _require_signs(run)
    return base64.b85decode(run)


def _require_signs(run: str) -> None:
    """Base85 is full of signs; a run of letters, digits and dots is a word."""
    if len(_SIGNS & set(run)) < (1 if len(run) < _SHORT else _FEW_SIGNS):
        raise ValueError("no Base85")


_SIGNS = frozenset("!#$%&()*+;<=>?@^`{|}~\"',")
_FEW_SIGNS = 3
_SHORT = 60


def _uuencoded(run: str) -> bytes:
    return b"".join(binascii.a2b_uu(line) for line in run.splitlines()[1:-1] if line.strip("`"))


def _inflated(content: bytes, most: int) -> bytes:
    """Bytes as they are before compression, when they are compressed."""
    if content[:2] == b"\x1f\x8b" or (content[:1] == b"\x78" and content[1:2] in b"\x01\x5e\x9c\xda"):
        return zlib.decompressobj(wbits=47).decompress(content, most)
    return content


def _readable(content: bytes) -> str:
    """Bytes as text where they are one; empty where they are noise."""
    for encoding in ("utf-8", "utf-16-le"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text and _shown(text[:_LONG]) and (encoding == "utf-8" or _lettered(text[:_LONG])):
            return text
    return content.decode("latin-1") if 4 * len(content.translate(None, _PLAIN)) <= len(content) else ""


_PLAIN = bytes(range(32, 127))


def _shown(text: str) -> bool:
    """Whether nearly all of a text can be seen."""
    return text.isprintable() or sum(c.isprintable() or c.isspace() for c in text) >= 0.95 * len(text)


def _lettered(text: str) -> bool:
    """Whether most of a text is plain letters and digits."""
    return 2 * sum(c.isascii() and c.isalnum() for c in text) > len(text)


_RUNS: tuple[tuple[re.Pattern[str], Callable[[str], bytes]], ...] = (
    (re.compile(r"(?:[A-Za-z0-9+/_-]{20,}[ \t]*\r?\n[ \t]*)+[A-Za-z0-9+/_-]{2,}={0,2}|[A-Za-z0-9+/_-]{12,}={0,2}"),
     _base64),
    (re.compile(r"(?:[A-Z2-7]{20,}\s*\n\s*)*[A-Z2-7]{12,}={0,6}|\b[a-z2-7]{16,}={0,6}"), _base32),
    (re.compile(r"(?:(?:\\x|0x|%|&#x)?[0-9A-Fa-f]{2}[\s:,;-]{0,2}){8,}"), _hex),
    (re.compile(r"<~[!-uz\s]{6,}~>|[!-u]{25,}"), _ascii85),
    (re.compile(r"[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{20,}"), _base85),
    (re.compile(r"^begin \d{3} \S+\n(?:[ -`]{2,62}\n)+`?\n?end", re.M), _uuencoded),
)  # fmt: skip
