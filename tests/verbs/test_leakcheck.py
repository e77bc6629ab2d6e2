"""Files are looked through before they go out; what is found is let through one by one, by two people."""

import zipfile

import pytest

from backtrail import ingest, leakcheck, ls, retract, undo
from backtrail.cli.app import main
from backtrail.model.errors import NotFoundError, PolicyError, UsageError
from backtrail.verbs import publishing
from backtrail.verbs.leakcheck import allow

MANIFEST = """id = "IN-1"
source = "ours"
grade = "A2"
tlp = "GREEN"
[victim]
name = "Quernholm Fisheries"
identifiers = ["qf.example", "10.77.3.9", "Project Herring"]
"""


@pytest.fixture
def held(case, tmp_path):
    (tmp_path / "e" / "IN-1").mkdir(parents=True)
    (tmp_path / "e" / "IN-1" / "intrusion.toml").write_text(MANIFEST)
    (tmp_path / "e" / "IN-1" / "findings.csv").write_text(
        "type,value,role\ndomain,evil-orchard.example,c2\nemail,boss@evil-orchard.example,registration\n"
        "hostname,QUERN-FILE07,victim-asset\nemail,may@qf.example,\nemail,j.brandt@qf.example,\nemail,info@qf.example,\n"
        "email,kelpie@elsewhere.example,\n"
    )
    ingest(case, [tmp_path / "e"])
    return case


def write(tmp_path, name: str, text: str):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_the_register_and_what_victims_networks_show_is_found(held, tmp_path):
    path = write(tmp_path, "a.txt", "They copied herring plans of q u e r n h o l m - fisheries over 10.77[.]3[.]9.")
    found = leakcheck(held, [path])
    assert {leak.whose for leak in found.leaks} == {"IN-1"} and len(found.leaks) >= 1
    assert "uernholm" not in repr(found.leaks)


def test_what_was_retracted_lets_nothing_of_a_victim_through(held, tmp_path):
    for intrusion, role in (("IN-1", "victim-asset"), ("IN-2", "c2")):
        table = write(tmp_path, f"{role}.csv", f"type,value,role\ndomain,fileserver7.arbor-inside.com,{role}\n")
        ingest(held, [table], intrusion=intrusion)
    path = write(tmp_path, "a.txt", "They moved files through fileserver7.arbor-inside.com.")
    assert not leakcheck(held, [path], screen=False).leaks
    said = next(row for row in ls(held, "observations", intrusion="IN-2"))
    retract(held, said.id, reason="the victim's own server")
    assert leakcheck(held, [path], screen=False).leaks


@pytest.mark.parametrize(
    "text",
    [
        "getmail.dll -u may -o x", "C:\\Users\\May\\x.doc", "net use /user:QF\\may", "it sent may0.eml", "login=may",
        "They asked j.brandt for it.", "/home/may/.ssh", "asked for QF\\may",
    ],
)  # fmt: skip
def test_an_account_of_who_reads_a_victims_mailbox_is_found(held, tmp_path, text):
    [leak] = leakcheck(held, [write(tmp_path, "a.txt", text)], screen=False).leaks
    assert (leak.rule, leak.whose) == ("account of a person", "IN-1")


@pytest.mark.parametrize(
    "text",
    [
        "It may be; and/or may not. The account may have been new.", "getmail.dll -u info", "Maya's may.exe",
        "C:\\windows\\may.exe", "-u kelpie", "getmail.dll -u mayer", "xj.brandt",
    ],
)  # fmt: skip
def test_what_is_called_like_an_account_passes(held, tmp_path, text):
    assert not leakcheck(held, [write(tmp_path, "a.txt", text)], screen=False).leaks


def test_the_screen_tells_what_the_register_does_not_know_but_not_the_adversarys_own(held, tmp_path):
    text = (
        "Mail from boss[@]evil-orchard[.]example to j.roe@elsewhere.example of Tidemark Instruments GmbH, at fs1.corp"
    )
    rules = {(leak.rule, leak.what) for leak in leakcheck(held, [write(tmp_path, "a.txt", text)]).leaks}
    assert ("mail address of a person", "j.roe@elsewhere.example") in rules
    assert any(rule == "looks like an organisation" for rule, _ in rules)
    assert ("host of an inner network", "fs1.corp") in rules
    assert not any("evil-orchard" in what for _, what in rules)


