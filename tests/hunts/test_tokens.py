"""The walk over masks against the same look at every token that an expression finds."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.hunts.columns import of
from backtrail.hunts.dotted import token
from backtrail.hunts.hexruns import _run, hexes
from backtrail.hunts.kernel import rows
from backtrail.hunts.keys import compiled
from backtrail.hunts.lookup import SPARE
from backtrail.hunts.tokens import TILE, masks, tokens
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

MARGIN = 64
WANTED = [
    ("domain-name", "evil.com"), ("domain-name", "a.rather-long-name-of-a-host.co.uk"), ("domain-name", "t.co"),
    ("domain-name", "xn--80ak6aa.com"), ("ipv4-addr", "1.2.3.4"), ("ipv4-addr", "101.102.103.104"),
    ("network", "10.2.0.0/15"), ("url", "http://bad.org/a"), ("ip-port", "9.8.7.6:443"), ("md5", "0a" * 16),
    ("sha256", "bc" * 32), ("ipv6-addr", "2001:db8::1"), ("ipv4-addr", "255.1.0.9"),
]  # fmt: skip
TABLES = compiled(of([Indicator(kind=k, value=v) for k, v in WANTED]), canonical, refang).tables
SERIAL_TABLES = compiled(of([Indicator(kind="x509-serial", value="0badcafe01")]), canonical, refang).tables
PIECES = st.sampled_from(
    [v.split("://")[-1] for _, v in WANTED]
    + ["www.EVIL.com", "evil.com.", "nevil.com", "T.CO", "x.t.co", "10.3.255.1", "10.4.0.1", "1.2.3.4-1.2.3.9",
       "1.2.3.4.443", "1331901000.123456", "2.25.1", "..", ".", "-", "_", "\\", "\\\\", "\\n", "\\u0441", "ö", "é.com",
       "x" * 70, "a." * 40, "0A" * 16, "bc" * 32 + "d", "2001:DB8:0::1", ":", "12:30:01", "::ffff:1.2.3.4",
       "0badcafe01", "00:0b:ad:ca:fe:01", "f" * 31, "f" * 130, " ", "\t", '"', "/", "@", "(0)", "u", "n"]
)  # fmt: skip
LINES = st.lists(st.one_of(PIECES, PIECES, st.just(" ")), max_size=40).map("".join).map(str.encode)


def padded(text: bytes):
    return np.frombuffer(b"\n" * MARGIN + text + b"\n" * MARGIN, np.uint8)


def all_rows(look, hi: int, size: int = SPARE + 64) -> set[tuple[int, ...]]:
    """Rows of a look that goes on where it stopped when its room was full."""
    out, rows, at = np.zeros((size, 4), np.int64), set(), MARGIN
    while at < hi:
        at, n = look((at, hi), out)
        rows.update(map(tuple, out[:n].tolist()))
    return rows


def walked(text: bytes, tables, size: int = SPARE + 64) -> set[tuple[int, ...]]:
    data, room = padded(text), masks()
    return all_rows(lambda place, out: tokens(data, place, room, tables, out, 0), MARGIN + len(text), size)


def one_by_one(text: bytes, expression: bytes, look) -> set[tuple[int, ...]]:
    data, rows = padded(text), set()
    for found in re.finditer(expression, text):
        out = np.zeros((1 << 12, 4), np.int64)
        n = look(data, MARGIN + found.end(), out)
        rows.update(map(tuple, out[:n].tolist()))
    return rows


NAMES = rb"[A-Za-z0-9._\x80-\xff-]*\.[A-Za-z0-9._\x80-\xff-]*"


def every_token(text: bytes, tables) -> set[tuple[int, ...]]:
    return one_by_one(text, NAMES, lambda data, end, out: token(data, (MARGIN, end), tables, out, 0)[1])


@settings(max_examples=600, deadline=None)
@given(LINES)
def test_no_token_is_passed_over_that_shows_something(text):
    assert walked(text, TABLES) == every_token(text, TABLES)


@settings(max_examples=150, deadline=None)
@given(LINES, LINES, st.integers(-80, 80))
def test_a_token_may_lie_over_the_end_of_a_tile(before, text, shift):
    filler = b"word " * ((TILE + shift - len(before)) // 5) if TILE + shift > len(before) else b""
    whole = before + b" " + filler + text
    assert walked(whole, TABLES) == every_token(whole, TABLES)


@settings(max_examples=300, deadline=None)
@given(LINES)
def test_no_run_of_hex_is_passed_over_that_shows_something(text):
    for tables in (TABLES, SERIAL_TABLES):
        data = padded(text)
        found = all_rows(lambda place, out: hexes(data, place, tables, out, 0), MARGIN + len(text))  # noqa: B023
        wanted = one_by_one(
            text,
            rb"[0-9A-Fa-f:]+",
            lambda data, end, out: _run(data, MARGIN, end, tables, out, 0),  # noqa: B023
        )
        assert found == wanted


def test_a_look_goes_on_where_its_room_was_full():
    text = b"1.2.3.4-1.2.3.4 evil.com www.evil.com " * 400 + b"1.2.3.4-" * 500 + b"1.2.3.4"
    assert walked(text, TABLES) == walked(text, TABLES, 1 << 15) == every_token(text, TABLES)
    assert len(walked(text, TABLES)) == 400 * 4 + 501


def test_tokens_and_runs_of_hex_come_from_one_call_and_go_on_where_there_was_no_more_room():
    data = padded((b"evil.com " + b"0a" * 16 + b" ") * 300)
    hi, room, out = len(data) - MARGIN, masks(), np.zeros((SPARE + 64, 4), np.int64)
    at = run = MARGIN
    calls, found = 0, []
    while run < hi:
        at, run, n = rows(data, (at, run, hi), room, TABLES, out)
        calls, found = calls + 1, found + out[:n, 1].tolist()
    assert sorted(found) == sorted(m.start() for m in re.finditer(rb"evil|(0a)+", data.tobytes()))
    assert calls > 600 // 64


def test_what_reaches_over_the_last_place_is_looked_at_whole():
    for text, stop in ((b"see www.evil.com.", 10), (b"see " + b"0a" * 16, 20), (b"x 101.102.103.104", 12)):
        data, room, out = padded(text), masks(), np.zeros((SPARE + 64, 4), np.int64)
        _, n = tokens(data, (MARGIN, MARGIN + stop), room, TABLES, out, 0)
        _, n = hexes(data, (MARGIN, MARGIN + stop), TABLES, out, n)
        assert n == 1
