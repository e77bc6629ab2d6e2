"""A case: a folder with settings, the evidence store and, unless a team shares a database, the knowledge base."""

import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from backtrail.evidence import Store
from backtrail.knowledge.base import KnowledgeBase, sqlite_url
from backtrail.model.errors import ConflictError, FormatError, NotFoundError

if TYPE_CHECKING:
    from backtrail.knowledge.addresses import AddressBase
    from backtrail.knowledge.telemetry import TelemetryBase

SETTINGS = "case.toml"
_DATABASE = "knowledge.sqlite"


class _Settings(Struct, forbid_unknown_fields=True):
    version: int
    created: str
    db: str | None = None


class Case:
    """An open case; every verb takes one as its first argument.

    Args:
        folder: The case's folder.
        clock: Gives the present moment; the doors bring the real one, tests a fixed one.
        author: Who decides and brings evidence in.

    Raises:
        NotFoundError: No case in the folder.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], str], author: str) -> None:
        settings = _settings(folder)
        self.folder = folder
        self.now = clock
        self.author = author
        self.store = Store(folder / "evidence")
        self.knowledge = KnowledgeBase(settings.db or sqlite_url(folder / _DATABASE))
        self.knowledge.migrate()
        self.fallen: tuple[str, frozenset[str]] = ("", frozenset())
        """What no longer stands, kept beside what it was worked out from (`verbs/standing.py`)."""

    @cached_property
    def telemetry(self) -> "TelemetryBase":
        """What logs show."""
        from backtrail.knowledge.telemetry import TelemetryBase  # DuckDB: a fifth of the start of what reads no log

        return TelemetryBase(self.folder / "telemetry")

    @cached_property
    def addresses(self) -> "AddressBase":
        """Where addresses lie, by data of the user."""
        from backtrail.knowledge.addresses import AddressBase  # NumPy, likewise

        return AddressBase(self.folder / "addresses")

    def close(self) -> None:
        """Let go of the knowledge base and the telemetry."""
        self.knowledge.close()
        if "telemetry" in self.__dict__:
            self.telemetry.close()

    def __enter__(self) -> "Case":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Case({str(self.folder)!r})"


def create(folder: Path, *, created: str, db: str | None) -> None:
    """Make a case in a folder that does not exist or is empty; whole, or not at all.

    Raises:
        ConflictError: The folder holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "a case already" if (folder / SETTINGS).exists() else "not empty"
        raise ConflictError(f"{folder} is {what}; name a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(folder) as made:
        lines = [
            "# A Backtrail case. `db` names a shared PostgreSQL; without it knowledge.sqlite is used.",
            "version = 1",
        ]
        lines += [f"created = {_toml(created)}"] + ([f"db = {_toml(db)}"] if db else [])
        (made / SETTINGS).write_text("\n".join(lines) + "\n", encoding="utf-8")
        Store(made / "evidence")
        knowledge = KnowledgeBase(db or sqlite_url(made / _DATABASE))
        knowledge.migrate()
        knowledge.close()
        made.rename(folder)


@contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    made.chmod(0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _toml(text: str) -> str:
    """A TOML basic string; JSON's escapes are a subset of TOML's."""
    return msgspec.json.encode(text).decode()


def _settings(folder: Path) -> _Settings:
    try:
        return msgspec.convert(tomllib.loads((folder / SETTINGS).read_text("utf-8")), _Settings)
    except FileNotFoundError:
        raise NotFoundError(f"{folder} is no case; make one with: backtrail init {folder}") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FormatError(f"{folder / SETTINGS}: {error}", where=SETTINGS) from error
