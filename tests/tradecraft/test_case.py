"""Conformance tests of tradecraft section 10 on whole cases: evidence in, decisions, products out."""

import json
import re
import socket
from uuid import NAMESPACE_URL, uuid5

import pytest
from selectolax.lexbor import LexborHTMLParser

import backtrail
from backtrail.cli import main
from backtrail.cli.app import commands
from backtrail.model.errors import BacktrailError, ConflictError, PolicyError, UsageError
from backtrail.reports.disclosure import Relation, suppressed
from backtrail.verbs import asking
from backtrail.verbs.hypothesis import hypothesis
from backtrail.verbs.standing import present

HEAD = "intrusion,type,value,first_seen\n"
ROWS = "A1,mutex,left-lock,2012-04-01\nA2,mutex,left-lock,2012-04-03\nA1,domain,c2.left.example.org,2012-04-01\n"

MANIFEST = """id = "IN-{n}"
source = "ours"
grade = "A2"
tlp = "GREEN"
sector = "{sector}"
country = "US"
discovered = {year}-05-02
{more}
[victim]
name = "Quernholm Fisheries {n}"
"""


@pytest.fixture
def take(case, tmp_path):
    """Ingests a text as a file of its own, from a source of its own."""
    count = iter(range(100))

    def taken(text: str, suffix: str = ".csv", **more: str) -> None:
        file = tmp_path / f"evidence-{next(count)}{suffix}"
        file.write_text(text)
        backtrail.ingest(case, [file], **{"grade": "A1", "tlp": "GREEN"} | more)

    return taken


def listed(case, tmp_path, name, *entries, type="string"):
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps({"name": name, "version": 1, "type": type, "list": entries}))
    backtrail.lists(case, [file])


def victims(case, tmp_path, sectors, **more):
    """A group with a victim for each sector; `more` are lines of the manifest by number."""
    for n, (sector, year) in enumerate(sectors):
        folder = tmp_path / "e" / f"IN-{n}"
        folder.mkdir(parents=True)
        lines = more.get(f"n{n}", "")
        (folder / "intrusion.toml").write_text(MANIFEST.format(n=n, sector=sector, year=year, more=lines))
        (folder / "findings.csv").write_text(
            f"type,value,role,first_seen,last_seen\ndomain,evil-orchard.example,c2,{year}-04-01,{year}-04-30\n"
            f"mutex,Global\\quiet,tool,{year}-04-01,{year}-04-30\nfile-name,a.exe,tool,{year}-04-01,{year}-04-30\n"
        )
    backtrail.ingest(case, [tmp_path / "e"])
    backtrail.assign(case, [f"IN-{n}" for n in range(len(sectors))], new=True, anchor="one name", reason="same C2")


def test_1_the_same_evidence_in_two_files_changes_no_score(case, take):
    take(HEAD + ROWS)
    once = backtrail.explain(case, "A1", "A2")
    take(HEAD + "A2,mutex,left-lock,2012-04-03\nA1,mutex,left-lock,2012-04-01\n")
    twice = backtrail.explain(case, "A1", "A2")
    assert twice.total == once.total and [b.bits for b in twice.bars] == [b.bits for b in once.bars]


def test_1_an_address_that_is_merely_the_resolution_of_a_counted_name_raises_nothing(case, tmp_path):
    """Until both are seen with the address alone."""

    def seen(type: str, value: str) -> None:
        attribute = {"uuid": str(uuid5(NAMESPACE_URL, value)), "type": type, "value": value}
        event = {"Event": {"uuid": attribute["uuid"], "info": "seen", "date": "2012-04-01", "Attribute": [attribute]}}
        for n in (0, 1):
            place = tmp_path / type.replace("|", "-") / f"IN-{n}"
            place.mkdir(parents=True)
            (place / "intrusion.toml").write_text(MANIFEST.format(n=n, sector="energy", year=2012, more=""))
            (place / "event.json").write_text(json.dumps(event))
        backtrail.ingest(case, [place.parent])

    seen("domain", "c2.left.example.org")
    named = backtrail.explain(case, "IN-0", "IN-1")
    seen("domain|ip", "c2.left.example.org|198.51.100.77")
    resolved = backtrail.explain(case, "IN-0", "IN-1")
    (bar,) = [bar for bar in resolved.bars if bar.kind == "ipv4-addr"]
    assert bar.bits == 0 and "says the same as" in " ".join(bar.notes)
    assert resolved.total == named.total
    seen("ip-dst", "198.51.100.77")
    assert backtrail.explain(case, "IN-0", "IN-1").total > named.total


