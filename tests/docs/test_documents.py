"""Documents say what is so: transcripts are real, generated parts are current, links lead somewhere."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from backtrail.cli import main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def transcripts(text: str) -> list[tuple[str, str]]:
    """Commands after `$ ` in console blocks, with what is printed below them."""
    found = []
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output.strip()))
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs") / "demo"
    assert main(["demo", str(folder)]) == 0
    return folder


@pytest.mark.parametrize(("command", "output"), transcripts((ROOT / "README.md").read_text()))
def test_transcripts_of_the_readme_are_real(command, output, demo, capsys, monkeypatch):
    monkeypatch.setenv("BACKTRAIL_CASE", str(demo))
    monkeypatch.setenv("COLUMNS", "100")
    capsys.readouterr()
    assert main(shlex.split(command)[1:]) == 0
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.strip().splitlines())
    assert printed == output


def test_the_readme_shows_something():
    assert len(transcripts((ROOT / "README.md").read_text())) >= 2


def test_generated_parts_are_current():
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_manifest_of_the_documents_can_be_read(tmp_path):
    from backtrail.formats.manifest import FORMAT

    text = re.search(r"```toml\n(.*?)```", (ROOT / "docs" / "manifest.md").read_text(), re.S)[1]
    path = tmp_path / "intrusion.toml"
    path.write_text(text)
    with path.open("rb") as stream:
        (record,) = FORMAT.read(stream)
    assert record.intrusion == "IN-031" and record.victim.name == "Example Aerospace Ltd"
