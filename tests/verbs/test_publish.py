"""What goes out: complete, marked, linked to its evidence, and without a victim's name."""

import csv
import io
import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from backtrail import assign, export, ingest, name, report, retract, search
from backtrail.model.errors import PolicyError

CANARY = "Zephyrine Aldebaran Holdings"
FORMATS = ["stix", "misp", "openioc", "csv", "jsonl"]


@pytest.fixture
def filled(case, demo_evidence, tmp_path):
    """The demo, and an intrusion whose evidence is full of its victim's name."""
    ingest(case, [demo_evidence])
    folder = tmp_path / "IN-99"
    folder.mkdir()
    (folder / "intrusion.toml").write_text(
        'id = "IN-99"\ntlp = "AMBER"\ngrade = "B2"\n'
        f'[victim]\nname = "{CANARY}"\nidentifiers = ["zah.example", "ZAH"]\n'
    )
    (folder / "a.csv").write_text(
        "type,value,role,first_seen,last_seen\n"
        "domain,news.harbor-ledger.example,c2,2012-01-01,2012-02-01\n"
        "domain,vpn.zah.example,,2012-01-01,2012-02-01\n"
        "file_path,C:\\Users\\Zephyrine Aldebaran Holdings\\x.exe,,2012-01-01,\n"
        "url,http://evil.example/ZEPHYRINE-ALDEBARAN-HOLDINGS/x,c2,2012-01-01,\n"
        "email,ceo@zah.example,,2012-01-01,\n"
        "hostname,fs01.corp.example,victim-asset,2012-01-01,\n"
        "ip,10.1.2.3,,2012-01-01,\n"
    )
    ingest(case, [folder])
    assign(case, [*(f"IN-{n:02d}" for n in range(1, 6)), "IN-99"], new=True, reason="test", anchor="one password")
    return case


def products(case, folder) -> dict[str, bytes]:
    (page,) = report(case, "UNC-0001", output=folder).files
    made = {"html": (folder / page.rpartition("/")[2]).read_bytes()}
    return made | {format: export(case, "UNC-0001", format=format).content for format in FORMATS}


def test_no_victim_is_named_in_any_product(filled, tmp_path):
    for format, content in products(filled, tmp_path / "out").items():
        text = content.decode().lower()
        for word in ("zephyrine", "aldebaran", "zah", "fs01", "10.1.2.3", "calderwick", "orsini"):
            assert word not in text, (format, word)
        assert "news.harbor-ledger.example" in text.replace("[.]", ".").replace("\u200b", ""), format


def test_an_account_of_a_victims_person_is_withheld_wherever_it_was_typed(filled, tmp_path):
    """The mailbox is the victim's, so that its account is too; what stands for an office gives nobody away."""
    (tmp_path / "b.csv").write_text(
        "type,value,role,first_seen,last_seen\n"
        "email,m.jory@zah.example,,2012-01-01,\nemail,info@zah.example,,2012-01-01,\n"
        "command_line,getmail.dll -u m.jory -o C:\\Temp\\m.jory0.eml,tool,2012-01-01,\n"
        "command_line,getmail.dll -u info -o C:\\Temp\\x.eml,tool,2012-01-01,\n"
        "filename,m.joryson.exe,tool,2012-01-01,\n"
    )
    ingest(filled, [tmp_path / "b.csv"], intrusion="IN-99")
    told = export(filled, "UNC-0001", format="csv").content.decode()
    assert "m.jory0" not in told and "m.jory " not in told
    assert "getmail.dll -u info" in told and "m.joryson.exe" in told


def test_what_was_withheld_is_counted(filled, tmp_path):
    done = report(filled, "UNC-0001", output=tmp_path)
    assert done.withheld == 6
    assert done.tlp == "AMBER"


