"""One spelling for each value, decided once, here, at the edge.

Everything later compares by equality. Each kind has one small function in `_CANONICAL`; it raises ValueError, with
a reason, for a value that is not of its kind. Canonical values are fixed points: spelling them again changes nothing.
"""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes, urlsplit

from backtrail.model.kinds import KINDS
from backtrail.model.times import moment
from backtrail.observations.hosts import host

MAX_LENGTH = 8192

_HEX = re.compile(r"[0-9a-f]+")
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?", re.A)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.A)
_LAYOUT = re.compile(r"(?:0x)?([0-9a-f]{3,8})")
_BAD = re.compile("[\x00\ud800-\udfff]")
_FOREIGN = re.compile("x-[a-z0-9_-]{1,40}:[^\x00-\x1f\ud800-\udfff]{1,200}")
_NOT_LOCAL = re.compile(r"[\s<>()\[\]{}:;,\\]")
_QUADS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_DEFANGED = re.compile(
    r"\s{0,3}(?:\[\s{0,3}(?:\.|dot|d0t)\s{0,3}\]|\(\s{0,3}(?:\.|dot)\s{0,3}\)|\{\s{0,3}(?:\.|dot)\s{0,3}\}|\\\.)\s{0,3}"
    r"|\s{1,3}dot\s{1,3}|\[\.|\.\]",
    re.I,
)
_DEFANGED_AT = re.compile(
    r"\s{0,3}(?:\[\s{0,3}(?:@|at)\s{0,3}\]|\(\s{0,3}(?:@|at)\s{0,3}\)|\{\s{0,3}(?:@|at)\s{0,3}\})\s{0,3}", re.I
)
_DEFANGED_COLON = re.compile(r"\[:\]|\[://\]|\[:\s*//\]")
_SCHEME = re.compile(r"(hxxp|h\*\*p|h__p|meow|fxp)(s?)(?=:|\[:)", re.I)
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,30}://", re.I)
_MOST_DEFANGED = 8
"""Layers of defanging that are taken off; more is no value but a trick."""

_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "imphash": 32, "x509-sha1": 40, "x509-sha256": 64,
            "ja3": 32}  # fmt: skip
_HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS",
          "HKCC": "HKEY_CURRENT_CONFIG"}  # fmt: skip
_OUTSIDE = re.compile(r"""^[\s\\"']+|(?<![\s\\"'])[\s\\"']+$""")
_SLASHED = re.compile(r"HK[A-Z_]{1,20}:?/", re.I)
_HIVE_NAMES = frozenset(_HIVES.values())
_PORTS = {"http": 80, "https": 443, "ftp": 21}


def canonical(kind: str, value: str) -> tuple[str, str]:
    """The kind and canonical spelling of a value.

    The kind may be put right: an address given as a host name is an address, a network of one address too.

    Args:
        kind: Name from `model.kinds`, or `x-<format>:<name>`.
        value: As the source has it, defanged or not.

    Raises:
        ValueError: The value is not of that kind, empty, longer than 8,192 characters, or no text.
    """
    if kind not in KINDS and not _FOREIGN.fullmatch(kind):
        raise ValueError(f"no such kind of observation: {kind[:80]!r}")
    text = value.strip()
    if not text:
        raise ValueError("empty")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{len(text):,} characters long; at most {MAX_LENGTH:,} are taken")
    if _BAD.search(text):
        raise ValueError("bytes that are no text")
    result = _CANONICAL.get(kind, _as_written)(kind, text)
    if len(result[1]) > MAX_LENGTH:
        raise ValueError(f"more than {MAX_LENGTH:,} characters in its canonical spelling")
    return result


def refang(text: str) -> str:
    """A value as it is used: `hxxp://news[.]example` -> `http://news.example`.

    Raises:
        ValueError: Defanged over and over, more than eight times.
    """
    for _ in range(_MOST_DEFANGED):
        plain = _refanged(text)
        if plain == text:
            return text
        text = plain
    raise ValueError("defanged too many times over")


def _refanged(text: str) -> str:
    if "[" in text or "]" in text or "(" in text or "{" in text or "\\." in text or " " in text:
        text = _DEFANGED.sub(".", _DEFANGED_AT.sub("@", _DEFANGED_COLON.sub(lambda m: m[0].strip("[]"), text)))
    if scheme := _SCHEME.match(text):
        plain = "ftp" if scheme[1].lower() == "fxp" else "http"
        text = plain + scheme[2].lower() + text[scheme.end() :]
    return text