def test_2_a_public_tool_in_both_moves_no_score_and_no_suggestion(case, take, tmp_path):
    take(HEAD + ROWS + "B1,mutex,other,2012-04-01\nB2,mutex,other,2012-04-02\nC1,mutex,left-lock,2012-05-01\n")
    backtrail.assign(case, ["A1", "A2"], new=True, reason="a test")
    backtrail.assign(case, ["B1", "B2"], new=True, reason="a test")
    before = backtrail.explain(case, "A1", "C1"), backtrail.suggest(case, "C1").candidates
    tool = "intrusion,md5,file-name,software\n"
    take(tool + "".join(f"{i},{'0' * 32},tool.exe,PUBLICTOOL\n" for i in ("A1", "A2", "C1")))
    listed(case, tmp_path, "tools", "0" * 32, "publictool")
    after = backtrail.explain(case, "A1", "C1"), backtrail.suggest(case, "C1").candidates
    assert after[0].total == before[0].total and len(after[0].bars) > len(before[0].bars)
    assert after[1] == before[1]


def test_4_a_claim_makes_a_family_public_from_its_date_on(case, take):
    row = "{},software,SHAREDRAT,{}\n"
    take(HEAD + "".join(row.format(i, day) for i, day in (("A1", "2011-05-01"), ("A2", "2011-06-01"))))
    take(HEAD + "".join(row.format(i, day) for i, day in (("B1", "2012-05-01"), ("B2", "2012-06-01"))))
    early = backtrail.explain(case, "A1", "A2").total
    assert backtrail.explain(case, "B1", "B2").bars[0].bits > 0
    claim = {"subject": "software:SHAREDRAT", "predicate": "exclusivity", "object": "public 2012-01-01"}
    take(json.dumps(claim) + "\n", ".jsonl", source="Vendor A")
    assert backtrail.explain(case, "A1", "A2").total == early
    (bar,) = backtrail.explain(case, "B1", "B2").bars
    assert bar.bits == 0 and "public since 2012-01-01" in bar.notes[-1]
    backtrail.assign(case, ["A1", "A2"], new=True, reason="before it was public")
    (left_out,) = backtrail.suggest(case, "B1").ignored
    assert left_out.value == "SHAREDRAT" and left_out.reason == "anybody's: public since 2012-01-01"
    (said,) = backtrail.ls(case, "claims")
    backtrail.retract(case, said.id, reason="withdrawn")
    assert backtrail.explain(case, "B1", "B2").bars[0].bits > 0 and not backtrail.suggest(case, "B1").ignored
    assert not backtrail.ls(case, "claims")


def test_5_a_listed_sinkhole_links_nothing_and_what_hung_on_it_is_told(case, take, tmp_path):
    address = "203.0.113.9"
    take(HEAD + f"A1,ip,{address},2012-04-01\nA2,ip,{address},2012-04-03\nB1,mutex,other,2012-04-01\n")
    backtrail.assign(case, ["A1", "A2"], new=True, reason="one address")
    assert backtrail.explain(case, "A1", "A2").bars[0].bits > 0
    assert not backtrail.cluster(case, check=True).doubts
    listed(case, tmp_path, "Known sinkholes", f"{address}/32", type="cidr")
    (bar,) = backtrail.explain(case, "A1", "A2").bars
    assert bar.bits == 0 and bar.warnings == ("Known sinkholes",)
    (doubt,) = backtrail.cluster(case, check=True).doubts
    assert (doubt.group, doubt.parts) == ("UNC-0001", (("A1",), ("A2",)))


