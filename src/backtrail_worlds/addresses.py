"""Addresses of the world: which block belongs to which country, and addresses that nobody else in it has.

Home networks come from the world's TOML. Everything else lies in large blocks of the general unicast space that
are hardly routed, so that a generated world blames nobody's server; the world's own registry
(`evidence/reference/rir`) says which country each block is in, in this world.
"""

from ipaddress import IPv4Address, IPv4Network
from random import Random

from msgspec import Struct

_FIRST = (11, 21, 22, 26, 28, 29, 30, 33, 55)
_TAIL = IPv4Network("6.0.0.0/8")
_TAIL_SIZE = 4096

REGISTRIES = {
    "apnic": ["CN", "TW", "JP", "KR", "HK", "SG", "IN", "AU", "VN", "TH", "MY", "ID", "PH", "NZ"],
    "arin": ["US", "CA"],
    "lacnic": ["BR", "AR", "MX", "CL", "CO"],
    "afrinic": ["ZA", "NG", "EG", "KE", "MA"],
}


class Block(Struct, frozen=True):
    """A block of the registry.

    Attributes:
        network: CIDR notation.
        country: ISO 3166 code.
        allocated: Day, as `20040101`.
        holder: Name of the organisation, as the registry prints it.
    """

    network: str
    country: str
    allocated: str
    holder: str


def registry_of(country: str) -> str:
    """The regional registry that serves a country."""
    return next((name for name, countries in REGISTRIES.items() if country in countries), "ripencc")


class AddressBook:
    """Gives out addresses by country or network; none twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._free = [IPv4Network(f"{first}.{second}.0.0/16") for first in _FIRST for second in range(1, 250, 3)]
        rng.shuffle(self._free)
        self._own: dict[str, list[IPv4Network]] = {}
        self._used: set[int] = set()
        self.blocks: list[Block] = [Block(str(_TAIL), "US", "20030101", "Longtail Networks")]

    def declare(self, network: str, country: str, holder: str) -> None:
        """A block that the world names itself."""
        if not any(block.network == network for block in self.blocks):
            self.blocks.append(Block(network, country, "20020301", holder))

    def take(self, country: str) -> str:
        """A new address of a country."""
        blocks = self._own.setdefault(country, [])
        if len(blocks) < 3:
            block = self._free.pop()
            blocks.append(block)
            holder = f"{country} Backbone {len(blocks)}"
            self.blocks.append(
                Block(str(block), country, f"200{self._rng.randint(0, 6)}0{self._rng.randint(1, 9)}15", holder)
            )
        return self._new(self._rng.choice(blocks))

    def take_from(self, network: str) -> str:
        """A new address of a network."""
        return self._new(IPv4Network(network))

    def _new(self, network: IPv4Network) -> str:
        first, size = int(network.network_address), network.num_addresses
        while True:
            value = first + self._rng.randrange(1, size - 1)
            if value not in self._used and value & 0xFF not in (0, 255):
                self._used.add(value)
                return str(IPv4Address(value))


def tail_address(intrusion: int, number: int) -> str:
    """An address that only one victim ever talks to."""
    return str(IPv4Address(int(_TAIL.network_address) + intrusion * _TAIL_SIZE + number + 257))
