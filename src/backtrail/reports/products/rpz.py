"""A response policy zone: names that a resolver answers with `no such domain` (draft-vixie-dnsop-dns-rpz).

Names are refused with everything below them; addresses and networks by what a name resolves to (`rpz-ip`).
"""

import ipaddress
from collections.abc import Iterator

from backtrail.model.times import latest
from backtrail.reports.products.material import Material, line

KINDS = frozenset({"domain-name", "ipv4-addr", "ipv6-addr", "network"})
_LONGEST = 240
"""Octets of a name that leave room for `*.` and the zone."""


def write(material: Material) -> Iterator[bytes]:
    """A zone file; its serial is the moment of the export, so that a later edition replaces an earlier one."""
    heading = material.heading
    serial = int(latest(heading.created).timestamp()) & 0xFFFFFFFF
    yield (
        f"; {line(heading.title)}; TLP:{heading.tlp}; {heading.created}; Backtrail\n"
        "$TTL 300\n"
        f"@ IN SOA localhost. hostmaster.localhost. {serial} 3600 600 604800 300\n"
        "@ IN NS localhost.\n"
    ).encode()
    for one in material.of("domain-name", "ipv4-addr", "ipv6-addr", "network"):
        if one.action not in ("alert", "block") and one.kind != "network":
            continue
        comment = f"; {material.provenance(one)}"
        for owner in _owners(one.kind, one.value):
            yield f"{owner} CNAME . {comment}\n".encode()


def _owners(kind: str, value: str) -> Iterator[str]:
    if kind == "domain-name":
        if len(value) <= _LONGEST and all(c.isalnum() or c in "-._" for c in value):
            yield from (value, f"*.{value}")
        return
    network = ipaddress.ip_network(value)
    address = network.network_address
    labels = str(address).split(".") if isinstance(address, ipaddress.IPv4Address) else _words(address)
    yield f"{network.prefixlen}.{'.'.join(reversed(labels))}.rpz-ip"


def _words(address: ipaddress.IPv6Address) -> list[str]:
    """Words of an IPv6 address as the draft wants them: no leading zeros, one run of zeros as `zz`."""
    before, gap, after = str(address).partition("::")
    parts = [part for part in before.split(":") if part] + (["zz"] if gap else [])
    return parts + [part for part in after.split(":") if part]
