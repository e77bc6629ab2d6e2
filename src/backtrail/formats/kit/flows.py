"""Connections put together from packets, lightly: the first 64 KiB of each direction, in order.

Bounds: 64 KiB a direction, `MOST_FLOWS` connections, `MOST_BYTES` in all; the oldest are dropped.
"""

from msgspec import Struct, field

from backtrail.formats.kit.packets import ACK, SYN, Segment

MOST_FLOWS = 50_000
MOST_BYTES = 256 << 20
KEPT = 65536
_MOST_HELD = 32

_Key = tuple[str, int, str, int, int]


class Half(Struct):
    """One direction of a connection.

    Attributes:
        data: Its bytes from the start, in order.
        taken: How many of them were understood.
        wanted: How many there must be before there is anything more to understand.
    """

    data: bytearray = field(default_factory=bytearray)
    taken: int = 0
    wanted: int = 1
    next: int = -1
    held: dict[int, bytes] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether no more is kept."""
        return len(self.data) >= KEPT

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return len(self.data) + sum(map(len, self.held.values()))

    def add(self, segment: Segment) -> int:
        """Add a segment, which may come again or too early. Gives how many bytes more are kept."""
        before = self.size
        payload, sequence = segment.payload, segment.sequence
        if segment.flags & SYN:
            self.next = (sequence + 1) & 0xFFFFFFFF
            return 0
        if self.next < 0:
            self.next = sequence
        self._place(sequence, payload)
        while self.held and self.next in self.held:
            self._place(self.next, self.held.pop(self.next))
        return self.size - before

    def _place(self, sequence: int, payload: bytes) -> None:
        ahead = (sequence - self.next) & 0xFFFFFFFF
        if ahead >= 1 << 31:
            payload = payload[(1 << 32) - ahead :]
            ahead = 0
        if ahead and len(self.held) < _MOST_HELD and ahead < KEPT:
            self.held[sequence] = payload
        elif not ahead and payload:
            self.data += payload[: KEPT - len(self.data)]
            self.next = (self.next + len(payload)) & 0xFFFFFFFF


class Flow(Struct):
    """A connection.

    Attributes:
        client: Address of who opened it.
        client_port: Port there.
        server: Address of the other end.
        server_port: Port there.
        up: From client to server.
        down: From server to client.
        protocol: Name of what is spoken, once it is known; `nothing` when no more is looked at.
        said: What was learned and is needed later, by name.
    """

    client: str
    client_port: int
    server: str
    server_port: int
    up: Half = field(default_factory=Half)
    down: Half = field(default_factory=Half)
    protocol: str = ""
    said: dict[str, str] = field(default_factory=dict)
    scratch: bytearray = field(default_factory=bytearray)

    def done(self) -> None:
        """Look at no more of it, and keep none of it."""
        self.protocol = "nothing"
        self.up, self.down, self.scratch = Half(), Half(), bytearray()


class Flows:
    """Connections at hand."""

    def __init__(self) -> None:
        self._flows: dict[_Key, Flow] = {}
        self._bytes = 0

    def of(self, segment: Segment) -> Flow:
        """The connection of a segment; a new one when its ports open one again."""
        here = (segment.source, segment.source_port)
        there = (segment.target, segment.target_port)
        first, second = (here, there) if here < there else (there, here)
        key = (*first, *second, segment.protocol)
        flow = self._flows.get(key)
        if flow is None or (segment.flags & (SYN | ACK) == SYN and flow.up.data):
            self._forget(key)
            client, server = (there, here) if _answers(segment) else (here, there)
            flow = self._flows[key] = Flow(*client, *server)
            while len(self._flows) > MOST_FLOWS:
                self._forget(next(iter(self._flows)))
        return flow

    def add(self, flow: Flow, segment: Segment) -> None:
        """Add a segment's payload to its connection."""
        half = flow.up if is_up(flow, segment) else flow.down
        self._bytes += half.add(segment)
        while self._bytes > MOST_BYTES and self._flows:
            self._forget(next(iter(self._flows)))

    def done(self, flow: Flow) -> None:
        """Free what a connection holds."""
        self._bytes -= flow.up.size + flow.down.size
        flow.done()

    def _forget(self, key: _Key) -> None:
        if flow := self._flows.pop(key, None):
            self.done(flow)


def is_up(flow: Flow, segment: Segment) -> bool:
    """Whether a segment goes from client to server."""
    return segment.source == flow.client and segment.source_port == flow.client_port


def _answers(segment: Segment) -> bool:
    """Whether a first segment that is seen comes from the server."""
    if segment.flags & SYN:
        return bool(segment.flags & ACK)
    return segment.source_port < 1024 <= segment.target_port
