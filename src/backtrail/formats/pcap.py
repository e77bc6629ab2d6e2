"""Captures of packets (pcap, pcapng): who spoke with whom and how much, and what the talk shows in the clear.

Every packet counts as a record. Connections are put together lightly (`kit/flows.py`); DNS, HTTP, TLS, remote
desktop, SMTP and FTP are looked into (`kit/conversations.py`), and HTRAN's words wherever they stand.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

import dpkt

from backtrail.formats.kit.captures import Packet, is_capture, packets
from backtrail.formats.kit.conversations import lone_request, look, request
from backtrail.formats.kit.flows import Flow, Flows, is_up
from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.packets import TCP, UDP, Segment, dissect
from backtrail.formats.kit.parts import origins, resolves
from backtrail.model.record import Record

_BATCH = 5_000
_RELAYS = (b"SERVER]", b"-tran ", b"-slave ")


def sniff(head: bytes, name: str) -> bool:
    return is_capture(head)


def read(stream: BinaryIO) -> Iterator[Read]:
    gatherer, flows = Gatherer("record"), Flows()
    for number, packet in enumerate(packets(stream), 1):
        if isinstance(packet, Record):
            yield packet
            continue
        _look(gatherer, flows, number, packet)
        if len(gatherer.numbers) >= _BATCH:
            yield gatherer.taken()
    if gatherer.numbers:
        yield gatherer.taken()


def _look(gatherer: Gatherer, flows: Flows, number: int, packet: Packet) -> None:
    gatherer.record(number, packet.time)
    segment = dissect(packet.link, packet.data)
    if segment is None:
        return
    flow = flows.of(segment)
    up, down = (segment.size, 0) if is_up(flow, segment) else (0, segment.size)
    gatherer.value("ipv4-addr", flow.server, "out", up, down)
    gatherer.value("ipv4-addr", flow.client, "in", down, up)
    if segment.payload:
        if any(word in segment.payload for word in _RELAYS):
            origins(gatherer, flow.server, segment.payload.decode("latin-1"))
        if segment.protocol == UDP and 53 in (segment.source_port, segment.target_port):
            _dns(gatherer, segment.payload)
    if segment.protocol == TCP:
        _conversation(gatherer, flows, flow, segment)


def _conversation(gatherer: Gatherer, flows: Flows, flow: Flow, segment: Segment) -> None:
    """Put a segment to its connection, and look whenever there is as much as was wanted."""
    if flow.protocol == "nothing":
        if segment.payload and (found := lone_request(segment.payload)):
            request(gatherer, flow.server, *found)
        return
    flows.add(flow, segment)
    enough = len(flow.up.data) >= flow.up.wanted or len(flow.down.data) >= flow.down.wanted
    if segment.payload and enough and flow.protocol != "nothing" and not look(gatherer, flow):
        flows.done(flow)


_BROKEN = (dpkt.UnpackError, ValueError, IndexError, KeyError, AttributeError, TypeError, struct.error)


def _dns(gatherer: Gatherer, payload: bytes) -> None:
    try:
        message = dpkt.dns.DNS(payload)
        name = message.qd[0].name if message.qd else ""
        answers = [dpkt.utils.inet_to_str(a.rdata) for a in message.an if a.type in (1, 28)]
    except _BROKEN:
        return
    if message.qr == 0:
        gatherer.value("domain-name", name, "out")
    for address in answers:
        resolves(gatherer, name, address)


FORMAT = Format(
    name="pcap",
    title="Packet capture (pcap, pcapng)",
    media_type="application/vnd.tcpdump.pcap",
    suffix=".pcap",
    sniff=sniff,
    read=read,
    in_child=True,
)
