"""Ties of many logs: one file instead of thousands, the same answer, made again when a log was added."""

import pytest

from backtrail.knowledge.telemetry import _MANY, TelemetryBase, Tied
from backtrail.model.telemetry import Origin, Trace


def tie(of: str, value: str, first: float, last: float, at: str = "line 1") -> Trace:
    return Trace(kind="ipv4-addr", value=value, relation="resolves-to", of_kind="domain-name", of=of, first=first,
                 last=last, at=at)  # fmt: skip


def filled(folder, logs: int) -> TelemetryBase:
    base = TelemetryBase(folder / "telemetry")
    for n in range(logs):
        origin = Origin(f"{n:064d}", f"IN-{n % 2}")
        base.put(f"log-{n}", origin, [tie("a.example", "192.0.2.7", 10.0 * n + 1, 10.0 * n + 5)])
    return base


@pytest.mark.parametrize("logs", [2, _MANY + 2])
def test_ties_are_the_same_from_one_file_and_from_many(tmp_path, logs):
    base = filled(tmp_path, logs)
    assert len(base.ties("resolves-to")) == logs
    base.put("later", Origin("f" * 64, "IN-9"), [tie("b.example", "192.0.2.8", 3.0, 4.0)])
    assert len(base.ties("resolves-to")) == logs + 1
    assert len(list((tmp_path / "cache").glob("ties-*.parquet"))) == (logs >= _MANY)


def test_pairs_are_told_once_for_each_intrusion_as_of_a_moment(tmp_path):
    base = filled(tmp_path, 4)
    assert base.tied("resolves-to", of=["a.example"]) == [
        Tied("a.example", "ipv4-addr", "192.0.2.7", "", "IN-0", 1.0, 25.0, 2, "000000000000 line 1"),
        Tied("a.example", "ipv4-addr", "192.0.2.7", "", "IN-1", 11.0, 35.0, 2, "000000000000 line 1"),
    ]
    [early] = base.as_of(3.0).tied("resolves-to", values=["192.0.2.7"])
    assert (early.first, early.last, early.count) == (1.0, 3.0, 1)
    assert base.tied("resolves-to", of=["b.example"]) == []
