"""Which network an address lies in, whose and in which country, as of a moment: from registries in the evidence."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct


class Allocation(Struct, frozen=True, order=True):
    """A network as a registry says it.

    Attributes:
        network: In CIDR notation.
        since: Seconds since 1970 from which it is so; 0 when the registry does not say.
        holder: Who has it, where said.
        country: Of the holder, where said.
        place: Where in the evidence that stands.
    """

    network: str
    since: float = 0.0
    holder: str = ""
    country: str = ""
    place: str = ""


class Netblocks:
    """Allocations, to be asked by address: the narrowest network that holds it says who and where.

    What a registry leaves unsaid of a narrow network is taken from the next wider one.

    Args:
        allocations: In any order.
    """

    def __init__(self, allocations: Iterable[Allocation]) -> None:
        self._by_length: Mapping[tuple[int, int], dict[int, list[Allocation]]] = defaultdict(dict)
        for one in allocations:
            network = ipaddress.ip_network(one.network)
            bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            self._by_length[network.version, network.prefixlen].setdefault(bits, []).append(one)

    def of(self, address: str, at: float) -> Allocation | None:
        """The network of an address at a moment; None when no registry in the evidence knows it."""
        number = ipaddress.ip_address(address)
        found: Allocation | None = None
        for (version, length), blocks in sorted(self._by_length.items(), reverse=True):
            if version != number.version:
                continue
            for one in blocks.get(int(number) >> (number.max_prefixlen - length), ()):
                if not at or one.since <= at:
                    found = one if found is None else _filled(found, one)
        return found


def _filled(narrow: Allocation, wide: Allocation) -> Allocation:
    return Allocation(
        narrow.network, narrow.since, narrow.holder or wide.holder, narrow.country or wide.country, narrow.place
    )
