"""What values and names that numbers count rest on: an address or a zone is no row of evidence, but stands in some."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from backtrail.model.profile import Profile
from backtrail.profiles.chain import Chain, is_address
from backtrail.profiles.domains import Zone
from backtrail.profiles.inventory import Server
from backtrail.profiles.pivots import Trail


class Underlying(NamedTuple):
    """What a part of a number rests on, where the part is a value or a name.

    Attributes:
        part: The part, as numbers list it.
        what: What it is, in words.
        rests: Observations, places in evidence, and other such parts.
    """

    part: str
    what: str
    rests: tuple[str, ...]


def of_chain(made: Chain) -> Iterator[Underlying]:
    """Names and addresses of a chain rest on the links that stand."""
    for edge in made.standing():
        for end in (edge.target,) if edge.relation == "connects-to" else (edge.source, edge.target):
            yield Underlying(end, "address" if is_address(end) else "domain-name", edge.parts)


def of_servers(servers: Iterable[Server]) -> Iterator[Underlying]:
    """Servers and their addresses rest on where they were seen, their kinds and countries on the servers."""
    for one in servers:
        yield Underlying(one.label, "server", one.parts)
        yield Underlying(one.address, "address", one.parts)
        yield Underlying(one.kind, "kind of server", (one.label,))
        yield Underlying(one.country, "country", (one.address,))


def of_zones(zones: Iterable[Zone]) -> Iterator[Underlying]:
    """Zones rest on their registrations, and on the names in them."""
    for zone in zones:
        records = dict.fromkeys(record.place for record in zone.records if record.place)
        yield Underlying(zone.name, "domain-name", (*records, *zone.names))


def of_pivots(trail: Trail) -> Iterator[Underlying]:
    """Steps rest on where both ends show the value, and what they lead to on the steps."""
    for one in trail.pivots:
        yield Underlying(one.id, f"step over {one.via}", one.parts)
        for thing in one.to if one.accepted else ():
            yield Underlying(thing, "candidate", (one.id,))


def of_techniques(lifecycle: Profile) -> Iterator[Underlying]:
    """Techniques rest on what the number of each counts."""
    for number in lifecycle.numbers:
        sort, _, technique = number.id.partition(":")
        if sort == "technique":
            yield Underlying(technique, "technique", number.parts)
