"""One corpus of tricky lines; every engine gives exactly the hits that it says.

`corpus/lines.jsonl`: a case on each line, with indicators, and lines with the values of the indicators they show.
"""

from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from backtrail.hunts.backends import BACKENDS, HuntOptions, named
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

SPARK = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(find_spec("ibis") is None, reason="the extra `scale`: make setup EXTRAS=--all-extras"),
]
ENGINES = [pytest.param(name, marks=SPARK if name == "spark" else []) for name in BACKENDS]
CASES = [msgspec.json.decode(line) for line in (Path(__file__).parent / "corpus/lines.jsonl").read_bytes().splitlines()]


def hits(backend, case, path, jobs=1):
    indicators = [Indicator(**i) for i in case["indicators"]]
    options = HuntOptions(jobs=jobs, decode=case["decode"], spell=canonical, refang=refang)
    return {(h.number, h.indicator.value) for h in named(backend).hunt(indicators, [path], options)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("backend", ENGINES)
def test_the_corpus(backend, case, tmp_path):
    file = tmp_path / "lines.log"
    file.write_text("".join(line["line"] + "\n" for line in case["lines"]), "utf-8")
    expected = {(n, value) for n, line in enumerate(case["lines"], 1) for value in line["hits"]}
    found = hits(backend, case, file)
    lines = {n: line["line"] for n, line in enumerate(case["lines"], 1)}
    assert not [(lines[n], value) for n, value in sorted(found - expected)], "false hits"
    assert not [(lines[n], value) for n, value in sorted(expected - found)], "missed"
