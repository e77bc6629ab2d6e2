"""Suricata rules: one for each value and place it shows in (Suricata 7 user guide, rule format; sticky buffers)."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from backtrail.model.record import Indicator
from backtrail.reports.products.material import Material, line

_FIRST_ID = 1_100_000_000
_IDS = 900_000_000
_BUFFERS = {"user-agent": ("http", "http.user_agent"), "ja3": ("tls", "ja3.hash"), "ja4": ("tls", "ja4.hash"),
            "x509-serial": ("tls", "tls.cert_serial"), "x509-sha1": ("tls", "tls.cert_fingerprint")}  # fmt: skip

KINDS = frozenset({"domain-name", "ipv4-addr", "ipv6-addr", "network", "ip-port", "url", *_BUFFERS})


class _Rule(Struct, frozen=True):
    """One rule: what it is for, and what stands before and inside its brackets."""

    part: str
    head: str
    options: str


def write(material: Material) -> Iterator[bytes]:
    """Rules with ids of their own that stay; `rev` counts changes of a rule since the edition that is replaced."""
    heading = material.heading
    yield f"# {line(heading.title)}; TLP:{heading.tlp}; {heading.created}; Backtrail\n".encode()
    used: set[int] = set()
    for one in material.guarded.kept:
        for rule in _rules(one):
            id = material.id("suricata", one.kind, one.value, rule.part)
            yield _written(material, one, rule, id, _number(id, used)).encode()


def _number(id: str, used: set[int]) -> int:
    """A rule number from the id, the next free one when two ids fall on one."""
    number = int(id.replace("-", ""), 16) % _IDS
    while number in used:
        number = (number + 1) % _IDS
    used.add(number)
    return _FIRST_ID + number


def _written(material: Material, one: Indicator, rule: _Rule, id: str, number: int) -> str:
    kind = {"alert": "alert", "block": "alert"}.get(one.action, one.action)
    metadata = [f"confidence {one.confidence}"] if one.confidence is not None else []
    metadata += [f"created_at {one.first[:10].replace('-', '_')}"] if one.first else []
    metadata += [f"valid_until {one.valid_until[:10].replace('-', '_')}"] if one.valid_until else []
    body = (
        f'{rule.head} (msg:"{_message(material, one)}"; {rule.options} classtype:trojan-activity; '
        f"{'metadata:' + ', '.join(metadata) + '; ' if metadata else ''}sid:{number};"
    )
    revision, _ = material.revision(id, body)
    comment = f"# {material.mark(id, body)}; {kind}; {material.provenance(one)}"
    return f"{comment}\n{body} rev:{revision};)\n"


def _message(material: Material, one: Indicator) -> str:
    """What an analyst sees; the value itself would need escapes and stands in the rule anyway."""
    text = line(f"BACKTRAIL {material.heading.id} {one.kind} {one.role or ''}".strip())
    return "".join(c for c in text if c not in '";\\:|')


def _rules(one: Indicator) -> Iterator[_Rule]:
    match one.kind:
        case "domain-name":
            yield from _domain(one.value)
        case "ipv4-addr" | "ipv6-addr" | "network":
            yield _Rule("out", f"alert ip $HOME_NET any -> {one.value} any", "")
            yield _Rule("in", f"alert ip {one.value} any -> $HOME_NET any", "")
        case "ip-port":
            address, _, port = one.value.rpartition(":")
            yield _Rule("out", f"alert tcp $HOME_NET any -> {address.strip('[]')} {port}", "flow:to_server;")
        case "url":
            yield from _url(one.value)
        case kind if kind in _BUFFERS:
            protocol, buffer = _BUFFERS[kind]
            text = ":".join(_pairs(one.value)) if kind.startswith("x509") else one.value
            whole = f" bsize:{len(text.encode())};"
            yield _Rule("value", _to_anywhere(protocol), f"{buffer}; content:{_content(text)};{whole}")


def _domain(name: str) -> Iterator[_Rule]:
    """The name and everything below it, and nothing that only ends alike (`dotprefix`)."""
    fits = f"dotprefix; content:{_content('.' + name)}; nocase; endswith;"
    yield _Rule("dns", "alert dns any any -> any any", f"dns.query; {fits}")
    yield _Rule("tls", _to_anywhere("tls"), f"tls.sni; {fits}")
    yield _Rule("http", _to_anywhere("http"), f"http.host; {fits.replace(' nocase;', '')}")


def _url(url: str) -> Iterator[_Rule]:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname:
        uri = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = f"http.host; content:{_content(parts.hostname)}; bsize:{len(parts.hostname)};"
        path = f"http.uri.raw; content:{_content(uri)}; bsize:{len(uri.encode())};"
        yield _Rule("http", _to_anywhere("http"), f"{host} {path}")


def _to_anywhere(protocol: str) -> str:
    return f"alert {protocol} $HOME_NET any -> any any"


def _pairs(digits: str) -> list[str]:
    digits = digits.upper() if len(digits) != 40 else digits.lower()
    even = digits.zfill(len(digits) + len(digits) % 2)
    return [even[i : i + 2] for i in range(0, len(even), 2)]


def _content(text: str) -> str:
    """A content string; what means something to the rule language, and all that is no ASCII, as hex."""
    out, run = "", b""
    for byte in text.encode():
        plain = 32 <= byte < 127 and byte not in b'";:\\|'
        if plain and run:
            out, run = out + f"|{run.hex(' ').upper()}|", b""
        if plain:
            out += chr(byte)
        else:
            run += bytes([byte])
    return f'"{out}' + (f"|{run.hex(' ').upper()}|" if run else "") + '"'
