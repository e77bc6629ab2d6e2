"""Plain text: reports, notes, lists with a value a line. Values are found in it by `observations.extract`."""

from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.passages import looks_like_text, passages
from backtrail.formats.kit.text import text_lines
from backtrail.model.record import Record


def sniff(head: bytes, name: str) -> bool:
    return looks_like_text(head)


def read(stream: BinaryIO) -> Iterator[Record]:
    return passages(text_lines(stream))


FORMAT = Format(name="text", title="Plain text", media_type="text/plain", suffix=".txt", sniff=sniff, read=read)
