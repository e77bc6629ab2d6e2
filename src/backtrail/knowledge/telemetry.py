"""Traces of telemetry: a Parquet file for each log that was read, asked all at once by an in-memory DuckDB.

The files are an index that can be made again from the evidence, not a record: no decision lives in them. A file is
written under a temporary name and renamed, before its log is acknowledged in the knowledge base, so that a name
that exists stands for whole content. The database allows no access to anything outside the folder.
"""

import hashlib
import math
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any

import duckdb
from msgspec import Struct

from backtrail.knowledge.trace_files import COLUMNS, SCHEMA, TRACE, Writer, literal, quoted
from backtrail.model.errors import FormatError
from backtrail.model.marking import Grade, Source, grade
from backtrail.model.telemetry import Kept, Origin, Placed, Shared, Trace

_PLACED = ", ".join(f't."{name}"' for name in COLUMNS)


_MANY = 32
"""Logs from which on their ties are kept together too."""


class Tied(Struct, frozen=True):
    """Two values that are tied, in all logs of one place.

    Attributes:
        of: Left side.
        kind: Kind of the right side.
        value: Right side.
        detail: What else is said.
        intrusion: The intrusion whose logs show it; None for what belongs to no single one.
        first: Seconds since 1970 of the first record; 0 when none says when.
        last: Of the last.
        count: Records.
        place: Evidence and locator of the first.
    """

    of: str
    kind: str
    value: str
    detail: str
    intrusion: str | None
    first: float
    last: float
    count: int
    place: str


