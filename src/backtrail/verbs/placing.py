"""What places an address: registries in the evidence, then address data that the user loaded."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from backtrail.knowledge.addresses import AddressBase, Placing
from backtrail.model.telemetry import Placed
from backtrail.profiles import Allocation, Netblocks


def netblocks(addresses: AddressBase, allocated: Iterable[Placed], registered: Iterable[Placed]) -> Netblocks:
    """Networks of a case.

    Args:
        addresses: Data that the user loaded.
        allocated: `allocated-to` ties: what registries say.
        registered: What registrations say; those of networks say where their holders are.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    since: dict[str, float] = {}
    for placed in allocated:
        trace = placed.trace
        about = found[trace.of]
        about["holder" if trace.kind == "registrant-org" else "country"] = trace.value.upper()
        about["place"] = f"{placed.origin.evidence[:12]} {trace.at}"
        since[trace.of] = min(since.get(trace.of, trace.first), trace.first)
    for placed in registered:
        if placed.trace.of in found and placed.trace.kind == "registrant-address":
            found[placed.trace.of].setdefault("registrant", placed.trace.value)
    allocations = [Allocation(network, since[network], **about) for network, about in found.items()]
    return Netblocks(allocations, lambda address, at: beyond(addresses, address, at))


def beyond(data: AddressBase, address: str, at: float) -> Allocation | None:
    """What loaded data say of an address: of each thing the newest that says it, with its day where it is later."""
    number = ipaddress.ip_address(address)
    placings = data.of(number.version, int(number))
    if not placings:
        return None
    network = min((_network(p, number) for p in placings), key=lambda n: -n.prefixlen)
    holder = next((f"AS{p.asn} {p.holder}".strip() if p.asn else p.holder for p in placings[::-1] if p.holder), "")
    country = next((p.country for p in placings[::-1] if p.country), "")
    day = max(p.day for p in placings)
    seen = datetime.fromtimestamp(at, UTC).date().isoformat() if at else ""
    return Allocation(str(network), 0.0, holder, country, dated=day if not seen or day > seen else "")


def _network(
    found: Placing, address: ipaddress.IPv4Address | ipaddress.IPv6Address
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The network in CIDR notation that holds an address, of those that a range is made of."""
    ends = type(address)(found.first), type(address)(found.last)
    return next(n for n in ipaddress.summarize_address_range(*ends) if address in n)
