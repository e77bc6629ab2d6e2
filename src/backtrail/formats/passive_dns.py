"""Passive DNS in the common output format, a JSON object a line (draft-dulaunoy-dnsop-passive-dns-cof).

Addresses are tied to the names that resolved to them, from `time_first` to `time_last`; name servers to the domains
they served. Other record types are counted and leave no trace.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer, amount, blocks, json_lines, seconds
from backtrail.model.record import Record


def sniff(head: bytes, name: str) -> bool:
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    return first.startswith(b"{") and b'"rrname"' in first and b'"rdata"' in first and b'"event_type"' not in first


def read(stream: BinaryIO) -> Iterator[Read]:
    for lines, problems in blocks(stream):
        documents, broken = json_lines(lines)
        yield from [*problems, *broken]
        out = Gatherer("line")
        for number, document in documents:
            if problem := _take(out, number, document):
                yield Record(where=f"line {number}", problem=problem)
        if out.numbers:
            yield out.taken()


def _take(out: Gatherer, number: int, row: dict[str, Any]) -> str | None:
    """Take one row; the reason when it cannot be used."""
    name, type, data = row.get("rrname"), row.get("rrtype"), row.get("rdata")
    values = [data] if isinstance(data, str) else data
    if not isinstance(name, str) or not isinstance(type, str) or not isinstance(values, list):
        return "no passive DNS row: rrname, rrtype and rdata are needed"
    first = seconds(row.get("time_first") or row.get("zone_time_first"))
    last = seconds(row.get("time_last") or row.get("zone_time_last"))
    out.record(number, first)
    until, count = max(first, last), max(amount(row.get("count")), 1)
    for value in (v for v in values if isinstance(v, str)):
        if type.upper() in ("A", "AAAA"):
            out.tie("resolves-to", "domain-name", name, "ipv4-addr", value, until=until, count=count)
        elif type.upper() == "NS":
            out.tie("registered-by", "domain-name", name, "name-server", value, until=until, count=count)
    return None


FORMAT = Format(
    name="passive_dns",
    title="Passive DNS (COF)",
    media_type="application/x-ndjson",
    suffix=".jsonl",
    sniff=sniff,
    read=read,
)
