"""Small helps for readers of logs whose records differ: parts of JSON, ends of a connection, first lines of a file."""

import re
from typing import Any

from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.operators import hidden_origins

Json = dict[str, Any]


def part(document: Json, name: str) -> Json:
    """The object under a name; an empty one when there is none."""
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def parts(document: Json, name: str) -> list[Json]:
    """The objects of the array under a name."""
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text(document: Json, name: str) -> str:
    """The text under a name; empty when there is none or it is something else."""
    found = document.get(name)
    return found if isinstance(found, str) else ""


def first_lines(head: bytes, most: int = 5) -> list[bytes]:
    """The first lines of a file that say something, without byte order mark: one of them may be damaged."""
    lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 4 * most)
    return [line for line in lines if line.strip()][:most]


def like_address(name: str) -> bool:
    """Whether a host is an address, told at a glance: no name ends in a digit or has a colon in it."""
    return name[-1:].isdigit() or ":" in name


def bare_host(place: str) -> str:
    """A host without its port.

    >>> bare_host("www.example:8080"), bare_host("[2001:db8::1]:443"), bare_host("2001:db8::1")
    ('www.example', '2001:db8::1', '2001:db8::1')
    """
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place.partition(":")[0] if place.count(":") == 1 else place


def resolves(gatherer: Gatherer, name: str, address: str) -> None:
    """Tie a name to the address that answered for it, when both are there and the name is one."""
    if name and address and not like_address(name):
        gatherer.tie("resolves-to", "domain-name", name, "ipv4-addr", address)


def serves(gatherer: Gatherer, server: str, port: object, protocol: str = "") -> None:
    """Tie a server to the port it was asked at, with the protocol that the sensor recognised, where it did."""
    if server and like_address(server) and str(port).isdigit():
        spoken = "" if protocol in ("failed", "unknown", "-") else protocol
        gatherer.tie("serves", "ipv4-addr", server, "port", str(port), detail=spoken)


def origins(gatherer: Gatherer, hop: str, *payloads: object) -> None:
    """HTRAN's own words in texts: the hidden origins behind a hop."""
    for payload in payloads:
        if isinstance(payload, str):
            for origin in hidden_origins(payload):
                gatherer.tie("relays-to", "ipv4-addr", hop, "ipv4-addr", origin, each=True)


def detail(**said: object) -> str:
    """What a record says of a login, `name=value` with semicolons between; parts that say nothing are left out.

    >>> detail(layout="0804", client="", account="a;b")
    'layout=0804;account=a,b'
    """
    given = ((name, str(value)) for name, value in said.items() if value not in (None, "", "-"))
    return ";".join(f"{name}={value.replace(';', ',')}" for name, value in given)


def mostly(head: bytes, line: re.Pattern[bytes]) -> bool:
    """Whether at least half of the first lines of a file match: prose that quotes one line of a log is no log."""
    lines = first_lines(head, 10)
    if len(lines) > 1 and not head.endswith(b"\n"):
        lines = lines[:-1] or lines
    return bool(lines) and 2 * sum(1 for one in lines if line.match(one)) >= len(lines)
