"""Reports of a world as they are read: in a browser without script, by who cannot see, of a third of the evidence."""

import json
import re
import shutil
from hashlib import sha256
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

from backtrail import Case, assign, ingest, release, report, sweep
from backtrail.verbs.init import init

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
EDITIONS = ("internal", "report", "brief", "partner")


def reported(evidence: Path, members: list[str], folder: Path) -> dict[str, Path]:
    """A case of some evidence with the subject as one group, and the pages of its editions."""
    init(folder / "c", now="2013-02-18T09:00:00Z")
    with Case(folder / "c", clock=lambda: "2013-02-18T09:00:00Z", author="analyst") as case:
        ingest(case, [evidence])
        sweep(case)
        assign(case, members, new=True, anchor="the subject", reason="as the truth has it")
        release(case, "UNC-0001", tlp="CLEAR", reason="invented")
        return {name: Path(report(case, "UNC-0001", edition=name, output=folder).files[0]) for name in EDITIONS}


@pytest.fixture(scope="module")
def members(world):
    rows = [json.loads(line) for line in (world / "truth" / "intrusions.jsonl").read_text().splitlines()]
    return [row["id"] for row in rows if row["subject"]]


@pytest.fixture(scope="module")
def pages(world, members, tmp_path_factory):
    return reported(world / "evidence", members, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def thin(world, members, tmp_path_factory):
    """Pages of three files in ten, of the same intrusions; what manifests state is there."""
    folder = tmp_path_factory.mktemp("thin")
    for path in sorted(p for p in (world / "evidence").rglob("*") if p.is_file()):
        name = path.relative_to(world / "evidence")
        if path.name == "intrusion.toml" or sha256(str(name).encode()).digest()[0] < 77:
            (folder / "e" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "e" / name)
    return reported(folder / "e", members, folder)


def flaws(page: str) -> list[str]:
    """Empty frames, references that lead nowhere, and values that are none."""
    tree = LexborHTMLParser(page)
    anchors = {node.attributes["id"] for node in tree.css("[id]")}
    found = [
        f"no anchor {n.attributes['href']}" for n in tree.css('a[href^="#"]') if n.attributes["href"][1:] not in anchors
    ]
    found += ["an empty frame" for plate in tree.css(".plate") if not plate.css("svg text")]
    found += [
        f"empty {node.tag}"
        for node in tree.css("h1, h2, h3, figcaption, caption, th[scope=col], p, li")
        if not node.text(strip=True)
    ]
    found += [f"empty table {table.text()[:40]!r}" for table in tree.css("table") if not table.css("tbody td")]
    found += re.findall(r">[^<]*\b(?:None|nan|NaN|inf)\b[^<]*<", page)
    return found + [f"{{ in {text!r}" for text in re.findall(r">[^<]*\{[^<]*<", page.split("</style>")[1])]


def test_nothing_is_empty_and_every_reference_leads_somewhere(pages):
    assert [flaw for path in pages.values() for flaw in flaws(path.read_text())] == []


def test_with_three_files_in_ten_figures_give_way_to_sentences(thin, pages):
    assert [flaw for path in thin.values() for flaw in flaws(path.read_text())] == []
    whole, few = (LexborHTMLParser(some["report"].read_text()) for some in (pages, thin))
    assert len(few.css("figure")) < len(whole.css("figure"))
    assert len(few.css("p.thin")) > 0


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM:
        pytest.skip("needs Debian's chromium (.ci/run installs it)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))


@pytest.mark.parametrize(
    ("edition", "scheme", "width"),
    [("report", "light", 1200), ("report", "dark", 390), ("brief", "light", 390), ("brief", "dark", 1200)],
)
def test_a_page_is_for_everybody_who_reads(pages, browser, edition, scheme, width):
    """WCAG 2 AA as far as axe-core finds out, light and dark, on a phone and a screen; nothing is wider than it."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.goto(pages[edition].as_uri())
    found = [(one["id"], one["nodes"][0]["html"][:200]) for one in Axe().run(page).response["violations"]]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_a_page_asks_for_nothing_and_reads_without_script_or_style(pages, browser):
    context = browser.new_context(java_script_enabled=False)
    asked = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(pages["report"].as_uri())
    assert asked == [pages["report"].as_uri()]
    assert "Key judgements" in page.inner_text("main")
    context.close()
