"""The plan of a relational hunt: one array of keys for each row, joined with the keys that are wanted.

The keys are a coarse net that lets nothing through: host names with all names above them, addresses as numbers and by
prefix, digests, and a mark for rows that say something in other spellings. What is caught is confirmed by the matcher
of the scan, so that every engine gives the same hits. Engines write the expressions below in their own dialect.
"""

import ipaddress
import re
from collections.abc import Iterator

from msgspec import Struct

from backtrail.hunts.keys import DIGITS, Compiled
from backtrail.hunts.words import STRINGS, anchors
from backtrail.model.kinds import host_of

MARK = "!"
"""Key of a row that is confirmed whatever its other keys are."""

HOSTS = r"[0-9a-z_-]+(?:[.][0-9a-z_-]*[0-9a-z_])+"
ADDRESSES = r"[0-9]{1,3}(?:[.][0-9]{1,3}){3}"
SIXES = r"[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*"
HEXES = r"[0-9a-f]{8,}"
SPACED = r"[0-9a-f]{2}(?:[: -][0-9a-f]{2}){3,}"
ODD = (
    r"[^\x01-\x7f]|\\u[0-9a-f]|[(][0-9]{1,2}[)][0-9a-z_-]|:ffff:[0-9a-f]{1,4}:[0-9a-f]"
    r"|(?:^|[^\\])(?:\\\\)*\\[ntrbf](?:[0-9a-z_:-]*[.:]|[0-9a-f]{8})"
)
"""What only the exact phase can spell out: letters beyond ASCII, escapes of JSON (`\\u0441`, and a name right behind a
`\\n`), names of Windows' DNS server, IPv4 within IPv6."""

SPOILT = r"%[0-9a-f]{2}|\[[.]|[.]\]|[\[({] ?(?:dot|[.]|at|@) ?[\])}]|h(?:xx|[*][*]|__)ps?(?::|\[)|meow://|\[:| dot "
"""What only `--decode` looks at."""

_MOST_TEXTS = 2000


class Plan(Struct, frozen=True):
    """What the net is made of.

    Attributes:
        keys: Wanted keys: `h:` host, `4:` address, `x:` digest, `s:` serial number.
        sorts: Which sorts of keys a row needs: `h`, `4`, `6`, `x`, `s`, and `c` for digests written in pairs.
        ranges: First and last address of disjoint ranges of IPv4 networks.
        prefixes: Lengths of prefixes of these networks, for engines that join by equality only (`p24:`).
        sixes: Wanted IPv6 addresses and networks.
        marks: Regular expression (RE2 and Java alike) of rows that are confirmed in any case.
        everything: Whether all rows are.
    """

    keys: tuple[str, ...]
    sorts: frozenset[str]
    ranges: tuple[tuple[int, int], ...]
    prefixes: tuple[int, ...]
    sixes: tuple[ipaddress.IPv6Network, ...]
    marks: str
    everything: bool

    def six(self, token: str) -> bool:
        """Whether a stretch of hex digits, colons and dots shows a wanted IPv6 address."""
        return any(address in network for address in _sixes(token) for network in self.sixes)


def plan(goal: Compiled, *, decode: bool) -> Plan:
    """Make the net for what is looked for."""
    keys: set[str] = set()
    sorts: set[str] = set()
    networks: list[ipaddress.IPv4Network] = []
    sixes: set[ipaddress.IPv6Network] = set()
    for kind, value in _values(goal):
        if kind in DIGITS:
            keys.add(f"x:{value}")
            sorts |= {"c"} if kind.startswith("x509") else set()
        elif kind == "x509-serial":
            keys.add(f"s:{value}")
        elif kind == "network" or ((place := host_of(kind, value) or value) and _is_address(place)):
            network = ipaddress.ip_network(value if kind == "network" else place)
            if isinstance(network, ipaddress.IPv6Network):
                sixes.add(network)
            elif network.prefixlen == 32:
                keys.add(f"4:{int(network.network_address)}")
            else:
                networks.append(network)
        else:
            keys.add(f"h:{place}")
    texts = _texts(goal)
    keys.update(f"p{n.prefixlen}:{int(n.network_address) >> (32 - n.prefixlen)}" for n in networks)
    return Plan(
        keys=(*sorted(keys), MARK),
        sorts=frozenset(sorts | {key[0] for key in keys} - {"p"} | ({"6"} if sixes else set())),
        ranges=tuple((int(n[0]), int(n[-1])) for n in ipaddress.collapse_addresses(networks)),
        prefixes=tuple(sorted({n.prefixlen for n in networks})),
        sixes=tuple(sorted(sixes)),
        marks="|".join([ODD, *([SPOILT] if decode else []), *texts]),
        everything=len(texts) > _MOST_TEXTS,
    )


def _values(goal: Compiled) -> Iterator[tuple[str, str]]:
    """Kind and canonical value of all that is looked for by a key."""
    for row in range(len(goal.columns)):
        kind = goal.columns.kind(row)
        if kind not in STRINGS:
            try:
                kind, value = goal.spell(kind, goal.columns.value(row))
            except ValueError:
                continue
            if kind in DIGITS or kind in ("x509-serial", "network") or host_of(_as_host(kind), value):
                yield _as_host(kind), value


def _as_host(kind: str) -> str:
    return "domain-name" if kind == "name-server" else kind


def _is_address(place: str) -> bool:
    return ":" in place or place.replace(".", "").isdigit()


def _texts(goal: Compiled) -> list[str]:
    """A stretch of each text, as an expression; one beyond ASCII is in rows that are confirmed anyway."""
    found = {piece.decode("ascii").lower() for _, piece in anchors(goal.strings) if piece.isascii()}
    return [_literal(piece) for piece in sorted(found)]


def _literal(piece: str) -> str:
    return "".join(c if c.isalnum() or c in " _-" else f"\\x{ord(c):02x}" for c in piece)


_CUTS = re.compile(r"[.:]")


def _sixes(token: str) -> Iterator[ipaddress.IPv6Address]:
    """Addresses that a token may be: as it is, without a port or what is glued to either end."""
    trimmed = token.strip(".")
    tries = {trimmed, trimmed.rstrip(":"), trimmed.lstrip(":"), trimmed.strip(":")}
    for text in list(tries):
        for found in _CUTS.finditer(text):
            tries |= {text[: found.start()], text[found.end() :]}
    for text in tries:
        try:
            yield ipaddress.IPv6Address(text)
        except ValueError:
            continue
