"""Open a knowledge base: SQLite in a file, or PostgreSQL for a team; both brought to the newest schema by Alembic."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy
from sqlalchemy import Connection, Engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from backtrail.model.errors import BacktrailError, ConflictError, UsageError

if TYPE_CHECKING:
    from alembic.config import Config

Db = Connection
"""An open view or transaction, as the functions of this room take it."""


class KnowledgeBase:
    """A database of knowledge; reading and writing go through the functions of this room.

    Args:
        url: `sqlite:///path` or `postgresql://...`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of what is known."""
        with _explained(self.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is kept, or nothing is."""
        options = self._engine.execution_options(write=True)
        with _explained(self.url), options.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema to this version of Backtrail; a schema of a newer version is refused."""
        with self.reading() as connection:
            current = _revision(connection)
        if current == _newest():
            return
        from alembic import command  # a sixth of the start of whatever finds its case as it should be
        from alembic.script import ScriptDirectory

        config = _alembic()
        script = ScriptDirectory.from_config(config)
        if current is not None and current not in {r.revision for r in script.walk_revisions()}:
            raise ConflictError(
                f"{_shown(self.url)} was written by a newer Backtrail (schema {current}); upgrade first"
            )
        with self.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            return sqlalchemy.create_engine(parsed.set(drivername="postgresql+psycopg"))
        if parsed.get_backend_name() != "sqlite":
            raise UsageError(f"{_shown(url)}: a knowledge base is sqlite:/// or postgresql://")
    except (ArgumentError, NoSuchModuleError) as error:
        raise UsageError(f"not a database URL: {error}") from error
    except ModuleNotFoundError as error:
        raise UsageError("PostgreSQL needs the extra: pip install 'backtrail[postgres]'") from error
    engine = sqlalchemy.create_engine(parsed)
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def sqlite_url(file: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{file}"


def _sqlite_connect(connection: Any, _record: object) -> None:
    """WAL for readers beside the writer; FULL so that what was acknowledged survives a power cut."""
    connection.isolation_level = None  # SQLAlchemy's own BEGIN below; the driver must not guess
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sqlalchemy.text("SELECT version_num FROM alembic_version")).scalar()


def _newest() -> str:
    """The revision of the newest migration, which the name of its file begins with: `v0002_sightings.py`."""
    versions = (files("backtrail.knowledge") / "migrations" / "versions").iterdir()
    return max(file.name for file in versions if file.name.startswith("v") and file.name.endswith(".py"))[1:5]


def _alembic() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("backtrail.knowledge") / "migrations"))
    return config


def _shown(url: str) -> str:
    """A URL without its password."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "the URL"


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Database errors in the words of the house; a bug in a statement stays what it is."""
    try:
        yield
    except sqlalchemy.exc.OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        if "locked" in reason:
            raise ConflictError(f"{_shown(url)} is being written by another process; try again") from error
        raise BacktrailError(f"{_shown(url)}: {reason}") from error
    except sqlalchemy.exc.IntegrityError as error:
        raise ConflictError("another decision was taken at the same moment; look at the log and try again") from error
    except DBAPIError as error:
        if "malformed" in str(error) or "not a database" in str(error):
            raise BacktrailError(f"{_shown(url)}: {error.orig}") from error
        raise
