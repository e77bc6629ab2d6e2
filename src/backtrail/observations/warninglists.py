"""Match values against warning lists (misp-warninglists, CC0). A hit is a remark and a cap, never a deletion."""

import ipaddress
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from backtrail.formats.kit.type_words import kind_of
from backtrail.model.errors import FormatError
from backtrail.model.kinds import host_of
from backtrail.model.warninglist import WarningList

_MOST_PATTERN = 500
"""Characters of a regular expression that is still compiled."""

_MOST_SEARCHED = 1_000
"""Characters of a value that a list's expressions are tried on."""

_GRAM = 4
"""Shortest substring entry; anything shorter would be found everywhere."""

_Range = tuple[int, int, int, str]
"""IP version, first and last address, list."""


def decode(body: bytes) -> WarningList:
    """Read a list in the format of misp-warninglists.

    Raises:
        FormatError: The file is not such a list.
    """
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        names = {"name": "name", "version": "version", "type": "type", "matching_attributes": "kinds"}
        taken = {ours: fields[theirs] for theirs, ours in names.items() if theirs in fields}
        if "list" not in fields:
            raise FormatError("no warning list: it has no `list` of values", where="offset 0")
        entries = msgspec.json.decode(fields["list"], type=list[str | int | float])
        plain = {name: msgspec.json.decode(raw) for name, raw in taken.items()}
        return msgspec.convert(plain | {"entries": tuple(map(str, entries))}, WarningList)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"no warning list: {error}", where="offset 0") from error


class Matcher:
    """Lists compiled for look-ups: dictionaries for names, sorted ranges for networks.

    Args:
        lists: The lists.
    """

    def __init__(self, lists: Iterable[WarningList]) -> None:
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._suffix: dict[str, list[str]] = defaultdict(list)
        self._inside: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        self._about: dict[str, frozenset[str]] = {}
        self._concerned: dict[str, frozenset[str]] = {}
        ranges: list[_Range] = []
        for one in lists:
            ranges += self._add(one)
        self._ranges = sorted(ranges)
        self._starts = [(version, first) for version, first, _, _ in self._ranges]
        self._reach = list(_running_reach(self._ranges))

    def hits(self, kind: str, value: str) -> tuple[str, ...]:
        """Names of the lists that know a canonical value; a URL is known by its host, a mail address by its domain."""
        found: set[str] = set()
        for part, text in _looked_up(kind, value):
            folded = text.lower()
            found.update(self._exact.get(folded, ()))
            if part == "domain-name":
                found.update(name for parent in _parents(folded) for name in self._suffix.get(parent, ()))
            if part in ("ipv4-addr", "ipv6-addr", "network"):
                found.update(self._networks(text))
            found.update(self._by_content(part, text, folded))
        return tuple(sorted(found))

    def _by_content(self, kind: str, text: str, folded: str) -> Iterator[str]:
        """Lists of substrings and patterns that are about the kind; half a telephone number is in many a digest."""
        names = self._concerned.get(kind)
        if names is None:
            names = frozenset(name for name, about in self._about.items() if not about or kind in about)
            self._concerned[kind] = names
        if names:
            yield from (name for name in self._containing(folded) if name in names)
            for pattern, name in self._patterns:
                if name in names and pattern.search(text[:_MOST_SEARCHED]):
                    yield name

    def _containing(self, text: str) -> Iterator[str]:
        """Lists with an entry that is part of the text: entries are found by their first characters."""
        if self._inside:
            for at in range(max(1, len(text) - _GRAM + 1)):
                for entry, name in self._inside.get(text[at : at + _GRAM], ()):
                    if text.startswith(entry, at):
                        yield name

    def _add(self, one: WarningList) -> Iterator[_Range]:
        match one.type:
            case "string":
                for entry in one.entries:
                    self._exact[entry.lower().strip()].append(one.name)
            case "hostname":
                for entry in one.entries:
                    self._suffix[entry.lower().strip().strip(".")].append(one.name)
            case "substring":
                self._about[one.name] = _kinds(one)
                for entry in (e.lower() for e in one.entries if len(e) >= _GRAM):
                    self._inside[entry[:_GRAM]].append((entry, one.name))
            case "regex":
                self._about[one.name] = _kinds(one)
                self._patterns += [(pattern, one.name) for pattern in map(_pattern, one.entries) if pattern]
            case "cidr":
                yield from (found for entry in one.entries for found in _network(entry, one.name))

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


def _looked_up(kind: str, value: str) -> tuple[tuple[str, str], ...]:
    """The parts of a canonical value that lists may know, each with its kind: the value, and the host it is at."""
    host = host_of(kind, value)
    if host is None or host == value:
        return ((kind, value),)
    own = "ipv6-addr" if ":" in host else "ipv4-addr" if host.replace(".", "").isdigit() else "domain-name"
    return ((own, host),) if kind == "ip-port" else ((kind, value), (own, host))


def _kinds(one: WarningList) -> frozenset[str]:
    """Our kinds of a list's MISP attribute types; empty when none of them is one of ours or it names none."""
    return frozenset(kind for word in one.kinds for part in word.split("|") if (kind := kind_of(part)))


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
    """Written as `/expression/flags` or bare; of the flags only `i` matters."""
    wrapped = re.fullmatch(r"/(.*)/([a-z]*)", entry.strip(), re.S)
    text, flags = (wrapped[1], wrapped[2]) if wrapped else (entry, "")
    if not text or len(text) > _MOST_PATTERN:
        return None
    try:
        return re.compile(text, re.I if "i" in flags else 0)
    except re.error:
        return None
