"""Which network an address lies in, whose and in which country, as of a moment: by registries, then by loaded data.

Registries in the evidence come first. What they leave unsaid comes from address data that the user loaded; these say
how the world was on their own day, which is shown where it is later than the sighting.
"""

import ipaddress
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace


class Allocation(Struct, frozen=True, order=True):
    """A network as a registry says it.

    Attributes:
        network: In CIDR notation.
        since: Seconds since 1970 from which it is so; 0 when the registry does not say.
        holder: Who has it, where said.
        country: Of the holder, where said.
        place: Where in the evidence that stands.
        registrant: Where a registration says that the holder is, where said.
        dated: Day of the loaded data that say so, when it is later than the moment asked for; else empty.
    """

    network: str
    since: float = 0.0
    holder: str = ""
    country: str = ""
    place: str = ""
    registrant: str = ""
    dated: str = ""


Beyond = Callable[[str, float], Allocation | None]
"""Address data that the user loaded: an address at a moment to its network."""


class Netblocks:
    """Allocations, to be asked by address: the narrowest network that holds it says who and where.

    What a registry leaves unsaid of a narrow network is taken from the next wider one, and then from loaded data.

    Args:
        allocations: In any order.
        beyond: Asked for what they leave unsaid.
    """

    def __init__(self, allocations: Iterable[Allocation], beyond: Beyond | None = None) -> None:
        self._beyond = beyond
        self._by_length: Mapping[tuple[int, int], dict[int, list[Allocation]]] = defaultdict(dict)
        for one in allocations:
            network = ipaddress.ip_network(one.network)
            bits = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            self._by_length[network.version, network.prefixlen].setdefault(bits, []).append(one)

    def of(self, address: str, at: float) -> Allocation | None:
        """The network of an address at a moment; None when nobody knows it."""
        found = self._registered(address, at)
        if self._beyond and (found is None or not found.holder or not found.country):
            other = self._beyond(address, at)
            if other is not None:
                return other if found is None else replace(_filled(found, other), dated=other.dated)
        return found

    def _registered(self, address: str, at: float) -> Allocation | None:
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
    return replace(
        narrow,
        holder=narrow.holder or wide.holder,
        country=narrow.country or wide.country,
        registrant=narrow.registrant or wide.registrant,
    )
