"""Files below the paths of a hunt, and how they are shared out: large plain ones in parts."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from backtrail.formats.kit.text import encoding_of
from backtrail.hunts.backends.looking import Task

PART = 64 << 20
"""Bytes of a part."""

_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00", b"PK\x03\x04", b"PK\x05\x06", b"ElfFile\0",
           b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1",
           b"\x0a\x0d\x0d\x0a")  # fmt: skip


class Found(Struct):
    """A file.

    Attributes:
        number: Its number.
        path: Where it is; `-` for standard input.
        name: As it is shown.
        size: Bytes, as it was found; 0 when it has none to tell.
        plain: Whether it can be read from the middle.
    """

    number: int
    path: Path
    name: str
    size: int
    plain: bool

    def tasks(self) -> Iterator[Task]:
        """What to look through."""
        if not self.plain:
            yield Task(self.number, str(self.path), self.name)
            return
        for part, start in enumerate(range(0, max(self.size, 1), PART)):
            yield Task(self.number, str(self.path), self.name, part, start, min(start + PART, self.size))

    def changed(self) -> str:
        """What became of the file meanwhile, if anything."""
        if not self.plain:
            return ""
        try:
            now = self.path.stat().st_size
        except OSError:
            return "it was taken away meanwhile"
        if now > self.size:
            return f"it grew meanwhile; {now - self.size:,} bytes that came later were not looked through"
        return f"it was cut meanwhile, to {now:,} bytes" if now < self.size else ""


def found(paths: Iterable[Path], problem: Callable[[str, str, str], None]) -> Iterator[Found]:
    """All files, in order; what cannot be read is told and left out."""
    number = 0
    for path in paths:
        for file, name in _walk(path, problem):
            try:
                yield _one(number, file, name)
                number += 1
            except OSError as error:
                problem(name, "byte 0", f"cannot be read: {error.strerror or error}")


def _walk(path: Path, problem: Callable[[str, str, str], None]) -> Iterator[tuple[Path, str]]:
    if str(path) == "-":
        yield path, "-"
    elif path.is_dir():
        for child in sorted(path.iterdir()):
            if child.is_symlink():
                problem(_shown(child), "byte 0", "a symbolic link inside a folder is not followed")
            else:
                yield from _walk(child, problem)
    else:
        yield path, _shown(path)


def _one(number: int, path: Path, name: str) -> Found:
    if str(path) == "-" or not path.is_file():
        if str(path) != "-":
            path.stat()
        return Found(number, path, name, 0, False)
    with path.open("rb") as stream:
        head = stream.read(512)
    text = not head.startswith(_PACKED) and encoding_of(head)[0] == "utf-8" and encoding_of(head)[1] == 0
    return Found(number, path, name, path.stat().st_size, text and head[257:262] != b"ustar")


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
