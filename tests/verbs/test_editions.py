"""Freezes and editions of a case: what was frozen stays, markings hold, HTML and PDF are the same bytes each time."""

import os
import subprocess
import sys

import pytest

from backtrail import assign, freeze, ingest, release, report
from backtrail.cli.app import main
from backtrail.model.errors import ConflictError, NotFoundError, PolicyError
from backtrail.reports.gate import pieces

MANIFEST = """id = "IN-{n}"
source = "ours"
grade = "A2"
tlp = "AMBER"
sector = "Energy"
country = "US"
discovered = 2012-05-0{n}
closed = 2012-06-0{n}
[victim]
name = "Quernholm Fisheries {n}"
"""


@pytest.fixture
def held(case, tmp_path):
    for n in range(1, 8):
        folder = tmp_path / "e" / f"IN-{n}"
        folder.mkdir(parents=True)
        (folder / "intrusion.toml").write_text(MANIFEST.format(n=n))
        (folder / "findings.csv").write_text(
            f"type,value,role,first_seen,last_seen\ndomain,evil-orchard.example,c2,2012-04-0{n},2012-05-0{n}\n"
            f"mutex,Global\\quiet{n % 2},tool,2012-04-0{n},2012-05-0{n}\n"
        )
    ingest(case, [tmp_path / "e"])
    assign(case, [f"IN-{n}" for n in range(1, 8)], new=True, anchor="one C2 name", reason="same C2")
    return case


def test_a_public_edition_needs_a_release(held, tmp_path):
    with pytest.raises(PolicyError, match="release UNC-0001 --tlp CLEAR"):
        report(held, "UNC-0001", output=tmp_path / "out", edition="report")
    assert not (tmp_path / "out").exists()
    release(held, "UNC-0001", tlp="CLEAR", reason="all agreed")
    made = report(held, "UNC-0001", output=tmp_path / "out", edition="report")
    assert made.tlp == "CLEAR"


def test_a_release_lowers_no_edition_below_its_readers_and_never_what_stays_inside(held, tmp_path):
    before = report(held, "UNC-0001", output=tmp_path / "out").tlp
    release(held, "UNC-0001", tlp="CLEAR", reason="all agreed")
    marked = {
        name: report(held, "UNC-0001", output=tmp_path / "out", edition=name).tlp for name in ("internal", "partner")
    }
    assert marked == {"internal": before, "partner": "AMBER"} and before != "CLEAR"


def test_a_freeze_gives_the_same_bytes_after_the_case_went_on(held, tmp_path):
    release(held, "UNC-0001", tlp="CLEAR", reason="all agreed")
    made = freeze(held, "first")
    report(held, "UNC-0001", output=tmp_path / "a", edition="report", freeze="first")
    (tmp_path / "e" / "IN-1" / "findings.csv").write_text("type,value,role\ndomain,new-orchard.example,c2\n")
    ingest(held, [tmp_path / "e"])
    report(held, "UNC-0001", output=tmp_path / "b", edition="report", freeze="first")
    name = "UNC-0001-report.html"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert b"new-orchard" not in (tmp_path / "b" / name).read_bytes()
    with pytest.raises(ConflictError, match="never changed"):
        freeze(held, "first")
    assert len(made.id) == 64
    with pytest.raises(NotFoundError, match="did you mean first"):
        report(held, "UNC-0001", output=tmp_path / "c", freeze="firts")


def test_a_changed_freeze_is_refused(held, tmp_path):
    freeze(held, "first")
    place = held.folder / "freezes" / "first.freeze"
    freeze(held, "second")
    place.write_bytes((held.folder / "freezes" / "second.freeze").read_bytes())
    with pytest.raises(ConflictError, match="not what the log says"):
        report(held, "UNC-0001", output=tmp_path / "c", freeze="first")


def test_no_victim_and_no_small_count_in_public(held, tmp_path):
    release(held, "UNC-0001", tlp="CLEAR", reason="all agreed")
    report(held, "UNC-0001", output=tmp_path / "out", edition="report")
    page = (tmp_path / "out" / "UNC-0001-report.html").read_text()
    assert "Quernholm" not in page and "IN-1" not in page
    assert "2012-04-01" not in page and "2012-04" in page
    assert "<script" not in page and "http://" not in page.replace("http://www.w3.org", "")


def test_html_and_pdf_are_the_same_bytes_over_time_zones_locales_and_hash_seeds(held, tmp_path):
    pytest.importorskip("weasyprint", exc_type=OSError)
    release(held, "UNC-0001", tlp="CLEAR", reason="all agreed")
    freeze(held, "first")
    if not (held.folder / "knowledge.db").exists() and "postgresql" in (held.folder / "case.toml").read_text():
        pytest.skip("one database is enough")
    seen = []
    for n, (zone, locale, seed) in enumerate((("UTC", "C", "1"), ("Asia/Kolkata", "C.UTF-8", "77"))):
        out = tmp_path / f"out{n}"
        command = [sys.executable, "-m", "backtrail.cli", "report", "UNC-0001", "-o", str(out), "--edition", "brief",
                   "--freeze", "first", "--pdf", "--case", str(held.folder)]  # fmt: skip
        environment = os.environ | {"TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed}
        subprocess.run(command, env=environment, check=True, capture_output=True)
        seen.append({p.name: p.read_bytes() for p in out.iterdir()})
    assert set(seen[0]) == {"UNC-0001-brief.html", "UNC-0001-brief.pdf"}
    assert seen[0] == seen[1]


def test_the_terminal_makes_a_freeze(held, capsys):
    assert main(["freeze", "draft", "--case", str(held.folder)]) == 0
    assert "draft" in capsys.readouterr().out


def test_the_pdf_is_tagged_marked_on_each_page_and_the_brief_is_two_pages(held, tmp_path):
    import pypdfium2

    pytest.importorskip("weasyprint", exc_type=OSError)
    release(held, "UNC-0001", tlp="CLEAR", reason="all agreed")
    for edition in ("brief", "report"):
        report(held, "UNC-0001", output=tmp_path / "out", edition=edition, pdf=True, page="Letter")
    brief = tmp_path / "out" / "UNC-0001-brief.pdf"
    inside = "".join(piece.text for piece in pieces("b.pdf", brief.read_bytes(), {"%PDF-": lambda _: ()}))
    assert "/MarkInfo" in inside and "/StructTreeRoot" in inside and "pdfuaid" in inside
    pages = pypdfium2.PdfDocument(brief)
    assert len(pages) <= 2 and pages[0].get_size() == (612.0, 792.0)
    full = pypdfium2.PdfDocument(tmp_path / "out" / "UNC-0001-report.pdf")
    for page in full:
        text = page.get_textpage().get_text_bounded()
        assert text.count("TLP:CLEAR") >= 2 and f"of {len(full)}" in text
    assert [item.get_title() for item in full.get_toc()][:2] == ["UNC-0001", "Key judgements"]
