"""Telemetry: logs and captures, a haystack and not a list of findings.

A reader of raw logs hands on `Telemetry`, many records at once and field by field, since a gigabyte of lines is too
many for one value each. The observations room folds it into `Trace`s: what a file shows, once for each value.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from backtrail.model.marking import Source
from backtrail.model.times import Interval, from_datetime

Direction = Literal["out", "in", ""]
"""As the sensor's own side sees it: `out` to the value, `in` from it."""

Relation = Literal[
    "", "connects-to", "resolves-to", "serves", "presents", "logs-in-to", "relays-to", "registered-by", "allocated-to"
]
"""How a trace that ties two values does so:

`connects-to` intrusion to name or address; `resolves-to` name to address; `serves` server to the port it was asked at,
with the protocol that the sensor named; `presents` server to certificate;
`logs-in-to` client address to server; `relays-to` hop to the hidden origin behind it (HTRAN); `registered-by` domain
or network to a registrant's detail; `allocated-to` network to its holder.
"""

HERE = ""
"""The left side of a tie when it is the host that the log was taken at."""

UNKNOWN_TIME = 0.0
"""A record without a time of its own."""


class Column(Struct, frozen=True, kw_only=True):
    """One field of the records of a `Telemetry`: values of a kind, as the log spells them.

    Attributes:
        kind: Name from `model.kinds`.
        values: One for each record, or for each of `rows`; empty, `-` and `(empty)` mean none.
        rows: Indexes of the records the values belong to; None when there is one for each record, in order.
        direction: Which way the traffic went.
        sent: Bytes towards the value, beside `values`.
        received: Bytes from it.
    """

    kind: str
    values: Sequence[str]
    rows: Sequence[int] | None = None
    direction: Direction = ""
    sent: Sequence[int] | None = None
    received: Sequence[int] | None = None


class Ties(Struct, frozen=True, kw_only=True):
    """Pairs of values that records tie together.

    Attributes:
        relation: How.
        of_kind: Kind of the left side.
        of: Left sides; `HERE` is the host that the log was taken at.
        kind: Kind of the right side.
        values: Right sides.
        rows: As in `Column`.
        details: What else the record says of the tie, such as `layout=0804;client=DESK-1`, beside `values`.
        until: Ends of what was tied, beside `values`, when a record states an interval that begins at its time.
        counts: How often each was seen, beside `values`, when records are sums already (passive DNS).
        each: Whether every record counts by itself (a login) rather than first, last and number.
    """

    relation: Relation
    of_kind: str
    of: Sequence[str]
    kind: str
    values: Sequence[str]
    rows: Sequence[int] | None = None
    details: Sequence[str] | None = None
    until: Sequence[float] | None = None
    counts: Sequence[int] | None = None
    each: bool = False


class Telemetry(Struct, frozen=True, kw_only=True):
    """Records of a log, field by field.

    Attributes:
        unit: What the numbers count, as in a locator: `line` or `record`.
        numbers: Number of each record in its file, from 1.
        times: Moment of each record, seconds since 1970 UTC; `UNKNOWN_TIME` when it says none.
        columns: Its fields that hold values.
        ties: Its pairs of fields that tie values together.
    """

    unit: Literal["line", "record"]
    numbers: Sequence[int]
    times: Sequence[float]
    columns: tuple[Column, ...] = ()
    ties: tuple[Ties, ...] = ()


class Trace(Struct, frozen=True, kw_only=True):
    """One value in one telemetry file, or one tie between two.

    Attributes:
        kind: Kind of the value.
        value: Canonical.
        raw: As the first record spells it, when that differs.
        direction: Which way the traffic went.
        relation: How `of` and `value` are tied; empty for a value by itself.
        of_kind: Kind of the left side of a tie.
        of: Left side of a tie, canonical, or `HERE`.
        detail: What else is said of a tie.
        first: Seconds since 1970 UTC of the first record; 0 when no record says when.
        last: Of the last.
        count: Records.
        sent: Bytes towards the value.
        received: Bytes from it.
        at: Locator of the first record, such as `line 12`.
    """

    kind: str
    value: str
    raw: str = ""
    direction: Direction = ""
    relation: Relation = ""
    of_kind: str = ""
    of: str = ""
    detail: str = ""
    first: float = UNKNOWN_TIME
    last: float = UNKNOWN_TIME
    count: int = 1
    sent: int = 0
    received: int = 0
    at: str = ""

    @property
    def seen(self) -> Interval:
        """First and last moment, to the second."""
        return Interval(spelled(self.first), spelled(self.last))


class Origin(Struct, frozen=True):
    """Where telemetry was taken.

    Attributes:
        evidence: SHA-256 of the log.
        intrusion: The intrusion whose victim it was taken at; None for what belongs to no single one.
        server: Address of the adversary's server that it was taken at; None for any other place.
        source: Who says so.
    """

    evidence: str
    intrusion: str | None = None
    server: str | None = None
    source: Source = Source()


class Kept(Struct, frozen=True, kw_only=True):
    """One file of traces: what it was made of, so that it can be made again.

    Attributes:
        name: Its name.
        origin: Where the log was taken.
        format: Name of the log's format.
        size: Bytes of the file of traces.
    """

    name: str
    origin: Origin
    format: str
    size: int


class Placed(Struct, frozen=True):
    """A trace and where it was found."""

    origin: Origin
    trace: Trace


class Shared(Struct, frozen=True):
    """A value that the telemetry of several intrusions shows.

    Attributes:
        kind: Its kind.
        value: The value.
        intrusions: Who shows it, sorted.
    """

    kind: str
    value: str
    intrusions: tuple[str, ...]


class Sighting(Struct, frozen=True, kw_only=True):
    """What one log adds to an observation: how often the value was seen there, and how much went which way.

    Attributes:
        of: Id of the observation.
        evidence: SHA-256 of the log.
        at: Locator of the first record.
        direction: Which way the traffic went.
        count: Records.
        sent: Bytes towards the value.
        received: Bytes from it.
    """

    of: str
    evidence: str
    at: str
    direction: Direction = ""
    count: int = 1
    sent: int = 0
    received: int = 0


def spelled(seconds: float) -> str | None:
    """Seconds since 1970 as a canonical moment of whole seconds; None for an unknown time or one off the calendar."""
    if seconds == UNKNOWN_TIME:
        return None
    try:
        return from_datetime(datetime.fromtimestamp(int(seconds), UTC))
    except (OverflowError, ValueError, OSError):
        return None
