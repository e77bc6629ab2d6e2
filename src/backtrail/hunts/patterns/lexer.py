"""Words of a STIX pattern, and what its literals mean (STIX 2.1, section 9 and its grammar)."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from backtrail.model.errors import FormatError, LimitError

MAX_LENGTH = 1 << 20
"""Characters of a pattern; the longest published ones have some thousands."""


class Moment(int):
    """Nanoseconds since 1970 UTC: a type of its own, since a timestamp never equals a number."""


Literal = str | int | float | bool | bytes | Moment

KEYWORDS = frozenset(
    ["AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "IN",
     "START", "STOP", "SECONDS", "TIMES", "WITHIN", "REPEATS", "true", "false"]
)  # fmt: skip

_TOKEN = re.compile(
    r"""(?P<space>(?:\s|/\*.*?\*/|//[^\r\n]*)+)
      | (?P<hex>h'(?:[0-9a-fA-F]{2})*')
      | (?P<binary>b'(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)')
      | (?P<time>t'\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z')
      | (?P<string>'(?:[^'\\]|\\'|\\\\)*+')
      | (?P<float>[+-]?[0-9]*\.[0-9]+)
      | (?P<int>[+-]?(?:0|[1-9][0-9]*))
      | (?P<name>[a-zA-Z_][a-zA-Z0-9_-]*+)
      | (?P<sign>==?|!=|<>|<=|>=|[<>()\[\],.:*])""",
    re.VERBOSE | re.DOTALL,
)
_STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(?:\.(\d+))?Z", re.ASCII)
_ESCAPED = re.compile(r"\\(['\\])")


class Token(Struct, frozen=True):
    """One word.

    Attributes:
        kind: `name`, `keyword`, `sign`, `string`, `int`, `float`, `hex`, `binary`, `time` or `end`.
        text: As written.
        at: Characters before it.
    """

    kind: str
    text: str
    at: int

    def refused(self, wanted: str) -> FormatError:
        """The error for a word that cannot stand here."""
        found = "the end" if self.kind == "end" else f"{self.text[:40]!r}"
        return FormatError(f"STIX pattern: {wanted} expected, not {found}", where=f"offset {self.at}")


def tokens(pattern: str) -> Iterator[Token]:
    """Words of a pattern, then one of kind `end`. Raises FormatError with the place of what is no word."""
    if len(pattern) > MAX_LENGTH:
        raise LimitError(f"STIX pattern: longer than {MAX_LENGTH} characters", where="offset 0")
    at = 0
    while at < len(pattern):
        found = _TOKEN.match(pattern, at)
        if found is None:
            raise FormatError(f"STIX pattern: {pattern[at : at + 20]!r} is no word of one", where=f"offset {at}")
        kind = found.lastgroup or ""
        if kind != "space":
            yield Token("keyword" if found[0] in KEYWORDS else kind, found[0], at)
        at = found.end()
    yield Token("end", "", at)


def literal(token: Token) -> Literal:
    """Value of a literal. Raises FormatError for what is none, or for a day that does not exist."""
    text = token.text
    match token.kind:
        case "string":
            return _ESCAPED.sub(r"\1", text[1:-1])
        case "int" if len(text) < 400:
            return int(text)
        case "float":
            return float(text)
        case "hex":
            return bytes.fromhex(text[2:-1])
        case "binary":
            return base64.b64decode(text[2:-1])
        case "time":
            if (moment := read_moment(text[2:-1])) is not None:
                return moment
        case "keyword" if text in ("true", "false"):
            return text == "true"
    raise token.refused("a literal")


def read_moment(text: str) -> Moment | None:
    """An RFC 3339 timestamp as STIX spells it (section 3.16 *Timestamp*): upper case, UTC, any digits of a second.

    >>> read_moment("1970-01-01T00:00:01.5Z"), read_moment("1970-01-01T00:00:01")
    (1500000000, None)
    """
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    try:
        minute = datetime.strptime(found[1], "%Y-%m-%dT%H:%M:").replace(tzinfo=UTC)
    except ValueError:
        return None
    second = int(found[2])
    if second > 60:
        return None
    whole = (minute - _EPOCH) // timedelta(seconds=1) + second
    return Moment(whole * 10**9 + int((found[3] or "0")[:9].ljust(9, "0")))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