@pytest.mark.parametrize("text", [CANARY, "zephyrine-aldebaran _ holdings", "SGDLOH ENIRYHPEZ", "the ZAH network"])
def test_a_name_in_an_analysts_words_blocks_the_report(filled, tmp_path, text):
    blocked = text if text != "SGDLOH ENIRYHPEZ" else CANARY[::-1]
    name(filled, "UNC-0001", blocked, reason="test")
    with pytest.raises(PolicyError, match="IN-99"):
        report(filled, "UNC-0001", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(PolicyError):
        export(filled, "UNC-0001", format="stix")


def test_the_same_knowledge_gives_the_same_bytes(filled, tmp_path):
    filled.now = lambda: "2013-02-18T12:00:00Z"
    assert products(filled, tmp_path / "a") == products(filled, tmp_path / "b")


def test_every_number_and_id_of_the_page_leads_somewhere(filled, tmp_path):
    (page,) = report(filled, "UNC-0001", output=tmp_path).files
    tree = LexborHTMLParser((tmp_path / page.rpartition("/")[2]).read_text())
    anchors = {node.attributes["id"] for node in tree.css("[id]")}
    targets = [node.attributes["href"] for node in tree.css("a[href]")]
    assert targets and all(target.startswith("#") and target[1:] in anchors for target in targets)
    for tile in tree.css(".tiles li a"):
        row = tree.css_first(f"[id='{tile.attributes['href'][1:]}']")
        assert tile.text() in row.text()
    rows = tree.css("h2#evidence ~ .scroll tbody tr")
    assert rows and all(re.fullmatch(r"O-[0-9a-f]{32}|e-[0-9a-f]{12}", row.attributes["id"]) for row in rows)


def test_the_page_needs_nothing_else(filled, tmp_path):
    (page,) = report(filled, "UNC-0001", output=tmp_path).files
    text = (tmp_path / page.rpartition("/")[2]).read_text()
    assert "<script" not in text and not re.search(r'(?:src|href)="(?!#)', text) and not re.search(r"url\((?!#)", text)
    assert "http://" not in text and "https://" not in text


def test_markup_in_evidence_is_text_on_the_page(case, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"kind":"mutex","value":"<script>alert(1)</script>","intrusion":"IN-1"}\n')
    ingest(case, [path], tlp="GREEN")
    assign(case, ["IN-1"], new=True, reason="<b>r</b>")
    (page,) = report(case, "UNC-0001", output=tmp_path / "out").files
    text = (tmp_path / "out" / page.rpartition("/")[2]).read_text()
    assert "<script>" not in text and "&lt;script&gt;" in text and "<b>r</b>" not in text


def test_csv_carries_what_a_defender_needs(filled):
    rows = list(csv.DictReader(io.StringIO(export(filled, "UNC-0001", format="csv").content.decode())))
    row = next(r for r in rows if r["value"] == "mail.harbor-ledger.example")
    assert (row["type"], row["role"], row["first_seen"], row["last_seen"]) == (
        "domain-name",
        "c2",
        "2011-01-18",
        "2011-09-28",
    )
    assert row["valid_until"] > row["last_seen"] and row["action"] == "alert" and row["marking"] == "AMBER"
    assert int(row["confidence"]) == 75 and row["evidence_ids"].startswith("O-")


def test_unmarked_evidence_makes_a_red_product(case, tmp_path):
    (tmp_path / "a.txt").write_text("evil.example\n")
    ingest(case, [tmp_path / "a.txt"], intrusion="IN-1")
    assign(case, ["IN-1"], new=True, reason="r")
    assert export(case, "UNC-0001", format="csv").tlp == "RED"


def test_retracted_observations_stay_in(filled):
    before = export(filled, "UNC-0001", format="csv").indicators
    for row in search(filled, "docs.harbor-ledger.example"):
        retract(filled, row.id, reason="wrong")
    assert export(filled, "UNC-0001", format="csv").indicators == before - 1


def test_what_is_inside_a_network_stays_inside(case, tmp_path):
    values = [
        ("url", "http://10.1.2.3/x"), ("network", "10.20.0.0/16"), ("domain-name", "dc01.corp.local"),
        ("email-addr", "a@mail.victimhost.example"), ("domain-name", "mail.victimhost.example"),
    ]  # fmt: skip
    lines = [f'{{"kind":"{kind}","value":"{value}","intrusion":"IN-1"}}' for kind, value in values]
    lines.append('{"kind":"domain-name","value":"mail.victimhost.example","role":"victim-asset","intrusion":"IN-1"}')
    lines.append('{"kind":"domain-name","value":"evil.example","intrusion":"IN-1"}')
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    ingest(case, [tmp_path / "a.jsonl"])
    assign(case, ["IN-1"], new=True, reason="r")
    done = export(case, "UNC-0001", format="csv")
    assert (done.indicators, done.withheld) == (1, 6)


def test_a_withheld_value_keeps_its_weight_and_loses_its_words(case, tmp_path):
    shared = ['"kind":"ipv4-addr","value":"10.9.8.7","first":"2012-01-01"', '"kind":"persona","value":"heron"']
    lines = [f'{{{line},"intrusion":"{of}"}}' for line in shared for of in ("IN-1", "IN-2")]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    ingest(case, [tmp_path / "a.jsonl"], grade="A1", tlp="GREEN")
    assign(case, ["IN-1", "IN-2"], new=True, reason="r")
    (page,) = report(case, "UNC-0001", output=tmp_path / "out").files
    tree = LexborHTMLParser((tmp_path / "out" / page.rpartition("/")[2]).read_text())
    assert "10[.]9[.]8[.]7" not in tree.html and "withheld" in tree.css_first(".waterfall").text()
    anchors = {node.attributes["id"] for node in tree.css("[id]")}
    assert all(node.attributes["href"][1:] in anchors for node in tree.css("a[href]"))


def test_a_folder_that_is_not_there_yet(filled, tmp_path):
    for format in ("stix", "csv"):
        export(filled, "UNC-0001", format=format, output=tmp_path / "new" / "out")
    assert len(list((tmp_path / "new" / "out").iterdir())) == 2