def _as_written(kind: str, text: str) -> tuple[str, str]:
    return kind, text


def _domain(kind: str, text: str) -> tuple[str, str]:
    name = refang(text)
    if ":" in name:
        return _address(kind, name)
    name = _host_or_ipv4(name)
    if _QUADS.fullmatch(name):
        return "ipv4-addr", name
    last = name.rpartition(".")[2]
    if last == name or last.isdigit():
        raise ValueError("a host name without a top-level domain")
    return "domain-name", name


def _domain_only(kind: str, text: str) -> tuple[str, str]:
    return kind, _domain("domain-name", text)[1]


def _host_or_ipv4(text: str) -> str:
    """A host name, or an address in its place; compatibility digits may turn one into the other."""
    name = text if _QUADS.fullmatch(text) else host(text)
    return _ip(name)[1] if _QUADS.fullmatch(name) else name


def _address(_kind: str, text: str) -> tuple[str, str]:
    name = refang(text)
    return _network(_kind, name) if "/" in name else _ip(name)


def _ip(text: str) -> tuple[str, str]:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        raise ValueError("not an IP address") from None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    if getattr(address, "scope_id", None):
        raise ValueError("an address with a zone is of one machine only")
    return f"ipv{address.version}-addr", str(address)


def _network(_kind: str, text: str) -> tuple[str, str]:
    try:
        network = ipaddress.ip_network(refang(text), strict=False)
    except ValueError:
        raise ValueError("not a network in CIDR notation") from None
    if network.prefixlen == network.max_prefixlen:
        return _ip(str(network.network_address))
    return "network", str(network)


def _ip_port(_kind: str, text: str) -> tuple[str, str]:
    left, colon, port = refang(text).replace("|", ":").rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("not address:port")
    kind, address = _ip(left)
    return "ip-port", f"[{address}]:{int(port)}" if kind == "ipv6-addr" else f"{address}:{int(port)}"


def _url(kind: str, text: str) -> tuple[str, str]:
    """RFC 3986 normalisation that keeps meaning: case of scheme and host, default port, unreserved escapes.

    The fragment goes: it never leaves the browser, so no server or log shows it.
    """
    joined = refang(text)
    if not _HAS_SCHEME.match(joined):
        joined = "http://" + joined.removeprefix("//")
    try:
        parts = urlsplit(joined)
        port = parts.port
    except ValueError:
        raise ValueError("not a URL") from None
    if not parts.hostname:
        raise ValueError("a URL without a host")
    name = _url_host(parts.hostname)
    scheme = parts.scheme.lower()
    place = name if port is None or port == _PORTS.get(scheme) else f"{name}:{port}"
    user = (
        f"{_escaped(parts.username)}{':' + _escaped(parts.password) if parts.password else ''}@"
        if parts.username
        else ""
    )
    query = f"?{_escaped(parts.query)}" if parts.query else ""
    return kind, f"{scheme}://{user}{place}{_escaped(parts.path) or '/'}{query}"


def _url_host(name: str) -> str:
    if ":" in name:
        kind, address = _ip(name)
        return f"[{address}]" if kind == "ipv6-addr" else address
    return _host_or_ipv4(name)


def _escaped(text: str | None) -> str:
    """Percent-encoding only where it is needed; what was encoded for a reason stays so, a bare `%` becomes `%25`."""
    pieces = re.split(r"((?:%[0-9A-Fa-f]{2})+)", text or "")
    return "".join(
        _unreserved(p) if n % 2 else quote(p, safe="!#$&'()*+,/:;=?@[]~|\\^{}<>\"`") for n, p in enumerate(pieces)
    )


def _unreserved(escapes: str) -> str:
    """Escapes of letters, digits and `-._~` undone, others in capitals (RFC 3986, section 6.2.2)."""
    return "".join(
        chr(b) if b < 128 and (chr(b).isalnum() or b in b"-._~") else f"%{b:02X}" for b in unquote_to_bytes(escapes)
    )


def _email(kind: str, text: str) -> tuple[str, str]:
    plain = refang(text).strip("<>")
    local, at, domain = (plain[7:] if plain[:7].lower() == "mailto:" else plain).lower().rpartition("@")
    if not at or not local or len(local) > 64 or _NOT_LOCAL.search(local):
        raise ValueError("not a mail address")
    return kind, f"{local}@{_host_or_ipv4(domain)}"


def _hash(kind: str, text: str) -> tuple[str, str]:
    digest = text.lower().replace(":", "") if kind.startswith("x509") else text.lower()
    if len(digest) != _LENGTHS[kind] or not _HEX.fullmatch(digest):
        raise ValueError(f"not {_LENGTHS[kind]} hex digits")
    return kind, digest


