"""Files to take in, found in folders and archives, each with the manifest that governs it.

Archives are unpacked into a staging folder and then walked like any folder, so that an archive, its content and a
copy of its content all give the same knowledge. Bounds are checked while unpacking, on bytes that really came out.
"""

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from backtrail.evidence import unpack
from backtrail.evidence.unpack import Bounds, Budget
from backtrail.model.errors import FormatError, NotFoundError

MANIFESTS = ("intrusion.toml", "intrusion.json", "server.toml")


class Arrival(Struct, frozen=True):
    """One file.

    Attributes:
        origin: Where it came from, as shown: `mail/x.eml`, `case.zip!/IN-1/hosts.csv`.
        file: Where its bytes lie now.
        manifest: The manifest (intrusion or server) of its folder or of the nearest folder above, or None.
        members: For an archive: how many files came out of it (they were given before it); None for a plain file.
        problem: Why an archive was not unpacked, or not to its end.
    """

    origin: str
    file: Path
    manifest: Path | None = None
    members: int | None = None
    problem: str | None = None


class Refusal(Struct, frozen=True):
    """Something that cannot be taken, and why."""

    origin: str
    reason: str


def arrivals(paths: Iterable[tuple[str, Path]], staging: Path, bounds: Bounds) -> Iterator[Arrival | Refusal]:
    """Every file below the given paths, in sorted order, members of an archive before the archive itself.

    Args:
        paths: Files and folders, each with the name it is shown under.
        staging: An empty folder to unpack into.
        bounds: Limits for each archive named or found.

    Raises:
        NotFoundError: A path does not exist.
    """
    for origin, path in paths:
        if not path.exists():
            raise NotFoundError(f"{origin}: no such file or folder")
        yield from _walk(path, origin, _manifest_above(path), _Unpacking(staging, bounds))


class _Unpacking:
    """Where to unpack and what may still be unpacked; one budget spans an archive and all archives inside it."""

    def __init__(self, staging: Path, bounds: Bounds) -> None:
        self.staging = staging
        self.bounds = bounds
        self.budget: Budget | None = None
        self.depth = 0

    def folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.staging))


def _walk(path: Path, origin: str, manifest: Path | None, unpacking: _Unpacking) -> Iterator[Arrival | Refusal]:
    try:
        yield from _walked(path, origin, manifest, unpacking)
    except OSError as error:
        yield Refusal(origin, f"cannot be read: {error.strerror or error}")


def _walked(path: Path, origin: str, manifest: Path | None, unpacking: _Unpacking) -> Iterator[Arrival | Refusal]:
    if path.is_dir():
        own = _manifest_in(path) or manifest
        for child in sorted(path.iterdir()):
            if child.is_symlink():
                yield Refusal(f"{origin}/{_shown(child)}", "a symbolic link inside a folder is not followed")
            else:
                yield from _walk(child, f"{origin.rstrip('/')}/{_shown(child)}", own, unpacking)
    elif not path.is_file():
        yield Refusal(origin, "neither a file nor a folder")
    elif unpack.kind_of(path):
        yield from _walk_archive(path, origin, manifest, unpacking)
    else:
        yield Arrival(origin, path, manifest)


def _walk_archive(path: Path, origin: str, manifest: Path | None, unpacking: _Unpacking) -> Iterator[Arrival | Refusal]:
    if unpacking.depth >= unpacking.bounds.depth:
        yield Arrival(origin, path, manifest, 0, f"an archive more than {unpacking.bounds.depth} archives deep")
        return
    outermost = unpacking.budget is None
    budget = unpacking.budget = unpacking.budget or Budget(unpacking.bounds, path.stat().st_size)
    folder = unpacking.folder()
    unpacking.depth += 1
    members = 0
    problem: str | None = None
    try:
        for _ in unpack.members(path, folder, budget):
            members += 1
    except FormatError as error:
        problem = str(error)
    own = _manifest_in(folder) or manifest
    for child in sorted(folder.iterdir()):
        yield from _walk(child, f"{origin}!/{_shown(child)}", own, unpacking)
    unpacking.depth -= 1
    if outermost:
        unpacking.budget = None
    yield Arrival(origin, path, manifest, members, problem)


def _shown(path: Path) -> str:
    """A file's name as text; bytes that are no UTF-8 become U+FFFD."""
    return path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _manifest_in(folder: Path) -> Path | None:
    return next((folder / name for name in MANIFESTS if (folder / name).is_file()), None)


def _manifest_above(path: Path) -> Path | None:
    """The nearest manifest of a folder that a file or folder lies in: it is of everything in it and below."""
    return next((found for folder in path.absolute().parents if (found := _manifest_in(folder))), None)
