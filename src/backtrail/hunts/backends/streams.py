"""Telemetry as a stream of bytes, however it is packed; damage is told and what came before it is kept."""

import bz2
import codecs
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, cast

from isal import isal_zlib
from msgspec import Struct

from backtrail.formats import detect
from backtrail.formats.evtx import MAX_SIZE, record_lines
from backtrail.formats.kit.text import encoding_of
from backtrail.hunts.backends.blocks import PIECE
from backtrail.model import zstd
from backtrail.model.errors import BacktrailError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

_READ = 1 << 17
_HEAD = 1 << 16
_SMALL = 1 << 12
"""Bytes that are unpacked at once where damage is near."""

_DAMAGE = (zlib.error, cast("type[Exception]", isal_zlib.error), OSError, EOFError, lzma.LZMAError,
           zstd.ZstdError, zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError,
           ValueError)  # fmt: skip

Problem = Callable[[str, str], None]
"""Takes a place and a reason."""


class Stream(Struct):
    """Bytes of lines.

    Attributes:
        name: The file, or `archive!/member`.
        pieces: Its bytes, a piece at a time.
        unit: What line numbers count.
        numbers: Numbers of the lines so far, where they are not 1, 2, 3 ...; grows while pieces are taken.
        wide: Whether the file itself has two bytes for each character.
        skipped: Bytes before the first piece (a byte order mark).
        packed: Whether the pieces are unpacked while they are taken, so that a thread should do it.
    """

    name: str
    pieces: Iterator[bytes]
    unit: str = "line"
    numbers: list[int] | None = None
    wide: bool = False
    skipped: int = 0
    packed: bool = False


