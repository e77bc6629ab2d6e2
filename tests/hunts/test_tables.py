"""Relational engines: the same hits as the scan, on text of any packing and on Parquet; nothing else is opened."""

import csv
import gzip
import random
import string
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backtrail.hunts.backends import HuntOptions, named
from backtrail.hunts.backends import duckdb as engine
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

CORPUS = Path(__file__).parent / "corpus"
LINES = (CORPUS / "tricky.log").read_text("utf-8")
with (CORPUS / "tricky.csv").open(newline="") as _rows:
    INDICATORS = [Indicator(kind=row["type"], value=row["value"], valid_until="2011-06-01T00:00:00Z")
                  for row in csv.DictReader(_rows)]  # fmt: skip


def told(name, path, **options):
    problems = []
    more = {"spell": canonical, "refang": refang, "problem": lambda *told: problems.append(told)} | options
    hits = list(named(name).hunt(INDICATORS, [path], HuntOptions(**more)))
    return hits, problems


def places(hits):
    return sorted(
        (h.file, h.unit, h.number, h.offset or 0, h.indicator.value, h.matched, h.at or "", str(h.valid), h.direction,
         h.side, str(sorted(h.fields.items())))
        for h in hits
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    text = LINES.encode()
    (tmp_path / "a.log").write_bytes(text + b"bad \xff\xfe evil.com\r\nlast evil.com \x00 1.2.3.4")
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(text))
    (tmp_path / "wide.txt").write_bytes("x\r\ny evil.com bücher.example 1.2.3.4\r\n".encode("utf-16"))
    (tmp_path / "empty.log").write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize("jobs", [1, 2])
def test_text_gives_the_hits_of_the_scan_with_their_places_and_fields(folder, decode, jobs):
    scan, _ = told("scan", folder, decode=decode)
    tables, problems = told("duckdb", folder, decode=decode, jobs=jobs)
    assert places(tables) == places(scan) and len(scan) > 50 and not problems


def test_blocks_join_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr("backtrail.hunts.backends.arrowlines.SIZE", 1)
    chance = random.Random(1)
    noise = ["".join(chance.choices(string.ascii_letters + " .\t", k=80)) for _ in range(60_000)]
    lines = [f"{line} evil.com" if n % 9973 == 0 else line for n, line in enumerate(noise)]
    (tmp_path / "a.log").write_text("\n".join(lines))
    assert places(told("duckdb", tmp_path)[0]) == places(told("scan", tmp_path)[0])


def test_random_lines(tmp_path):
    chance = random.Random(7)
    pieces = ["evil.com", "1.2.3.4", "2001:db8::1", "d41d8cd98f00b204e9800998ecf8427e", "u.example/a/b?c=1",
              "harbour.exe", "198.51.100.9", "http://", "\\n", "\\", "/", ".", ":", " ", "\t", '"', "-",
              "_", "x", "0", "é", "=",
              "@", "(3)", "%2e", "443", "203.0.113.5", "op@mail.example"]  # fmt: skip
    lines = ["".join(chance.choices(pieces, k=chance.randint(1, 7))) for _ in range(20_000)]
    (tmp_path / "a.log").write_text("\n".join(lines))
    for decode in (False, True):
        scan, tables = told("scan", tmp_path, decode=decode)[0], told("duckdb", tmp_path, decode=decode)[0]
        assert {(h.number, h.offset, h.indicator.value) for h in tables} == {
            (h.number, h.offset, h.indicator.value) for h in scan
        }


def test_parquet_of_lines_gives_the_hits_of_the_scan(tmp_path):
    lines = LINES.splitlines()
    pq.write_table(pa.table({"line": lines}), tmp_path / "a.parquet", row_group_size=7)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.log").write_text(LINES)
    scan, _ = told("scan", tmp_path / "text")
    tables, _ = told("duckdb", tmp_path / "a.parquet")
    assert {(h.number, h.indicator.value, h.matched) for h in tables} == {
        (h.number, h.indicator.value, h.matched) for h in scan
    }
    assert {(h.unit, h.offset) for h in tables} == {("row", None)}


def test_parquet_of_columns_keeps_its_fields(tmp_path):
    table = pa.table(
        {
            "ts": ["2011-05-01T10:00:00Z", "2011-07-01T10:00:00Z", None],
            "id.orig_h": ["10.0.0.9", "10.0.0.9", "10.0.0.9"],
            "id.resp_h": ["1.2.3.4", "198.51.100.3", "8.8.8.8"],
            "query": ["a.evil.com", None, "evil.com\nx"],
            "n": [1, 2, 3],
            "many": [["x", "harbour.exe"], [], None],
            "deep": [{"md5": "d41d8cd98f00b204e9800998ecf8427e"}, None, {"md5": "0"}],
        }
    )
    pq.write_table(table, tmp_path / "it's.parquet")
    hits, problems = told("duckdb", tmp_path)
    found = {(h.number, h.indicator.value): h for h in hits}
    assert set(found) == {
        (1, "evil.com"), (1, "1.2.3.4"), (1, "harbour.exe"), (1, "d41d8cd98f00b204e9800998ecf8427e"),
        (2, "198.51.100.0/24"), (2, "198.51.0.0/16"), (3, "evil.com"),
    }  # fmt: skip
    one, two = found[1, "1.2.3.4"], found[2, "198.51.100.0/24"]
    assert (one.at, one.valid, one.direction, one.side) == ("2011-05-01T10:00:00Z", True, "out", "10.0.0.9")
    assert two.valid is False and two.fields["id.resp_h"] == "198.51.100.3"
    assert not problems


def test_a_broken_parquet_file_is_told_and_the_rest_is_read(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing more")
    (tmp_path / "b.log").write_text("evil.com\n")
    hits, problems = told("duckdb", tmp_path)
    assert [h.indicator.value for h in hits] == ["evil.com"] and len(problems) == 1


def test_nothing_but_the_given_tables_can_be_opened(tmp_path):
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    given = list(engine.found([tmp_path / "a.parquet"], print))
    with engine._connected(given, 1) as db:
        assert db.execute(f"SELECT * FROM read_parquet('{tmp_path}/a.parquet')").fetchall() == [(1,)]
        for statement in (
            f"SELECT * FROM read_csv('{tmp_path}/secret.csv')", f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
            "SET enable_external_access = true", "INSTALL httpfs", f"ATTACH '{tmp_path}/x.db'",
        ):  # fmt: skip
            with pytest.raises(duckdb.Error):
                db.execute(statement)


def test_real_logs_give_the_hits_of_the_scan(shared):
    given = [("domain-name", "microsoft.com"), ("network", "192.168.0.0/16"), ("network", "10.0.0.0/8"),
             ("ipv4-addr", "8.8.8.8"), ("network", "fe80::/10"), ("file-name", "rundll32.exe"),
             ("file-path", "C:\\Windows"),
             ("domain-name", "com"), ("user-agent", "Mozilla/5.0"), ("registry-key", "HKLM\\Software\\Microsoft"),
             ("sha1", "eca93aaaa5039e12d2f0cc3f0c8f5af8fdb15c71")]  # fmt: skip
    indicators = [Indicator(kind=kind, value=value) for kind, value in given]
    options = HuntOptions(spell=canonical, refang=refang)
    hits = {
        name: {
            (h.file, h.number, h.offset, h.indicator.value, h.matched)
            for h in named(name).hunt(indicators, [shared / "data/telemetry"], options)
        }
        for name in ("scan", "duckdb")
    }
    assert len(hits["scan"]) > 10_000
    assert hits["duckdb"] == hits["scan"]
