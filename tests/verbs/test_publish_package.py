"""A publication goes through the gate, is the same bytes each time, can be verified and its grouping done again."""

import hashlib
import json
import re
import zipfile

import pytest

from backtrail import assign, freeze, ingest, outlier, publish, release, undo, why
from backtrail.cli.app import main
from backtrail.model.errors import ConflictError, FormatError, PolicyError
from backtrail.reports import package
from backtrail.verbs.case import Case
from backtrail.verbs.replicate import replicate, verify

MANIFEST = """id = "IN-{n}"
source = "ours"
grade = "A2"
tlp = "GREEN"
sector = "Energy"
country = "US"
discovered = 2012-05-02
[victim]
name = "Quernholm Fisheries {n}"
"""


@pytest.fixture
def held(case, tmp_path):
    for n in range(1, 60):
        folder = tmp_path / "e" / f"IN-{n}"
        folder.mkdir(parents=True)
        (folder / "intrusion.toml").write_text(MANIFEST.format(n=n))
        own = "evil" if n < 8 else f"other{n}"
        (folder / "findings.csv").write_text(
            f"type,value,role,first_seen,last_seen\ndomain,{own}-orchard.example,c2,2012-04-01,2012-05-30\n"
            f"config-secret,{own}-key-7f3a,tool,2012-04-01,2012-05-30\nmutex,Global\\{own}mutex,tool,2012-04-01,2012-05-30\n"
            f"registrant-email,{own}@{own}-box.example,registration,2012-04-01,2012-05-30\n"
            f"file-name,{own}-updates.exe,tool,2012-04-01,2012-05-30\n"
        )
    ingest(case, [tmp_path / "e"])
    assign(case, [f"IN-{n}" for n in range(1, 8)], new=True, anchor="one C2 name", reason="same C2")
    release(case, "UNC-0001", tlp="CLEAR", reason="all agreed")
    freeze(case, "first")
    return case


def published(case, tmp_path, name: str = "out", **more):
    return publish(case, "UNC-0001", freeze="first", output=tmp_path / name, html_only=True, **more)


def test_a_package_is_verified_and_its_grouping_done_again(held, tmp_path):
    from pathlib import Path

    made = published(held, tmp_path)
    file = Path(made.file)
    told = verify(file)
    assert (told.differences, told.tlp, told.sha256) == ((), "CLEAR", made.sha256)
    again = replicate(file)
    assert again.agrees and again.members == 7 and again.links == 21
    assert made.kept == 1.0


def test_a_package_says_where_to_start_hunting_how_well_links_hold_and_what_changed(held, tmp_path):
    from pathlib import Path

    freeze(held, "dated", since="2012-05-01")
    made = publish(held, "UNC-0001", freeze="dated", output=tmp_path, html_only=True)
    files = package.unpacked(Path(made.file).read_bytes())
    rows = [line.split(",")[1:3] for line in files["csv/figures/priorities.csv"].decode().splitlines()[1:]]
    assert rows[:2] == [["traces on hosts", "file-name"], ["traces on hosts", "mutex"]]
    assert json.loads(files["model/calibration.json"])["bins"]
    page = files["report.html"].decode()
    assert all(f'id="{anchor}"' in page for anchor in ("hunting", "f-calibration", "drift", "glossary"))
    assert not re.search(r"IN-\d", page)


@pytest.mark.parametrize("number", ["links", "checked_right", "hunt_any", "hunt:mutex", "active_most"])
def test_why_opens_what_the_report_counts_beside_its_findings(held, number):
    found = why(held, number, group="UNC-0001")
    assert found.number.id == number and found.query
    assert found.parts or "generated cases" in found.number.note


def test_a_freeze_with_a_date_that_is_none_is_refused(held):
    from backtrail.model.errors import UsageError

    with pytest.raises(UsageError):
        freeze(held, "dated", since="soon")


def test_the_same_freeze_gives_the_same_package(held, tmp_path):
    assert published(held, tmp_path).sha256 == published(held, tmp_path, "again").sha256


