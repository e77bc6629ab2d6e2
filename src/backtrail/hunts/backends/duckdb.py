"""duckdb: telemetry as tables in an embedded engine; Parquet as it lies, text line by line.

Indicators are pushed in as small tables and joined by equality (names with all names above them, digests, addresses)
and by range (networks, `ASOF`). Text comes in as Arrow blocks, so that the engine itself opens no file but Parquet,
which is attached before access is closed and the configuration locked.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from sys import stdin
from typing import Any

import duckdb

from backtrail.hunts.backends.arrowlines import ArrowTable, lines_of
from backtrail.hunts.backends.backend import Backend, HuntOptions, Look
from backtrail.hunts.backends.confirm import Caught, Confirmer
from backtrail.hunts.backends.files import Found, found
from backtrail.hunts.backends.plan import ADDRESSES, HEXES, HOSTS, MARK, SIXES, SPACED, Plan, plan
from backtrail.hunts.backends.streams import Stream, streams
from backtrail.hunts.columns import of
from backtrail.hunts.keys import compiled
from backtrail.hunts.matching import Matcher
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator

MEMORY = "512MB"
_ROWS = 4096
_HEADER = 1 << 14

_QUADS = "split_part(t, '.', 1)::BIGINT * 16777216 + split_part(t, '.', 2)::BIGINT * 65536"
_NUMBER = f"({_QUADS} + split_part(t, '.', 3)::BIGINT * 256 + split_part(t, '.', 4)::BIGINT)"


def hunt(indicators: Sequence[Indicator], paths: Sequence[Path], options: HuntOptions) -> Iterator[Hit]:
    """Hits of indicators in files and folders; see `HuntOptions`."""
    goal = compiled(of(indicators), options.spell, options.refang)
    told = options.problem or (lambda *_: None)
    for row, reason in goal.unusable:
        told(f"indicator {goal.columns.value(row)[:80]}", "", f"is not looked for: {reason}")
    files = list(found(paths, told))
    tables = [file for file in files if _is_parquet(file)]
    net = plan(goal, decode=options.decode)
    with _connected(tables, options.jobs) as db:
        _push(db, net)
        hunter = _Hunter(db, net, Confirmer(Matcher(goal, options.decode)), options, sum(f.size for f in files))
        for file in files:
            try:
                yield from hunter.table(file) if file in tables else hunter.text(file)
            except (duckdb.Error, OSError) as error:
                told(file.name, "byte 0", f"cannot be read: {str(error).splitlines()[0][:300]}")


def _is_parquet(file: Found) -> bool:
    if str(file.path) == "-" or not file.path.is_file():
        return False
    with file.path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def _connected(tables: Sequence[Found], jobs: int) -> duckdb.DuckDBPyConnection:
    """An engine in memory that reads the given tables and nothing else."""
    db = duckdb.connect()
    db.execute(f"SET memory_limit = '{MEMORY}'; SET threads = {max(1, jobs)}; SET preserve_insertion_order = false")
    paths = ", ".join(_quoted(str(table.path)) for table in tables)
    if tables:
        db.execute(f"SET allowed_paths = [{paths}]")
    db.execute("SET enable_external_access = false; SET lock_configuration = true")
    return db


def _push(db: duckdb.DuckDBPyConnection, net: Plan) -> None:
    """What is looked for, as tables."""
    db.register("given", ArrowTable.texts("k", net.keys))
    db.execute("CREATE TABLE wanted AS SELECT k FROM given")
    db.unregister("given")
    db.execute("CREATE TABLE ranges (low BIGINT, high BIGINT); CREATE TABLE now (k VARCHAR)")
    with db.appender("ranges") as out:
        for low, high in net.ranges:
            out.append_row(low, high)


class _Hunter:
    """One hunt through files, with the engine at hand."""

    def __init__(
        self, db: duckdb.DuckDBPyConnection, net: Plan, confirmer: Confirmer, options: HuntOptions, size: int
    ) -> None:
        self._db = db
        self._net = net
        self._confirmer = confirmer
        self._options = options
        self._size = size
        self._done = self._hits = 0

    def table(self, file: Found) -> Iterator[Hit]:
        """Hits in a Parquet file; its rows are confirmed as lines of their cells, with a tab between."""
        columns = self._db.execute(f"DESCRIBE SELECT * FROM read_parquet({_quoted(str(file.path))})").fetchall()
        cells = ", ".join(_cell(name, kind) for name, kind, *_ in columns)
        fields = ", ".join(f"{_quoted_name(name)} := {_quoted_name(name)}" for name, *_ in columns)
        rows = (
            f"SELECT file_row_number AS n, translate(concat_ws(chr(9), {cells}), chr(10) || chr(13), '  ') AS line, "
            f"to_json(struct_pack({fields}))::VARCHAR AS told "
            f"FROM read_parquet({_quoted(str(file.path))}, file_row_number = true)"
        )
        self._db.execute(f"CREATE OR REPLACE TEMP VIEW rows AS SELECT n, line FROM ({rows})")
        self._db.execute(f"CREATE OR REPLACE TEMP TABLE caught AS {self._caught('rows')}")
        query = f"SELECT n, line, told FROM ({rows}) WHERE n IN (SELECT n FROM caught) ORDER BY n"
        for some in _batches(self._db, query):
            kept = [Caught(file.name, "row", n + 1, None, line.encode(), told) for n, line, told in some]
            yield from self._told(self._confirmer.hits(kept))
        self._tell(file.name, file.size)

    def text(self, file: Found) -> Iterator[Hit]:
        """Hits in any text, line by line; event logs and captures by their records, as their readers tell them."""
        problem = self._options.problem or (lambda *_: None)
        raw = stdin.buffer if str(file.path) == "-" else file.path.open("rb")
        with raw:
            for stream in streams(file.name, raw, lambda place, reason: problem(file.name, place, reason)):
                yield from self._stream(stream)

    def _stream(self, stream: Stream) -> Iterator[Hit]:
        header = None
        for lines in lines_of(stream):
            if header is None:
                header = lines.data[:_HEADER].decode("utf-8", "replace")
            self._db.register("given", lines.arrow())
            self._db.execute("CREATE OR REPLACE TEMP TABLE block AS SELECT n, line FROM given")
            self._db.unregister("given")
            numbers = [row[0] for row in self._db.execute(self._caught("block")).fetchall()]
            kept = [lines.caught(stream, number) for number in sorted(numbers)]
            yield from self._told(self._confirmer.hits(kept, header))
            self._tell(stream.name, len(lines.data))

    def _told(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        for hit in hits:
            self._hits += 1
            yield hit

    def _tell(self, name: str, done: int) -> None:
        self._done += done
        if self._options.progress:
            self._options.progress(Look(name, self._done, self._size, self._hits))

    def _caught(self, table: str) -> str:
        """The query for numbers of rows that may hold hits."""
        if self._net.everything:
            return f"SELECT n FROM {table}"
        if self._net.sixes:
            self._find_sixes(table)
        lowered = f"(SELECT n, lower(line) AS l FROM {table})"
        keys = f"SELECT n, unnest({_keys(self._net)}) AS k FROM {lowered}"
        query = f"SELECT n FROM ({keys}) SEMI JOIN (SELECT k FROM wanted UNION ALL SELECT k FROM now) USING (k)"
        if self._net.ranges:
            numbers = f"SELECT n, unnest(list_transform({_all(ADDRESSES)}, lambda t: {_NUMBER})) AS v FROM {lowered}"
            query += f" UNION ALL SELECT n FROM ({numbers}) ASOF JOIN ranges ON v >= low WHERE v <= high"
        return f"SELECT DISTINCT n FROM ({query})"

    def _find_sixes(self, table: str) -> None:
        """Spellings of IPv6 addresses in a block that are wanted ones: each different token is read once."""
        tokens = self._db.execute(f"SELECT DISTINCT unnest({_all(SIXES)}) FROM (SELECT lower(line) AS l FROM {table})")
        wanted = [f"6:{token}" for (token,) in tokens.fetchall() if self._net.six(token)]
        self._db.execute("DELETE FROM now")
        with self._db.appender("now") as out:
            for key in wanted:
                out.append_row(key)


def _keys(net: Plan) -> str:
    """The array of keys of a line `l`, of the sorts that are wanted."""
    above = "list_transform(range(1, len(p)), lambda i: 'h:' || array_to_string(p[i:], '.'))"
    names = f"list_transform({_all(HOSTS)}, lambda t: string_split(t, '.'))"
    packed = f"list_transform({_all(SPACED)}, lambda t: regexp_replace(t, '[^0-9a-f]', '', 'g'))"
    sorts = {
        "h": f"flatten(list_transform({names}, lambda p: {above}))",
        "4": f"list_transform({_all(ADDRESSES)}, lambda t: '4:' || {_NUMBER})",
        "x": f"list_transform({_all(HEXES)}, lambda t: 'x:' || t)",
        "c": f"list_transform({packed}, lambda t: 'x:' || t)",
        "s": f"list_transform(list_concat({_all(HEXES)}, {packed}), lambda t: 's:' || ltrim(t, '0'))",
        "6": f"list_transform({_all(SIXES)}, lambda t: '6:' || t)",
    }
    lists = [list_ for sort, list_ in sorts.items() if sort in net.sorts]
    lists.append(f"CASE WHEN regexp_matches(l, {_quoted(net.marks)}) THEN ['{MARK}'] ELSE [] END")
    return f"list_concat({', '.join(lists)})" if len(lists) > 1 else lists[0]


def _all(pattern: str) -> str:
    return f"regexp_extract_all(l, {_quoted(pattern)})"


def _cell(name: str, kind: str) -> str:
    nested = kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION"))
    return f"to_json({_quoted_name(name)})::VARCHAR" if nested else f"{_quoted_name(name)}::VARCHAR"


def _batches(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[list[tuple[Any, ...]]]:
    found = db.execute(query)
    rows = found.fetchall()
    for start in range(0, len(rows), _ROWS):
        yield rows[start : start + _ROWS]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


BACKEND = Backend(
    name="duckdb",
    title="tables: Parquet as it lies, and text line by line, in an embedded engine",
    hunt=hunt,
)
