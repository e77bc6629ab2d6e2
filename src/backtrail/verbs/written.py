"""Files that commands write where somebody names: complete or not at all, and nothing else touched."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import msgspec

from backtrail.model.errors import NotFoundError, UsageError


def require_writable(path: Path) -> None:
    """Refuse a place that cannot be written to before the work is done.

    Raises:
        UsageError: It is no file, or nobody may write there.
        NotFoundError: There is no such folder.
    """
    if not path.name or path.is_dir():
        raise UsageError(f"{path} is a folder; name a file to write")
    if not path.exists() and not path.resolve().parent.is_dir():
        raise NotFoundError(f"{path.resolve().parent}: no such folder")
    special = path.exists() and not path.is_file()  # a pipe or a device; a file is made anew in its folder
    if not os.access(path if special else path.resolve().parent, os.W_OK):
        raise UsageError(f"{path} cannot be written to")


def write_lines(path: Path, rows: Iterable[object]) -> None:
    """Write JSON lines, complete or not at all; a pipe or a device is written to as it is.

    Raises:
        OSError: It cannot be written, with the name of the file.
    """
    lines = (msgspec.json.encode(row) + b"\n" for row in rows)
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(lines)
    else:
        write_whole(path.resolve(), lines)


def write_whole(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file, complete or not at all, whoever else writes it at the same time.

    Raises:
        OSError: It cannot be written, with the name of the file.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as made:
            _filled(Path(made.name), made, parts)
        Path(made.name).replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def _filled(path: Path, file: IO[bytes], parts: Iterable[bytes]) -> None:
    try:
        file.writelines(parts)
        file.flush()
        path.chmod(0o666 & ~_umask())
    except BaseException:
        path.unlink()
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