def test_every_card_that_a_sentence_cites_is_in_the_package(held, tmp_path):
    from pathlib import Path

    files = package.unpacked(Path(published(held, tmp_path).file).read_bytes())
    cards = {one["card"]: one for one in json.loads(files["evidence/cards.json"])}
    page = files["report.html"].decode()
    cited = set(re.findall(r"E-[0-9]{3}(?=</a>)", page))
    assert cited and cited <= cards.keys()
    victims = next(one for one in cards.values() if one["number"] == "victims_total")
    assert (victims["value"], victims["rests_on"]) == ("7", "7 intrusions") and victims["card"] in cited
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


def test_no_table_of_a_package_joins_what_one_victim_is_known_by(held, tmp_path):
    """Sector, country, time and length of stay of the same intrusion: at most one kind of these stands in a table."""
    from pathlib import Path

    files = package.unpacked(Path(published(held, tmp_path).file).read_bytes())
    known_by = ({"sector", "sectors"}, {"country", "countries"}, {"days", "length"}, {"intrusion", "victim"})
    tables = {
        name: content.decode().splitlines()[0].split(",") for name, content in files.items() if name.endswith(".csv")
    }
    assert len(tables) >= 4
    for name, columns in tables.items():
        assert sum(bool(some & set(columns)) for some in known_by) <= 1, name


def test_a_day_that_was_typed_at_a_victim_is_nowhere_in_a_public_package(held, tmp_path):
    for n in (1, 2):
        (tmp_path / "e" / f"IN-{n}" / "typed.csv").write_text(
            "type,value,role,first_seen,last_seen\ncommand-line,mapiget.exe -s 2012-04-17,tool,2012-04-18,2012-04-19\n"
        )
    ingest(held, [tmp_path / "e"])
    freeze(held, "typed")
    made = publish(held, "UNC-0001", freeze="typed", output=tmp_path / "out", html_only=True)
    with zipfile.ZipFile(made.file) as packed:
        told = [name for name in packed.namelist() if re.search(rb"2012-04-1[789]", packed.read(name))]
    assert told == [] and made.kept < 1.0
    partner = publish(
        held, "UNC-0001", freeze="typed", output=tmp_path / "p", edition="partner", html_only=True, reason="again"
    )
    with zipfile.ZipFile(partner.file) as packed:
        assert b"2012-04-17" in b"".join(map(packed.read, packed.namelist()))


def test_a_text_of_the_publisher_is_in_the_freeze_and_in_the_report(held, tmp_path):
    from pathlib import Path

    texts = held.folder / "texts"
    texts.mkdir()
    (texts / "victims.j2").write_text("Evidence of {{ n.victims_total }} firms was read <b>.")
    (texts / "disclosure.j2").write_text("All were told in winter.")
    freeze(held, "second")
    (texts / "victims.j2").write_text("Evidence of 12 firms")
    made = publish(held, "UNC-0001", freeze="second", output=tmp_path / "out", html_only=True)
    page = package.unpacked(Path(made.file).read_bytes())["report.html"].decode()
    assert re.search(r"Evidence of <a [^>]*>7</a> firms was read &lt;b&gt;\.<sup", page)
    assert "All were told in winter." in page
    with pytest.raises(FormatError, match=r"'12' is typed.*texts/victims.j2, line 1"):
        freeze(held, "third")


def test_nothing_is_published_that_states_a_fact_without_a_card(held, tmp_path):
    (held.folder / "texts").mkdir()
    (held.folder / "texts" / "victims.j2").write_text("They are many.")
    freeze(held, "second")
    with pytest.raises(PolicyError, match=r"victims \(uncited\): 'They are many\.'"):
        publish(held, "UNC-0001", freeze="second", output=tmp_path / "out", html_only=True)
    assert not (tmp_path / "out").exists()


def test_a_changed_or_added_file_is_told(held, tmp_path, capsys):
    from pathlib import Path

    file = Path(published(held, tmp_path).file)
    files = package.unpacked(file.read_bytes())
    changed = tmp_path / "changed.zip"
    changed.write_bytes(package.packed("x", {**files, "csv/indicators.csv": b"no", "more.txt": b"x"}))
    assert set(verify(changed).differences) == {"csv/indicators.csv was changed", "more.txt is not in the manifest"}
    assert main(["verify", str(changed)]) == 4 and main(["verify", str(file)]) == 0
    assert main(["replicate", str(file)]) == 0
    with pytest.raises(FormatError):
        package.unpacked(b"no zip")


