"""What a format file must say about itself."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from msgspec import Struct

from backtrail.model.record import Heading, Record
from backtrail.model.telemetry import Telemetry

Read = Record | Telemetry
"""What a reader gives: single records of findings, or many records of a log at once."""


class Format(Struct, frozen=True, kw_only=True):
    """All that the house needs to know of a file format.

    Attributes:
        name: Short name, as in `--format`.
        title: What it is, for the documents.
        media_type: IANA type, or the closest.
        suffix: Usual file suffix, with the dot.
        sniff: Whether the first bytes (at most 64 KiB) and the file name look like this format. Cheap, never raises.
        read: Records of a stream, one at a time (those of a log many at once, field by field), in bounded memory.
            Raises `FormatError` (with a place) when the file as a whole cannot be read on; a bad record is a
            `Record` with a `problem` and the next one follows.
        write: The same records as bytes; None when Backtrail only reads the format.
        in_child: Whether the parser is native code that must run in a child process with limits.
    """

    name: str
    title: str
    media_type: str
    suffix: str
    sniff: Callable[[bytes, str], bool]
    read: Callable[[BinaryIO], Iterator[Read]]
    write: Callable[[Iterable[Record], Heading], Iterator[bytes]] | None = None
    in_child: bool = False
