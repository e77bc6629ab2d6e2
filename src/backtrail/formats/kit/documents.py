"""JSON that comes as one object, as a list of them, or as one a line: tools disagree, and readers need not care."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from backtrail.formats.kit.text import decode_text
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record

MAX_SIZE = 128 << 20
"""Bytes of a file that is not one object a line."""

MAX_LINE = 16 << 20


def documents(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | Record]]:
    """Objects of a file with their numbers from 1; in the place of one that cannot be read, the problem.

    Raises:
        FormatError: The file is neither of the three.
        LimitError: It is too large to be read at once.
    """
    first = stream.readline(MAX_LINE).removeprefix(b"\xef\xbb\xbf")
    if isinstance(_decoded(first), dict):
        yield from _by_line(first, stream)
        return
    data = first + stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"JSON of more than {MAX_SIZE >> 20} MiB that is not one object a line", where="offset 0")
    whole = _decoded(data)
    if isinstance(whole, msgspec.DecodeError | UnicodeDecodeError | RecursionError):
        raise FormatError(f"no JSON: {whole}", where="offset 0")
    for number, one in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield number, one if isinstance(one, dict) else _problem(number, "no JSON object")


def _by_line(first: bytes, stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any] | Record]]:
    number, line = 0, first
    while line:
        if line.strip():
            number += 1
            one = _decoded(line)
            if isinstance(one, dict):
                yield number, one
            else:
                yield number, _problem(number, f"no JSON object; it begins {decode_text(line[:40])!r}")
        while not line.endswith(b"\n") and len(line) >= MAX_LINE:  # the rest of a line that is too long
            line = stream.readline(MAX_LINE)
        line = stream.readline(MAX_LINE)


def _problem(number: int, reason: str) -> Record:
    return Record(where=f"record {number}", problem=reason)


def _decoded(data: bytes) -> Any:
    """What some JSON means, or the error that says why it means nothing."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return error
