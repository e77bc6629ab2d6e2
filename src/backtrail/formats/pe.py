"""Features of a PE file, by pefile in a child process. Extra `malware`; no malware is shipped.

The file itself is kept as evidence like any other and never run. Taken are digests, size, compile time, import hash,
debug path, export names and the first certificate's serial, as an analyst's first look would.
"""

import hashlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record, Seen
from backtrail.model.telemetry import spelled

MAX_SIZE = 256 << 20
_MOST_EXPORTS = 200
_BROKEN = (ValueError, OverflowError, MemoryError, AttributeError, IndexError, TypeError)


def sniff(head: bytes, name: str) -> bool:
    if head[:2] != b"MZ" or len(head) < 64:
        return False
    at = int.from_bytes(head[60:64], "little")
    return at + 4 > len(head) or head[at : at + 4] == b"PE\0\0"


def read(stream: BinaryIO) -> Iterator[Record]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"a program of more than {MAX_SIZE >> 20} MiB", where="offset 0")
    digests = tuple(
        Seen(kind=name, value=hashlib.new(name, data).hexdigest(), role="tool") for name in ("md5", "sha1", "sha256")
    )
    size = Seen(kind="file-size", value=str(len(data)))
    try:
        import pefile
    except ModuleNotFoundError:
        reason = "only its digests were taken; its features need the extra: pip install 'backtrail[malware]'"
        yield Record(where="record 1", seen=(*digests, size), problem=reason)
        return
    try:
        program = pefile.PE(data=data, fast_load=True)
        program.parse_data_directories([0, 1, 6])  # exports, imports, debug
    except (pefile.PEFormatError, *_BROKEN) as error:
        raise FormatError(f"no PE file that can be read: {error}", where="offset 0") from error
    yield Record(where="record 1", seen=(*digests, size, *_features(program)))


def _features(program: Any) -> Iterator[Seen]:
    stamp = getattr(program.FILE_HEADER, "TimeDateStamp", 0)
    if stamp and (moment := spelled(float(stamp))):
        yield Seen(kind="compile-time", value=moment)
    if imphash := program.get_imphash():
        yield Seen(kind="imphash", value=imphash)
    for entry in getattr(program, "DIRECTORY_ENTRY_DEBUG", [])[:10]:
        name = getattr(getattr(entry, "entry", None), "PdbFileName", b"")
        if path := name.rstrip(b"\0").decode("utf-8", "replace").strip():
            yield Seen(kind="pdb-path", value=path)
    exported = getattr(getattr(program, "DIRECTORY_ENTRY_EXPORT", None), "symbols", [])
    for symbol in exported[:_MOST_EXPORTS]:
        if symbol.name:
            yield Seen(kind="pe-export", value=symbol.name.decode("utf-8", "replace"))


FORMAT = Format(
    name="pe", title="PE file", media_type="application/vnd.microsoft.portable-executable", suffix=".exe",
    sniff=sniff, read=read, in_child=True,
)  # fmt: skip
