"""Ranges of addresses, as data that place addresses give them."""

from msgspec import Struct


class AddressRange(Struct, frozen=True):
    """Addresses from the first to the last, both of one version, as numbers.

    Attributes:
        version: 4 or 6.
        first: The first.
        last: The last.
        asn: Autonomous system, digits only, where said.
        holder: Who has them, where said.
        country: Of the holder, ISO 3166 code, where said.
    """

    version: int
    first: int
    last: int
    asn: str = ""
    holder: str = ""
    country: str = ""
