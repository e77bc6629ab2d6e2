"""A product's files as the texts in them: archives opened, documents read, metadata and file names included.

What cannot be looked into is said as such, and then nothing goes out.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, cast

from msgspec import Struct

from backtrail.model import zstd
from backtrail.model.errors import FormatError

Readers = Mapping[str, Callable[[bytes], Iterable[str]]]
"""What reads formats of their own, by the first bytes of a file: PDF in a child process, Parquet."""

_DEPTH = 4
_MOST = 512 << 20
"""Bytes that one file may be unpacked to."""

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError, EOFError, OSError,
           struct.error, FormatError, RuntimeError, ValueError, KeyError)  # fmt: skip


class Piece(Struct, frozen=True):
    """A text of a product.

    Attributes:
        place: Name of the file, and of what is inside it.
        text: The text, with the name before it.
        problem: Why it could not be looked into; empty when it was.
    """

    place: str
    text: str
    problem: str = ""


def pieces(name: str, content: bytes, readers: Readers, depth: int = _DEPTH) -> Iterator[Piece]:
    """Texts of a file.

    Args:
        name: Its name.
        content: Its bytes.
        readers: What reads formats of their own.
        depth: Archives in archives that are still opened.
    """
    yield Piece(name, name)
    try:
        yield from _inside(name, content, readers, depth)
    except _BROKEN as error:
        yield Piece(name, "", f"cannot be opened: {error or type(error).__name__}")


def _inside(name: str, content: bytes, readers: Readers, depth: int) -> Iterator[Piece]:
    if members := _members(content):
        if depth == 0:
            yield Piece(name, "", f"archives more than {_DEPTH} deep")
            return
        for member, inner in members:
            yield from pieces(f"{name}!{member}", inner, readers, depth - 1)
        return
    for magic, read in readers.items():
        if content.startswith(magic.encode("latin-1")):
            yield Piece(name, "\n".join([name, *read(content), *_streams(content)]))
            return
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield Piece(name, "\n".join([name, *_png(content)]))
    elif (text := _text(content)) is not None:
        yield Piece(name, f"{name}\n{text}")
    else:
        yield Piece(name, "", "is of a format that cannot be looked into")


def _members(content: bytes) -> Iterator[tuple[str, bytes]] | None:
    if content[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return _zip(content)
    if content[257:262] == b"ustar":
        return _tar(content)
    for magic, opened in _SINGLE.items():
        if content.startswith(magic):
            return iter([("", _bounded(opened(io.BytesIO(content))))])
    return None


_SINGLE: Mapping[bytes, Callable[[io.BytesIO], IO[bytes]]] = {
    b"\x1f\x8b": lambda raw: cast(IO[bytes], gzip.GzipFile(fileobj=raw)),
    b"BZh": lambda raw: cast(IO[bytes], bz2.BZ2File(raw)),
    b"\xfd7zXZ\x00": lambda raw: cast(IO[bytes], lzma.LZMAFile(raw)),  # noqa: SIM115
    b"\x28\xb5\x2f\xfd": lambda raw: cast(IO[bytes], zstd.ZstdFile(raw, options=zstd.LIMITED)),
}


def _bounded(stream: IO[bytes]) -> bytes:
    content: bytes = stream.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError(f"unpacks to more than {_MOST >> 20} MiB")
    return content


def _zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        yield "comment", archive.comment
        for info in archive.infolist():
            told = info.comment + b"\n" + info.extra
            if not info.is_dir():
                with archive.open(info) as member:
                    yield info.filename, _bounded(member)
            yield f"{info.filename} (header)", told


def _tar(content: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for info in archive:
            told = f"{info.uname} {info.gname} {info.linkname} {info.pax_headers}"
            yield f"{info.name} (header)", told.encode("utf-8", "replace")
            if stream := archive.extractfile(info) if info.isfile() else None:
                yield info.name, _bounded(stream)


def _png(content: bytes) -> Iterator[str]:
    """Texts of a PNG: tEXt, zTXt, iTXt and EXIF chunks, and what follows the picture."""
    at = 8
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + size]
        at += 12 + size
        if kind in (b"tEXt", b"iTXt", b"eXIf", b"zTXt"):
            yield _both(body)
            yield from _inflated(body)
        if kind == b"IEND":
            yield _both(content[at:])
            return


def _inflated(body: bytes) -> Iterator[str]:
    for start in range(len(body)):
        if body[start : start + 1] == b"\x78":
            try:
                yield zlib.decompressobj().decompress(body[start:], _MOST).decode("utf-8", "replace")
            except zlib.error:
                continue


def _streams(content: bytes) -> Iterator[str]:
    """Strings and compressed streams of a PDF as they lie in the file: metadata, attachments, what no page shows.

    Fonts and pictures are noise: of them, and of what is compressed, only runs that could be read are kept.
    """
    yield _readable(content)
    at = content.find(b"stream")
    while at >= 0:
        start = at + len(b"stream")
        start += 2 if content[start : start + 2] == b"\r\n" else 1
        with contextlib.suppress(zlib.error):
            yield _readable(zlib.decompressobj().decompress(content[start:], _MOST))
        at = content.find(b"stream", start)


def _readable(content: bytes) -> str:
    """Bytes as text where nearly all of them are; runs of characters where they are not."""
    if sum(byte >= 32 or byte in b"\t\n\r" for byte in content[:_PROBE]) >= 0.9 * len(content[:_PROBE]):
        return _both(content)
    return "\n".join(run.decode("latin-1") for run in _RUN.findall(content))


_PROBE = 4096
_RUN = re.compile(rb"[\x20-\x7e]{6,}")


def _text(content: bytes) -> str | None:
    """Bytes as text, in whichever of the common encodings; None where they are none."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[1:2] == b"\0" or content[:4] == b"\0\0\xfe\xff":
        for encoding in ("utf-32", "utf-16", "utf-16-le"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    if b"\0" in content[:4096]:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None if _CONTROL.search(content) else _both(content)


_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Bytes that stand in no text of an encoding of one byte a letter: what holds them is something else."""


def _both(content: bytes) -> str:
    """Bytes of which nobody says in what encoding they are."""
    if content.isascii():
        return content.decode("ascii")
    return f"{content.decode('utf-8', 'replace')}\n{content.decode('latin-1')}"
