"""The exact phase: what a token alone cannot tell, decided on its line.

A URL is compared whole and canonical, with its scheme where the line has one; host and path in fields of their own
count as well. A mail address needs its local part; a socket needs its port on the same line.
"""

import ipaddress
import re
from collections.abc import Iterator

from backtrail.hunts.keys import Compiled
from backtrail.hunts.tables import MAILS, PORTS, URLS

_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]{1,30}):(?:\\?/){2}(?:[^\s/\"'<>@]{0,100}@)?$")
_REST = re.compile(rb"(?:[^\s\"'<>|\\]|\\/|\\u[0-9A-Fa-f]{4})*")
_OWN_FIELD = re.compile(rb"""(?:^|(?<=[\t "'=]))(\\?/(?:[^\s"'\\]|\\/|\\u[0-9A-Fa-f]{4})*)""")
_PUNCTUATION = ".,;:!?)]}'"
_LOCAL = re.compile(rb"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}(?=@$)")
_LOCAL_STARTS = re.compile(r"u003[ce]|[=/'`{|:]")
_PORT = re.compile(rb"(?<![\w.-])(?<!\w:)(?<!\]:)(\d{1,5})(?![\w.-])")
_OWN_PORT = re.compile(rb"\]?[.:](\d{1,5})(?![\w])")
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_MOST_FIELDS = 12
_BEFORE, _LONGEST = 300, 8192


def is_json(line: bytes) -> bool:
    """Whether escapes in a line are JSON's."""
    return b'":' in line or b'": ' in line or b'" :' in line


def unescaped(text: str) -> str:
    r"""JSON's `\/` and `\u0026` undone."""
    return _UNICODE.sub(lambda m: chr(int(m[1], 16)), text).replace("\\/", "/")


Shown = tuple[int, int, int]
"""A row, and where in the line it is shown from and to."""


def rows(of: Compiled, wanted: int, line: bytes, start: int, end: int) -> Iterator[Shown]:
    """Rows that the line shows at a host or address, and where.

    Args:
        of: What is looked for.
        wanted: URLS, MAILS or PORTS.
        line: The line.
        start: Where the host or address begins in it.
        end: Where it ends.
    """
    if wanted == URLS:
        yield from _urls(of, line, start, end)
    elif wanted == MAILS:
        yield from _mails(of, line, start, end)
    elif wanted == PORTS:
        yield from _sockets(of, line, start, end)


def _urls(of: Compiled, line: bytes, start: int, end: int) -> Iterator[Shown]:
    scheme = _SCHEME.search(line[max(0, start - _BEFORE) : start])
    name = line[start:end].decode("ascii", "replace")
    bracket = "]" if line[end : end + 1] == b"]" else ""
    rest = _REST.match(line, end + len(bracket), end + _LONGEST)
    after = unescaped(rest[0].decode("utf-8", "replace")) if rest else ""
    host = f"[{name}]" if ":" in name else name
    said = scheme[1].decode().lower() if scheme else None
    if scheme or re.match(r"(:\d{1,5})?/", after):
        first = max(0, start - _BEFORE) + scheme.start() if scheme else start
        for text in dict.fromkeys((after, after.rstrip(_PUNCTUATION))):
            last = (rest.end() if rest else end) - (len(after) - len(text))
            yield from ((row, first, last) for row in _matching(of, said, host + text))
        return
    for found in list(_OWN_FIELD.finditer(line))[:_MOST_FIELDS]:
        path = unescaped(found[1].decode("utf-8", "replace"))
        if not path.startswith("//"):
            yield from ((row, start, end) for row in _matching(of, None, host + path))


def _matching(of: Compiled, scheme: str | None, text: str) -> Iterator[int]:
    try:
        _, url = of.spell("url", f"{scheme or 'http'}://{text}")
    except ValueError:
        return
    bare = _bare(url)
    for row in of.whole(bare):
        raw = of.columns.value(row)
        try:
            kind, wanted = of.spell(of.columns.kind(row), raw)
        except ValueError:
            continue
        asked = wanted.partition("://")[0] if "://" in raw else None
        if kind == "url" and _bare(wanted) == bare and (scheme is None or asked is None or scheme == asked):
            yield row


def _bare(url: str) -> str:
    """A canonical URL without scheme and user."""
    rest = url.partition("://")[2]
    place, slash, path = rest.partition("/")
    return place.rpartition("@")[2] + slash + path


def _mails(of: Compiled, line: bytes, start: int, end: int) -> Iterator[Shown]:
    local = _LOCAL.search(line[max(0, start - 65) : start])
    if local is None:
        return
    domain = line[start:end].decode("ascii", "replace").lower()
    text = local[0].decode().lower()
    for at in (0, *(m.end() for m in _LOCAL_STARTS.finditer(text))):
        address = f"{text[at:]}@{domain}"
        for row in of.whole(address):
            if _spelled(of, row) == address:
                yield row, start - 1 - len(text[at:]), end


def _sockets(of: Compiled, line: bytes, start: int, end: int) -> Iterator[Shown]:
    try:
        address = ipaddress.ip_address(line[start:end].decode("ascii", "replace"))
    except ValueError:
        return
    address = getattr(address, "ipv4_mapped", None) or address
    own = _OWN_PORT.match(line, end)
    ports = [own[1]] if own else [m[1] for m in _PORT.finditer(line)][: 4 * _MOST_FIELDS]
    for port in dict.fromkeys(int(p) for p in ports):
        text = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
        for row in of.whole(text):
            if _spelled(of, row) == text:
                yield row, start, end


def _spelled(of: Compiled, row: int) -> str:
    try:
        return of.spell(of.columns.kind(row), of.columns.value(row))[1]
    except ValueError:
        return ""
