"""Packets out of capture files: pcap (libpcap's *savefile format*) and pcapng (IETF draft-ietf-opsawg-pcapng).

Read by hand and not by dpkt, so that sizes are bounded before they are believed and each fault has its place.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from msgspec import Struct

from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record

MAX_PACKET = 16 << 20
_MAGICS = {
    b"\xa1\xb2\xc3\xd4": (">", 1e-6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e-6),
    b"\xa1\xb2\x3c\x4d": (">", 1e-9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
}
_SECTION = b"\x0a\x0d\x0d\x0a"


class Packet(Struct):
    """One packet as it was captured.

    Attributes:
        time: Seconds since 1970; 0 when the block says none.
        link: Link type (tcpdump.org, *LINKTYPE_ values*).
        data: Its bytes, perhaps cut short by the capturing program.
    """

    time: float
    link: int
    data: bytes


def is_capture(head: bytes) -> bool:
    """Whether a file begins as a capture does."""
    return head[:4] in _MAGICS or (head[:4] == _SECTION and head[8:12] in (b"\x1a\x2b\x3c\x4d", b"\x4d\x3c\x2b\x1a"))


def packets(stream: BinaryIO) -> Iterator[Packet | Record]:
    """Packets in order; a file that breaks off within one gives a problem in its place.

    Raises:
        FormatError: No capture, or a length that cannot be true: what follows cannot be found.
    """
    source = _Source(stream)
    magic = source.take(4)
    if magic == _SECTION:
        yield from _sections(source)
    elif magic in _MAGICS:
        yield from _savefile(source, *_MAGICS[magic])
    else:
        raise FormatError("no capture file", where="offset 0")


class _Source:
    """A stream with its position."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.at = 0

    def take(self, size: int) -> bytes:
        if size > MAX_PACKET:
            raise LimitError(f"a packet or block of {size} bytes", where=f"offset {self.at}")
        data = self._stream.read(size)
        self.at += len(data)
        return data


def _cut(number: int) -> Record:
    return Record(where=f"record {number}", problem="the file breaks off within this packet")


def _savefile(source: _Source, order: str, unit: float) -> Iterator[Packet | Record]:
    head = source.take(20)
    if len(head) < 20:
        raise FormatError("the file breaks off within its header", where=f"offset {source.at}")
    link = struct.unpack(order + "I", head[16:])[0] & 0xFFFF
    number = 0
    while head := source.take(16):
        number += 1
        if len(head) < 16:
            yield _cut(number)
            return
        seconds, fraction, size, _ = struct.unpack(order + "IIII", head)
        data = source.take(size)
        if len(data) < size:
            yield _cut(number)
            return
        yield Packet(seconds + fraction * unit, link, data)


class _Interface(Struct):
    link: int
    snap: int
    unit: float = 1e-6
    offset: int = 0


def _sections(source: _Source) -> Iterator[Packet | Record]:
    """Blocks of a pcapng file; a section header may come again, with another byte order."""
    order, kind, number = "<", 0x0A0D0D0A, 0
    interfaces: list[_Interface] = []
    while True:
        if kind == 0x0A0D0D0A:
            order, body = _section(source)
            interfaces = []
        else:
            body = _body(source, order)
        if body is None:
            yield _cut(number + 1)
            return
        if kind == 1:
            interfaces.append(_interface(order, body))
        elif kind in (2, 3, 6):
            number += 1
            yield _packet(order, kind, body, interfaces) or Record(where=f"record {number}", problem="a broken block")
        start = source.take(4)
        if len(start) < 4:
            if start:
                yield _cut(number + 1)
            return
        kind = struct.unpack(order + "I", start)[0]


def _section(source: _Source) -> tuple[str, bytes | None]:
    size, magic = source.take(4), source.take(4)
    order = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}.get(magic)
    if order is None:
        raise FormatError("a section without byte order", where=f"offset {source.at}")
    return order, _rest(source, struct.unpack(order + "I", size)[0] - 12)


def _body(source: _Source, order: str) -> bytes | None:
    size = source.take(4)
    return _rest(source, struct.unpack(order + "I", size)[0] - 8) if len(size) == 4 else None


def _rest(source: _Source, size: int) -> bytes | None:
    """The rest of a block without its length, which ends it again; None when the file breaks off."""
    if size < 4:
        raise FormatError("a block that is shorter than its own head", where=f"offset {source.at}")
    data = source.take(size)
    return data[:-4] if len(data) == size else None


def _interface(order: str, body: bytes) -> _Interface:
    if len(body) < 8:
        return _Interface(link=-1, snap=0)
    link, _, snap = struct.unpack(order + "HHI", body[:8])
    found = _Interface(link=link, snap=snap)
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack(order + "HH", body[at : at + 4])
        value = body[at + 4 : at + 4 + size]
        if code == 9 and len(value) == 1:
            found.unit = 2.0 ** -(value[0] & 127) if value[0] & 128 else 10.0 ** -value[0]
        elif code == 14 and len(value) == 8:
            found.offset = struct.unpack(order + "q", value)[0]
        at += 4 + size + (-size) % 4
    return found


def _packet(order: str, kind: int, body: bytes, interfaces: list[_Interface]) -> Packet | None:
    """Enhanced (6), simple (3) or old (2) packet block."""
    index, high, low, size, head = 0, 0, 0, 0, 20
    if kind == 3:
        head = 4
        size = struct.unpack(order + "I", body[:4])[0] if len(body) >= 4 else 0
        size = min(size, len(body) - 4, (interfaces[0].snap if interfaces else 0) or len(body))
    elif len(body) >= 20:
        shape = "IIII" if kind == 6 else "HxxIII"
        index, high, low, size = struct.unpack(order + shape, body[:16])
    if index >= len(interfaces) or len(body) < head + size or size < 0:
        return None
    interface = interfaces[index]
    stamp = (high << 32 | low) * interface.unit + interface.offset
    return Packet(stamp if kind != 3 and 0.0 < stamp < 4e9 else 0.0, interface.link, body[head : head + size])