class TelemetryBase:
    """The traces of a case.

    Args:
        folder: Where the Parquet files live; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._until = math.inf
        self._left_out: frozenset[str] = frozenset()
        self._grades: dict[str, Grade] = {}
        self._writer = Writer(folder)

    def put(self, name: str, origin: Origin, traces: Iterable[Trace]) -> int:
        """Write the traces of one log under a name; writing the same name again replaces the file.

        Returns:
            Bytes of the file; 0 where there is no trace, and no file is made.
        """
        return self._writer.put(name, origin, traces)

    def lost(self, kept: Iterable[Kept]) -> list[Kept]:
        """Those of some files that are gone, or are not as they were written."""
        sizes = {path.name: path.stat().st_size for path in self.folder.glob("*.parquet")}
        return [one for one in kept if sizes.get(f"{one.name}.parquet") != one.size]

    def as_of(self, until: float) -> "TelemetryBase":
        """The same traces as they stood at a moment, in seconds since 1970: what began later is not there."""
        made = self._copied()
        made._until = until
        return made

    def without(self, logs: frozenset[str]) -> "TelemetryBase":
        """The same traces without those of some logs, by SHA-256."""
        made = self._copied()
        made._left_out = logs
        return made

    def graded(self, grades: Mapping[str, str]) -> "TelemetryBase":
        """The same traces with other grades of some sources, by name, in place of those that came with the logs."""
        made = self._copied()
        made._grades = {name: grade(code) for name, code in grades.items()}
        return made

    def _copied(self) -> "TelemetryBase":
        return copy(self)

    def seen(self, values: Iterable[tuple[str, str]], above: Iterable[str] = ()) -> Iterator[tuple[str, Placed]]:
        """Traces of some values, each with the value it is of.

        Args:
            values: Kind and canonical value.
            above: Domain names that are also found in every name below them.
        """
        with self._reading() as db:
            db.execute("CREATE TABLE wanted (kind VARCHAR, value VARCHAR); CREATE TABLE above (value VARCHAR)")
            _fill(db, "wanted", values)
            _fill(db, "above", ([name] for name in above))
            query = f"""
                SELECT w.value, {_PLACED}
                FROM traces t JOIN wanted w ON t.kind = w.kind AND t.value = w.value
                WHERE t.relation = ''
                UNION ALL
                SELECT w.value, {_PLACED}
                FROM (SELECT *, unnest(parents(value)) AS parent FROM traces
                      WHERE kind = 'domain-name' AND relation = '') t
                JOIN above w ON t.parent = w.value
                ORDER BY ALL
            """
            yield from ((row[0], self._placed(row[1:])) for row in _rows(db, query))

    def ties(self, relation: str, of: Sequence[str] | None = None, values: Sequence[str] | None = None) -> list[Placed]:
        """Traces that tie two values in one way; only those of some left or some right sides, when given."""
        with self._reading(ties=True) as db:
            condition = "relation = ?"
            for column, wanted in (("of", of), ("value", values)):
                if wanted is not None:
                    db.execute(f"CREATE TABLE only_{column} (v VARCHAR)")
                    _fill(db, f"only_{column}", [(v,) for v in wanted])
                    condition += f' AND t."{column}" IN (SELECT v FROM only_{column})'
            query = f"""
                SELECT {_PLACED} FROM traces t WHERE {condition} ORDER BY ALL
            """
            return [self._placed(row) for row in _rows(db, query, [relation])]

    def tied(self, relation: str, of: Iterable[str] = (), values: Iterable[str] = ()) -> list[Tied]:
        """Pairs tied in one way, each once for what victims' logs show and once for everything else.

        Args:
            relation: How they are tied.
            of: Those of these left sides,
            values: and those of these right sides.
        """
        with self._reading(ties=True) as db:
            for column, wanted in (("of", of), ("value", values)):
                db.execute(f"CREATE TABLE only_{column} (v VARCHAR)")
                _fill(db, f"only_{column}", [(v,) for v in wanted])
            query = """
                SELECT "of", kind, value, detail, intrusion, coalesce(min(first) FILTER (first > 0), 0),
                       max(last), sum(count)::BIGINT,
                       arg_min(substr(evidence, 1, 12) || ' ' || "at", (first, evidence, "at"))
                FROM traces
                WHERE relation = ?
                  AND ("of" IN (SELECT v FROM only_of) OR value IN (SELECT v FROM only_value))
                GROUP BY ALL ORDER BY ALL
            """
            return [Tied(*row) for row in _rows(db, query, [relation])]

    def sides(self, relation: str) -> list[str]:
        """Left sides of what is tied in one way, outside victims' logs: names that passive DNS knows."""
        with self._reading(ties=True) as db:
            query = """SELECT DISTINCT "of" FROM traces WHERE relation = ? AND intrusion IS NULL ORDER BY 1"""
            return [name for (name,) in _rows(db, query, [relation])]

    def shown(self, kinds: Sequence[str], intrusions: Iterable[str] | None = None) -> list[Placed]:
        """Values of some kinds by themselves, in the order of logs and places; only at some intrusions, when given."""
        with self._reading() as db:
            db.execute("CREATE TABLE kinds (kind VARCHAR); CREATE TABLE at_these (intrusion VARCHAR)")
            _fill(db, "kinds", [(kind,) for kind in kinds])
            _fill(db, "at_these", [(one,) for one in intrusions or ()])
            within = "" if intrusions is None else "AND intrusion IN (SELECT intrusion FROM at_these)"
            query = f"""
                SELECT {_PLACED} FROM traces t
                WHERE relation = '' AND kind IN (SELECT kind FROM kinds) {within}
                ORDER BY evidence, "at", kind, value, first
            """
            return [self._placed(row) for row in _rows(db, query)]

    def shared(self, kinds: Sequence[str], most: int) -> list[Shared]:
        """Values of some kinds that at least two intrusions, and at most so many, show."""
        with self._reading() as db:
            db.execute("CREATE TABLE kinds (kind VARCHAR)")
            _fill(db, "kinds", [(kind,) for kind in kinds])
            query = """
                SELECT kind, value, list_sort(list(DISTINCT intrusion)) AS held FROM traces
                WHERE relation = '' AND intrusion IS NOT NULL AND kind IN (SELECT kind FROM kinds)
                GROUP BY kind, value HAVING count(DISTINCT intrusion) BETWEEN 2 AND ?
                ORDER BY kind, value
            """
            return [Shared(kind, value, tuple(held)) for kind, value, held in _rows(db, query, [most])]

    def collected(self) -> dict[str, frozenset[str]]:
        """Kinds of values that the logs of each intrusion show at all."""
        with self._reading() as db:
            query = "SELECT intrusion, list(DISTINCT kind) FROM traces WHERE intrusion IS NOT NULL GROUP BY intrusion"
            return {intrusion: frozenset(kinds) for intrusion, kinds in _rows(db, query)}

    def coverage(self) -> dict[str, tuple[float, float]]:
        """First and last moment that the logs of each intrusion show."""
        with self._reading() as db:
            query = """
                SELECT intrusion, min(first) FILTER (first > 0), max(last) FROM traces
                WHERE intrusion IS NOT NULL AND last > 0 GROUP BY intrusion
            """
            return {intrusion: (first, last) for intrusion, first, last in _rows(db, query) if first}

    def files(self) -> int:
        """Number of files of traces."""
        return sum(1 for _ in self.folder.glob("*.parquet"))

    def counts(self) -> tuple[int, int]:
        """Number of logs and of traces."""
        files = list(self.folder.glob("*.parquet")) if self.folder.is_dir() else []
        if not files:
            return 0, 0
        with self._reading() as db:
            return len(files), int(next(_rows(db, "SELECT count(*) FROM traces"))[0])

    def _placed(self, row: Sequence[Any]) -> Placed:
        evidence, intrusion, server, source, code, tlp, *fields = row
        origin = Origin(
            evidence, intrusion, server, Source(source, self._grades.get(source) or Grade(code[0], code[1]), tlp)
        )
        return Placed(origin, Trace(**dict(zip(TRACE, fields, strict=True))))

    def close(self) -> None:
        """Let go of the writing database."""
        self._writer.close()

    def _reading(self, *, ties: bool = False) -> duckdb.DuckDBPyConnection:
        """An in-memory database with all traces, or with those that tie two values."""
        files = str((self._ties() if ties else None) or self.folder / "*.parquet")
        db = duckdb.connect()
        db.execute("SET memory_limit = '700MB'; SET preserve_insertion_order = false")
        if any(self.folder.glob("*.parquet")):
            folders = ", ".join(quoted(folder) for folder in (self.folder, self._cache))
            db.execute(f"SET allowed_directories = [{folders}]; SET enable_external_access = false")
            db.execute("SET lock_configuration = true")
            with _readable():
                query = f"SELECT {self._columns} FROM read_parquet({quoted(files)}) {self._when}"
                db.execute(f"CREATE VIEW traces AS {query}")
        else:
            db.execute(f"CREATE TABLE traces ({SCHEMA})")
        db.execute(
            """CREATE MACRO parents(name) AS list_transform(
                range(2, len(string_split(name, '.'))), lambda i: array_to_string(string_split(name, '.')[i:], '.'))"""
        )
        return db

    @property
    def _columns(self) -> str:
        return "*" if math.isinf(self._until) else f"* REPLACE (least(last, {self._until!r}) AS last)"

    @property
    def _when(self) -> str:
        conditions = [] if math.isinf(self._until) else [f"first <= {self._until!r}"]
        if self._left_out:
            conditions.append(f"evidence NOT IN ({', '.join(map(literal, sorted(self._left_out)))})")
        return f"WHERE {' AND '.join(conditions)}" if conditions else ""

    @property
    def _cache(self) -> Path:
        return self.folder.parent / "cache"

    def _ties(self) -> Path | None:
        """All ties in one file, made again when a log was added: thousands of small files take seconds to open.

        None where there are none, and where the case may not be written to.
        """
        logs = sorted((p.name, p.stat().st_size) for p in self.folder.glob("*.parquet"))
        if len(logs) < _MANY:
            return None
        made = self._cache / f"ties-{hashlib.sha256(repr(logs).encode()).hexdigest()[:16]}.parquet"
        if not made.exists():
            try:
                self._cache.mkdir(exist_ok=True)
                before = list(self._cache.glob("ties-*.parquet"))
                new = self._cache / f".{made.name}.{os.getpid()}.{threading.get_ident()}"
                with duckdb.connect() as db:
                    db.execute("SET memory_limit = '700MB'; SET threads = 1")
                    files = quoted(self.folder / "*.parquet")
                    query = f"SELECT * FROM read_parquet({files}) WHERE relation <> '' ORDER BY relation"
                    with _readable():
                        db.execute(f"COPY ({query}) TO {quoted(new)} (FORMAT parquet)")
                new.rename(made)
                for old in before:
                    old.unlink(missing_ok=True)
            except OSError:
                return None
        return made


def _fill(db: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    with db.appender(table) as out:
        for row in rows:
            out.append_row(*row)


def _rows(db: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    with _readable():
        found = db.execute(query, list(parameters))
        while some := found.fetchmany(10_000):
            yield from some


@contextmanager
def _readable() -> Iterator[None]:
    """A file of traces that cannot be read is damaged, and can be made again.

    Raises:
        FormatError: It is.
    """
    try:
        yield
    except (duckdb.InvalidInputException, duckdb.IOException, duckdb.SerializationException) as error:
        reason = str(error).splitlines()[0]
        raise FormatError(f"{reason}; backtrail sweep makes lost and damaged files again", where="telemetry") from error
