"""Events of logs as behaviour is asked of them: fields by short names, STIX objects, values by kind. Pure."""

import ntpath
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from backtrail.hunts.around import around

_DEEP = 8
_RENAMED = {"NewProcessName": "Image", "ParentProcessName": "ParentImage"}


def event_fields(line: str, header: str = "") -> dict[str, str]:
    """Fields of an event by their short names.

    >>> event_fields('{"Event":{"System":{"EventID":{"#text":1}},"EventData":{"Image":"C:\\\\\\\\a.exe"}}}')
    {'Image': 'C:\\\\a.exe', 'EventID': '1'}
    """
    try:
        content = msgspec.json.decode(line) if line.lstrip()[:1] == "{" else None
    except (msgspec.DecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return around(line, header, "").fields
    out: dict[str, str] = {}
    inner = content.get("Event")
    event: dict[str, Any] = inner if isinstance(inner, dict) else content
    for name in ("EventData", "UserData"):
        _flat(event.get(name), "", out, 0)
    _flat({k: v for k, v in event.items() if k not in ("EventData", "UserData")}, "", out, 0)
    for old, new in _RENAMED.items():
        if old in out and new not in out:
            out[new] = out[old]
    return out


def _flat(content: Any, name: str, out: dict[str, str], depth: int) -> None:
    if depth > _DEEP or content is None:
        return
    if isinstance(content, Mapping):
        for key, value in content.items():
            inner = name if key in ("#text", "#attributes") else str(key)
            _flat(value, "Provider_Name" if name == "Provider" and key == "Name" else inner, out, depth + 1)
    elif isinstance(content, list):
        for value in content:
            _flat(value, name, out, depth + 1)
    elif name not in out:
        out[name] = str(content).lower() if isinstance(content, bool) else str(content)


_SOURCES = ("id.orig_h", "src_ip", "SourceIp", "SourceAddress", "source.ip", "src", "SRC", "c-ip", "client")
_TARGETS = ("id.resp_h", "dest_ip", "DestinationIp", "DestAddress", "dst", "DST", "s-ip")
_SOURCE_PORTS = ("id.orig_p", "src_port", "SourcePort")
_TARGET_PORTS = ("id.resp_p", "dest_port", "DestinationPort")
_NAMES = ("query", "QueryName", "rrname", "server_name", "sni", "hostname", "host", "cs-host", "DestinationHostname")
_AGENTS = ("user_agent", "http_user_agent", "cs(User-Agent)", "c-useragent")
_PATHS = ("uri", "url", "cs-uri-stem", "c-uri")
_FILES = ("Image", "TargetFilename", "ImageLoaded", "filename", "ParentImage")
_DIGESTS = {"MD5": ("md5", "md5"), "SHA1": ("SHA-1", "sha1"), "SHA256": ("SHA-256", "sha256")}
_HASH = re.compile(r"(MD5|SHA1|SHA256|IMPHASH)=([0-9A-Fa-f]+)")
_ADDRESS = re.compile(r"[0-9a-fA-F:.]{2,45}")

Json = dict[str, Any]


def objects_of(fields: Mapping[str, str]) -> dict[str, Json]:
    """An event as STIX cyber-observable objects by key (STIX 2.1, section 6), as far as its fields say them."""
    out: dict[str, Json] = {}
    source, target = _first(fields, _SOURCES), _first(fields, _TARGETS)
    traffic: Json = {"type": "network-traffic"}
    for key, value, ports in (("src", source, _SOURCE_PORTS), ("dst", target, _TARGET_PORTS)):
        if value and _ADDRESS.fullmatch(value):
            out[key] = {"type": "ipv6-addr" if ":" in value else "ipv4-addr", "value": value}
            traffic[f"{key}_ref"] = key
        if (port := _first(fields, ports)).isdigit():
            traffic[f"{key}_port"] = int(port)
    if name := _first(fields, _NAMES).rstrip("."):
        out["name"] = {"type": "domain-name", "value": name.lower()}
    _web(fields, name, traffic, out)
    if len(traffic) > 1:
        out["traffic"] = traffic
    _host(fields, out)
    return out


def _web(fields: Mapping[str, str], name: str, traffic: Json, out: dict[str, Json]) -> None:
    path, agent = _first(fields, _PATHS), _first(fields, _AGENTS)
    if path and (name or "://" in path):
        out["url"] = {"type": "url", "value": path if "://" in path else f"http://{name}{path}"}
    if path or agent:
        request: Json = {"request_value": path} if path else {}
        request["request_header"] = {"User-Agent": agent} if agent else {}
        traffic["extensions"] = {"http-request-ext": request}


def _host(fields: Mapping[str, str], out: dict[str, Json]) -> None:
    """Files, processes, registry keys and accounts."""
    hashes = {_DIGESTS[name][0].upper(): value.lower() for name, value in _hashes(fields) if name in _DIGESTS}
    for number, name in enumerate(name for name in _FILES if fields.get(name)):
        folder, base = ntpath.split(fields[name])
        found: Json = {"type": "file", "name": base or fields[name]}
        if folder:
            out[f"folder{number}"] = {"type": "directory", "path": folder}
            found["parent_directory_ref"] = f"folder{number}"
        out[name] = found
    if hashes:
        out.setdefault("Image" if "Image" in out else "file", {"type": "file"})["hashes"] = hashes
    if line := fields.get("CommandLine"):
        process: Json = {"type": "process", "command_line": line}
        if "Image" in out:
            process["image_ref"] = "Image"
        if fields.get("ParentCommandLine"):
            out["parent"] = {"type": "process", "command_line": fields["ParentCommandLine"]}
            process["parent_ref"] = "parent"
        out["process"] = process
    if key := fields.get("TargetObject"):
        out["key"] = {"type": "windows-registry-key", "key": key}
    if user := fields.get("User") or fields.get("TargetUserName"):
        out["user"] = {"type": "user-account", "account_login": user, "user_id": user}


def _hashes(fields: Mapping[str, str]) -> list[tuple[str, str]]:
    said = [(name, fields[field]) for name, (_, field) in _DIGESTS.items() if fields.get(field)]
    return _HASH.findall(fields.get("Hashes", "")) + said


def values_of(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Values of an event by kind, as OpenIOC terms are asked of them."""
    out: dict[str, list[str]] = {}

    def add(kind: str, value: str) -> None:
        if value and value not in out.setdefault(kind, []):
            out[kind].append(value)

    for name, one in objects_of(fields).items():
        if name == "src":
            continue
        for kind, prop in _KINDS.get(one["type"], ()):
            add(kind, str(one.get(prop, "")))
    for name, value in _hashes(fields):
        add(name.lower(), value.lower())
    for name in _FILES:
        add("file-path", fields.get(name, ""))
    add("user-agent", _first(fields, _AGENTS))
    add("url-path", _first(fields, _PATHS))
    add("service", fields.get("ServiceName", ""))
    add("port", _first(fields, _TARGET_PORTS))
    return out


_KINDS = {
    "ipv4-addr": (("ipv4-addr", "value"),), "ipv6-addr": (("ipv6-addr", "value"),),
    "domain-name": (("domain-name", "value"),), "url": (("url", "value"),), "file": (("file-name", "name"),),
    "process": (("command-line", "command_line"),), "windows-registry-key": (("registry-key", "key"),),
}  # fmt: skip

EVENT_KINDS = frozenset(
    {kind for pairs in _KINDS.values() for kind, _ in pairs}
    | {"md5", "sha1", "sha256", "imphash", "file-path", "user-agent", "url-path", "service", "port"}
)
"""Kinds of which `values_of` gives values."""


def _first(fields: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name) and fields[name] != "-"), "")
