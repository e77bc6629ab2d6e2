"""Bytes to text without surprises: byte order marks, UTF-8, and what to do when it is neither."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

MAX_LINE = 1 << 20
"""Characters of one line that are looked at; the rest of a longer line is given as further pieces."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(head: bytes) -> tuple[str, int]:
    """Encoding of a text by its first bytes, and the length of its byte order mark.

    Without a mark: UTF-16 when every other byte of the head is NUL, else UTF-8.
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, len(mark)
    sample = head[:512]
    if len(sample) >= 4 and sample[1::2].count(0) > len(sample) // 4:
        return "utf-16-le", 0
    if len(sample) >= 4 and sample[0::2].count(0) > len(sample) // 4:
        return "utf-16-be", 0
    return "utf-8", 0


def decode_text(data: bytes) -> str:
    """A whole text. Bytes that are not valid become U+FFFD: evidence is read as far as it goes."""
    name, skip = encoding_of(data[:512])
    return data[skip:].decode(name, "replace")


def text_lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    """Lines of a text with their numbers from 1, without line ends, in bounded memory.

    A line longer than `MAX_LINE` characters is given in pieces that bear the same number.
    """
    head = stream.read(512)
    name, skip = encoding_of(head)
    decoder = codecs.getincrementaldecoder(name)("replace")
    pending = decoder.decode(head[skip:])
    number = 1
    while True:
        *lines, pending = pending.split("\n")
        for line in lines:
            yield number, line.rstrip("\r")
            number += 1
        while len(pending) > MAX_LINE:
            yield number, pending[:MAX_LINE]
            pending = pending[MAX_LINE:]
        data = stream.read(1 << 16)
        if not data:
            break
        pending += decoder.decode(data)
    pending += decoder.decode(b"", True)
    if pending:
        yield number, pending.rstrip("\r")
