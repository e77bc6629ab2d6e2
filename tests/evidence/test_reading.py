"""Native parsers run in a child process: what it reads comes back, how it dies is told."""

import pytest

from backtrail.evidence import reading
from backtrail.formats import named
from backtrail.model.errors import FormatError, LimitError

SAMPLE = __import__("pathlib").Path(__file__).parents[1] / "formats" / "pdf" / "sample.pdf"


def pages(path):
    with path.open("rb") as stream:
        return list(reading.records(named("pdf"), stream))


def test_a_child_gives_what_the_format_reads():
    with SAMPLE.open("rb") as stream:
        assert pages(SAMPLE) == list(named("pdf").read(stream))


def test_a_damaged_file_is_a_format_error(tmp_path):
    path = tmp_path / "x.pdf"
    path.write_bytes(b"%PDF-1.4\n" + b"\0garbage" * 100)
    with pytest.raises(FormatError, match="PDF"):
        pages(path)


def test_a_child_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(reading, "WALL_SECONDS", 0)
    with pytest.raises(LimitError, match="was ended"):
        pages(SAMPLE)


def test_a_child_cannot_take_all_memory(monkeypatch):
    import subprocess
    import sys

    code = "from backtrail.evidence import reading; reading._limit_self(); bytearray(3 << 30)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert b"MemoryError" in done.stderr