def _asn(kind: str, text: str) -> tuple[str, str]:
    digits = text.upper().removeprefix("ASN").removeprefix("AS").strip()
    if not digits.isascii() or not digits.isdigit() or int(digits) >= 1 << 32:
        raise ValueError("not an autonomous system number")
    return kind, str(int(digits))


def _number(kind: str, text: str) -> tuple[str, str]:
    digits = text.replace(",", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
        raise ValueError("not a number")
    if kind == "port" and not 0 < int(digits) < 65536:
        raise ValueError("not a port")
    return kind, str(int(digits))


def _technique(kind: str, text: str) -> tuple[str, str]:
    id = text.upper().replace("/", ".")
    if not _TECHNIQUE.fullmatch(id):
        raise ValueError("not an ATT&CK technique id")
    return kind, id


def _vulnerability(kind: str, text: str) -> tuple[str, str]:
    id = text.upper().replace("_", "-")
    if not _CVE.fullmatch(id):
        raise ValueError("not a CVE id")
    return kind, id


def _serial(kind: str, text: str) -> tuple[str, str]:
    """Hex without separators or leading zeros; OpenSSL's `1 (0x1)` is read by its hex part."""
    inside = re.fullmatch(r"\d+\s*\(0x([0-9a-f]+)\)", text.lower())
    digits = inside[1] if inside else re.sub(r"[\s:]", "", text.lower()).removeprefix("0x")
    if not _HEX.fullmatch(digits) or len(digits) > 128:
        raise ValueError("not a serial number in hex")
    return kind, digits.lstrip("0") or "0"


def _registry(kind: str, text: str) -> tuple[str, str]:
    """Hive in full and in capitals, single backslashes; keys as written: Windows keeps their case, if it ignores it."""
    plain = _OUTSIDE.sub("", text)
    if _SLASHED.match(plain):
        plain = plain.replace("/", "\\")
    hive, slash, rest = re.sub(r"\\+", r"\\", plain).partition("\\")
    name = hive.upper().rstrip(":")
    name = _HIVES.get(name, name if name in _HIVE_NAMES else hive)
    if not name:
        raise ValueError("not a registry key")
    return kind, _OUTSIDE.sub("", name + slash + rest)


def _file(kind: str, text: str) -> tuple[str, str]:
    """As written, without quotes: case matters on some systems, and hunting folds it where it does not."""
    name, bare = "", text
    while name != bare:
        name, bare = bare, bare.strip("\"'").strip()
    if not name:
        raise ValueError("empty")
    return kind, name


def _keyboard(kind: str, text: str) -> tuple[str, str]:
    """A Windows layout id in hex without `0x` and leading zeros, at least four digits; a name as it is written."""
    id = _LAYOUT.fullmatch(text.lower())
    if id and any(c.isdigit() for c in text):
        return kind, f"{int(id[1], 16):04x}"
    return kind, " ".join(text.split())


def _capitals(kind: str, text: str) -> tuple[str, str]:
    return kind, " ".join(text.upper().split())


def _lower(kind: str, text: str) -> tuple[str, str]:
    return kind, " ".join(text.lower().split())


def _phone(kind: str, text: str) -> tuple[str, str]:
    digits = re.sub(r"[^\d+]", "", text)
    if sum(c.isdigit() for c in digits) < 5:
        raise ValueError("not a telephone number")
    return kind, digits


def _time(kind: str, text: str) -> tuple[str, str]:
    return kind, moment(text)


_CANONICAL: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "domain-name": _domain,
    "ipv4-addr": _address,
    "ipv6-addr": _address,
    "network": _network,
    "ip-port": _ip_port,
    "port": _number,
    "asn": _asn,
    "url": _url,
    "email-addr": _email,
    "registrant-email": _email,
    "registrant-phone": _phone,
    "registrant-name": _lower,
    "registrant-org": _lower,
    "registrant-address": _lower,
    "registrar": _lower,
    "name-server": _domain_only,
    **dict.fromkeys(_LENGTHS, _hash),
    "tlsh": _capitals,
    "file-name": _file,
    "file-path": _file,
    "file-size": _number,
    "pdb-path": _file,
    "compile-time": _time,
    "registry-key": _registry,
    "x509-serial": _serial,
    "vulnerability": _vulnerability,
    "technique": _technique,
    "software": _capitals,
    "keyboard-layout": _keyboard,
}
