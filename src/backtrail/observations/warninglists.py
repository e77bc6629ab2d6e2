"""Match values against warning lists (misp-warninglists, CC0). A hit is a remark and a cap, never a deletion."""

import ipaddress
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from backtrail.model.errors import FormatError
from backtrail.model.warninglist import WarningList

_MOST_PATTERN = 500
"""Characters of a regular expression that is still compiled."""

_Range = tuple[int, int, int, str]
"""IP version, first and last address, list."""


def decode(body: bytes) -> WarningList:
    """Read a list in the format of misp-warninglists.

    Raises:
        FormatError: The file is not such a list.
    """
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        taken = {name: fields[name] for name in ("name", "version", "type") if name in fields}
        entries = msgspec.json.decode(fields.get("list", msgspec.Raw(b"[]")), type=list[str | int | float])
        plain = {name: msgspec.json.decode(raw) for name, raw in taken.items()}
        return msgspec.convert(plain | {"entries": tuple(map(str, entries))}, WarningList)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"no warning list: {error}", where="offset 0") from error


class Matcher:
    """Lists compiled for look-ups: dictionaries for names, sorted ranges for networks.

    Args:
        lists: The lists.
    """

    def __init__(self, lists: Iterable[WarningList]) -> None:
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._suffix: dict[str, list[str]] = defaultdict(list)
        self._inside: list[tuple[str, str]] = []
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        ranges: list[_Range] = []
        for one in lists:
            ranges += self._add(one)
        self._ranges = sorted(ranges)
        self._starts = [(version, first) for version, first, _, _ in self._ranges]
        self._reach = list(_running_reach(self._ranges))

    def hits(self, kind: str, value: str) -> tuple[str, ...]:
        """Names of the lists that know a canonical value; a URL is known by its host, a mail address by its domain."""
        found: set[str] = set()
        for text in _looked_up(kind, value):
            folded = text.lower()
            found.update(self._exact.get(folded, ()))
            if kind in ("domain-name", "url", "email-addr"):
                found.update(name for parent in _parents(folded) for name in self._suffix.get(parent, ()))
            found.update(name for part, name in self._inside if part in folded)
            found.update(name for pattern, name in self._patterns if pattern.search(text[:1000]))
            if kind in ("ipv4-addr", "ipv6-addr", "ip-port", "network", "url"):
                found.update(self._networks(text))
        return tuple(sorted(found))

    def _add(self, one: WarningList) -> Iterator[_Range]:
        match one.type:
            case "string":
                for entry in one.entries:
                    self._exact[entry.lower().strip()].append(one.name)
            case "hostname":
                for entry in one.entries:
                    self._suffix[entry.lower().strip().strip(".")].append(one.name)
            case "substring":
                self._inside += [(entry.lower(), one.name) for entry in one.entries if entry]
            case "regex":
                self._patterns += [(pattern, one.name) for pattern in map(_pattern, one.entries) if pattern]
            case "cidr":
                for entry in one.entries:
                    yield from _network(entry, one.name)

    def _networks(self, text: str) -> Iterator[str]:
        """Lists with a network that contains the address or network."""
        try:
            asked = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return
        first, last = int(asked.network_address), int(asked.broadcast_address)
        at = bisect_right(self._starts, (asked.version, first)) - 1
        while at >= 0 and self._ranges[at][0] == asked.version and self._reach[at] >= last:
            if self._ranges[at][2] >= last:
                yield self._ranges[at][3]
            at -= 1


def _looked_up(kind: str, value: str) -> tuple[str, ...]:
    if kind == "url":
        place = value.partition("://")[2].partition("/")[0].rpartition("@")[2]
        return (value, place if place.endswith("]") else place.partition(":")[0])
    if kind == "email-addr":
        return (value, value.rpartition("@")[2])
    if kind == "ip-port":
        return (value.rpartition(":")[0].strip("[]"),)
    return (value,)


def _parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = name.partition(".")[2]


def _network(entry: str, name: str) -> Iterator[_Range]:
    try:
        network = ipaddress.ip_network(entry.strip(), strict=False)
    except ValueError:
        return
    yield network.version, int(network.network_address), int(network.broadcast_address), name


def _running_reach(ranges: list[_Range]) -> Iterator[int]:
    """The furthest end of all ranges up to each one, so that a search backwards knows when to stop."""
    reach, version = -1, 0
    for one in ranges:
        reach = max(reach, one[2]) if one[0] == version else one[2]
        version = one[0]
        yield reach


def _pattern(entry: str) -> re.Pattern[str] | None:
    text = entry.strip("/")
    if len(text) > _MOST_PATTERN:
        return None
    try:
        return re.compile(text)
    except re.error:
        return None
