"""Registry objects in RPSL (RFC 2622): `inetnum` and `inet6num` with the persons and organisations they name.

A network is tied to its holder and country, and to the contacts that the same file describes. Objects are separated
by empty lines; a line that begins with white space or `+` goes on with the one before.
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.dates import dated
from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.text import text_lines
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

_NETWORK = ("inetnum", "inet6num")
_FIRST = re.compile(rb"^(?:inetnum|inet6num|route6?|aut-num|person|role|organisation|mntner|as-block):[ \t]", re.M)
_PARTS = re.compile(rb"^(?:netname|descr|origin|nic-hdl|source|mnt-by|address):[ \t]", re.M)
_RANGE = re.compile(r"\s+-\s+")
MOST_HELD = 200_000
"""Objects held until the persons they name are known, and persons remembered from one file."""

_Object = dict[str, list[str]]


def sniff(head: bytes, name: str) -> bool:
    return bool(_FIRST.search(head) and _PARTS.search(head)) and not head.lstrip().startswith((b"{", b"<"))


def read(stream: BinaryIO) -> Iterator[Read]:
    held = _Held()
    for number, found in enumerate(_objects(stream), 1):
        if problem := held.take(number, found):
            yield Record(where=f"record {number}", problem=problem)
        if len(held.objects) >= MOST_HELD:
            yield held.taken()
    if held.objects:
        yield held.taken()


class _Held:
    """Objects that wait for the persons they name, who may stand anywhere in the file."""

    def __init__(self) -> None:
        self.objects: list[tuple[int, list[str], _Object]] = []
        self.people: dict[str, _Object] = {}

    def take(self, number: int, found: _Object) -> str | None:
        """Hold one object; the reason when it cannot be used."""
        network = next((found[name][0] for name in _NETWORK if name in found), None)
        try:
            blocks = networks(network) if network is not None else []
        except (ValueError, TypeError):
            return f"not an address range: {str(network)[:80]!r}"
        self.objects.append((number, blocks, found))
        handle = (found.get("nic-hdl") or found.get("organisation") or [""])[0].upper()
        if network is None and handle and len(self.people) < MOST_HELD:
            self.people[handle] = found
        return None

    def taken(self) -> Telemetry:
        """What is held, tied together; afterwards only the persons are held."""
        out = Gatherer("record")
        for number, blocks, found in self.objects:
            out.record(number, dated(" ".join(found.get("created", found.get("changed", []))[:1])))
            handles = [h.upper() for name in ("org", "admin-c", "tech-c") for h in found.get(name, [])]
            known = [self.people[handle] for handle in dict.fromkeys(handles) if handle in self.people]
            for block in blocks:
                _allocation(out, block, found)
                for person in known:
                    _contact(out, block, person)
        self.objects = []
        return out.taken()


def _objects(stream: BinaryIO) -> Iterator[_Object]:
    """Objects of the file: attributes with their values in order."""
    held: _Object = {}
    last = ""
    for _, line in text_lines(stream):
        if line.startswith(("%", "#")):
            continue
        if not line.strip():
            if held:
                yield held
            held, last = {}, ""
        elif line[0] in " \t+" and last:
            held[last].append(line[1:].strip())
        else:
            name, _, value = line.partition(":")
            last = name.strip().lower()[:40]
            held.setdefault(last, []).append(value.strip())
    if held:
        yield held


def networks(text: str) -> list[str]:
    """The networks of a range `192.0.2.0 - 192.0.2.255`, or the one in CIDR notation. Raises ValueError."""
    ends = _RANGE.split(text.strip())
    if len(ends) == 2:
        first, last = (ipaddress.ip_address(end) for end in ends)
        return [str(n) for n in ipaddress.summarize_address_range(first, last)]
    return [str(ipaddress.ip_network(text.strip(), strict=False))]


def _allocation(out: Gatherer, block: str, found: _Object) -> None:
    said = {name: found[name][0] for name in ("netname", "country", "status") if found.get(name)}
    detail = ";".join(f"{name}={value.replace(';', ',')}" for name, value in said.items())
    holder = (found.get("descr") or found.get("org-name") or found.get("netname") or [""])[0]
    if holder:
        out.tie("allocated-to", "network", block, "registrant-org", holder, detail=detail)
    if country := said.get("country"):
        out.tie("allocated-to", "network", block, "registrant-address", country)


_PERSON = {
    "person": "registrant-name", "role": "registrant-name", "e-mail": "registrant-email",
    "phone": "registrant-phone", "org-name": "registrant-org",
}  # fmt: skip


def _contact(out: Gatherer, block: str, person: _Object) -> None:
    for name, kind in _PERSON.items():
        for value in person.get(name, [])[:5]:
            out.tie("registered-by", "network", block, kind, value)
    if person.get("address"):
        out.tie("registered-by", "network", block, "registrant-address", ", ".join(person["address"]))


FORMAT = Format(
    name="rpsl", title="Registry objects (RPSL)", media_type="text/plain", suffix=".txt", sniff=sniff, read=read
)
