import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.clusters.suggest.conftest import invented

import backtrail
from backtrail.clusters.suggest.parameters import built_in
from backtrail.model.errors import FormatError, NotFoundError, UsageError

_SHORT = {"host": "domain", "path": "url_path"}


def write(path, reports, with_group=True):
    lines = []
    for r in reports:
        indicators = [{"type": _SHORT[t], "value": v} for t in _SHORT for v in sorted(r.traits.get(t, ()))]
        line = {"id": r.id, "date": r.date.isoformat(), "indicators": indicators, "title": f"report on {r.group}"}
        lines.append(json.dumps(line | ({"group": r.group or r.id} if with_group else {})))
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def files(tmp_path):
    known = invented(12, seed=1)
    nobody = invented(0, nobody=15)
    asked = [*invented(3, seed=2), *invented(0, seed=5, nobody=4)]
    return (
        write(tmp_path / "train.jsonl", known),
        write(tmp_path / "unknown.jsonl", nobody),
        write(tmp_path / "test.jsonl", asked),
        tmp_path / "out.jsonl",
    )


def test_suggestions_are_written_and_measured(files):
    train, unknown, test, out = files
    done = backtrail.evaluate("attribution", train=train, unknown=unknown, test=test, out=out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in test.read_text().splitlines()]
    for row in rows:
        assert sum(r["probability"] for r in row["ranking"]) + row["unknown"] == pytest.approx(1)
        chance = [r["probability"] for r in row["ranking"]]
        assert chance == sorted(chance, reverse=True) and len(chance) == 3
    assert done.suggested.top1 == 1.0 and done.suggested.unknown == 4


def test_answers_do_not_depend_on_labels_or_on_other_test_records(files, tmp_path):
    train, unknown, test, out = files
    backtrail.evaluate("attribution", train=train, unknown=unknown, test=test, out=out)
    bare = tmp_path / "bare.jsonl"
    lines = [json.loads(line) for line in test.read_text().splitlines()]
    bare.write_text(json.dumps({k: v for k, v in lines[3].items() if k not in ("group", "title")}))
    other = tmp_path / "other.jsonl"
    done = backtrail.evaluate("attribution", train=train, unknown=unknown, test=bare, out=other)
    assert done.suggested is None
    one, together = json.loads(other.read_text()), json.loads(out.read_text().splitlines()[3])
    assert [r["group"] for r in one["ranking"]] == [r["group"] for r in together["ranking"]]
    assert one["unknown"] == pytest.approx(together["unknown"], rel=1e-3)


def test_the_order_of_training_records_and_saying_one_twice_mean_nothing(files, tmp_path):
    train, unknown, test, out = files
    first = backtrail.evaluate("attribution", train=train, unknown=unknown, test=test, out=out)
    lines = train.read_text().splitlines()
    mixed, again = tmp_path / "mixed.jsonl", tmp_path / "again.jsonl"
    mixed.write_text("\n".join([*reversed(lines), lines[4]]))
    second = backtrail.evaluate("attribution", train=mixed, unknown=unknown, test=test, out=again)
    assert second.model == first.model and second.suggested.log_loss == pytest.approx(first.suggested.log_loss)
    assert first.model != backtrail.evaluate("attribution", train=train, test=test, out=out, as_is=True).model


def test_what_carries_no_group_is_answered_and_not_measured(files, tmp_path):
    train, unknown, test, out = files
    lines = [json.loads(line) for line in test.read_text().splitlines()]
    some = tmp_path / "some.jsonl"
    some.write_text(
        "\n".join(json.dumps(line | ({} if i else {"group": None, "date": "?"})) for i, line in enumerate(lines))
    )
    done = backtrail.evaluate("attribution", train=train, unknown=unknown, test=some, out=out, as_is=True)
    assert (done.records, done.labelled, done.suggested.records, done.undated) == (13, 12, 12, 1)


def test_a_grouping_is_written_for_both_files_and_measured(files):
    train, _, test, out = files
    done = backtrail.evaluate("clustering", train=train, test=test, out=out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(rows) == done.records == 36 + 13
    assert done.grouped.records == 49 and done.grouped_test.records == 13
    assert done.grouped.precision > 0.6 and done.grouped.f1 > 0.7


def test_bad_input_says_where(files, tmp_path):
    train, _, test, out = files
    with pytest.raises(NotFoundError, match=r"none\.jsonl"):
        backtrail.evaluate("attribution", train=tmp_path / "none.jsonl", test=test, out=out)
    with pytest.raises(UsageError, match="read from"):
        backtrail.evaluate("attribution", train=train, test=test, out=test)
    with pytest.raises(UsageError, match="read from"):
        backtrail.evaluate("attribution", train=train, test=test, out=out, unknown=out)
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"id": "a"}\n{"id": 3}\n')
    with pytest.raises(FormatError, match="line 2"):
        backtrail.evaluate("attribution", train=train, test=bad, out=out)
    assert not out.exists()