def streams(name: str, raw: BinaryIO, problem: Problem) -> Iterator[Stream]:
    """The streams that a file holds: itself unpacked, or the members of an archive.

    Args:
        name: The file, as it is shown.
        raw: Its bytes; need not be seekable.
        problem: Told of damage.
    """
    begin = _begin(raw)
    head = raw.read(_HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        yield from _members_of_zip(name, raw, head, problem)
        return
    unpacker = _unpacker(head, raw, PIECE)
    pieces = _guarded(unpacker or _joined(head, raw), problem, lambda: _again(raw, begin))
    start = next(pieces, b"")
    if start[257:262] == b"ustar":
        yield from _members_of_tar(name, _Readable(start, pieces), problem)
        return
    yield _read(name, start, pieces, problem, packed=unpacker is not None)


def _unpacker(head: bytes, raw: BinaryIO, most: int) -> Iterator[bytes] | None:
    """What is unpacked, at most so many bytes at once; None for what is not packed."""
    if head.startswith(b"\x1f\x8b"):
        return _inflated(head, raw, most)
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        return _decompressed(head, raw, most, lambda: zstd.ZstdDecompressor(options=zstd.LIMITED))
    if head.startswith(b"BZh"):
        return _decompressed(head, raw, most, bz2.BZ2Decompressor)
    if head.startswith(b"\xfd7zXZ\x00"):
        return _decompressed(head, raw, most, lambda: lzma.LZMADecompressor(memlimit=1 << 28))
    return None


def _begin(raw: BinaryIO) -> int | None:
    """Where a file that can be read twice begins; members of a tar that is read as it comes cannot even say so."""
    with suppress(AttributeError, OSError):
        return raw.tell() if raw.seekable() else None
    return None


def _again(raw: BinaryIO, begin: int | None) -> Iterator[bytes]:
    """All of it once more in small pieces, of a file that can be read twice."""
    if begin is None:
        return iter(())
    raw.seek(begin)
    return _unpacker(raw.read(_HEAD), raw, _SMALL) or iter(())


def _joined(head: bytes, raw: BinaryIO) -> Iterator[bytes]:
    if head:
        yield head
    yield from _rest(raw)


def _rest(raw: BinaryIO) -> Iterator[bytes]:
    while piece := raw.read(_READ):
        yield piece


def _inflated(head: bytes, raw: BinaryIO, most: int) -> Iterator[bytes]:
    """gzip, by isal, several members one after another."""
    data, inflate = head, isal_zlib.decompressobj(31)
    while data:
        out = inflate.decompress(data, most)
        if out:
            yield out
        data = inflate.unconsumed_tail
        if inflate.eof:
            data = inflate.unused_data.lstrip(b"\0") or raw.read(_READ).lstrip(b"\0")
            if data and not data.startswith(b"\x1f\x8b"[: len(data)]):
                raise ValueError("bytes behind the end of the compressed data")
            inflate = isal_zlib.decompressobj(31)
            continue
        data = data or raw.read(_READ)
        if not data:
            raise EOFError("the compressed file breaks off")


def _decompressed(head: bytes, raw: BinaryIO, most: int, new: Callable[[], Any]) -> Iterator[bytes]:
    data, one = head, new()
    while data or not one.needs_input:
        if out := one.decompress(data, most):
            yield out
        data = b""
        if one.eof:
            data = one.unused_data or raw.read(_READ)
            one = new()
        elif one.needs_input:
            data = raw.read(_READ)
            if not data:
                raise EOFError("the compressed file breaks off")


def _guarded(pieces: Iterator[bytes], problem: Problem, again: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    """Pieces until damage, which is told."""
    done = 0
    try:
        for piece in pieces:
            done += len(piece)
            yield piece
    except _DAMAGE as error:
        if not isinstance(error, EOFError) and getattr(error, "errno", None) is None:
            for piece in _lost(again, done):
                done += len(piece)
                yield piece
        problem(f"byte {done}", f"cannot be read on: {_reason(error)}; what comes before was looked through")


def _lost(again: Callable[[], Iterator[bytes]], done: int) -> Iterator[bytes]:
    """What the call that met the damage had unpacked before it, and did not give back."""
    with suppress(*_DAMAGE):
        for piece in again():
            done -= len(piece)
            if done < 0:
                yield piece[done:]


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


class _Readable(io.RawIOBase):
    """Pieces as a file."""

    def __init__(self, head: bytes, rest: Iterator[bytes]) -> None:
        self._held = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, have = [self._held], len(self._held)
        while (size < 0 or have < size) and (piece := next(self._rest, b"")):
            parts.append(piece)
            have += len(piece)
        data = b"".join(parts)
        size = len(data) if size < 0 else size
        self._held = data[size:]
        return data[:size]


def _members_of_zip(name: str, raw: BinaryIO, head: bytes, problem: Problem) -> Iterator[Stream]:
    try:
        content = raw if raw.seekable() else io.BytesIO(head + raw.read())
        archive = zipfile.ZipFile(content)
    except _DAMAGE as error:
        problem("byte 0", f"cannot be read: {_reason(error)}")
        return
    for info in archive.infolist():
        if info.is_dir():
            continue
        try:
            member = archive.open(info)
        except _DAMAGE as error:
            problem(info.filename, f"cannot be read: {_reason(error)}")
            continue
        yield from streams(f"{name}!/{info.filename}", cast(BinaryIO, member), problem)


def _members_of_tar(name: str, stream: _Readable, problem: Problem) -> Iterator[Stream]:
    try:
        with tarfile.open(fileobj=cast(Any, stream), mode="r|") as archive:
            for info in archive:
                if member := archive.extractfile(info) if info.isfile() else None:
                    yield from streams(f"{name}!/{info.name}", cast(BinaryIO, member), problem)
    except _DAMAGE as error:
        problem("its end", f"cannot be read on: {_reason(error)}")


def _read(name: str, start: bytes, pieces: Iterator[bytes], problem: Problem, *, packed: bool) -> Stream:
    """A stream of text: as it is, out of UTF-16, or as a reader of a binary format tells it."""
    if start.startswith(b"ElfFile\0"):
        return _events(name, _Readable(start, pieces), problem)
    if start[:4] in _CAPTURES:
        return _capture(name, _Readable(start, pieces), problem)
    encoding, skip = encoding_of(start[:512])
    if encoding.startswith("utf-16") and _is_text(start[:512], encoding):
        return Stream(name, _recoded(start[skip:], pieces, encoding), wide=True, skipped=skip)
    return Stream(name, _after(start[skip:], pieces), skipped=skip, packed=packed)


_CAPTURES = (b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1", b"\x0a\x0d\x0d\x0a")


def _is_text(head: bytes, encoding: str) -> bool:
    text = head[: len(head) & ~1].decode(encoding, "replace")
    return sum(c.isprintable() or c in "\r\n\t\ufeff" for c in text) > 0.9 * len(text)


def _after(start: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield start
    yield from pieces


def _recoded(start: bytes, pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for piece in _after(start, pieces):
        yield decoder.decode(piece).encode("utf-8", "replace")


def _events(name: str, stream: _Readable, problem: Problem) -> Stream:
    """A Windows event log: each event a line of JSON."""
    numbers: list[int] = []

    def lines() -> Iterator[bytes]:
        data = stream.read(MAX_SIZE + 1)
        if len(data) > MAX_SIZE:
            problem("byte 0", f"an event log of more than {MAX_SIZE >> 20} MiB")
            return
        try:
            for number, event in enumerate(record_lines(data), 1):
                if isinstance(event, str):
                    problem(f"record {number}", event)
                else:
                    numbers.append(number)
                    yield event.replace(b"\n", b" ") + b"\n"
        except BacktrailError as error:
            problem("its end", str(error))

    return Stream(name, lines(), "record", numbers)


def _capture(name: str, stream: _Readable, problem: Problem) -> Stream:
    """A packet capture: each packet a line of what it shows."""
    numbers: list[int] = []

    def lines() -> Iterator[bytes]:
        try:
            format = detect(stream_head, name)
            for found in format.read(cast(BinaryIO, _Readable(stream_head, _rest(cast(BinaryIO, stream))))):
                if isinstance(found, Record):
                    problem(found.where, found.problem or "")
                else:
                    yield _told(found, numbers)
        except BacktrailError as error:
            problem("its end", str(error))

    stream_head = stream.read(_HEAD)
    return Stream(name, lines(), "record", numbers)


def _told(telemetry: Telemetry, numbers: list[int]) -> bytes:
    """Records of a reader as lines of `kind=value`."""
    lines: list[list[str]] = [[f"ts={time}"] for time in telemetry.times]
    for column in telemetry.columns:
        rows = range(len(column.values)) if column.rows is None else column.rows
        for row, value in zip(rows, column.values, strict=True):
            lines[row].append(f'{column.kind}="{value}"')
    for ties in telemetry.ties:
        rows = range(len(ties.values)) if ties.rows is None else ties.rows
        for row, left, right in zip(rows, ties.of, ties.values, strict=True):
            lines[row].append(f'{ties.relation}="{left}" {ties.kind}="{right}"')
    shown = [(n, line) for n, line in zip(telemetry.numbers, lines, strict=True) if len(line) > 1]
    numbers += [n for n, _ in shown]
    return "".join(" ".join(line).replace("\n", " ") + "\n" for _, line in shown).encode("utf-8", "replace")