def test_7_two_sources_that_quote_one_original_confirm_nothing(case, take):
    take(HEAD + ROWS)
    backtrail.assign(case, ["A1", "A2"], new=True, reason="a test")
    take(HEAD + "A1,registrant-email,x@mail.example,2012-04-01\n", source="Vendor B", grade="B2")
    take(HEAD + "A1,persona,ugly,2012-04-01\n", source="Vendor C", grade="B2")
    rests = [
        o.id for o in backtrail.ls(case, "observations", intrusion="A1") if o.kind in ("registrant-email", "persona")
    ]
    assert len(rests) == 2
    asking.ask(case, "UNC-0001", "Who operates it?", name="Unit A", rival="Group B")
    said = {"predicate": "derived-from", "object": "Vendor A"}
    claims = [said | {"subject": f"source:{name}"} for name in ("Vendor B", "Vendor C")]
    asking.cite(case, "Q-1", "Two vendors name a mailbox and a handle", rests=rests, family="identity", grade="B1")
    take("".join(json.dumps(claim) + "\n" for claim in claims), ".jsonl", source="ours")
    with pytest.raises(ConflictError, match="Vendor A"):
        asking.cite(case, "Q-1", "Two vendors name a mailbox", rests=rests, family="identity", grade="B1")


def test_8_a_board_and_a_suggestion_sum_to_one(case, take):
    take(HEAD + ROWS + "C1,mutex,left-lock,2012-05-01\n")
    backtrail.assign(case, ["A1", "A2"], new=True, reason="a test")
    assert abs(sum(c.probability for c in backtrail.suggest(case, "C1").candidates) - 1) <= 1e-9
    asking.ask(case, "UNC-0001", "Who operates it?", name="Unit A", rival="Group B")
    asking.cite(case, "Q-1", "One key at both", rests=["A1"], family="malware")
    asking.rate(case, "Q-1", "E1", ["H1=++", "H2=--"])
    assert abs(sum(h.posterior for h in hypothesis(case).hypotheses) - 1) <= 1e-9


def test_9_the_robustness_line_is_in_the_report(case, tmp_path):
    victims(case, tmp_path, [("Energy", 2012)] * 3)
    backtrail.report(case, "UNC-0001", output=tmp_path / "out")
    page = LexborHTMLParser((tmp_path / "out" / "UNC-0001.html").read_text()).text()
    assert re.search(r"Without what is cheap to fake\s+0\.\d\d", page)


def test_10_what_an_analyst_writes_is_held_to_the_words(case, take):
    take(HEAD + ROWS)
    backtrail.assign(case, ["A1", "A2"], new=True, reason="a test")
    asking.ask(case, "UNC-0001", "Who operates it?", name="Unit A", rival="Group B")
    for text in (
        "This proves that they did it.",
        "It is certain that they did it.",
        "It is very likely that they did it.",
        "It is likely (55–80 %), with high confidence, that they did it.",
    ):
        with pytest.raises((UsageError, PolicyError)):
            asking.cite(case, "Q-1", text, rests=["A1"], family="malware")


def test_11_no_count_of_few_victims_is_in_the_public_edition_nor_in_its_totals(case, tmp_path):
    sectors = (
        [("Energy", 2011)] * 6 + [("Energy", 2012)] * 6 + [("Mining", 2012)] * 6 + [("Law", 2011), ("Space", 2012)]
    )
    victims(case, tmp_path, sectors)
    backtrail.release(case, "UNC-0001", tlp="CLEAR", reason="all agreed")
    backtrail.report(case, "UNC-0001", output=tmp_path / "out", edition="report")
    page = LexborHTMLParser((tmp_path / "out" / "UNC-0001-report.html").read_text())
    rows = [[cell.text(strip=True) for cell in row.css("td")] for row in page.css("tr")]
    cards = {
        row[1]: row for row in rows if row and re.fullmatch(r"E-\d+", row[0])
    }  # card, number, value, what it counts
    sector = {name: int(row[2]) for name, row in cards.items() if name.startswith("sector:")}
    assert sector["sector:Energy"] == 12 and not {"sector:Law", "sector:Space"} & sector.keys()
    left = len(sectors) - sum(sector.values())
    assert left == 0 or left >= 5  # what is told and the total give back no small rest
    unit = {name: row[3].rpartition(".")[2].partition(";")[0].strip() for name, row in cards.items()}
    few = [name for name, row in cards.items() if row[2] in ("1", "2", "3", "4")]
    assert len(cards) > 9 and not [
        name for name in few if unit[name] in ("organizations", "intrusions", "networks", "victims", "stays")
    ]


