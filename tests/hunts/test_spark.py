"""spark: run for real on a local cluster of two executors; the same hits as duckdb and scan on the same data."""

import csv
import os
import random
import shutil
import sys
from pathlib import Path

import pytest

for needed in ("ibis", "pyspark.sql"):
    pytest.importorskip(needed, reason="the extra `scale` is not installed: make setup EXTRAS=--all-extras")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("Spark needs Java", allow_module_level=True)

import pyarrow as pa
import pyarrow.parquet as pq

from backtrail.hunts.backends import HuntOptions, named
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

CORPUS = Path(__file__).parent / "corpus"
LINES = (CORPUS / "tricky.log").read_text("utf-8")
with (CORPUS / "tricky.csv").open(newline="") as _rows:
    INDICATORS = [Indicator(kind=row["type"], value=row["value"], valid_until="2011-06-01T00:00:00Z")
                  for row in csv.DictReader(_rows)]  # fmt: skip

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def session():
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("backtrail tests")
    made = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "2").getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    yield made
    made.stop()


def told(name, path, **options):
    more = {"spell": canonical, "refang": refang} | options
    return list(named(name).hunt(INDICATORS, [path], HuntOptions(**more)))


def places(hits):
    return sorted(
        (h.file, h.unit, h.number, h.offset or 0, h.indicator.value, h.matched, h.at or "", str(h.valid), h.direction,
         h.side)
        for h in hits
    )  # fmt: skip


def test_parquet_of_columns_gives_the_hits_of_duckdb(session, tmp_path):
    chance = random.Random(3)
    pool = ["a.evil.com", "notevil.com", "1.2.3.4", "11.2.3.45", "198.51.7.7", "198.51.100.9", "2001:db8::1", "x",
            "2001:db8:5::9", "D41D8CD98F00B204E9800998ECF8427E", "harbour.exe", "bücher.example", "001.002.003.004",
            "AB:" * 19 + "AB", "http://u.example/a/b?c=1", "203.0.113.5", "443", "op@mail.example", None]  # fmt: skip
    rows = 5000
    table = pa.table(
        {
            "ts": [f"2011-0{chance.randint(5, 7)}-01T10:00:00Z" for _ in range(rows)],
            "id.orig_h": ["10.0.0.9"] * rows,
            "id.resp_h": chance.choices(pool, k=rows),
            "it`s": chance.choices(pool, k=rows),
            "many": [chance.choices(pool[:-1], k=2) for _ in range(rows)],
            "n": list(range(rows)),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=700)
    tables, cluster = told("duckdb", tmp_path), told("spark", tmp_path)
    assert len(tables) > rows
    assert [place[:6] for place in places(cluster)] == [place[:6] for place in places(tables)]
    assert sum(bool(hit.at) for hit in cluster) >= sum(bool(hit.at) for hit in tables) > 100


def test_parquet_of_tricky_lines_gives_the_hits_of_duckdb(session, tmp_path):
    pq.write_table(pa.table({"line": LINES.splitlines()}), tmp_path / "a.parquet")
    for decode in (False, True):
        tables, cluster = told("duckdb", tmp_path, decode=decode), told("spark", tmp_path, decode=decode)
        assert places(cluster) == places(tables) and len(tables) > 20


def test_raw_logs_give_the_hits_of_the_scan(session, tmp_path, monkeypatch):
    monkeypatch.setattr("backtrail.hunts.backends.files.PART", 1 << 16)
    noise = ["".join(random.Random(n).choices("abcdef .", k=60)) for n in range(900)]
    text = ("\n".join(noise) + "\n" + LINES) * 6
    (tmp_path / "a.log").write_text(text)
    (tmp_path / "b.log").write_text(LINES)
    scan, cluster = told("scan", tmp_path), told("spark", tmp_path)
    assert len(scan) > 100
    assert places(cluster) == places(scan)
