"""Find indicators in running text, defanged or not, each with its place and its raw spelling.

One pass of one expression finds candidates; a small function for each sort judges them in their context. All
repetitions are bounded and every alternative begins at a boundary, so that time grows with the length of the text.
"""

import ipaddress
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from msgspec import Struct

from backtrail.model.record import Passage
from backtrail.observations.canonical import refang as refanged
from backtrail.observations.hosts import has_known_suffix
from backtrail.observations.vocabulary import (
    DETECTIONS,
    FILES,
    MAYBE_FILES,
    NO_HOSTS,
    NOT_NAMES,
    OBJECTS,
    PACKAGES,
)

_DOT = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\[(?i:dot)\]|\((?i:dot)\)|\{(?i:dot)\}|\ \[\.\]\ |\ \[(?i:dot)\]\ |\[\.|\.\]|\\\.)"
_LABEL = r"[^\W](?:[\w-]{0,61}[^\W])?"
_HOST = rf"{_LABEL}(?:{_DOT}{_LABEL}){{1,12}}"
_IPV4 = rf"\d{{1,3}}(?:{_DOT}\d{{1,3}}){{3}}"
_SCHEME = r"(?:h(?:tt|xx|\*\*)ps?|ftps?|fxp|tcp|udp)(?:\[:\]|:|\[:?//\])(?://|\\/\\/|\[//\]|(?<=//\]))"

_EMAIL_AT = r"(?:@|\[@\]|\[at\]|\(at\)|\(@\)|\ \[at\]\ )"
_NAME = r'[^\\/:*?"<>|\r\n\x00]'
_FOLDER = rf"(?:{_NAME}{{1,100}}\\){{0,20}}"
_KEY = r"""(?:(?!\s(?i:HK))[^\\\r\n"'<>|;,\x00]){1,60}"""
_CANDIDATE = re.compile(
    rf"""
      (?P<url>   (?<![A-Za-z0-9]){_SCHEME}(?:(?!\]\(|[,;](?:h(?:tt|xx)ps?|ftp)(?:://|\[))[^\s<>"'`|\x00]){{1,2000}})
    | (?P<email> (?<![\w.+%@-])[\w.+%-]{{1,64}}{_EMAIL_AT}{_HOST})
    | (?P<reg>   (?<!\w)(?i:HK(?:LM|CU|CR|U|CC)|HKEY_[A-Z_]{{5,20}})\\(?:{_KEY}\\){{0,20}}[^\s"'<>|,;\\\x00]{{1,200}})
    | (?P<pdb>   (?<![\w\\])[A-Za-z]:\\{_FOLDER}{_NAME}{{1,100}}?\.pdb(?!\w))
    | (?P<agent> (?<!\w)Mozilla/\d\.\d{{1,2}}\ \([^()\r\n\x00]{{1,300}}\)
                 (?:\ [A-Za-z][\w.-]{{1,30}}/[\w.]{{1,40}}|\ \([^()\r\n\x00]{{1,100}}\)|\ like\ Gecko){{0,12}})
    | (?P<path>  (?<![\w\\])(?:[A-Za-z]:|%[A-Za-z_()0-9]{{1,30}}%)\\{_FOLDER}[^\\/:*?"<>|\s,;)\x00]{{1,100}})
    | (?P<ip>    (?<![\w.])(?<![A-Za-z]-){_IPV4}(?:(?::|\[:\])\d{{1,5}}(?!\d)|/\d{{1,2}}(?![\w./-]))?
                 (?!\w|-[A-Za-z]|\.\d|\.[\w-]{{1,63}}\.[A-Za-z]))
    | (?P<ipv6>  (?<![\w:.])(?=[0-9A-Fa-f]{{0,4}}:)[0-9A-Fa-f:]{{4,39}}(?![\w:]))
    | (?P<part>  (?<!\w)[0-9A-Fa-f]{{16,127}}-?\r?\n[ \t]{{0,8}}[0-9A-Fa-f]{{1,112}}(?!\w))
    | (?P<hash>  (?<!\w)[0-9A-Fa-f]{{32,128}}(?!\w))
    | (?P<cve>   (?<!\w)CVE[-_]\d{{4}}[-_]\d{{4,7}}(?!\d))
    | (?P<tech>  (?<![\w-])T1\d{{3}}(?:\.\d{{3}})?(?![\w]|\.\d))
    | (?P<asn>   (?<!\w)ASN?\d{{2,10}}(?!\w))
    | (?P<mutex> (?<!\w)(?i:mutex(?:\ name)?)\s{{0,3}}[:=]\s{{0,3}}["']?(?P<mutexname>[^\s"',;]{{3,120}}))
    | (?P<host>  (?<![\w.@\\/-]){_HOST})
    """,
    re.VERBOSE,
)
_CONTINUED = re.compile(r"-?\r?\n[ \t]{0,8}([A-Za-z0-9%/_=&?.~+#-]{2,400})")
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
_VERSION = re.compile(
    r"(?:\b(?:versions?|ver\.?|v\.?|build|release|firmware|sections?|chapter)\s{0,3}[:=]?\s{0,3}|[A-Za-z]/)\Z", re.I
)
_BARE_PATH = re.compile(r"((?::\d{1,5})?)(/[\w.~%!$&'()*+,;=:@/?#-]{1,1000})", re.ASCII)
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
"""Soft hyphens and characters without width, which copying out of documents leaves inside values."""

