"""Masks of 64 bytes against tables and loops that are obviously right."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.hunts import bytetable, lanes, survey

MARGIN = b"\n" * 64
CLASSES = {
    "name_mask": lambda b: bytetable.NAME[b] > 0,
    "hex_mask": lambda b: bytetable.HEX[b] > 0,
    "digit_mask": lambda b: bytetable.DIGIT[b] > 0,
    "high_mask": lambda b: b >= 128,
    "newline_mask": lambda b: b == 10,
    "null_mask": lambda b: b == 0,
    "open_mask": lambda b: b == 40,
    "hyphen_mask": lambda b: b == 45,
    "dot_mask": lambda b: b == 46,
    "zero_mask": lambda b: b == 48,
    "colon_mask": lambda b: b == 58,
    "backslash_mask": lambda b: b == 92,
}
TEXTS = st.one_of(
    st.binary(max_size=300),
    st.lists(
        st.sampled_from([b"a", b"Z", b"0", b".", b"-", b":", b" ", b"\n", b"(0)", b"(0", b"\0"]), max_size=200
    ).map(b"".join),
)


def function(name):
    """A function of `lanes` that Python can call, whatever it is made of."""
    inner = getattr(lanes, name)
    return numba.njit(lambda data, at: inner(data, at))


ASKED = {name: function(name) for name in [*CLASSES, "word_at"]}


def padded(text: bytes):
    return np.frombuffer(MARGIN + text + MARGIN, np.uint8)


@pytest.mark.parametrize("name", CLASSES)
@settings(deadline=None)
@given(text=TEXTS, at=st.integers(0, 300))
def test_a_mask_says_of_each_byte_what_the_table_says(name, text, at):
    data = padded(text)
    at = min(at, len(data) - 64)
    mask = int(ASKED[name](data, np.uint64(at)))
    assert [mask >> i & 1 for i in range(64)] == [int(CLASSES[name](b)) for b in data[at : at + 64]]


def test_all_256_bytes_are_told():
    for first in range(0, 256, 64):
        data = np.arange(first, first + 64).astype(np.uint8)
        for name, rule in CLASSES.items():
            mask = int(ASKED[name](data, np.uint64(0)))
            assert [mask >> i & 1 for i in range(64)] == [int(rule(b)) for b in data], name


@settings(deadline=None)
@given(TEXTS, st.integers(0, 300))
def test_a_word_is_read_from_any_byte(text, at):
    data = padded(text)
    at = min(at, len(data) - 8)
    assert int(ASKED["word_at"](data, np.uint64(at))) == int.from_bytes(data[at : at + 8].tobytes(), "little")


@numba.njit
def ends(runs, marks):
    out, carried = np.zeros_like(runs), np.uint64(0)
    for i in range(len(runs)):
        whole, carried = lanes.ends_with(runs[i], marks[i], carried)
        out[i] = whole & ~runs[i]
    return out


@numba.njit
def followed(words, by):
    out, before = np.zeros_like(words), np.uint64(0)
    for i in range(len(words)):
        out[i] = lanes.follow(words[i], before, by)
        before = words[i]
    return out


def words(bits: list[bool]):
    return np.packbits(bits, bitorder="little").view(np.uint64)


def bits(of) -> list[bool]:
    return np.unpackbits(of.view(np.uint8), bitorder="little").astype(bool).tolist()


BITS = st.lists(st.sampled_from([False, True, True, True]), min_size=192, max_size=192)


@settings(deadline=None)
@given(BITS, BITS)
def test_a_mark_is_carried_to_the_end_of_its_run(runs, marks):
    marks = [r and m for r, m in zip(runs, marks, strict=True)]
    wanted, marked = [], False
    for run, mark in zip(runs, marks, strict=True):
        wanted.append(marked and not run)
        marked = run and (marked or mark)
    assert bits(ends(words(runs), words(marks))) == wanted


@settings(deadline=None)
@given(BITS, st.integers(0, 63))
def test_what_was_set_before_follows(some, by):
    assert bits(followed(words(some), np.uint64(by))) == ([False] * by + some)[: len(some)]


@settings(deadline=None)
@given(TEXTS, st.integers(0, 300), st.integers(0, 300))
def test_lines_are_counted(text, first, last):
    data = padded(text)
    lo, hi = 64 + min(first, len(text)), 64 + min(last, len(text))
    assert survey.newlines(data, lo, hi) == data[lo:hi].tobytes().count(b"\n")


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 300)))
def test_lines_before_places_are_counted(text, places):
    data = padded(text)
    places = np.array(sorted(64 + min(place, len(text)) for place in places), np.int64)
    counted = survey.newlines_before(data, 64, places)
    assert counted.tolist() == [data[64:place].tobytes().count(b"\n") for place in places]


@settings(deadline=None)
@given(TEXTS)
def test_rare_signs_are_seen(text):
    names, zeros = survey.rare_signs(padded(text), 64, 64 + len(text))
    assert (bool(names), bool(zeros)) == (b"(0" in text, b"\0" in text)
