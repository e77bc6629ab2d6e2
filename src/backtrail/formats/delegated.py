"""Delegation files of the regional registries: which network was allocated to which country, and when.

`registry|country|type|start|value|date|status[|holder]`; for IPv4 the value is a number of addresses, for IPv6 a
prefix length. The version line and the `summary` lines are no records. Format: RIR statistics exchange format 2.3.
"""

import ipaddress
from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.dates import dated
from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.text import text_lines
from backtrail.model.record import Record

_REGISTRIES = ("afrinic", "apnic", "arin", "lacnic", "ripencc", "iana")


def sniff(head: bytes, name: str) -> bool:
    lines = [line for line in head[:4096].splitlines() if line and not line.startswith(b"#")][:4]
    return bool(lines) and any(
        line.count(b"|") >= 5 and line.split(b"|")[n].decode("ascii", "replace") in _REGISTRIES
        for line in lines
        for n in (0, 1)
        if line.count(b"|") > n
    )


def read(stream: BinaryIO) -> Iterator[Read]:
    out = Gatherer("line")
    for number, line in text_lines(stream):
        cells = line.strip().split("|")
        if not line.strip() or line.startswith("#") or cells[0].replace(".", "").isdigit() or cells[-1] == "summary":
            continue
        problem = _take(out, number, cells)
        if problem:
            yield Record(where=f"line {number}", problem=problem)
        if len(out.numbers) >= 5_000:
            yield out.taken()
    if out.numbers:
        yield out.taken()


def _take(out: Gatherer, number: int, cells: list[str]) -> str | None:
    """Take one line; the reason when it cannot be used."""
    if len(cells) < 7:
        return f"{len(cells)} fields; a delegation has at least 7"
    registry, country, type, start, value, date, status = cells[:7]
    try:
        blocks = _networks(type, start, value)
    except ValueError:
        return f"not a delegation: {type[:10]} {start[:50]} {value[:20]}"
    out.record(number, dated(date))
    if country.strip() and country != "ZZ":
        for block in blocks:
            detail = f"registry={registry};status={status}"
            out.tie("allocated-to", "network", block, "registrant-address", country.upper(), detail=detail)
    return None


def _networks(type: str, start: str, value: str) -> list[str]:
    match type:
        case "ipv4":
            first = ipaddress.IPv4Address(start)
            last = first + (int(value) - 1)
            return [str(network) for network in ipaddress.summarize_address_range(first, last)]
        case "ipv6":
            return [str(ipaddress.IPv6Network(f"{start}/{int(value)}"))]
        case "asn":
            int(start)
            return []
        case _:
            raise ValueError(type)


FORMAT = Format(
    name="delegated", title="RIR delegation file", media_type="text/plain", suffix=".txt", sniff=sniff, read=read
)
