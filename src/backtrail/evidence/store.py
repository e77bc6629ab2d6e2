"""A folder of blobs, each under the SHA-256 of its content, written once and never changed."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from backtrail.model.errors import NotFoundError

_PIECE = 1 << 20


class Blob(Struct, frozen=True):
    """A stored piece of evidence: SHA-256 in hex and size in bytes."""

    sha256: str
    size: int


class Store:
    """Evidence as it arrived, addressed by content.

    A blob is written under a temporary name, flushed to the disk and renamed, so that a name that exists always
    stands for whole content, whatever kills the process.

    Args:
        folder: Where the blobs live; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)

    def add(self, stream: BinaryIO) -> Blob:
        """Keep a stream; the same content again costs no space."""
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=self._incoming, prefix=f"add-{os.getpid()}-", delete=False) as kept:
            try:
                while piece := stream.read(_PIECE):
                    digest.update(piece)
                    size += len(piece)
                    kept.write(piece)
                kept.flush()
                os.fsync(kept.fileno())
                blob = Blob(digest.hexdigest(), size)
                self._place(Path(kept.name), self.path(blob.sha256))
            finally:
                Path(kept.name).unlink(missing_ok=True)
        return blob

    def open(self, sha256: str) -> BinaryIO:
        """Read a blob. Raises NotFoundError when it is not here."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFoundError(f"no evidence {sha256} in {self.folder}") from None

    def path(self, sha256: str) -> Path:
        """Where a blob lies or would lie."""
        return self.folder / sha256[:2] / sha256

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder for unpacking, gone afterwards; what a killed process left behind is swept at the next use."""
        for left in [path for path in self._incoming.iterdir() if not _alive(path.name)]:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self._incoming, prefix=f"unpack-{os.getpid()}-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, written: Path, final: Path) -> None:
        if final.exists():
            return
        final.parent.mkdir(exist_ok=True)
        written.chmod(0o444)
        written.rename(final)
        directory = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _alive(name: str) -> bool:
    """Whether the process that made a file or folder, `add-<pid>-...` or `unpack-<pid>-...`, still runs."""
    try:
        os.kill(int(name.split("-")[1]), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
