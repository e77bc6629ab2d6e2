"""Warning lists in the shape of misp-warninglists: kept as evidence, and no list of findings.

Their entries are what is often taken for the adversary's and is not; reading them as indicators would turn that
around. To have one weigh, load it: `backtrail lists --add FILE`.
"""

from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.format import Format
from backtrail.model.record import Record


def sniff(head: bytes, name: str) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (
        start[:1] == b"{"
        and b'"list"' in head
        and b'"name"' in head
        and (b'"matching_attributes"' in head or (b'"type"' in head and b'"version"' in head))
    )


def read(stream: BinaryIO) -> Iterator[Record]:
    yield Record(where="record 1")


FORMAT = Format(
    name="warning_list", title="Warning list", media_type="application/json", suffix=".json", sniff=sniff, read=read
)
