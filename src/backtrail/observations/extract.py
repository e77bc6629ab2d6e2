"""Find indicators in running text, defanged or not, each with its place and its raw spelling.

One pass of one expression finds candidates; a small function for each sort judges them in their context. All
repetitions are bounded and every alternative begins at a boundary, so that time grows with the length of the text.
"""

import ipaddress
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator

from msgspec import Struct

from backtrail.model.record import Passage
from backtrail.observations.canonical import refang
from backtrail.observations.hosts import has_known_suffix

_DOT = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\ \[\.\]\ |\ \[dot\]\ |\[\.|\.\]|\\\.)"
_LABEL = r"[^\W](?:[\w-]{0,61}[^\W])?"
_HOST = rf"{_LABEL}(?:{_DOT}{_LABEL}){{1,12}}"
_IPV4 = rf"\d{{1,3}}(?:{_DOT}\d{{1,3}}){{3}}"
_SCHEME = r"(?:h(?:tt|xx|\*\*)ps?|ftps?|fxp|tcp|udp)(?:\[:\]|:|\[:?//\])(?://|\\/\\/|\[//\]|(?<=//\]))"

_EMAIL_AT = r"(?:@|\[@\]|\[at\]|\(at\)|\(@\)|\ \[at\]\ )"
_FOLDER = r'(?:[^\\/:*?"<>|\r\n\x00]{1,100}\\){0,20}'
_CANDIDATE = re.compile(
    rf"""
      (?P<url>   (?<![A-Za-z0-9]){_SCHEME}[^\s<>"'`|\x00]{{1,2000}})
    | (?P<email> (?<![\w.+%@-])[\w.+%-]{{1,64}}{_EMAIL_AT}{_HOST})
    | (?P<reg>   (?<!\w)(?:HK(?:LM|CU|CR|U|CC)|HKEY_[A-Z_]{{5,20}})\\[^\s"'<>|,;\x00]{{1,400}})
    | (?P<path>  (?<![\w\\])(?:[A-Za-z]:|%[A-Za-z_()0-9]{{1,30}}%)\\{_FOLDER}[^\\/:*?"<>|\s,;)\x00]{{1,100}})
    | (?P<ip>    (?<![\w.-]){_IPV4}(?:(?::|\[:\])\d{{1,5}}|/\d{{1,2}})?(?![\w-]|\.\d))
    | (?P<ipv6>  (?<![\w:.])(?:[0-9A-Fa-f]{{1,4}}:){{2,7}}(?::|[0-9A-Fa-f]{{1,4}})
                 (?::[0-9A-Fa-f]{{1,4}}){{0,6}}(?![\w:]))
    | (?P<hash>  (?<![\w])[0-9A-Fa-f]{{32,128}}(?!\w))
    | (?P<part>  (?<![\w])[0-9A-Fa-f]{{16,127}}-?\r?\n\s{{0,8}}[0-9A-Fa-f]{{1,112}}(?!\w))
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
_FILES = frozenset(
    {
        "7z", "apk", "asp", "aspx", "bat", "bin", "bmp", "c", "cab", "cfg", "cgi", "chm", "class", "cmd", "cpl",
        "cpp", "cs", "csv", "dat", "dll", "dmg", "doc", "docm", "docx", "drv", "elf", "eml", "exe", "gif", "go",
        "h", "hta", "htm", "html", "ico", "img", "ini", "ioc", "iso", "jar", "java", "jpeg", "jpg", "js", "jse",
        "json", "jsp", "lnk", "log", "msg", "msi", "ocx", "pcap", "pdf", "php", "png", "ppt", "pptx", "ps1", "psm1",
        "rar", "rtf", "scr", "swf", "sys", "tmp", "txt", "vbe", "vbs", "wsf", "xls", "xlsm", "xlsx", "xml", "yar",
        "yara",
    }
)  # fmt: skip
_MAYBE_FILES = frozenset(
    {
        "md", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip",
    }
)  # fmt: skip
"""Endings that are file types and top-level domains."""

_NOT_NAMES = frozenset(
    {
        "c", "class", "cs", "go", "h", "java", "log", "tmp",
    }
)  # fmt: skip
"""File types too common in prose and code to be worth a file name."""

_NO_HOSTS = frozenset(
    {
        "ado.net", "asp.net", "b.net", "microsoft.net", "ml.net", "next.js", "node.js", "paint.net", "socket.io",
        "system.net", "vb.net", "vue.js",
    }
)  # fmt: skip
_PACKAGES = frozenset(
    {
        "android", "com", "edu", "io", "java", "javax", "net", "org",
    }
)  # fmt: skip
_VERSION = re.compile(r"(?:\bversions?|\bver\.?|\bv\.?|\bbuild|\brelease|\bfirmware)\s{0,3}[:=]?\s{0,3}$", re.I)
_TRAILING = ".,;:!?'\"*_"
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


def extract(passage: Passage) -> Iterator[Found]:
    """Everything in a passage that looks like an indicator, in the order of the text."""
    text = passage.text.replace("\u00ad", "\u200b")
    if "\u200b" in text or "\ufeff" in text or "\u2060" in text:
        text = re.sub("[\u200b\ufeff\u2060]", "", text)
    lines = [0, *(m.end() for m in re.finditer("\n", text))]
    at = 0
    while match := _CANDIDATE.search(text, at):
        at = match.end()
        for kind, value, start, end in _JUDGES[match.lastgroup or ""](match, text):
            at = max(at, end)
            yield _found(kind, value, text[start:end], start, passage, lines)


def _found(kind: str, value: str, raw: str, start: int, passage: Passage, lines: list[int]) -> Found:
    offset = passage.offset + start
    line = passage.line + bisect_right(lines, start) - 1
    place = f"page {passage.page}" if passage.page else f"line {line}"
    return Found(kind, value, offset, offset + len(raw), raw, f"{place} offset {offset}")


_Result = tuple[str, str, int, int]
_Match = re.Match[str]


def _url(match: _Match, text: str) -> Iterator[_Result]:
    start, end = match.span("url")
    raw = _trimmed(match["url"])
    value = raw
    end = start + len(raw)
    joined = _joined(raw, text, end)
    if joined:
        value, end = joined
    value = refang(value.replace("\\/", "/").replace("[//]", "//"))
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


def _joined(raw: str, text: str, end: int) -> tuple[str, int] | None:
    """A URL that goes on in the next line: its line ends inside it, at a character that no sentence ends with."""
    continued = _CONTINUED.match(text, end)
    if not continued or raw[-1] not in "/-_=&?%" or raw.endswith("//"):
        return None
    rest = _trimmed(continued[1])
    word_only = rest.isalpha() and raw[-1] in "/"
    if not rest or (word_only and not re.match(r"\s*$", text[continued.end() : text.find("\n", continued.end())])):
        return None
    return raw + rest, continued.start(1) + len(rest)


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
    value = refang(raw)
    domain = value.rpartition("@")[2].lower()
    if has_known_suffix(domain) and not value.startswith("."):
        yield "email-addr", value, match.start(), match.end()


def _registry(match: _Match, _text: str) -> Iterator[_Result]:
    raw = _trimmed(match["reg"])
    yield "registry-key", raw, match.start(), match.start() + len(raw)


def _path(match: _Match, _text: str) -> Iterator[_Result]:
    raw = _trimmed(match["path"])
    end = match.start() + len(raw)
    kind = "pdb-path" if raw.lower().endswith(".pdb") else "file-path"
    yield kind, raw, match.start(), end


def _ip(match: _Match, text: str) -> Iterator[_Result]:
    raw = match["ip"]
    value = refang(raw)
    address, slash, prefix = value.partition("/")
    address, colon, port = address.partition(":")
    octets = address.split(".")
    if any(int(o) > 255 or (len(o) > 1 and o[0] == "0") for o in octets):
        return
    if "[" not in raw and _VERSION.search(text[max(0, match.start() - 16) : match.start()]):
        return
    yield "ipv4-addr", address, match.start(), match.end()
    if slash and int(prefix) < 32:
        yield "network", value, match.start(), match.end()
    elif colon and 0 < int(port) < 65536:
        yield "ip-port", value, match.start(), match.end()


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
    if kind and len(set(raw.lower())) > 4:
        yield kind, raw, match.start(), match.end()


def _broken_hash(match: _Match, _text: str) -> Iterator[_Result]:
    """A digest broken at a line end: only when both parts together have the length of one and the first has not."""
    raw = match["part"]
    value = re.sub(r"[-\s]", "", raw)
    first = re.split(r"[-\s]", raw, maxsplit=1)[0]
    if len(first) in _DIGESTS:
        yield _DIGESTS[len(first)], first, match.start(), match.start() + len(first)
        rest = value[len(first) :]
        if len(rest) in _DIGESTS:
            yield _DIGESTS[len(rest)], rest, match.end() - len(rest), match.end()
    elif len(value) in _DIGESTS:
        yield _DIGESTS[len(value)], value, match.start(), match.end()


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
    name = refang(raw)
    labels = name.split(".")
    last = labels[-1].lower()
    after = text[end : end + 1]
    if not defanged:
        alone = _alone(text, start, end)
        if last in _FILES or (last in _MAYBE_FILES and len(labels) == 2 and not alone and after not in "/:"):
            if last not in _NOT_NAMES and after != "(":
                yield "file-name", raw, start, end
            return
        if not alone and (after == "(" or _is_code(labels, name)):
            return
    if has_known_suffix(last) and not last.isdigit() and name.lower() not in _NO_HOSTS:
        yield "domain-name", name, start, end


def _is_code(labels: list[str], name: str) -> bool:
    """`System.Net`, `com.example.Thing`, `end.Next` and the like."""
    last = labels[-1]
    titled = last[0].isupper() and not last.isupper()
    package = labels[0].lower() in _PACKAGES and len(labels) > 2
    return titled or package or "_" in labels[-1] or (len(labels) == 2 and len(labels[0]) == 1 and len(name) == 3)


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a value is all there is in its line."""
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    return text[line : stop if stop >= 0 else len(text)].strip() == text[start:end]


_JUDGES: dict[str, Callable[[_Match, str], Iterator[_Result]]] = {
    "url": _url,
    "email": _email,
    "reg": _registry,
    "path": _path,
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
