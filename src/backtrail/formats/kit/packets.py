"""What a packet says of itself: addresses, ports, payload (RFC 791, 8200, 9293, 768 and the link types of tcpdump)."""

import struct
from functools import lru_cache
from ipaddress import IPv6Address

from msgspec import Struct

TCP, UDP = 6, 17
SYN, ACK = 0x02, 0x10
_EXTENSIONS = frozenset({0, 43, 60, 135})
_VLAN = frozenset({0x8100, 0x88A8, 0x9100})


class Segment(Struct):
    """The part of a packet that readers look at.

    Attributes:
        source: Address it came from.
        target: Address it went to.
        protocol: 6 is TCP, 17 UDP.
        source_port: 0 when the protocol has none.
        target_port: As well.
        flags: Of TCP.
        sequence: Of TCP.
        payload: What was captured of it.
        size: Bytes of payload that were on the wire.
    """

    source: str
    target: str
    protocol: int
    source_port: int = 0
    target_port: int = 0
    flags: int = 0
    sequence: int = 0
    payload: bytes = b""
    size: int = 0


def dissect(link: int, data: bytes) -> Segment | None:
    """The IP packet in a frame; None when there is none or it is cut within its headers."""
    try:
        at = _network(link, data)
        if at < 0:
            return None
        version = data[at] >> 4
        return _version_4(data, at) if version == 4 else _version_6(data, at) if version == 6 else None
    except (struct.error, IndexError):
        return None


def _network(link: int, data: bytes) -> int:
    """Where the IP packet begins; -1 when the frame carries none."""
    match link:
        case 1:
            return _ethernet(data, 12)
        case 12 | 14 | 101 | 228 | 229:
            return 0
        case 0 | 108:
            return 4
        case 113:
            return _ethernet(data, 14)
        case 276:
            return 20 if data[:2] in (b"\x08\x00", b"\x86\xdd") else -1
        case 9:
            return 4 if data[2:4] in (b"\x00\x21", b"\x00\x57") else -1
    return -1


def _ethernet(data: bytes, at: int) -> int:
    """Behind the type field at a place, and VLAN tags."""
    for _ in range(4):
        type = struct.unpack_from(">H", data, at)[0]
        if type not in _VLAN:
            return at + 2 if type in (0x0800, 0x86DD) else -1
        at += 4
    return -1


@lru_cache(maxsize=65536)
def _dotted(raw: bytes) -> str:
    return ".".join(map(str, raw)) if len(raw) == 4 else str(IPv6Address(raw))


def _version_4(data: bytes, at: int) -> Segment:
    head = (data[at] & 15) * 4
    total, fragment = struct.unpack_from(">H", data, at + 2)[0], struct.unpack_from(">H", data, at + 6)[0]
    protocol = data[at + 9]
    source, target = map(_dotted, struct.unpack_from("4s4s", data, at + 12))
    size = (total or len(data) - at) - head
    return _transport(Segment(source, target, protocol), data, at + head, size, bool(fragment & 0x1FFF))


def _version_6(data: bytes, at: int) -> Segment:
    size, protocol = struct.unpack_from(">HB", data, at + 4)
    source, target = map(_dotted, struct.unpack_from("16s16s", data, at + 8))
    at, later = at + 40, False
    for _ in range(8):
        if protocol in _EXTENSIONS:
            length = 8 + 8 * data[at + 1]
        elif protocol == 44:
            length, later = 8, bool(struct.unpack_from(">H", data, at + 2)[0] & 0xFFF8)
        else:
            break
        protocol, at, size = data[at], at + length, size - length
    return _transport(Segment(source, target, protocol), data, at, size, later)


def _transport(found: Segment, data: bytes, at: int, size: int, later: bool) -> Segment:
    """Ports and payload; a later fragment and what is cut short has none."""
    found.size = max(size, 0)
    head = 8
    try:
        if later or found.protocol not in (TCP, UDP):
            return found
        ports = struct.unpack_from(">HH", data, at)
        if found.protocol == TCP:
            found.sequence = struct.unpack_from(">I", data, at + 4)[0]
            head = (data[at + 12] >> 4) * 4
            found.flags = data[at + 13]
    except (struct.error, IndexError):
        return found
    found.source_port, found.target_port = ports
    found.payload = data[at + head : at + max(size, head)]
    found.size = max(size - head, 0)
    return found