_JOINING = frozenset("/-_=&?%")
_HOST_HERE = re.compile(_HOST)
_FRESH = re.compile(rf"{_SCHEME}|{_IPV4}(?![\w.])|[0-9A-Fa-f]{{32,128}}(?!\w)|CVE-|T1\d{{3}}")
_TRAILING = ".,;:!?'\"*_’”»…"
_CLOSING = {")": "(", "]": "[", "}": "{", ">": "<"}


class Found(Struct, frozen=True):
    """A value in a text.

    Attributes:
        kind: Observation kind.
        value: The value, joined when it was broken over lines; not canonical yet.
        start: First character in the document, or in its page.
        end: Character after the last.
        raw: What stands there.
        where: Locator: `line 12 offset 340` or `page 3 offset 120`.
    """

    kind: str
    value: str
    start: int
    end: int
    raw: str
    where: str


_Result = tuple[str, str, int, int]
_Match = re.Match[str]


def extract(passage: Passage) -> Iterator[Found]:
    """Everything in a passage that looks like an indicator, in the order of the text."""
    hidden = [m.start() - n for n, m in enumerate(_INVISIBLE.finditer(passage.text))]
    text = _INVISIBLE.sub("", passage.text) if hidden else passage.text
    lines = [0, *(m.end() for m in re.finditer("\n", passage.text))]
    at = 0
    while match := _CANDIDATE.search(text, at):
        at = 0
        for kind, value, start, end in _JUDGES[match.lastgroup or ""](match, text):
            at = max(at, end)
            span = (start + bisect_right(hidden, start), end + bisect_left(hidden, end)) if hidden else (start, end)
            yield _found(kind, value, *span, passage, lines)
        at = at or _passed(match)


def _passed(match: _Match) -> int:
    """Where to go on after a candidate that was none: the second line of a broken digest may begin another."""
    return match.start() + len(_first_line(match["part"])) if match["part"] else match.end()


def _found(kind: str, value: str, start: int, end: int, passage: Passage, lines: list[int]) -> Found:
    place = f"page {passage.page}" if passage.page else f"line {passage.line + bisect_right(lines, start) - 1}"
    offset = passage.offset
    raw = passage.text[start:end]
    return Found(kind, value, offset + start, offset + end, raw, f"{place} offset {offset + start}")


def _url(match: _Match, text: str) -> Iterator[_Result]:
    start, end = match.span("url")
    raw = _trimmed(match["url"])
    value = raw
    end = start + len(raw)
    joined = _joined(raw, text, start, end)
    if joined:
        value, end = joined
    value = _refang(value.replace("\\/", "/").replace("[//]", "//"))
    scheme, _, rest = value.partition("://")
    if not rest:
        return
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    name, _, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    if scheme.lower() in ("tcp", "udp"):
        if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", name) and port:
            yield "ip-port", host, start, end
        elif has_known_suffix(name.lower()):
            yield "domain-name", name, start, end
        return
    yield "url", value, start, end
    if re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", name):
        yield "ipv4-addr", name, start, end
    elif has_known_suffix(name.lower().rstrip(".")):
        yield "domain-name", name, start, end


