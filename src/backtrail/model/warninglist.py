"""Lists of values that are often taken for indicators and are none."""

from typing import Literal

from msgspec import Struct


class WarningList(Struct, frozen=True, kw_only=True):
    """A list in the shape of misp-warninglists.

    Attributes:
        name: Its name, shown beside every hit.
        version: Number of its data, usually a date.
        type: How its entries match.
        entries: The entries.
        kinds: What it is about, in MISP's attribute types; kept, not used for matching.
    """

    name: str
    version: int = 0
    type: Literal["string", "hostname", "substring", "cidr", "regex"] = "string"
    entries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
