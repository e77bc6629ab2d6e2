"""STIX patterns, as far as indicators of plain values go: one table of kinds and object paths, used in both directions.

Source: *STIX 2.1* (OASIS, 2021) part 9, whose comparison expressions `type:path = 'literal'` are read by a
tokenizer of one regular expression. What a negated or fuzzy comparison (`NOT`, `!=`, `LIKE`, `MATCHES`, `<`) names was
not seen, so it gives nothing; the pattern itself is kept whole by the caller.
"""

import re
from collections.abc import Iterator

from backtrail.model.kinds import ADDRESSES, is_kind

PATHS: dict[str, str] = {
    "domain-name": "domain-name:value",
    "ipv4-addr": "ipv4-addr:value",
    "ipv6-addr": "ipv6-addr:value",
    "url": "url:value",
    "email-addr": "email-addr:value",
    "email-subject": "email-message:subject",
    "md5": "file:hashes.MD5",
    "sha1": "file:hashes.'SHA-1'",
    "sha256": "file:hashes.'SHA-256'",
    "sha512": "file:hashes.'SHA-512'",
    "tlsh": "file:hashes.TLSH",
    "ssdeep": "file:hashes.SSDEEP",
    "imphash": "file:extensions.'windows-pebinary-ext'.imphash",
    "compile-time": "file:extensions.'windows-pebinary-ext'.time_date_stamp",
    "file-name": "file:name",
    "file-size": "file:size",
    "file-path": "directory:path",
    "mutex": "mutex:name",
    "registry-key": "windows-registry-key:key",
    "service": "process:extensions.'windows-service-ext'.service_name",
    "command-line": "process:command_line",
    "asn": "autonomous-system:number",
    "port": "network-traffic:dst_port",
    "url-path": "network-traffic:extensions.'http-request-ext'.request_value",
    "user-agent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
    "x509-serial": "x509-certificate:serial_number",
    "x509-sha1": "x509-certificate:hashes.'SHA-1'",
    "x509-sha256": "x509-certificate:hashes.'SHA-256'",
    "x509-subject": "x509-certificate:subject",
    "x509-issuer": "x509-certificate:issuer",
    "x-stix:software": "software:name",
    "x-stix:user-account": "user-account:account_login",
}
"""Kind to the object path that STIX gives it. What is not here gets a path of our own, see `pattern_for`."""

_ALSO_READ: dict[str, str] = {
    "file:hashes.SHA1": "sha1",
    "file:hashes.SHA256": "sha256",
    "file:hashes.SHA512": "sha512",
    "file:hashes.md5": "md5",
    "file:hashes.ssdeep": "ssdeep",
    "file:hashes.IMPHASH": "imphash",
    "file:parent_directory_ref.path": "file-path",
    "x509-certificate:hashes.MD5": "x-stix:x509-md5",
    "user-account:user_id": "x-stix:user-account",
    "network-traffic:dst_ref.value": "ipv4-addr",
    "network-traffic:src_ref.value": "ipv4-addr",
    "network-traffic:extensions.http-request-ext.request_header.User-Agent[*]": "user-agent",
}
"""Other spellings met in the wild, after `_plain`."""

_NUMBERS = frozenset({"file-size", "asn", "port"})
_OURS = "x-backtrail"
_HEX_LENGTH = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "x509-sha1": 40, "x509-sha256": 64}
"""Pattern checkers of other products refuse a hash of another length."""

_OUR_KIND = f"{_OURS}:kind"
_OUR_VALUE = f"{_OURS}:value"
_ENDPOINT = "network-traffic:dst_ref.value"
_ENDPOINT_PORT = "network-traffic:dst_port"
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_INTEGER = re.compile(r"0|[1-9]\d{0,17}")
_OWN_NAME = re.compile(r"[a-z0-9_]+")
_SIMPLE_PATH = re.compile(r"[a-z0-9-]+:\w+(?:\.\w+)*", re.ASCII)