def test_a_refusal_tells_every_finding_once_however_it_is_spelled(held):
    files = {
        "a.txt": b"Mail from j.roe@elsewhere.example, that is j.roe[@]elsewhere[.]example, at fs1.corp",
        "b.txt": b"Quernholm Fisheries",
    }
    with pytest.raises(PolicyError) as refused:
        publishing.check(held, files, screen=True)
    _, *lines = str(refused.value).split("\n")
    told = str(refused.value)
    assert told.count("mail address of a person") == 1 and "fs1.corp" in told and "b.txt" in told
    assert "uernholm" not in told and len(lines) == 3 and "--allow ID" in lines[-1]


def test_an_archive_is_opened_and_what_cannot_be_read_blocks(held, tmp_path):
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("x/quernholm-fisheries.csv", "nothing here")
    (tmp_path / "blob.bin").write_bytes(b"\0\1\2" * 50)
    found = leakcheck(held, [tmp_path / "p.zip", tmp_path / "blob.bin"])
    names = {leak.file.rpartition("/")[2].removesuffix(" (header)") for leak in found.leaks}
    assert names == {"quernholm-fisheries.csv", "blob.bin"}


def test_a_finding_is_let_through_by_two_people_and_undone(held, tmp_path):
    path = write(tmp_path, "a.txt", "A registrar, Tidemark Names GmbH, sold it.")
    [leak] = leakcheck(held, [path]).leaks
    with pytest.raises(UsageError, match="somebody else"):
        allow(held, leak.id, reason="a registrar", second=held.author)
    allow(held, leak.id, reason="a registrar", second="R. Roe")
    through = leakcheck(held, [path])
    assert through.leaks == () and through.allowed == (leak,)
    undo(held)
    assert leakcheck(held, [path]).leaks == (leak,)


def test_more_secrets_can_be_named(held, tmp_path):
    names = write(tmp_path, "names.txt", "IN-9,Bluefin Yard\nMarlock\n")
    found = leakcheck(held, [write(tmp_path, "a.txt", "the bluefin yard and marlock")], names=names, screen=False)
    assert {leak.whose for leak in found.leaks} == {"IN-9", ""}


def test_no_file_is_no_pass(held, tmp_path):
    with pytest.raises(NotFoundError):
        leakcheck(held, [tmp_path / "missing"])


def test_the_terminal_ends_with_4_while_anything_stands(held, tmp_path, capsys):
    folder = str(held.folder)
    assert main(["leakcheck", str(write(tmp_path, "a.txt", "Quernholm Fisheries")), "--case", folder]) == 4
    assert main(["leakcheck", str(write(tmp_path, "b.txt", "nobody here")), "--case", folder]) == 0
    assert "this may not go out" in capsys.readouterr().out


def test_a_name_in_a_cell_or_the_footer_of_parquet_is_found(case, tmp_path):
    import io

    pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
    from pyarrow import parquet as pq

    from backtrail.verbs.leakcheck import leakcheck

    names = tmp_path / "names.txt"
    names.write_text("Tinwhistle Shipping\n")
    for name, table in (
        ("cell", pa.table({"a": [["x", "at TINWHISTLE-SHIPPING"]]})),
        ("footer", pa.table({"a": ["x"]}).replace_schema_metadata({"of": "tinwhistle shipping"})),
        ("clean", pa.table({"a": ["x"]})),
    ):
        out = io.BytesIO()
        pq.write_table(table, out, compression="zstd")
        (tmp_path / f"{name}.parquet").write_bytes(out.getvalue())
        found = leakcheck(case, [tmp_path / f"{name}.parquet"], names=names)
        assert bool(found.leaks) is (name != "clean"), name
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 nothing")
    assert leakcheck(case, [tmp_path / "broken.parquet"], names=names).leaks
