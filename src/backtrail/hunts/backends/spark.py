"""spark: the plan of `duckdb` on a cluster, for telemetry that is larger than a machine (extra `scale`).

Parquet: Spark reads it, Ibis joins the array of keys of each row with the wanted ones, and the executors confirm what
was caught. Text: each executor looks through parts of files with the kernel of the scan, which must be reachable under
the same path on all machines. The session that is active is used; else one is made for `BACKTRAIL_SPARK_MASTER`.

Known traps, all met: `split` takes a regular expression on Spark; ANSI casts raise; one key array and `explode` instead
of a UNION for each kind; `SPARK_LOCAL_IP` must be set where the host name has no address; ibis-framework 12 needs
`sqlglot<30.18` and `pyspark<4.1`.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from backtrail.hunts.backends.backend import Backend, HuntOptions
from backtrail.hunts.backends.confirm import Caught, Confirmer
from backtrail.hunts.backends.files import Found, found
from backtrail.hunts.backends.looking import Looker, News, Task
from backtrail.hunts.backends.plan import ADDRESSES, HEXES, HOSTS, MARK, SPACED, Plan, plan
from backtrail.hunts.backends.scan import Gathered
from backtrail.hunts.columns import Columns, of
from backtrail.hunts.keys import Compiled, compiled
from backtrail.hunts.matching import Matcher
from backtrail.model.errors import NotFoundError
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator

MASTER = "BACKTRAIL_SPARK_MASTER"
_SIX = "::|(?:[0-9a-f]{1,4}:){5}"
"""Rows that may show an IPv6 address, when one is wanted: the exact phase reads them."""

_DOTTED = "concat_ws('.', transform(split(t, '[.]'), p -> cast(cast(p AS INT) AS STRING)))"
_NUMBER = "aggregate(split(t, '[.]'), cast(0 AS BIGINT), (v, p) -> v * 256 + cast(p AS INT))"


def hunt(indicators: Sequence[Indicator], paths: Sequence[Path], options: HuntOptions) -> Iterator[Hit]:
    """Hits of indicators in files and folders; see `HuntOptions`."""
    goal = compiled(of(indicators), options.spell, options.refang)
    told = options.problem or (lambda *_: None)
    for row, reason in goal.unusable:
        told(f"indicator {goal.columns.value(row)[:80]}", "", f"is not looked for: {reason}")
    files = list(found(paths, told))
    tables = [file for file in files if _is_parquet(file)]
    session = _session()
    sent = session.sparkContext.broadcast(_Sent(goal, options.decode))
    try:
        if tables:
            yield from _hunt_tables(session, sent, plan(goal, decode=options.decode), goal.columns, tables)
        texts = [file for file in files if file not in tables]
        if texts:
            yield from _hunt_texts(session, sent, goal.columns, texts, options)
    finally:
        sent.unpersist()


class _Sent:
    """What every executor needs, sent once; the matcher is made there, when it is first used."""

    def __init__(self, goal: Compiled, decode: bool) -> None:
        rows = goal.columns
        goal.columns = Columns(rows.data, rows.starts, rows.ends, rows.kinds, rows.names, _no_indicator)
        self._goal = pickle.dumps(goal)
        goal.columns = rows
        self._decode = decode

    def matcher(self) -> Matcher:
        """A matcher of this process."""
        return Matcher(pickle.loads(self._goal), self._decode)  # noqa: S301 - our own bytes


def _no_indicator(row: int) -> Indicator:
    """Executors tell rows of the list; what they stand for is known where the hunt was started."""
    return Indicator(kind="text", value=str(row))


def _is_parquet(file: Found) -> bool:
    if not file.path.is_file():
        return False
    with file.path.open("rb") as stream:
        return stream.read(4) == b"PAR1"


def _session() -> Any:
    """The active session, or one of our own. Raises NotFoundError when the extra is not installed."""
    try:
        import ibis  # noqa: F401 - said at once, not in the middle of a hunt
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise NotFoundError("Spark is an extra: pip install 'backtrail[scale]'") from None
    if active := SparkSession.getActiveSession():
        return active
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    master = os.environ.get(MASTER, "local[*]")
    builder = SparkSession.builder.master(master).appName("backtrail hunt")
    return builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate()


# Parquet


def _hunt_tables(session: Any, sent: Any, net: Plan, columns: Columns, tables: Sequence[Found]) -> Iterator[Hit]:
    for table in tables:
        rows = _rows(session, str(table.path.resolve()))
        caught = rows if net.everything else _caught(session, rows, net)
        schema = "hit binary"
        for row in caught.mapInArrow(_confirming(sent, table.name), schema).toLocalIterator():
            number, hit = pickle.loads(row.hit)  # noqa: S301 - what our own executors wrote
            yield _with_indicator(hit, columns[number])


def _rows(session: Any, path: str) -> Any:
    """Rows of a Parquet file: number, text of the cells with a tab between, and the row as JSON."""
    from pyspark.sql import functions as f

    read = session.read.parquet(path)
    cells = [
        f.to_json(_name(name)) if kind.startswith(("array", "struct", "map")) else _name(name).cast("string")
        for name, kind in read.dtypes
    ]
    line = f.translate(f.concat_ws("\t", *cells), "\n\r", "  ")
    told = f.to_json(f.struct(*[_name(name) for name in read.columns]))
    return read.select(f.col("_metadata.row_index").alias("n"), line.alias("line"), told.alias("told"))


def _name(name: str) -> Any:
    from pyspark.sql import functions as f

    return f.col("`" + name.replace("`", "``") + "`")


def _caught(session: Any, rows: Any, net: Plan) -> Any:
    """Rows that share a key with what is wanted: Ibis unnests the array of keys and joins by equality."""
    import ibis

    rows.createOrReplaceTempView("backtrail_rows")
    wanted = session.createDataFrame([(key,) for key in _wanted(net)], "k string")
    wanted.createOrReplaceTempView("backtrail_wanted")
    connection = ibis.pyspark.connect(session)
    keyed = connection.sql(
        f"SELECT n, line, told, {_keys(net)} AS ks FROM (SELECT *, lower(line) AS l FROM backtrail_rows)"
    )
    unnested = keyed.mutate(k=keyed.ks.unnest()).drop("ks")
    joined = unnested.semi_join(connection.table("backtrail_wanted"), "k").drop("k").distinct()
    return session.sql(ibis.to_sql(joined, dialect="pyspark"))


def _wanted(net: Plan) -> list[str]:
    """Keys in this dialect: addresses as they are written, networks by their prefixes."""
    keys = []
    for key in net.keys:
        sort, _, value = key.partition(":")
        keys.append(f"4:{_quad(int(value))}" if sort == "4" else key)
    return keys


def _quad(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def _keys(net: Plan) -> str:
    """The array of keys of a line `l`, as `duckdb` makes it."""
    above = "transform(sequence(1, size(p) - 1), i -> concat('h:', array_join(slice(p, i, size(p)), '.')))"
    names = f"transform({_all(HOSTS)}, t -> split(t, '[.]'))"
    packed = f"transform({_all(SPACED)}, t -> regexp_replace(t, '[^0-9a-f]', ''))"
    sorts = {
        "h": f"flatten(transform({names}, p -> {above}))",
        "4": f"transform({_all(ADDRESSES)}, t -> concat('4:', {_DOTTED}))",
        "x": f"transform({_all(HEXES)}, t -> concat('x:', t))",
        "c": f"transform({packed}, t -> concat('x:', t))",
        "s": f"transform(concat({_all(HEXES)}, {packed}), t -> concat('s:', ltrim('0', t)))",
    }
    lists = [list_ for sort, list_ in sorts.items() if sort in net.sorts]
    lists += [
        f"transform({_all(ADDRESSES)}, t -> concat('p{length}:', shiftright({_NUMBER}, {32 - length})))"
        for length in net.prefixes
    ]
    marks = f"{net.marks}|{_SIX}" if net.sixes else net.marks
    lists.append(f"IF(l RLIKE {_quoted(marks)}, array('{MARK}'), array())")
    return f"concat({', '.join(lists)})"


def _all(pattern: str) -> str:
    return f"regexp_extract_all(l, {_quoted(pattern)}, 0)"


def _quoted(text: str) -> str:
    return "r'" + text.replace("'", "\\x27") + "'"


def _confirming(sent: Any, name: str) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What an executor does with the rows it is given."""

    def confirm(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        confirmer = Confirmer(sent.value.matcher())
        for batch in batches:
            rows = batch.to_pydict()
            parts = zip(rows["n"], rows["line"], rows["told"], strict=True)
            caught = [Caught(name, "row", n + 1, None, line.encode(), told) for n, line, told in parts]
            hits = [pickle.dumps((int(hit.indicator.value), hit)) for hit in confirmer.hits(caught)]
            yield pa.RecordBatch.from_arrays([pa.array(hits, pa.binary())], ["hit"])

    return confirm


def _with_indicator(hit: Hit, indicator: Indicator) -> Hit:
    from msgspec.structs import replace

    valid = None if not hit.at or not indicator.valid_until else hit.at[:19] <= indicator.valid_until[:19]
    return replace(hit, indicator=indicator, valid=valid)


# Text


def _hunt_texts(session: Any, sent: Any, columns: Columns, files: list[Found], options: HuntOptions) -> Iterator[Hit]:
    """Parts of files, shared out; what comes back is what the processes of a scan tell."""
    told = options.problem or (lambda *_: None)
    tasks = [task for file in files for task in file.tasks()]
    places = {file.number: file.path.resolve() for file in files if str(file.path) != "-"}
    rows = [(n, pickle.dumps((task, str(places.get(task.file, task.path))))) for n, task in enumerate(tasks)]
    shared = session.createDataFrame(rows, "n int, task binary").repartition(max(1, len(rows)), "n")
    gathered = Gathered(columns, files, options)
    for row in shared.mapInArrow(_looking(sent), "n int, news binary").toLocalIterator():
        news: News = pickle.loads(row.news)  # noqa: S301 - what our own executors wrote
        for file, place, reason in news.problems:
            told(file, place, reason)
        yield from gathered.hits(tasks[row.n], news)


def _looking(sent: Any) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What an executor does with the tasks it is given: the scan."""

    def look(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa
        from msgspec.structs import replace

        looker = Looker(sent.value.matcher())
        for batch in batches:
            rows = batch.to_pydict()
            for number, packed in zip(rows["n"], rows["task"], strict=True):
                task, path = pickle.loads(packed)  # noqa: S301 - our own bytes
                there: Task = replace(task, path=path)
                for news in looker.look(there):
                    arrays = [pa.array([number], pa.int32()), pa.array([pickle.dumps(news)], pa.binary())]
                    yield pa.RecordBatch.from_arrays(arrays, ["n", "news"])

    return look


BACKEND = Backend(name="spark", title="the plan of duckdb on a cluster, and the scan on its machines", hunt=hunt)
