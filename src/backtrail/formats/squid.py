"""Squid's own access log: `time elapsed client code/status bytes method URL user hierarchy/peer type`.

The peer is the address that answered only when Squid went there itself (wiki.squid-cache.org, *Squid Log Files*).
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Lines, amount, blocks
from backtrail.formats.kit.parts import mostly
from backtrail.formats.kit.web_logs import Requests, host_of_url, port_of_url, proxied
from backtrail.model.record import Record

_LINE = re.compile(rb"\d{9,10}\.\d{3}\s+-?\d+ \S+ [A-Z_]+/\d{3} -?\d+ [A-Z]+ \S+ ")
_ITSELF = ("DIRECT", "HIER_DIRECT", "ORIGINAL_DST", "PINNED")


def sniff(head: bytes, name: str) -> bool:
    return mostly(head, _LINE)


def read(stream: BinaryIO) -> Iterator[Read]:
    for lines, problems in blocks(stream):
        yield from problems
        yield from _block(lines)


def _block(lines: Lines) -> Iterator[Read]:
    numbers, times, rows = [], [], []
    for number, line in lines:
        cells = line.decode("utf-8", "replace").split()
        time = _time(cells[0]) if len(cells) >= 10 and "/" in cells[3] else 0.0
        if time:
            numbers.append(number)
            times.append(time)
            rows.append(cells)
        else:
            yield Record(where=f"line {number}", problem="no line of a Squid access log")
    if rows:
        yield proxied(
            Requests(
                numbers=numbers,
                times=times,
                clients=[cells[2] for cells in rows],
                hosts=[host_of_url(cells[6]) for cells in rows],
                servers=[_peer(cells[8]) for cells in rows],
                ports=[port_of_url(cells[6]) for cells in rows],
                urls=[cells[6] if "://" in cells[6] else "" for cells in rows],
                down=[amount(cells[4]) for cells in rows],
            )
        )


def _time(text: str) -> float:
    try:
        time = float(text)
    except ValueError:
        return 0.0
    return time if 0.0 < time < 4e9 else 0.0


def _peer(text: str) -> str:
    how, _, peer = text.partition("/")
    return peer if how in _ITSELF and peer[-1:].isdigit() else ""


FORMAT = Format(name="squid", title="Squid access log", media_type="text/plain", suffix=".log", sniff=sniff, read=read)