def test_11_a_small_cell_that_can_be_worked_out_fails_the_build():
    """Told as "<2", a count of one is told: nothing that is withheld beside it helps."""
    cells, sums = {"all": 13, "Energy": 12, "Law": 1}, [Relation("all", ("Energy", "Law"))]
    assert suppressed(cells, sums, 5) == {"Energy", "Law"}
    with pytest.raises(PolicyError, match="Law counts fewer than 2"):
        suppressed(cells, sums, 2)


def test_12_what_is_pap_red_opens_no_socket_and_is_refused_with_an_exit_code(case, tmp_path, monkeypatch, capsys):
    if not (case.folder / "knowledge.sqlite").exists():
        pytest.skip("one database is enough, and the other is reached by a socket")
    victims(case, tmp_path, [("Energy", 2012)] * 6, n3='pap = "RED"')
    backtrail.release(case, "UNC-0001", tlp="CLEAR", reason="all agreed")
    opened = []
    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, lambda *given, name=name: opened.append((name, given[1:])))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: opened.append(("getaddrinfo", given)))
    folder = str(case.folder)
    assert "enrich" not in commands() and main(["enrich", "IN-3", "--case", folder]) == 2
    assert main(["report", "UNC-0001", "--edition", "report", "--output", str(tmp_path / "out"), "--case", folder]) == 4
    assert "PAP:RED" in capsys.readouterr().err
    for rules in ("suricata", "zeek-intel", "rpz"):  # what a network device would look up or send
        assert b"evil-orchard" not in backtrail.export(case, "UNC-0001", format=rules, expired=True).content
    for act in (lambda: backtrail.suggest(case, "IN-3"), lambda: backtrail.trace(case, "UNC-0001")):
        act()
    assert not opened


def test_13_an_alias_that_two_groups_share_merges_nothing(case, take):
    take(HEAD + ROWS + "B1,mutex,other,2012-04-01\n")
    backtrail.assign(case, ["A1", "A2"], new=True, reason="a test")
    backtrail.assign(case, ["B1"], new=True, reason="a test")
    for group in ("UNC-0001", "UNC-0002"):
        backtrail.alias(case, group, "Silent Heron", namer="Vendor A", relation="same", reason="their report")
    before = list(backtrail.log(case))
    sets = [
        {"type": "intrusion-set", "id": f"intrusion-set--{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}", "name": name,
         "spec_version": "2.1", "aliases": ["Silent Heron"]}
        for n, name in (("1", "UNC-0001"), ("2", "UNC-0002"))
    ]  # fmt: skip
    take(json.dumps({"type": "bundle", "id": "bundle--1", "objects": sets}), ".json")
    assert [claim for claim in backtrail.ls(case, "claims") if "Silent Heron" in claim.object]
    assert list(backtrail.log(case)) == before
    state = present(case).groups
    assert {g: held.members for g, held in state.items()} == {"UNC-0001": ("A1", "A2"), "UNC-0002": ("B1",)}
    assert not any(held.merged_into for held in state.values()) and not backtrail.cluster(case).proposals


def test_every_refusal_has_an_exit_code():
    assert {error.exit_code for error in (PolicyError, ConflictError, UsageError)} == {4, 5, 2}
    assert BacktrailError.exit_code == 1
