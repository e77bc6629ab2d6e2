"""What stands around a match: the fields of its line, when it happened, which way it went, whose machine it was.

Zeek's tables by their header, JSON, `key=value`, and else the line itself. Only lines with a hit are read so.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from backtrail.formats.kit.logs import seconds
from backtrail.model.telemetry import UNKNOWN_TIME, Direction, spelled

_MOST_FIELDS = 60
_LONGEST = 500
"""Characters of a field that are kept."""

_DEEPEST = 6
"""Levels of JSON that are taken apart."""

_PAIR = re.compile(r"""([A-Za-z_@][\w.@-]{0,60})=("(?:[^"\\]|\\.)*"|[^\s,;]*)""")
_TIMES = (
    "ts", "timestamp", "@timestamp", "UtcTime", "TimeCreated", "SystemTime", "EventTime", "time", "_time", "datetime",
    "date", "event_time", "Event.System.TimeCreated.#attributes.SystemTime", "start_time", "EventReceivedTime",
)  # fmt: skip
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_EPOCH = re.compile(r"(?<![\d.])1\d{9}(?:\.\d+)?(?![\d.])")
_APACHE = re.compile(r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d{4})\]")
_MONTHS = {
    m: n for n, m in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_SOURCES = ("id.orig_h", "src_ip", "SourceIp", "SourceAddress", "source.ip", "src", "SRC", "client", "c-ip", "tx_hosts",
            "Event.EventData.SourceIp", "saddr", "orig_h")  # fmt: skip
_TARGETS = ("id.resp_h", "dest_ip", "DestinationIp", "DestAddress", "destination.ip", "dst", "DST", "dest", "s-ip",
            "rx_hosts", "Event.EventData.DestinationIp", "daddr", "resp_h")  # fmt: skip
_OWN = ("Computer", "Hostname", "host", "hostname", "Event.System.Computer", "computer_name", "agent.hostname", "User",
        "user")  # fmt: skip
_OUTWARD = ("query", "host", "hostname", "server_name", "url", "uri", "rrname", "sni", "QueryName", "qname")


class Around(msgspec.Struct, frozen=True):
    """What a line says besides.

    Attributes:
        fields: Its fields.
        at: When, canonical.
        direction: Which way the traffic went.
        side: The victim's own end.
    """

    fields: dict[str, str]
    at: str | None
    direction: Direction
    side: str


def around(line: str, header: str, matched: str) -> Around:
    """Read the line of a hit.

    Args:
        line: The line, or what was kept of it.
        header: First lines of the file, for tables that name their columns there.
        matched: What matched.
    """
    fields = _fields(line, header)
    direction, side = _way(fields, matched)
    return Around(fields, moment(fields, line), direction, side)


def _fields(line: str, header: str) -> dict[str, str]:
    start = line.lstrip()[:1]
    if start == "{":
        found = _json(line)
        if found:
            return found
    names = _column_names(header)
    if names and "\t" in line:
        cells = zip(names, line.rstrip("\r\n").split("\t"), strict=False)
        return {k: v[:_LONGEST] for k, v in cells if v not in ("-", "(empty)", "")}
    pairs = _PAIR.findall(line)
    if len(pairs) >= 2:
        return {k: v.strip('"')[:_LONGEST] for k, v in pairs[:_MOST_FIELDS]}
    return {"line": line.strip()[:_LONGEST]}


@lru_cache(maxsize=64)
def _column_names(header: str) -> list[str]:
    """Columns of a Zeek table."""
    for line in header.splitlines():
        if line.startswith("#fields"):
            return line.split("\t")[1:]
    return []


_objects = msgspec.json.Decoder(dict[str, Any])


def _json(line: str) -> dict[str, str]:
    try:
        content = _objects.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return {}
    out: dict[str, str] = {}
    _flatten(content.items(), "", out, 1)
    return out


def _flatten(items: Iterable[tuple[object, Any]], path: str, out: dict[str, str], depth: int) -> None:
    for key, value in items:
        if len(out) >= _MOST_FIELDS:
            return
        name = f"{path}{key}"
        if type(value) is str:
            if value:
                out[name] = value[:_LONGEST]
        elif type(value) is dict and depth < _DEEPEST:
            _flatten(value.items(), f"{name}.", out, depth + 1)
        elif type(value) is list and depth < _DEEPEST and any(isinstance(v, dict | list) for v in value):
            _flatten(enumerate(value[:8]), f"{name}.", out, depth + 1)
        elif value not in (None, [], {}):
            out[name] = (", ".join(map(str, value)) if isinstance(value, list) else str(value))[:_LONGEST]


def moment(fields: Mapping[str, str], line: str) -> str | None:
    """When the event happened, canonical; None when the line says nothing certain."""
    for name in _TIMES:
        if name in fields and (at := seconds(fields[name])) != UNKNOWN_TIME:
            return spelled(at)
    head = line[:200]
    if found := _APACHE.search(line[:400]):
        day, month, year, clock, zone = found.groups()
        text = f"{year}-{_MONTHS.get(month, 1):02d}-{day}T{clock}{zone[:3]}:{zone[3:]}"
        return spelled(seconds(text))
    found = _ISO.search(head) or _EPOCH.search(head)
    return spelled(seconds(found[0].replace(",", "."))) if found else None


def _way(fields: Mapping[str, str], matched: str) -> tuple[Direction, str]:
    """Direction as the victim's side sees it, and that side: the end that is not the indicator."""
    source, target = _first(fields, _SOURCES), _first(fields, _TARGETS)
    own = _first(fields, _OWN)
    folded = matched.lower()
    if target and target.lower() == folded:
        return "out", source or own
    if source and source.lower() == folded:
        return "in", target or own
    names = (v.lower() for k, v in fields.items() if k.rpartition(".")[2] in _OUTWARD)
    if source and any(folded in name for name in names):
        return "out", source
    return "", own or source


def _first(fields: Mapping[str, str], names: Iterable[str]) -> str:
    for name in names:
        if value := fields.get(name):
            return value
    return ""
