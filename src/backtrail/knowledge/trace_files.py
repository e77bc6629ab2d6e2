"""Files of traces, as they are written: Parquet, one for each log, made whole under another name and then renamed."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import nanoarrow

from backtrail.model.telemetry import Origin, Trace

SCHEMA = """
    evidence VARCHAR, intrusion VARCHAR, server VARCHAR, source VARCHAR, grade VARCHAR, tlp VARCHAR,
    kind VARCHAR, value VARCHAR, raw VARCHAR, direction VARCHAR, relation VARCHAR, of_kind VARCHAR, "of" VARCHAR,
    detail VARCHAR, first DOUBLE, last DOUBLE, count BIGINT, sent BIGINT, received BIGINT, "at" VARCHAR
"""
TRACE = Trace.__struct_fields__
COLUMNS = ("evidence", "intrusion", "server", "source", "grade", "tlp", *TRACE)


class Writer:
    """Writes files of traces into a folder, which is made when missing.

    Args:
        folder: Where they live.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db: duckdb.DuckDBPyConnection | None = None

    def put(self, name: str, origin: Origin, traces: Iterable[Trace]) -> int:
        """Write the traces of one log under a name; writing the same name again replaces the file.

        Returns:
            Bytes of the file; 0 where there is no trace, and no file is made.
        """
        rows = list(traces)
        if not rows:
            return 0
        self._folder.mkdir(exist_ok=True)
        if self._db is None:
            self._db = duckdb.connect()
            self._db.execute("SET threads = 1")
        made = self._folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        columns = {field: [getattr(trace, field) for trace in rows] for field in TRACE}
        same = {field: values[0] for field, values in columns.items() if len(set(values)) == 1 and len(rows) > 1}
        constants = _constants(origin) | {field: literal(value) for field, value in same.items()}
        names = ", ".join(f'{constants.get(field, _named(field))} AS "{field}"' for field in COLUMNS)
        self._db.register("written", _Rows({f: v for f, v in columns.items() if f not in same} or columns))
        self._db.execute(f"COPY (SELECT {names} FROM written) TO {literal(str(made))} (FORMAT parquet)")
        self._db.unregister("written")
        size = made.stat().st_size
        made.rename(self._folder / f"{name}.parquet")
        return size

    def close(self) -> None:
        """Let go of the writing database."""
        if self._db is not None:
            self._db.close()
            self._db = None


class _Rows:
    """Columns of traces as an Arrow stream (PyCapsule interface), which DuckDB takes far faster than rows."""

    def __init__(self, columns: dict[str, list[Any]]) -> None:
        arrays = {
            name: nanoarrow.Array(values, _TYPES.get(name) or nanoarrow.string()) for name, values in columns.items()
        }
        self._batch = nanoarrow.c_array_from_buffers(
            nanoarrow.struct({name: array.schema for name, array in arrays.items()}),
            len(next(iter(columns.values()))), [None], null_count=0, children=list(arrays.values()),
        )  # fmt: skip

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """A new stream at each call: DuckDB asks once for the columns and once for the rows."""
        return nanoarrow.ArrayStream(nanoarrow.Array(self._batch)).__arrow_c_stream__(requested_schema)


_TYPES = dict.fromkeys(("first", "last"), nanoarrow.float64()) | dict.fromkeys(
    ("count", "sent", "received"), nanoarrow.int64()
)


def _constants(origin: Origin) -> dict[str, str]:
    """Columns that are the same in all rows of a log, as SQL."""
    source = origin.source
    values = {
        "evidence": origin.evidence, "intrusion": origin.intrusion, "server": origin.server,
        "source": source.name, "grade": str(source.grade), "tlp": source.tlp,
    }  # fmt: skip
    return {name: literal(value) for name, value in values.items()}


def literal(value: Any) -> str:
    """A value as SQL, of the type that its column has in every file."""
    if value is None:
        return "NULL::VARCHAR"
    number = {int: "BIGINT", float: "DOUBLE"}.get(type(value))
    return f"{value!r}::{number}" if number else quoted(value)


def _named(column: str) -> str:
    return f'"{column}"'


def quoted(path: Path | str) -> str:
    """A path or text as SQL."""
    return "'" + str(path).replace("\0", "\ufffd").replace("'", "''") + "'"
