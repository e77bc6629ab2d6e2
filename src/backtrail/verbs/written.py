"""Files that commands write where somebody names: complete or not at all, and nothing else touched."""

import os
from collections.abc import Iterable
from pathlib import Path

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
    if not path.parent.is_dir():
        raise NotFoundError(f"{path.parent}: no such folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path} cannot be written to")


def write_lines(path: Path, rows: Iterable[object]) -> None:
    """Write JSON lines, complete or not at all; a pipe or a device is written to as it is.

    Raises:
        OSError: It cannot be written, with the name of the file.
    """
    lines = (msgspec.json.encode(row) + b"\n" for row in rows)
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(lines)
        return
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with made.open("xb") as file:
            file.writelines(lines)
        made.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        made.unlink(missing_ok=True)
