"""Logs in JSON lines that no other reader knows: cloud audit trails, appliances, home-made exports.

Taken are values that are plainly one thing by themselves: addresses, digests, URLs. A log is a haystack: nothing of it
is a finding, which it would be if it were read as text. One object a line, each with a time.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer, blocks, json_lines, seconds

_TIMES = (
    "@timestamp", "timestamp", "time", "ts", "eventTime", "event_time", "datetime", "date", "TimeCreated", "EventTime",
    "TimeGenerated", "created_at", "_time", "log_time", "startTime", "start_time",
)  # fmt: skip
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*")
_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256"}
_HEX = re.compile(r"[0-9a-fA-F]+")
_DEEPEST = 6
_MOST = 400
"""Values of one record that are looked at."""


def sniff(head: bytes, name: str) -> bool:
    """Two lines that are JSON objects with a time and mostly the same names."""
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 2)
    if len(lines) < 2 or not lines[0].startswith(b"{") or not lines[1].startswith(b"{"):
        return False
    try:
        one, two = (msgspec.json.decode(line, type=dict[str, Any]) for line in lines[:2])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return any(name in one for name in _TIMES) and len(one.keys() & two.keys()) >= 3


def read(stream: BinaryIO) -> Iterator[Read]:
    for lines, problems in blocks(stream):
        documents, broken = json_lines(lines)
        yield from [*problems, *broken]
        out = Gatherer("line")
        for number, document in documents:
            out.record(number, next((t for n in _TIMES if (t := seconds(document.get(n)))), 0.0))
            for text in _texts(document):
                _take(out, text)
        if out.numbers:
            yield out.taken()


def _texts(document: dict[str, Any]) -> Iterator[str]:
    """Texts of a record, nested ones too, within bounds."""
    waiting: list[tuple[Any, int]] = [(document, 0)]
    for _ in range(_MOST):
        if not waiting:
            return
        value, depth = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list) and depth < _DEEPEST:
            waiting += [(v, depth + 1) for v in (value.values() if isinstance(value, dict) else value)]


def _take(out: Gatherer, text: str) -> None:
    if len(text) <= 45 and _ADDRESS.fullmatch(text):
        out.value("ipv4-addr", text)
    elif (kind := _DIGESTS.get(len(text))) and _HEX.fullmatch(text):
        out.value(kind, text)
    elif text.startswith(("http://", "https://")) and len(text) < 2_000 and " " not in text:
        out.value("url", text)


FORMAT = Format(
    name="json_log",
    title="Log in JSON lines",
    media_type="application/x-ndjson",
    suffix=".jsonl",
    sniff=sniff,
    read=read,
)
