"""One spelling for each value, decided once, here, at the edge.

Everything later compares by equality. Each kind has one small function in `_CANONICAL`; it raises ValueError, with
a reason, for a value that is not of its kind. Canonical values are fixed points: spelling them again changes nothing.
"""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import quote, unquote_to_bytes, urlsplit

from backtrail.model.kinds import is_kind
from backtrail.model.times import moment
from backtrail.observations.hosts import host

MAX_LENGTH = 8192

_HEX = re.compile(r"[0-9a-f]+")
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_BAD = re.compile("[\x00\ud800-\udfff]")
_QUADS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_DEFANGED = re.compile(
    r"\s*(?:\[\s*(?:\.|dot|d0t)\s*\]|\(\s*(?:\.|dot)\s*\)|\{\s*(?:\.|dot)\s*\}|\\\.)\s*|\s+dot\s+|\[\.|\.\]", re.I
)
_DEFANGED_AT = re.compile(r"\s*(?:\[\s*(?:@|at)\s*\]|\(\s*(?:@|at)\s*\)|\{\s*(?:@|at)\s*\})\s*", re.I)
_DEFANGED_COLON = re.compile(r"\[:\]|\[://\]|\[:\s*//\]")
_SCHEME = re.compile(r"(?:hxxp|h\*\*p|hXXp|meow)(s?)(?=\W)", re.I)
_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "imphash": 32, "x509-sha1": 40, "x509-sha256": 64,
            "ja3": 32}  # fmt: skip
_HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS",
          "HKCC": "HKEY_CURRENT_CONFIG"}  # fmt: skip
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
    if not is_kind(kind):
        raise ValueError(f"no such kind of observation: {kind}")
    text = value.strip()
    if not text:
        raise ValueError("empty")
    if len(text) > MAX_LENGTH:
        raise ValueError(f"{len(text):,} characters long; at most {MAX_LENGTH:,} are taken")
    if _BAD.search(text):
        raise ValueError("bytes that are no text")
    return _CANONICAL.get(kind, _as_written)(kind, text)


def refang(text: str) -> str:
    """A value as it is used: `hxxp://news[.]example` -> `http://news.example`."""
    if "[" in text or "(" in text or "{" in text or "\\." in text or " " in text:
        text = _DEFANGED.sub(".", _DEFANGED_AT.sub("@", _DEFANGED_COLON.sub(lambda m: m[0].strip("[]"), text)))
    return _SCHEME.sub(lambda m: "http" + m[1].lower(), text)


def _as_written(kind: str, text: str) -> tuple[str, str]:
    return kind, text


def _domain(kind: str, text: str) -> tuple[str, str]:
    name = refang(text)
    if _QUADS.fullmatch(name) or ":" in name:
        return _address(kind, name)
    name = host(name)
    if "." not in name:
        raise ValueError("a host name without a dot")
    return "domain-name", name


def _address(_kind: str, text: str) -> tuple[str, str]:
    name = refang(text)
    if "/" in name:
        return _network(_kind, name)
    try:
        address = ipaddress.ip_address(name.strip("[]"))
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
        return _address(_kind, str(network.network_address))
    return "network", str(network)


def _ip_port(_kind: str, text: str) -> tuple[str, str]:
    left, colon, port = refang(text).replace("|", ":").rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("not address:port")
    kind, address = _address(_kind, left)
    return "ip-port", f"[{address}]:{int(port)}" if kind == "ipv6-addr" else f"{address}:{int(port)}"


def _url(kind: str, text: str) -> tuple[str, str]:
    """RFC 3986 normalisation that keeps meaning: case of scheme and host, default port, unreserved escapes."""
    joined = refang(text)
    if "://" not in joined[:40]:
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
        return f"[{_address('', name)[1]}]"
    return _address("", name)[1] if _QUADS.fullmatch(name) else host(name)


def _escaped(text: str | None) -> str:
    """Percent-encoding only where it is needed; what was encoded for a reason stays so."""
    pieces = re.split(r"((?:%[0-9A-Fa-f]{2})+)", text or "")
    return "".join(
        _unreserved(p) if n % 2 else quote(p, safe="!#$%&'()*+,/:;=?@[]~|\\^{}<>\"`") for n, p in enumerate(pieces)
    )


def _unreserved(escapes: str) -> str:
    """Escapes of letters, digits and `-._~` undone, others in capitals (RFC 3986, section 6.2.2)."""
    return "".join(
        chr(b) if b < 128 and (chr(b).isalnum() or b in b"-._~") else f"%{b:02X}" for b in unquote_to_bytes(escapes)
    )


def _email(kind: str, text: str) -> tuple[str, str]:
    local, at, domain = refang(text).removeprefix("mailto:").strip("<>").rpartition("@")
    if not at or not local or len(local) > 64 or re.search(r"\s", local):
        raise ValueError("not a mail address")
    return kind, f"{local.lower()}@{host(domain)}"


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
    inside = re.search(r"\(0x([0-9a-f]+)\)", text.lower())
    digits = inside[1] if inside else re.sub(r"[\s:]", "", text.lower()).removeprefix("0x")
    if not _HEX.fullmatch(digits) or len(digits) > 128:
        raise ValueError("not a serial number in hex")
    return kind, digits.lstrip("0") or "0"


def _registry(kind: str, text: str) -> tuple[str, str]:
    hive, slash, rest = text.replace("/", "\\").strip("\\").partition("\\")
    return kind, _HIVES.get(hive.upper().rstrip(":"), hive) + slash + re.sub(r"\\+", r"\\", rest)


def _file(kind: str, text: str) -> tuple[str, str]:
    """As written, without quotes: case matters on some systems, and hunting folds it where it does not."""
    name = text.strip("\"'").strip()
    if not name:
        raise ValueError("empty")
    return kind, name


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
}
