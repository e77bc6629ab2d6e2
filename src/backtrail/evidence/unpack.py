"""Archives, unpacked while counting what comes out.

What an archive *says* about sizes is not believed. Member names are reduced to safe relative paths; links, devices
and encrypted members are refused one by one and do not stop the rest.
"""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Literal, cast

from msgspec import Struct

from backtrail.model import zstd
from backtrail.model.errors import FormatError, LimitError

Kind = Literal["zip", "tar", "gz", "zst", "bz2", "xz"]

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x1f\x8b", "gz"),
    (0, b"\x28\xb5\x2f\xfd", "zst"),
    (0, b"BZh", "bz2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (257, b"ustar", "tar"),
)
_SUFFIX = {"gz": (".gz", ".tgz"), "zst": (".zst", ".zstd"), "bz2": (".bz2",), "xz": (".xz",)}
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, zstd.ZstdError, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, KeyError, struct.error,
)  # fmt: skip
_PIECE = 1 << 18
_RATIO_FLOOR = 1 << 20
"""Below this many unpacked bytes a ratio tells nothing."""


class Bounds(Struct, frozen=True, kw_only=True):
    """Limits of unpacking: bytes in all, ratio of unpacked to packed, archives in archives, number of members."""

    size: int = 1 << 30
    ratio: int = 100
    depth: int = 3
    entries: int = 100_000


class Budget:
    """What one archive, with all archives inside it, may still unpack."""

    def __init__(self, bounds: Bounds, packed: int) -> None:
        self.bounds = bounds
        self._packed = max(packed, 1)
        self._bytes = 0
        self._entries = 0

    def entry(self) -> None:
        """Count a member. Raises LimitError past the bound."""
        self._entries += 1
        if self._entries > self.bounds.entries:
            raise LimitError(f"more than {self.bounds.entries:,} members", where=f"record {self._entries}")

    def spend(self, size: int) -> None:
        """Count unpacked bytes. Raises LimitError past a bound."""
        self._bytes += size
        if self._bytes > self.bounds.size:
            raise LimitError(f"more than {self.bounds.size:,} bytes unpacked", where=f"record {self._entries}")
        if self._bytes > max(self.bounds.ratio * self._packed, _RATIO_FLOOR):
            raise LimitError(
                f"unpacks to more than {self.bounds.ratio} times its size", where=f"record {self._entries}"
            )


def kind_of(path: Path) -> Kind | None:
    """Which archive or compression a file is, by its first bytes; None when none."""
    with path.open("rb") as stream:
        head = stream.read(512)
    return next((kind for at, magic, kind in _MAGIC if head[at:].startswith(magic)), None)


def members(path: Path, folder: Path, budget: Budget) -> Iterator[Path]:
    """Unpack a file into a folder, member by member.

    Raises:
        LimitError: A bound was passed; what came out before stays.
        FormatError: The archive breaks off, is damaged, or holds members that cannot be unpacked (named at the end).
    """
    refused: list[str] = []
    kind = kind_of(path)
    try:
        if kind == "zip":
            yield from _zip(path, folder, budget, refused)
        elif kind == "tar":
            yield from _tar(path, folder, budget, refused)
        elif kind:
            yield _single(path, kind, folder, budget)
    except _BROKEN as error:
        raise FormatError(f"damaged {kind} file: {_reason(error)}", where=f"record {budget._entries}") from error
    if refused:
        raise FormatError(f"members not unpacked: {', '.join(refused[:10])}", where=f"{len(refused)} members")


def _zip(path: Path, folder: Path, budget: Budget, refused: list[str]) -> Iterator[Path]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            budget.entry()
            if info.is_dir():
                continue
            if info.flag_bits & 0x1:
                refused.append(f"{info.filename} (encrypted)")
                continue
            try:
                with archive.open(info) as stream:
                    yield _copy(stream, _safe(folder, info.filename), budget)
            except _BROKEN as error:
                refused.append(f"{info.filename} ({_reason(error)})")


def _tar(path: Path, folder: Path, budget: Budget, refused: list[str]) -> Iterator[Path]:
    with tarfile.open(path, "r:") as archive:
        for info in archive:
            budget.entry()
            if info.isdir():
                continue
            stream = archive.extractfile(info) if info.isfile() else None
            if stream is None:
                refused.append(f"{info.name} (no plain file)")
                continue
            try:
                yield _copy(stream, _safe(folder, info.name), budget)
            except _BROKEN as error:
                refused.append(f"{info.name} ({_reason(error)})")


def _single(path: Path, kind: Kind, folder: Path, budget: Budget) -> Path:
    budget.entry()
    name = path.name
    for suffix in _SUFFIX[kind]:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)] + (".tar" if suffix == ".tgz" else "")
            break
    with path.open("rb") as raw, _decompressor(raw, kind) as stream:
        return _copy(stream, _safe(folder, name), budget)


def _decompressor(raw: BinaryIO, kind: Kind) -> IO[bytes]:
    match kind:
        case "gz":
            return cast(IO[bytes], gzip.open(raw))
        case "bz2":
            return cast(IO[bytes], bz2.open(raw))
        case "xz":
            return cast(IO[bytes], lzma.open(raw))
        case _:
            return cast(IO[bytes], zstd.ZstdFile(raw, options=zstd.LIMITED))


def _copy(stream: IO[bytes], target: Path, budget: Budget) -> Path:
    """Copy a member whole, or not at all: a cut-off file would pass for evidence that never was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("wb") as out:
            while piece := stream.read(_PIECE):
                budget.spend(len(piece))
                out.write(piece)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return target


def _reason(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _short(part: str) -> str:
    """The end of a name, since it bears the suffix, of at most 200 bytes."""
    return part.encode("utf-8", "replace")[-200:].decode("utf-8", "ignore") or "member"


def _safe(folder: Path, name: str) -> Path:
    """A path inside the folder for a member's name: no root, no `..`, no clash with one that exists."""
    parts = [p for p in PurePosixPath(name.replace("\\", "/").replace("\0", "")).parts if p not in ("/", "..", ".")]
    parts = [_short(part.replace(":", "_")) for part in parts][-20:] or ["member"]
    target = folder.joinpath(*parts)
    number = 1
    while target.exists() or any(p.is_file() for p in target.parents if p.is_relative_to(folder)):
        number += 1
        target = folder.joinpath(*[f"{number}~{part}" if i == 0 else part for i, part in enumerate(parts)])
    return target