_STRING = r"'(?:[^'\\]|\\.)*+'?"
_TOKEN = re.compile(
    rf"""(?P<path>[a-zA-Z0-9-]{{1,250}}+:(?:[\w-]++|{_STRING})(?:\.(?:[\w-]++|{_STRING})|\[[*\d-]*+\])*+)
       | (?P<string>t?{_STRING})
       | (?P<binary>[bh]{_STRING})
       | (?P<number>[+-]?\d++(?:\.\d++)?)
       | (?P<word>[A-Za-z_][\w-]*+)
       | (?P<sign>==?|!=|<>|<=|>=|[<>(),])
       | (?P<other>[^\s])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_INDEX = re.compile(r"\[[^\]]*\]")


def _plain(path: str) -> str:
    """A path without its quotes, every list index as `[*]`."""
    return _INDEX.sub("[*]", path.replace("'", "")) if "'" in path or "[" in path else path


KIND_AT: dict[str, str] = {_plain(path): kind for kind, path in PATHS.items()} | _ALSO_READ
"""Plain path to kind."""


def values_in(pattern: str) -> list[tuple[str, str]]:
    """Kind and value of everything that a pattern's equality comparisons, IN lists and ISSUBSET ranges name.

    >>> values_in("[domain-name:value = 'c2.example' AND file:name NOT = 'it\\\\'s.exe']")
    [('domain-name', 'c2.example')]
    """
    found = list(_comparisons(pattern))
    if len(found) > 1 and (joined := _joined(found)):
        return joined
    return [
        (kind, value)
        for path, sign, value in found
        if value and not path.endswith("_ref.type") and (kind := _kind(path, sign, value))
    ]


def pattern_for(kind: str, value: str) -> str:
    """A pattern from which `values_in` gives back exactly this kind and value.

    A kind without a STIX path is compared at a custom object, `x-backtrail:pdb_path = '...'`; kinds of other formats
    and values that their path cannot hold as `x-backtrail:kind = '...' AND x-backtrail:value = '...'`: valid STIX
    that other products keep without understanding.
    """
    for pattern in _candidates(kind, value):
        if values_in(pattern) == [(kind, value)]:
            return pattern
    return f"[{_OUR_KIND} = {_literal(kind)} AND {_OUR_VALUE} = {_literal(value)}]"


def _candidates(kind: str, value: str) -> Iterator[str]:
    """Ways to say it, best first; the caller keeps the first that reads back."""
    if kind == "network":
        yield f"[{'ipv6-addr' if ':' in value else 'ipv4-addr'}:value ISSUBSET {_literal(value)}]"
    elif kind == "ip-port":
        address, _, port = value.rpartition(":")
        bare = address.strip("[]")
        version = "ipv6-addr" if ":" in bare else "ipv4-addr"
        yield (
            f"[network-traffic:dst_ref.type = '{version}' AND {_ENDPOINT} = {_literal(bare)}"
            f" AND {_ENDPOINT_PORT} = {port}]"
        )
    elif kind == "compile-time" and _STAMP.fullmatch(value):
        yield f"[{PATHS[kind]} = t{_literal(value)}]"
    elif kind in _NUMBERS and _INTEGER.fullmatch(value):
        yield f"[{PATHS[kind]} = {value}]"
    elif kind in PATHS and kind not in _NUMBERS and kind != "compile-time" and _fits(kind, value):
        yield f"[{PATHS[kind]} = {_literal(value)}]"
    elif kind.startswith("x-stix:") and _SIMPLE_PATH.fullmatch(path := kind.removeprefix("x-stix:")):
        yield f"[{path} = {_literal(value)}]"
    if _OWN_NAME.fullmatch(name := kind.replace("-", "_")) and "_" not in kind:
        yield f"[{_OURS}:{name} = {_literal(value)}]"


def _fits(kind: str, value: str) -> bool:
    length = _HEX_LENGTH.get(kind)
    if kind == "ssdeep":
        return re.fullmatch(r"[a-zA-Z0-9/+:.]{1,128}", value) is not None
    return length is None or re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", value) is not None


def _comparisons(pattern: str) -> Iterator[tuple[str, str, str]]:
    """`(path, "=" or "ISSUBSET", value)` of every comparison that says a value outright."""
    tokens = [(match.lastgroup, match[0]) for match in _TOKEN.finditer(pattern)]
    tokens += [(None, "")] * 3
    for at, (group, path) in enumerate(tokens):
        if group != "path":
            continue
        sign = tokens[at + 1][1]
        if sign in ("=", "==", "ISSUBSET"):
            if (value := _value(*tokens[at + 2])) is not None:
                yield _plain(path), "ISSUBSET" if sign == "ISSUBSET" else "=", value
        elif sign == "IN" and tokens[at + 2][1] == "(":
            yield from _listed(_plain(path), tokens, at + 3)


def _listed(path: str, tokens: list[tuple[str | None, str]], at: int) -> Iterator[tuple[str, str, str]]:
    while tokens[at][0] in ("string", "number", "binary") or tokens[at][1] == ",":
        if (value := _value(*tokens[at])) is not None:
            yield path, "=", value
        at += 1


def _value(group: str | None, token: str) -> str | None:
    """Text of a literal; None for what is no text, time or number, and for a string that never ends."""
    if group == "number":
        return token
    if group != "string":
        return None
    body = token[token.index("'") + 1 :]
    if not body.endswith("'") or (len(body) - len(body[:-1].rstrip("\\"))) % 2 == 0:
        return None
    body = body[:-1]
    return _ESCAPED.sub(r"\1", body) if "\\" in body else body


def _kind(path: str, sign: str, value: str) -> str | None:
    if path.startswith(f"{_OURS}:"):
        name = path.removeprefix(f"{_OURS}:").replace("_", "-")
        return name if is_kind(name) else f"x-stix:{path}"
    kind = KIND_AT.get(path)
    if kind in ADDRESSES:
        if sign == "ISSUBSET" or "/" in value:
            return "network"
        return "ipv6-addr" if kind == "ipv4-addr" and ":" in value and "_ref." in path else kind
    return kind or f"x-stix:{path}"


def _joined(found: list[tuple[str, str, str]]) -> list[tuple[str, str]] | None:
    """The one value of a pattern that takes two comparisons: destination address and port, or our kind and value."""
    said = [(path, value) for path, _, value in found if path != "network-traffic:dst_ref.type"]
    by_path = dict(said)
    if len(said) == 2 and by_path.keys() == {_ENDPOINT, _ENDPOINT_PORT}:
        address, port = by_path[_ENDPOINT], by_path[_ENDPOINT_PORT]
        return [("ip-port", f"[{address}]:{port}" if ":" in address else f"{address}:{port}")]
    if len(said) == 2 and by_path.keys() == {_OUR_KIND, _OUR_VALUE} and is_kind(by_path[_OUR_KIND]):
        return [(by_path[_OUR_KIND], by_path[_OUR_VALUE])]
    return None


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
