"""Hits that come back: sightings, decay, lists; never membership; and hunts with what is new only."""

import json

import pytest

from backtrail import assign, digest, export, ingest, log, search, undo, verdict
from backtrail.model.errors import FormatError, NotFoundError, UsageError
from backtrail.verbs.hunt import hunt
from backtrail.verbs.standing import present


@pytest.fixture
def filled(case, tmp_path):
    write(tmp_path, "a", "domain,c2.example,c2,2013-01-01,2013-01-02\ndomain,shared.example,c2,2013-01-01,2013-01-02\n")
    ingest(case, [tmp_path / "IN-1"])
    assign(case, ["IN-1"], new=True, reason="test", anchor="one password")
    (tmp_path / "proxy.log").write_text(
        "2013-02-10T10:00:00Z src=10.0.0.5 host=c2.example\n2013-02-10T11:00:00Z src=10.0.0.6 host=shared.example\n"
        "2013-02-11T10:00:00Z src=10.0.0.5 host=www.c2.example\n"
    )
    return case


def write(folder, name, rows):
    (folder / "IN-1").mkdir(exist_ok=True)
    (folder / "IN-1" / "intrusion.toml").write_text(
        'id = "IN-1"\ntlp = "AMBER"\ngrade = "B2"\n[victim]\nname = "Zephyrine"\n'
    )
    (folder / "IN-1" / f"{name}.csv").write_text(f"type,value,role,first_seen,last_seen\n{rows}")


def hunted(case, folder, **options):
    lines = []
    done = hunt([folder / "proxy.log"], group="UNC-0001", case=case, jobs=1, each=lines.append, **options)
    return done, lines


def hits_file(case, folder):
    import msgspec

    _, hits = hunted(case, folder)
    path = folder / "hits.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(hit) + b"\n" for hit in hits))
    return path


def valid_until(case, value):
    content = export(case, "UNC-0001", format="csv").content.decode().splitlines()
    return next(line.split(",")[5] for line in content if line.startswith(value + ","))


def test_true_hits_are_sightings_and_make_an_indicator_valid_for_longer(filled, tmp_path):
    path = hits_file(filled, tmp_path)
    before = valid_until(filled, "c2.example")
    done = verdict(filled, "true", path, only=["c2.example"], reason="beacons")
    assert (done.values, done.hits, done.sightings, done.unread) == (1, 2, 1, 0)
    assert before[:10] == "2014-01-02" and valid_until(filled, "c2.example")[:10] == "2014-02-11"
    found = [row for row in search(filled, "c2.example") if row.source == "hits"]
    assert len(found) == 1 and found[0].first_seen == "2013-02-10T10:00:00Z"
    undo(filled)
    assert valid_until(filled, "c2.example") == before


@pytest.mark.parametrize("outcome", ["cdn", "scanner", "shared-host", "other"])
def test_false_hits_are_on_a_list_from_then_on(filled, tmp_path, outcome):
    path = hits_file(filled, tmp_path)
    verdict(filled, outcome, path, only=["shared.example"], reason="hosting of thousands")
    done, _ = hunted(filled, tmp_path)
    assert [f.indicator.value for f in done.findings] == ["c2.example"]
    assert [(f.indicator.value, f.indicator.warnings) for f in done.listed] == [
        ("shared.example", (f"verdict: {outcome}",))
    ]
    rules = export(filled, "UNC-0001", format="rpz").content.decode()
    assert "c2.example" in rules and "shared.example" not in rules
    assert (
        "shared.example"
        in export(filled, "UNC-0001", format="rpz", release=["shared.example"], reason="ours").content.decode()
    )
    undo(filled)
    assert "shared.example" in export(filled, "UNC-0001", format="rpz").content.decode()


def test_a_duplicate_is_no_reason_to_list_anything(filled, tmp_path):
    verdict(filled, "duplicate", hits_file(filled, tmp_path), reason="sent twice")
    assert len(hunted(filled, tmp_path)[0].findings) == 2


def test_rows_may_say_their_own_verdict(filled, tmp_path):
    path = tmp_path / "back.csv"
    path.write_text(
        "kind,value,at,verdict\ndomain-name,C2.example,2013-02-10T10:00:00Z,true\n"
        "domain-name,shared.example,,CDN\ndomain-name,x.example,,perhaps\n,,,true\n"
    )
    done = verdict(filled, "given", path, reason="sent back")
    assert (done.values, done.unread, len(done.decisions)) == (2, 2, 2)
    assert present(filled).verdicts["domain-name shared.example"].outcome == "cdn"
    assert present(filled).verdicts["domain-name c2.example"].last == "2013-02-10T10:00:00Z"


def test_a_verdict_is_a_line_of_the_log_and_moves_no_intrusion(filled, tmp_path):
    groups = present(filled).groups
    verdict(filled, "true", hits_file(filled, tmp_path), reason="beacons")
    assert present(filled).groups == groups
    line = list(log(filled))[-1]
    assert "verdict" in str(line) and "beacons" in str(line)
    first = digest(filled)
    verdict(filled, "cdn", hits_file(filled, tmp_path), reason="beacons, again")
    assert digest(filled) != first
    undo(filled)
    assert digest(filled) == first


def test_what_is_no_file_of_hits_is_refused(filled, tmp_path):
    with pytest.raises(UsageError):
        verdict(filled, "true", hits_file(filled, tmp_path), reason=" ")
    with pytest.raises(NotFoundError):
        verdict(filled, "true", tmp_path / "none", reason="x")
    (tmp_path / "bad").write_text(json.dumps({"a": 1}) + "\nnot json\n")
    with pytest.raises(FormatError):
        verdict(filled, "true", tmp_path / "bad", reason="x")


def test_a_hunt_since_a_freeze_looks_for_what_is_new_only(filled, tmp_path):
    freeze = list(log(filled))[-1].id
    assert hunted(filled, tmp_path)[0].indicators == 2
    with pytest.raises(NotFoundError):
        hunted(filled, tmp_path, since="D-99")
    assert hunted(filled, tmp_path, since=freeze)[0].indicators == 0
    write(tmp_path, "b", "domain,new.example,c2,2013-02-01,2013-02-02\n")
    ingest(filled, [tmp_path / "IN-1"])
    done, _ = hunted(filled, tmp_path, since=freeze)
    assert done.indicators == 1
    assert hunted(filled, tmp_path, since="2013-01-01")[0].indicators == 3
    assert hunted(filled, tmp_path, since="2014")[0].indicators == 0
    with pytest.raises(UsageError):
        hunted(filled, tmp_path, since="yesterday")