def resealed(files: dict[str, bytes], path: str, content: bytes) -> bytes:
    """A package in which somebody changed a file, and the manifest with it."""
    manifest = json.loads(files[package.MANIFEST])
    for entry in manifest["files"]:
        if entry["path"] == path:
            entry |= {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return package.packed("x", {**files, path: content, package.MANIFEST: json.dumps(manifest).encode()})


def test_weights_above_what_the_model_of_the_package_allows_do_not_agree(held, tmp_path):
    from pathlib import Path

    file = Path(published(held, tmp_path).file)
    files = package.unpacked(file.read_bytes())
    given = json.loads(files["model/grouping.json"])
    for link in given["links"]:
        link["items"] = [{**link["items"][0], "bits": 50.0}]
    forged = tmp_path / "forged.zip"
    forged.write_bytes(resealed(files, "model/grouping.json", json.dumps(given).encode()))
    again = replicate(forged)
    assert not again.agrees and again.groups == 1 and "+50.0 bits" in again.excesses[0]
    model = json.loads(files["model/weights.json"])
    forged.write_bytes(resealed(files, "model/weights.json", json.dumps({**model, "prior": -9.0}).encode()))
    assert any("a prior of -3 bits where the model has -9" in one for one in replicate(forged).excesses)
    assert "other numbers than that" in replicate(forged).excesses[0]
    forged.write_bytes(package.packed("x", {**files, "model/grouping.json": json.dumps(given).encode()}))
    with pytest.raises(PolicyError, match="was changed"):
        replicate(forged)


def test_a_package_decides_neither_from_when_a_pair_is_linked_nor_how_often_it_counts(held, tmp_path):
    from pathlib import Path

    files = package.unpacked(Path(published(held, tmp_path).file).read_bytes())
    given = json.loads(files["model/grouping.json"])
    forged = tmp_path / "forged.zip"
    forged.write_bytes(resealed(files, "model/grouping.json", json.dumps({**given, "threshold": 0.01}).encode()))
    again = replicate(forged)
    assert not again.agrees and "a threshold of 0.01 where the model links from 0.8" in again.excesses[0]
    twice = {**given, "links": [*given["links"], *given["links"]]}
    forged.write_bytes(resealed(files, "model/grouping.json", json.dumps(twice).encode()))
    again = replicate(forged)
    assert not again.agrees and "is told 2 times" in again.excesses[0]
    model = json.loads(files["model/weights.json"])
    assert not replicate(Path(published(held, tmp_path / "again").file)).unchecked
    forged.write_bytes(resealed(files, "model/weights.json", json.dumps({**model, "version": "0.7"}).encode()))
    assert replicate(forged).unchecked == "0.7" and "where the manifest has" in replicate(forged).excesses[0]
    forged.write_bytes(resealed(files, "model/weights.json", json.dumps({**model, "families": {}}).encode()))
    with pytest.raises(FormatError, match="has no cap"):
        replicate(forged)


@pytest.mark.parametrize("path", ["evil/report.html", "x/../report.html", "../report.html", "/x/report.html"])
def test_a_file_beside_the_folder_of_a_package_is_no_part_of_it(held, tmp_path, path):
    from pathlib import Path

    file = Path(published(held, tmp_path).file)
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(file) as real, zipfile.ZipFile(forged, "w") as made:
        made.writestr(path, "forged")
        for info in real.infolist():
            made.writestr(info, real.read(info))
    with pytest.raises(PolicyError, match="not one file in the one folder"):
        verify(forged)
    with zipfile.ZipFile(file) as real, zipfile.ZipFile(forged, "w") as made:
        made.mkdir("x")
        for info in real.infolist():
            made.writestr(info, real.read(info))
    assert not verify(forged).differences


def test_weights_that_do_not_add_up_to_links_do_not_agree(held, tmp_path):
    from pathlib import Path

    file = Path(published(held, tmp_path).file)
    files = package.unpacked(file.read_bytes())
    given = json.loads(files["model/grouping.json"])
    one = given["members"][0]
    for link in given["links"]:
        if one in (link["a"], link["b"]):
            link["items"] = link["items"][:0]
    broken = tmp_path / "broken.zip"
    broken.write_bytes(resealed(files, "model/grouping.json", json.dumps(given).encode()))
    again = replicate(broken)
    assert not again.agrees and again.alone == (one,)


def test_nothing_is_written_when_the_gate_finds_something(held, tmp_path):
    from backtrail import name

    name(held, "UNC-0001", "Quernholm Fisheries 3 hackers", reason="a slip")
    freeze(held, "slip")
    with pytest.raises(PolicyError, match="refused"):
        publish(held, "UNC-0001", freeze="slip", output=tmp_path / "out", html_only=True)
    assert not (tmp_path / "out").exists()


def test_a_team_needs_a_second_name(held, tmp_path):
    with Case(held.folder, clock=lambda: "2013-03-01T00:00:00Z", author="bo") as other:
        with pytest.raises(PolicyError, match="second one has to agree"):
            published(other, tmp_path)
        with pytest.raises(PolicyError, match="author's own"):
            published(other, tmp_path, second="Bo")
        assert published(other, tmp_path, second="R. Roe").decision


def test_a_release_that_differs_by_one_intrusion_is_refused(held, tmp_path):
    """Whatever the two differ in would be that victim's: leave-one-out over the members."""
    published(held, tmp_path)
    for n in range(1, 8):
        outlier(held, [f"IN-{n}"], reason="left out")
        freeze(held, f"without-{n}")
        with pytest.raises(PolicyError, match="came or went since the last release"):
            publish(held, "UNC-0001", freeze=f"without-{n}", output=tmp_path / f"w{n}", html_only=True)
        assert not (tmp_path / f"w{n}").exists()
        undo(held)
        undo(held)


def test_errata_say_what_was_withdrawn_and_reversed(held, tmp_path):
    from pathlib import Path

    outlier(held, ["IN-7"], reason="not theirs after all")
    (tmp_path / "e" / "IN-1" / "findings.csv").write_text("type,value,role\ndomain,newer-orchard.example,c2\n")
    ingest(held, [tmp_path / "e"])
    freeze(held, "later")
    made = publish(held, "UNC-0001", freeze="later", since="first", output=tmp_path / "out", html_only=True)
    errata = json.loads(package.unpacked(Path(made.file).read_bytes())["errata.json"])
    assert errata["members_removed"] is True
    assert ["domain-name", "newer-orchard.example"] in errata["added"]
    page = package.unpacked(Path(made.file).read_bytes())["errata.html"].decode()
    assert "newer-orchard[.]" in page and "are not any more" in page and "newer-orchard.example" not in page


def test_nothing_of_a_machine_or_a_clock_is_in_the_package(held, tmp_path):
    with zipfile.ZipFile(published(held, tmp_path).file) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not [i for i in archive.infolist() if b"Quernholm" in archive.read(i) or i.filename.startswith("/")]


def test_what_is_told_is_marked_as_it_was_released(held, tmp_path):
    from pathlib import Path

    files = package.unpacked(Path(published(held, tmp_path).file).read_bytes())
    rows = files["csv/indicators.csv"].decode().splitlines()
    at = rows[0].split(",").index("marking")
    assert len(rows) > 3 and {row.split(",")[at] for row in rows[1:]} == {"CLEAR"}
    assert b"GREEN" not in files["stix/bundle.json"] and b"tlp:green" not in files["misp/event.json"]


def test_what_was_released_or_frozen_and_taken_back_is_not_published(held, tmp_path):
    undo(held, "D-2", reason="a source withdrew consent")
    with pytest.raises(PolicyError, match="was taken back"):
        published(held, tmp_path)
    release(held, "UNC-0001", tlp="CLEAR", reason="agreed again")
    undo(held, "D-3", reason="the wrong day")
    with pytest.raises(ConflictError, match=r"freeze first was undone \(D-6\)"):
        published(held, tmp_path)
    assert not (tmp_path / "out").exists()


def test_what_went_out_is_not_taken_back_nor_what_it_was_made_of(held, tmp_path):
    made = published(held, tmp_path)
    with pytest.raises(ConflictError, match="went out and cannot be taken back"):
        undo(held, made.decision)
    with pytest.raises(ConflictError, match=rf"{made.decision} \(publish"):
        undo(held, "D-3")
