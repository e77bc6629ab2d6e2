"""Address data that a user loads: ranges of addresses with their network, holder and country.

Three shapes: the CSV of ip-location-db (`first,last,country` or `first,last,asn,holder`; numbers for addresses too),
the delegation files of the registries, and MaxMind's MMDB (extra `mmdb`). None of them is evidence: they say how the
world was on the day they were made.
"""

import csv
import io
import ipaddress
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from backtrail.formats.kit.dates import dated
from backtrail.model.addresses import AddressRange
from backtrail.model.errors import FormatError

_MMDB = b"\xab\xcd\xefMaxMind.com"
"""What stands before the metadata of an MMDB (MaxMind DB File Format Specification 2.0)."""

_CODE = 2
_WITH_HOLDER = 4


def _delegated(head: bytes) -> bool:
    line = next((line for line in head.splitlines() if line and not line.startswith(b"#")), b"")
    return line.count(b"|") >= _BARS and any(name in line for name in _REGISTRIES)


_BARS = 5
_REGISTRIES = (b"afrinic", b"apnic", b"arin", b"lacnic", b"ripencc", b"iana")


def _day_of(head: bytes) -> str:
    """The day that a file says it was made: delegation files and MMDB do; empty where it says none."""
    if _delegated(head):
        for line in head.decode("ascii", "replace").splitlines():
            cells = line.split("|")
            if cells[0].replace(".", "").isdigit() and len(cells) > _CODE and (when := dated(cells[2])):
                return datetime.fromtimestamp(when, UTC).date().isoformat()
    return ""


def read(stream: BinaryIO) -> tuple[str, Iterator[AddressRange]]:
    """The day that the data say they are of, or nothing, and the ranges.

    Raises:
        FormatError: None of the three shapes; or an MMDB without the extra.
    """
    head = stream.read(1 << 16)
    stream.seek(max(stream.seek(0, io.SEEK_END) - (1 << 17), 0))
    tail = stream.read()
    stream.seek(0)
    if _MMDB in tail:
        return _mmdb(stream)
    if _delegated(head):
        return _day_of(head), _delegations(stream)
    return "", _table(stream)


def _table(stream: BinaryIO) -> Iterator[AddressRange]:
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
    for number, row in enumerate(csv.reader(text), 1):
        if len(row) <= _CODE:
            raise FormatError(
                "neither CSV with first and last address, nor delegations, nor MMDB", where=f"row {number}"
            )
        try:
            first, last = _address(row[0]), _address(row[1])
        except ValueError:
            if number == 1:
                continue  # a row of names
            raise FormatError(f"no address: {row[0][:40]!r}", where=f"row {number}") from None
        if len(row) >= _WITH_HOLDER and row[2].isdigit():
            yield AddressRange(first.version, int(first), int(last), asn=row[2], holder=row[3])
        else:
            yield AddressRange(first.version, int(first), int(last), country=row[2].upper()[:_CODE])


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(int(text) if text.isdigit() else text)


def _delegations(stream: BinaryIO) -> Iterator[AddressRange]:
    for line in io.TextIOWrapper(stream, encoding="ascii", errors="replace"):
        cells = line.strip().split("|")
        if len(cells) < 7 or cells[2] not in ("ipv4", "ipv6") or cells[3] == "*" or cells[1] in ("", "ZZ"):
            continue
        try:
            start, count = ipaddress.ip_address(cells[3]), int(cells[4])
        except ValueError:
            continue
        size = count if start.version == 4 else 1 << (128 - count)
        yield AddressRange(start.version, int(start), int(start) + size - 1, country=cells[1].upper())


def _mmdb(stream: BinaryIO) -> tuple[str, Iterator[AddressRange]]:
    try:
        import maxminddb
    except ModuleNotFoundError:
        raise FormatError("MMDB is an extra: pip install 'backtrail[mmdb]'", where="offset 0") from None
    try:
        reader = maxminddb.open_database(stream, maxminddb.MODE_FD)
    except maxminddb.InvalidDatabaseError as error:
        raise FormatError(f"no MMDB: {error}", where="offset 0") from error
    day = datetime.fromtimestamp(reader.metadata().build_epoch, UTC).date().isoformat()
    return day, (_entry(network, data) for network, data in reader if isinstance(data, dict))


def _entry(network: ipaddress.IPv4Network | ipaddress.IPv6Network, data: Mapping[str, Any]) -> AddressRange:
    country = data.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else data.get("country_code", country)
    return AddressRange(
        network.version, int(network.network_address), int(network.broadcast_address),
        asn=str(data.get("autonomous_system_number", "")), holder=str(data.get("autonomous_system_organization", "")),
        country=str(code or "").upper()[:_CODE],
    )  # fmt: skip