def _joined(raw: str, text: str, start: int, end: int) -> tuple[str, int] | None:
    """A URL that goes on in the next line: its line ends inside it, at a character that no sentence ends with.

    Two lines of a list are not joined: the second is no value of its own, and after a slash the first is long or
    stands in a sentence, and the second is more than one word of it.
    """
    if raw[-1:] not in _JOINING or raw.endswith("//"):
        return None
    continued = _CONTINUED.match(text, end)
    if not continued or _is_fresh(text, continued.start(1)):
        return None
    rest = _trimmed(continued[1])
    listed = raw[-1] == "/" and len(raw) < 60 and _alone(text, start, end)
    word = raw[-1] == "/" and rest.isalpha() and text[continued.end() : continued.end() + 1] not in ("", "\n", "\r")
    return None if not rest or listed or word else (raw + rest, continued.start(1) + len(rest))


def _is_fresh(text: str, at: int) -> bool:
    """Whether a value of its own begins here."""
    if _FRESH.match(text, at):
        return True
    host = _HOST_HERE.match(text, at)
    last = host[0].rpartition(".")[2].lower() if host else ""
    return bool(last) and last not in FILES | MAYBE_FILES and has_known_suffix(last)


def _refang(raw: str) -> str:
    """As `canonical.refang`; what is defanged over and over stays, and is refused when it is spelled canonically."""
    try:
        return refanged(raw)
    except ValueError:
        return raw


def _trimmed(raw: str) -> str:
    """Without punctuation of the sentence around it; a bracket goes when its partner is not inside."""
    while raw:
        last = raw[-1]
        if last in _TRAILING or (last in _CLOSING and raw.count(last) > raw.count(_CLOSING[last])):
            raw = raw[:-1]
        else:
            break
    return raw


def _email(match: _Match, _text: str) -> Iterator[_Result]:
    raw = match["email"]
    value = _refang(raw)
    domain = value.rpartition("@")[2].lower()
    if has_known_suffix(domain) and not value.startswith("."):
        yield "email-addr", value, match.start(), match.end()


def _registry(match: _Match, _text: str) -> Iterator[_Result]:
    raw = _trimmed(match["reg"])
    yield "registry-key", raw, match.start(), match.start() + len(raw)


def _path(match: _Match, text: str) -> Iterator[_Result]:
    """A path ends at a space, unless quotes around it say where it ends."""
    start, end = match.span()
    quote = text[start - 1 : start] if start else ""
    closing = text.find(quote, end, end + 260) if quote in ("'", '"') else -1
    inside = text[start:closing] if closing > 0 else "\n"
    raw = _trimmed(match["path"]) if "\n" in inside else inside.rstrip()
    yield "file-path", raw, start, start + len(raw)


def _ip(match: _Match, text: str) -> Iterator[_Result]:
    raw = match["ip"]
    value = _refang(raw)
    address, slash, prefix = value.partition("/")
    address, colon, port = address.partition(":")
    octets = address.split(".")
    if any(int(o) > 255 or (len(o) > 1 and o[0] == "0") for o in octets):
        return
    if "[" not in raw and _VERSION.search(text[max(0, match.start() - 16) : match.start()]):
        return
    start, end = match.span()
    if slash and int(prefix) < 32:
        yield "network", value, start, end
        return
    yield "ipv4-addr", address, start, end
    if colon and 0 < int(port) < 65536:
        yield "ip-port", value, start, end
    yield from _bare_url(value, text, start, end)


def _bare_url(place: str, text: str, start: int, end: int) -> Iterator[_Result]:
    """A URL that its source gives without a scheme: host or address and a path that is no list of hosts."""
    path = _BARE_PATH.match(text, end)
    if not path:
        return
    step = re.split(r"[/?]", path[2][1:], maxsplit=1)[0].lower()
    if "." in step and has_known_suffix(step):
        return
    raw = _trimmed(path[0])
    if len(raw) > len(path[1]) + 1:
        yield "url", place + raw, start, end + len(raw)


