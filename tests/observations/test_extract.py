"""What is taken out of running text, what is left in it, and how long that takes."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.model.kinds import KINDS
from backtrail.model.record import Passage
from backtrail.observations import extract

from .strategies import NEAR_VALUES

CASES = json.loads((Path(__file__).parent / "extract_cases.json").read_text())
MEBIBYTE = 1 << 20


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40].encode("unicode_escape").decode())
def test_case(case):
    assert [[f.kind, f.value] for f in extract(Passage(text=case["text"]))] == case["found"], case.get("why")


def test_there_are_enough_cases_of_both_sorts():
    assert len(CASES) >= 60
    assert sum(not case["found"] for case in CASES) >= 10


def test_the_published_lists_of_apt1_come_out_whole(shared):
    for name, kind, count in (("appendix_d_fqdns.txt", "domain-name", 2046), ("appendix_e_md5.txt", "md5", 1007)):
        text = (shared / "data" / "apt1" / name).read_text()
        found = list(extract(Passage(text=text)))
        assert {f.value for f in found} == set(text.split())
        assert {f.kind for f in found} == {kind}
        assert len({f.value for f in found}) == count


@given(st.lists(NEAR_VALUES, max_size=6).map("\n".join), st.integers(0, 9), st.integers(1, 9))
@settings(deadline=None)
def test_places_are_places_in_the_document(text, offset, line):
    for found in extract(Passage(text=text, offset=offset, line=line)):
        start, end = found.start - offset, found.end - offset
        assert 0 <= start < end <= len(text)
        assert text[start:end] == found.raw
        assert found.where == f"line {line + text.count(chr(10), 0, start)} offset {found.start}"
        assert found.kind in KINDS


def test_invisible_characters_do_not_move_places():
    text = "x\u200b\u200b zero\u200bwidth.com and next.com"
    assert [f.raw for f in extract(Passage(text=text))] == ["zero\u200bwidth.com", "next.com"]


def test_pages_count_from_their_own_start():
    (found,) = extract(Passage(text="at evil.com", page=3))
    assert found.where == "page 3 offset 3"


HOSTILE = [
    "a",
    "a.",
    ".",
    "a-",
    "0123456789abcdef",
    "0" * 100 + "\n",
    "[.]",
    "a[.]",
    "[.",
    "(((",
    "C:\\a\\",
    "C:\\a b\\c d",
    '"C:\\a b ',
    "%a%\\",
    "HKLM\\a b",
    "HKLM\\a\\",
    " HK",
    "a@",
    "a@b.c.",
    "1.",
    "1.1.1.1/a",
    "::",
    ":a",
    "http://",
    "http://a.com/b,http://",
    "http://a.com/b-\n",
    "http://" + "[." * 900 + "\n",
    "](",
    "aa.py ",
    "evil.com/",
    "evil.com\u200b ",
    "\u200b",
    "\n",
    " ",
    "mutex: ",
    "mutex ",
    "Mozilla/5.0 (",
    "Mozilla/5.0 (a) ",
    "CVE-",
    "T1",
    "AS1",
    "x" * 63 + ".",
    "_.",
    "é.",
    "a [.] ",
    "version ",
    ".pdb",
]


@pytest.mark.parametrize("piece", HOSTILE, ids=lambda piece: repr(piece)[:20])
def test_time_grows_with_the_length_of_the_text(piece):
    """Measured: 0.3 s at most. What the bound is for, a search that looks back over all text, takes minutes."""
    text = (piece * (MEBIBYTE // 4 // len(piece) + 1))[: MEBIBYTE // 4]
    start = time.process_time()
    sum(1 for _ in extract(Passage(text=text)))
    assert time.process_time() - start < 20