def test_where_nothing_can_be_written_is_said_before_anything_is_learned(files, tmp_path, monkeypatch):
    train, _, test, _ = files
    monkeypatch.setattr("backtrail.verbs.evaluate.fit", lambda *_: pytest.fail("it learned"))
    for out, why in ((tmp_path, "folder"), (tmp_path / "no" / "x.jsonl", "no such folder")):
        with pytest.raises((UsageError, NotFoundError), match=why):
            backtrail.evaluate("attribution", train=train, test=test, out=out)
    with pytest.raises(UsageError, match="seed"):
        backtrail.evaluate("attribution", train=train, test=test, out=tmp_path / "x.jsonl", seed=-1)


def test_nothing_else_is_written_to(files, tmp_path):
    """Neither what has the name of a file in the making, nor a link or a pipe in place of the file."""
    train, _, test, _ = files
    beside = tmp_path / "out.jsonl.new"
    beside.write_bytes(train.read_bytes())
    real, link = tmp_path / "real.jsonl", tmp_path / "out.jsonl"
    link.symlink_to(real)
    backtrail.evaluate("attribution", train=beside, test=test, out=link, as_is=True)
    assert link.is_symlink() and real.read_text() and beside.read_bytes() == train.read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text)
        backtrail.evaluate("attribution", train=train, test=test, out=pipe, as_is=True)
        assert read.result() == real.read_text()
    reading, writing = os.pipe()
    with ThreadPoolExecutor(1) as pool, os.fdopen(reading) as told:
        read = pool.submit(told.read)
        backtrail.evaluate("attribution", train=train, test=test, out=Path(f"/dev/fd/{writing}"), as_is=True)
        os.close(writing)
        assert read.result() == real.read_text()
    names = {"train.jsonl", "unknown.jsonl", "test.jsonl", "out.jsonl.new", "out.jsonl", "real.jsonl", "pipe"}
    assert {p.name for p in tmp_path.iterdir()} == names


def test_what_is_not_weighed_and_what_was_told_before_is_said(files, tmp_path):
    train, _, test, out = files
    lines = [json.loads(line) for line in test.read_text().splitlines()]
    lines[0]["indicators"].append({"type": "hostname", "value": "a.example"})
    lines += [json.loads(line) for line in train.read_text().splitlines()[:2]]
    more = tmp_path / "more.jsonl"
    more.write_text("\n".join(map(json.dumps, lines)))
    done = backtrail.evaluate("attribution", train=train, test=more, out=out, as_is=True)
    assert (done.unread, done.told_before) == ({"hostname": 1}, 2)


def test_a_record_that_is_there_twice_is_in_one_cluster(files, tmp_path):
    train, _, test, out = files
    backtrail.evaluate("clustering", train=train, test=test, out=out, as_is=True)
    once = [json.loads(line)["cluster"] for line in out.read_text().splitlines()]
    twice = tmp_path / "twice.jsonl"
    twice.write_text(f"{test.read_text()}\n{test.read_text()}")
    backtrail.evaluate("clustering", train=train, test=twice, out=out, as_is=True)
    held = [json.loads(line)["cluster"] for line in out.read_text().splitlines()]
    assert held[: len(once)] == once and held[len(once) :] == once[-13:]


def test_too_few_to_learn_from_leave_the_weights_that_ship(files, tmp_path):
    _, _, test, out = files
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    done = backtrail.evaluate("attribution", train=empty, test=test, out=out)
    assert done.model == built_in().version


def test_a_group_without_a_name_is_none_and_marks_of_byte_order_are_read(files, tmp_path):
    train, _, _, out = files
    some = tmp_path / "some.jsonl"
    some.write_bytes(b"\xef\xbb\xbf" + b'{"id": "a", "group": " "}\n')
    done = backtrail.evaluate("attribution", train=train, test=some, out=out, as_is=True)
    assert (done.records, done.labelled) == (1, 0)
    some.write_text('{"id": "a"}\n' + "[" * 100_000)
    with pytest.raises(FormatError, match="line 2"):
        backtrail.evaluate("attribution", train=train, test=some, out=out, as_is=True)