def _ipv6(match: _Match, _text: str) -> Iterator[_Result]:
    raw = match["ipv6"]
    try:
        address = ipaddress.IPv6Address(raw)
    except ValueError:
        return
    if address.is_unspecified or raw.count(":") < 3:
        return
    yield "ipv6-addr", raw, match.start(), match.end()


def _hash(match: _Match, _text: str) -> Iterator[_Result]:
    raw = match["hash"]
    kind = _DIGESTS.get(len(raw))
    if kind and _is_digest(raw):
        yield kind, raw, match.start(), match.end()


def _broken_hash(match: _Match, _text: str) -> Iterator[_Result]:
    """A digest broken at a line end: only when both parts together have the length of one and the first has not."""
    start, end = match.span()
    value = re.sub(r"[-\s]", "", match["part"])
    first = _first_line(match["part"])
    rest = value[len(first) :]
    if len(value) in _DIGESTS and len(rest) not in _DIGESTS:
        yield _DIGESTS[len(value)], value, start, end
    elif len(first) in _DIGESTS and _is_digest(first):
        yield _DIGESTS[len(first)], first, start, start + len(first)


def _first_line(part: str) -> str:
    return re.split(r"[-\s]", part, maxsplit=1)[0]


def _is_digest(digits: str) -> bool:
    """Not a row of zeros or another ornament."""
    return len(set(digits.lower())) > 4


def _plain(kind: str) -> Callable[[_Match, str], Iterator[_Result]]:
    def judge(match: _Match, _text: str) -> Iterator[_Result]:
        yield kind, match[0], match.start(), match.end()

    return judge


def _mutex(match: _Match, _text: str) -> Iterator[_Result]:
    yield "mutex", match["mutexname"].rstrip(_TRAILING), *match.span("mutexname")


def _host(match: _Match, text: str) -> Iterator[_Result]:
    raw = match["host"]
    start, end = match.span()
    defanged = any(c in raw for c in "[({\\")
    name = _refang(raw)
    labels = name.split(".")
    last = labels[-1].lower()
    after = text[end : end + 1]
    placed = after == "/" or (after == ":" and text[end + 1 : end + 2].isdigit())
    if not defanged:
        alone = _alone(text, start, end)
        if last in FILES or (last in MAYBE_FILES and len(labels) == 2 and not alone and not placed):
            if last not in NOT_NAMES and after != "(":
                yield "file-name", raw, start, end
            return
        if not alone and (after == "(" or _is_code(labels, name)):
            return
    if has_known_suffix(last) and (defanged or name.lower() not in NO_HOSTS):
        yield "domain-name", name, start, end
        yield from _bare_url(name, text, start, end)


def _is_code(labels: list[str], name: str) -> bool:
    """`System.Net`, `com.example.Thing`, `end.Next` and the like."""
    last = labels[-1]
    titled = last[0].isupper() and not last.isupper()
    lower = [label.lower() for label in labels]
    package = (lower[0] in PACKAGES and len(labels) > 2) or lower[0] in OBJECTS
    package = package or not DETECTIONS.isdisjoint(lower[:-1])
    return titled or package or "_" in labels[-1] or (len(labels) == 2 and len(labels[0]) == 1 and len(name) == 3)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a value is all there is in its line."""
    before = text[max(0, start - _MARGIN) : start].rpartition("\n")
    after = text[end : end + _MARGIN].partition("\n")
    return (
        not before[2].strip()
        and not after[0].strip()
        and (bool(before[1]) or start <= _MARGIN)
        and (bool(after[1]) or end + _MARGIN >= len(text))
    )


_MARGIN = 80
"""White space at the edges of a line that is looked at."""

_JUDGES: dict[str, Callable[[_Match, str], Iterator[_Result]]] = {
    "url": _url,
    "email": _email,
    "reg": _registry,
    "path": _path,
    "pdb": _plain("pdb-path"),
    "agent": _plain("user-agent"),
    "ip": _ip,
    "ipv6": _ipv6,
    "hash": _hash,
    "part": _broken_hash,
    "cve": _plain("vulnerability"),
    "tech": _plain("technique"),
    "asn": _plain("asn"),
    "mutex": _mutex,
    "host": _host,
}
