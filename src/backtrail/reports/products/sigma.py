"""Sigma rules (specification 2.1): one for each log source, with all values that it shows.

Written by hand as YAML whose scalars are JSON strings; Sigma ignores case by itself, and `*`, `?` and backslashes of a
value are escaped, so that they are only themselves.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from backtrail.model.record import Indicator
from backtrail.reports.products.material import Material, line

_HASHES = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "imphash": "IMPHASH"}


class _Source(Struct, frozen=True):
    """A log source, the kinds it shows, and in which fields with which modifiers."""

    name: str
    logsource: dict[str, str]
    fields: dict[str, tuple[str, ...]]


_SOURCES = (
    _Source("DNS query", {"category": "dns_query"}, {"domain-name": ("QueryName",)}),
    _Source("DNS server", {"category": "dns"}, {"domain-name": ("query",)}),
    _Source("proxy", {"category": "proxy"},
            {"domain-name": ("cs-host",), "url": ("c-uri",), "user-agent": ("c-useragent",)}),
    _Source("connection", {"category": "network_connection", "product": "windows"},
            {"ipv4-addr": ("DestinationIp",), "ipv6-addr": ("DestinationIp",), "network": ("DestinationIp|cidr",),
             "domain-name": ("DestinationHostname",)}),
    _Source("firewall", {"category": "firewall"},
            {"ipv4-addr": ("dst_ip",), "ipv6-addr": ("dst_ip",), "network": ("dst_ip|cidr",)}),
    _Source("process", {"category": "process_creation", "product": "windows"},
            {**dict.fromkeys(_HASHES, ("Hashes|contains",)), "file-name": ("Image|endswith",), "file-path": ("Image",),
             "command-line": ("CommandLine|contains",)}),
    _Source("file", {"category": "file_event", "product": "windows"},
            {"file-name": ("TargetFilename|endswith",), "file-path": ("TargetFilename",)}),
    _Source("registry", {"category": "registry_event", "product": "windows"},
            {"registry-key": ("TargetObject|endswith",)}),
    _Source("pipe", {"category": "pipe_created", "product": "windows"}, {"pipe": ("PipeName",)}),
    _Source("service", {"product": "windows", "service": "system"}, {"service": ("ServiceName",)}),
)  # fmt: skip

KINDS = frozenset(kind for source in _SOURCES for kind in source.fields)


def write(material: Material) -> Iterator[bytes]:
    """YAML documents, one rule each; a rule keeps its id as values come and go, and its revision counts the changes."""
    for source in _SOURCES:
        fields: dict[str, list[tuple[str, Indicator]]] = {}
        for one in material.of(*source.fields):
            for field, value in _values(source, one):
                fields.setdefault(field, []).append((value, one))
        if fields:
            yield _written(material, source, fields).encode()


def _values(source: _Source, one: Indicator) -> Iterator[tuple[str, str]]:
    """Field with modifiers, and value, for each way a log source shows an indicator."""
    for field in source.fields[one.kind]:
        match one.kind:
            case "domain-name":
                yield field, _escaped(one.value)
                yield f"{field}|endswith", _escaped("." + one.value)
            case "url":
                yield field, _escaped(one.value)
                if urlsplit(one.value).scheme == "http":
                    yield f"{field}|endswith", _escaped("://" + one.value.partition("://")[2])
            case kind if kind in _HASHES:
                yield field, f"{_HASHES[kind]}={one.value}"
            case "file-name":
                yield field, _escaped("\\" + one.value)
            case "registry-key":
                yield field, _escaped("\\" + one.value.partition("\\")[2]) if "\\" in one.value else _escaped(one.value)
            case "pipe":
                yield field, _escaped("\\" + one.value.lstrip("\\"))
            case _:
                yield field, one.value if "|cidr" in field else _escaped(one.value)


def _written(material: Material, source: _Source, fields: dict[str, list[tuple[str, Indicator]]]) -> str:
    id = material.id("sigma", source.name)
    detection, names = [], []
    for number, (field, values) in enumerate(fields.items(), 1):
        names.append(f"selection_{number}")
        detection += [f"  selection_{number}:", f"    {_quoted(field)}:"]
        detection += [f"      - {_quoted(value)} # {material.provenance(one)}" for value, one in dict(values).items()]
    detection.append(f"  condition: {' or '.join(names)}")
    confidences = [one.confidence or 0 for values in fields.values() for _, one in values]
    heading = material.heading
    body = "\n".join(
        [
            f"title: {_quoted(line(f'{heading.id} seen by {source.name} logs')[:256])}",
            f"id: {id}",
            "status: experimental",
            f"description: {_quoted(line(f'Indicators of {heading.title}. TLP:{heading.tlp}'))}",
            "author: Backtrail",
            "logsource:",
            *(f"  {key}: {value}" for key, value in source.logsource.items()),
            "detection:",
            *detection,
            "falsepositives:",
            "  - Infrastructure that others use now",
            f"level: {'high' if max(confidences) >= 75 else 'medium'}",
        ]
    )
    mark = material.mark(id, body)
    return f"---\n# {mark}\n{body}\ndate: {heading.created[:10]}\n"


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _escaped(text: str) -> str:
    r"""A value that stands for itself: `\`, `*` and `?` mean something to Sigma."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
