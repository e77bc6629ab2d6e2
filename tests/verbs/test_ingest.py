"""Evidence comes in whole, once, in any order; bad records cost nothing but themselves."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from backtrail import digest, ingest, log, ls, problems, search, show
from backtrail.knowledge import facts
from backtrail.verbs.case import Case

ROWS = [f"domain,host{n}.example,c2,2012-04-{n % 28 + 1:02d},2012-05-01" for n in range(40)]
HEADER = "type,value,role,first_seen,last_seen"


def listing(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def fingerprint(case: Case) -> str:
    return digest(case).digest


def test_the_same_evidence_split_merged_zipped_or_shuffled_gives_the_same_digest(new_case, tmp_path):
    whole = listing(tmp_path / "all.csv", ROWS)
    one = new_case()
    ingest(one, [whole], intrusion="IN-1", grade="B2", tlp="GREEN")

    mixed = ROWS.copy()
    random.Random(7).shuffle(mixed)
    parts = [listing(tmp_path / f"part{n}.csv", mixed[n::3]) for n in range(3)]
    split = new_case()
    ingest(split, list(reversed(parts)), intrusion="IN-1", grade="B2", tlp="GREEN")

    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(parts[1], "deep/a.csv")
        out.write(whole, "b.csv")
    zipped = new_case()
    ingest(zipped, [archive], intrusion="IN-1", grade="B2", tlp="GREEN")

    assert fingerprint(one) == fingerprint(split) == fingerprint(zipped)


def test_the_whole_demo_folder_and_its_zip_give_the_same_digest(new_case, demo_evidence, tmp_path):
    folder, archive = new_case(), new_case()
    ingest(folder, [demo_evidence])
    packed = tmp_path / "evidence.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(demo_evidence.rglob("*"), reverse=True):
            if path.is_file():
                out.write(path, path.relative_to(demo_evidence))
    ingest(archive, [packed])
    assert fingerprint(folder) == fingerprint(archive)
    assert {row.id for row in ls(folder, "intrusions")} == {f"IN-{n:02d}" for n in range(1, 15)}


def test_again_changes_nothing_and_says_so(case, tmp_path):
    path = listing(tmp_path / "a.csv", ROWS)
    first = ingest(case, [path])
    before = fingerprint(case)
    again = ingest(case, [path])
    assert [f.known for f in (*first.files, *again.files)] == [False, True]
    assert fingerprint(case) == before
    assert len(ls(case, "evidence")) == 1


def test_the_same_file_for_another_intrusion_is_read_again(case, tmp_path):
    path = listing(tmp_path / "a.csv", ROWS[:1])
    ingest(case, [path], intrusion="IN-1")
    ingest(case, [path], intrusion="IN-2")
    assert [o.intrusion for o in ls(case, "observations")] == ["IN-1", "IN-2"]


def test_one_bad_record_stops_nothing(case, tmp_path):
    path = listing(tmp_path / "a.csv", [*ROWS[:3], "md5,nonsense,,,", *ROWS[3:6]])
    done = ingest(case, [path])
    assert (done.total("records"), done.total("observations"), done.total("problems")) == (7, 6, 1)
    (problem,) = problems(case)
    assert (problem.where, problem.origin) == ("line 5", str(path))
    assert "not 32 hex digits" in problem.reason


def test_an_unknown_file_is_kept_and_reported(case, tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(256)) * 10)
    done = ingest(case, [path])
    assert done.files[0].format == "unread" and done.total("problems") == 1
    assert len(ls(case, "evidence")) == 1


def test_hostile_text_gets_into_no_trouble(case, tmp_path):
    path = tmp_path / "a.jsonl"
    lines = [
        b'{"kind":"mutex","value":"a\\u0000b"}',
        b'{"kind":"mutex","value":"\\ud800"}',
        b'{"kind":"mutex","value":"' + b"x" * 9000 + b'"}',
        b'{"kind":"mutex","value":"\xff\xfe"}',
        b'{"kind":"mutex","value":NaN}',
        b'{"kind":"nonsense","value":"x"}',
        b'{"kind":"mutex","value":"good","first":"2012-13-45"}',
        b"[" * 100_000,
        '{"kind":"mutex","value":"\u202egood"}'.encode(),
    ]
    path.write_bytes(b"\n".join(lines))
    done = ingest(case, [path])
    assert done.total("observations") == 2
    assert done.total("problems") == 8


def test_very_long_values_are_found_again_on_every_database(case, tmp_path):
    path = tmp_path / "a.jsonl"
    long = "x" * 8000
    path.write_text(f'{{"kind":"command-line","value":"{long}"}}\n')
    ingest(case, [path], intrusion="IN-1")
    assert [o.value for o in search(case, long)] == [long]


def test_a_killed_transaction_leaves_nothing(case, tmp_path):
    path = listing(tmp_path / "a.csv", ROWS)

    def stop(_progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(case, [path], progress=stop)
    assert len(ls(case, "evidence")) == len(ls(case, "observations")) == 0
    assert ingest(case, [path]).total("observations") == len(ROWS)


def test_standard_input(case):
    done = ingest(case, [Path("-")], stdin=io.BytesIO(f"{HEADER}\n{ROWS[0]}\n".encode()))
    assert done.files[0].path == "-" and done.total("observations") == 1


def test_each_file_can_be_an_intrusion(case, tmp_path):
    for name in ("alpha", "beta"):
        listing(tmp_path / f"{name}.csv", ROWS[:2])
    ingest(case, [tmp_path / "alpha.csv", tmp_path / "beta.csv"], per_file=True)
    assert [row.id for row in ls(case, "intrusions")] == ["alpha", "beta"]


def test_provenance_leads_back_to_the_line(case, tmp_path):
    path = listing(tmp_path / "a.csv", ["domain,HOST[.]example,c2,2012-04-01,2012-05-01"])
    ingest(case, [path], intrusion="IN-1", source="partner", grade="C3", tlp="AMBER")
    (row,) = search(case, "host.example")
    shown = show(case, row.id[:10])
    assert shown.observation.value == "host.example"
    assert (shown.observation.source, shown.observation.grade, shown.observation.tlp) == ("partner", "C3", "AMBER")
    assert [(p.origin, p.where, p.raw) for p in shown.places] == [(str(path), "line 2", "HOST[.]example")]


def test_a_manifest_makes_a_folder_an_intrusion(case, tmp_path):
    folder = tmp_path / "IN-7"
    folder.mkdir()
    (folder / "intrusion.toml").write_text(
        'id = "IN-7"\nsector = "energy"\ngrade = "A2"\ntlp = "GREEN"\nsource = "us"\ndiscovered = 2012-04-01\n'
        '[victim]\nname = "Hidden Name Ltd"\n[[theft]]\ncategory = "designs"\nbytes_low = 5\n'
    )
    listing(folder / "a.csv", ROWS[:2])
    ingest(case, [folder])
    found = show(case, "IN-7")
    assert (found.intrusion.sector, found.intrusion.discovered) == ("energy", "2012-04-01")
    assert found.intrusion.theft[0].category == "designs"
    assert {o.intrusion for o in ls(case, "observations")} == {"IN-7"}
    assert {(o.source, o.grade, o.tlp) for o in ls(case, "observations")} == {("us", "A2", "GREEN")}
    assert not any("Hidden" in str(row) for row in (*ls(case, "claims"), *ls(case, "observations")))
    assert not len(log(case))


def test_what_a_corrected_manifest_adds_gives_the_victim_away_too(case, tmp_path):
    """A name that was added later was once passed over, and then no product was checked for it."""
    for identifiers in (["TWS"], ["tinwhistle.example", "Project Kestrel"], []):
        (tmp_path / "intrusion.toml").write_text(
            f'id = "IN-1"\n[victim]\nname = "Tinwhistle Shipping"\nidentifiers = {identifiers}\n'
        )
        ingest(case, [tmp_path])
    with case.knowledge.reading() as db:
        (held,) = facts.victims(db)
    assert set(held.identifiers) == {"TWS", "tinwhistle.example", "Project Kestrel"}


def test_sources_stand_side_by_side(case, tmp_path):
    for source, sector, code in (("one", "energy", "C3"), ("two", "mining", "B2")):
        folder = tmp_path / source
        folder.mkdir()
        (folder / "intrusion.toml").write_text(
            f'id = "IN-1"\nsector = "{sector}"\nsource = "{source}"\ngrade = "{code}"'
        )
    ingest(case, [tmp_path / "one", tmp_path / "two"])
    found = show(case, "IN-1").intrusion
    assert found.sector == "mining"
    assert found.disputed == {"sector": ("mining", "energy")}


def test_a_damaged_archive_is_one_problem_and_its_members_are_read(case, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.csv", "\n".join([HEADER, *ROWS[:3]]) + "\n")
        out.writestr("zeros", b"\0" * (20 << 20))
    done = ingest(case, [path])
    assert (done.total("observations"), done.files[-1].format, done.files[-1].problems) == (3, "archive", 1)
    assert [p.reason for p in problems(case) if "100 times" in p.reason]
    assert ingest(case, [path]).files[-1].known


def test_two_decisions_of_one_number_conflict(case, tmp_path):
    from backtrail import assign
    from backtrail.knowledge import log as lines
    from backtrail.model.errors import ConflictError

    ingest(case, [listing(tmp_path / "a.csv", ROWS[:1])], intrusion="IN-1")
    first = assign(case, ["IN-1"], new=True, reason="r").decision
    with pytest.raises(ConflictError, match="same moment"), case.knowledge.writing() as db:
        from sqlalchemy import insert

        from backtrail.knowledge import schema

        db.execute(insert(schema.decision).values(seq=first.seq, action="new", body="{}"))
    with case.knowledge.reading() as db:
        assert lines.decisions(db) == [first]


def test_intrusions_of_files_are_told_apart(case, tmp_path):
    for name in ("10.1.2.3.txt", "10.4.5.6.txt", "a/hosts.csv", "b/hosts.csv", "x.csv.gz"):
        (tmp_path / "pf" / name).parent.mkdir(parents=True, exist_ok=True)
        listing(tmp_path / "pf" / name, [f"domain,{name.replace('/', '-')}.example,,,"])
    ingest(case, [tmp_path / "pf"], per_file=True)
    assert [row.id for row in ls(case, "intrusions")] == ["10.1.2.3", "10.4.5.6", "b/hosts", "hosts", "x"]


def test_no_end_is_no_error(case, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"kind":"domain-name","value":"a.example","first":"2012","last":"9999-12-31","intrusion":"I"}\n')
    assert ingest(case, [path]).total("observations") == 1
