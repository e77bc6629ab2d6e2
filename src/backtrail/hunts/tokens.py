"""Tokens with dots, found by masks of 64 bytes; one that may be wanted, or is odd, is handed to `dotted.token`.

First the masks of a tile say which tokens there are and of which kind (`_survey`); a number with fewer than three dots
is none that is looked for. Then each token is asked whether anything that is wanted ends so (`_may_be_wanted`). Neither
has a branch whose way depends on the text, which a processor would guess wrong, but for the rare token handed on.
"""

from typing import Any, NamedTuple

import numpy as np

from backtrail.hunts.bytetable import NAME
from backtrail.hunts.dotted import token
from backtrail.hunts.jit import CHECKED, compiled, first_bit
from backtrail.hunts.lanes import (
    LANES,
    backslash_mask,
    digit_mask,
    dot_mask,
    ends_with,
    follow,
    high_mask,
    hyphen_mask,
    name_mask,
    ones,
    unset_above,
    word_at,
)
from backtrail.hunts.lookup import NONE, ONE, SPARE, bit
from backtrail.hunts.suffixes import pair_bit, suffix_bits, suffix_key
from backtrail.hunts.tables import SUFFIX_SHIFT, Numbers, Words

TILE = 4096
"""Bytes whose masks are made at once: with the masks they stay in the first cache of a processor."""

_WORDS = TILE // LANES
_WINDOW = np.uint64(56)
"""Bytes of a token that a window of a mask shows for sure."""

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_HIGHEST = np.uint64(1 << 63)
_TWO, _THREE, _7, _8, _16, _63, _64 = (np.uint64(n) for n in (2, 3, 7, 8, 16, 63, 64))


class Masks(NamedTuple):
    """Masks of a tile, each with the last word of the tile before in front; to work with, by one thread.

    Attributes:
        names: Bytes of tokens.
        dots: Dots in them.
        digits: Digits.
        quads: Ends of tokens with three dots or more that are digits otherwise.
        odd: Ends of tokens that only `dotted` reads rightly: with bytes beyond ASCII, behind or before a backslash,
            with a dot or hyphen as the last byte.
        ranges: Ends of tokens with a hyphen beside a digit, which may be a range of addresses.
        ends: Ends of all tokens to be asked, from the begin of the tile.
    """

    names: Words
    dots: Words
    digits: Words
    quads: Words
    odd: Words
    ranges: Words
    ends: Numbers


def masks() -> Masks:
    """Empty ones."""
    words = [np.zeros(2 + _WORDS, np.uint64) for _ in range(6)]
    return Masks(*words, ends=np.zeros(TILE, np.int64))


@compiled
def _write(bits: Any, first: Any, out: Any, n: Any) -> Any:
    """Write the places of bits: always four, since few words have more, and a branch for each would cost more."""
    for _ in range(4):
        out[n] = first + first_bit(bits)
        bits &= bits - ONE
        n += ONE
    while bits:
        out[n] = first + first_bit(bits)
        bits &= bits - ONE
        n += ONE


@compiled
def _kinds(classes: Any, before: Any, carried: Any) -> Any:
    """Ends of tokens: with a dot, with three, with other bytes than digits and dots, odd ones, ranges; what is carried.

    A token may reach over several words, so that what it was seen to have is carried from one to the next.
    """
    names, dots, digits, hyphens, backslashes, high = classes
    _, digits_before, hyphens_before, backslashes_before, dots_before = before
    one, two, three, letter, odd, beside = carried
    first, one = ends_with(names, dots, one)
    second, two = ends_with(names, dots & first, two)
    third, three = ends_with(names, dots & first & second, three)
    letters, letter = ends_with(names, names & ~(dots | digits), letter)
    marks = names & (high | follow(backslashes, backslashes_before, ONE))
    odds, odd = ends_with(names, marks, odd)
    marks = hyphens & follow(digits, digits_before, ONE) | digits & follow(hyphens, hyphens_before, ONE)
    ranges, beside = ends_with(names, names & marks, beside)
    last = backslashes | follow(dots | hyphens, dots_before | hyphens_before, ONE)
    return (first & ~names, third, letters, odds | last, ranges), (one, two, three, letter, odd, beside)


@compiled
def _survey(data: Any, at: Any, stop: Any, carried: Any, m: Any) -> Any:
    """Masks from a place to another, at most a tile; how many tokens are to be asked, and what is carried on."""
    count, word, p = NONE, ONE, np.uint64(at)
    before, carried = carried
    while p < np.uint64(stop):
        if CHECKED and p + _64 > np.uint64(len(data)):
            raise IndexError("bytes behind the end")
        names, dots, digits, hyphens = name_mask(data, p), dot_mask(data, p), digit_mask(data, p), hyphen_mask(data, p)
        backslashes, high = backslash_mask(data, p), high_mask(data, p)
        left = np.uint64(stop) - p
        if left < _64:
            names &= ~(_ALL << left)
            dots &= names
        classes = (names, dots, digits, hyphens, backslashes, high)
        (dotted, third, letters, odd, ranges), carried = _kinds(classes, before, carried)
        m.names[word], m.dots[word], m.digits[word] = names, dots, digits
        m.quads[word], m.odd[word], m.ranges[word] = third & ~letters, odd, ranges
        asked = dotted & (third | letters | odd)
        _write(asked, np.int64(p) - at, m.ends, count)
        count += ones(asked)
        before = (names, digits, hyphens, backslashes, dots)
        word += ONE
        p += _64
    return count, (before, carried)


@compiled
def _turn(m: Any) -> Any:
    """Keep the last masks of a whole tile for tokens that reach into the next."""
    m.names[0], m.dots[0], m.digits[0] = m.names[_WORDS], m.dots[_WORDS], m.digits[_WORDS]


@compiled
def _window(words: Any, end: Any) -> Any:
    """What a mask says of the bytes up to the one before `end`, which is the highest bit; 57 at the least."""
    last = end - 1
    return word_at(words, np.uint64(1 + (last >> 3))) << np.uint64(7 - (last & 7))


@compiled
def _ends(words: Any, end: Any) -> Any:
    """Whether a mask of ends has this one."""
    return words[np.uint64(1 + (end >> 6))] >> np.uint64(end & 63) & ONE != NONE


@compiled
def _ends_as_wanted(data: Any, end: Any, size: Any, t: Any) -> Any:
    """Whether the last bytes before `end`, so many of them, may be the suffix of what is looked for."""
    key = suffix_key(word_at(data, end - _8), word_at(data, end - _16), size)
    bits = suffix_bits(key)
    return t.suffixes[key >> np.uint64(t.limits[SUFFIX_SHIFT])] & bits == bits


@compiled
def _may_be_range(end: Any, inside: Any, dots: Any, m: Any) -> Any:
    """Whether a token has three dots between digits."""
    digits = _window(m.digits, end) & inside
    return ones(dots & (digits << ONE) & (digits >> ONE)) >= _THREE


@compiled
def _may_be_wanted(data: Any, at: Any, end: Any, m: Any, t: Any) -> Any:
    """Whether a token has to be looked at, which ends at `end` of the tile that begins at `at`."""
    names = _window(m.names, end)
    size = unset_above(~names | ONE)
    inside = ~(_ALL >> size)
    dots = _window(m.dots, end) & inside
    two = unset_above(dots & ~(_HIGHEST >> (unset_above(dots) & _63)))
    quad = _ends(m.quads, end)
    place = np.uint64(at + end)
    wanted = _ends_as_wanted(data, place, min(two | (_64 * np.uint64(quad)), size), t)
    wanted |= _ends(m.odd, end) | (size > _WINDOW)
    if len(t.prefixes4):
        wanted |= quad & bit(t.pairs, pair_bit(word_at(data, place - size), min(size - two - ONE, _7)))
    if wanted:
        return True
    return (quad and ones(dots) > _THREE) or (_ends(m.ranges, end) and _may_be_range(end, inside, dots, m))


@compiled
def tokens(data: Any, place: Any, m: Any, t: Any, out: Any, n: Any) -> Any:
    """All tokens with dots between two places; where it stopped (the end, unless `out` is full), and how much.

    Args:
        data: The bytes; 64 before and behind the two places are its as well.
        place: First place, and the one behind the last; a token goes on behind it if it does.
        m: Masks to work with.
        t: What is looked for.
        out: Rows; see `lookup`.
        n: How many there are already.
    """
    lo, hi = place
    at, full = lo, len(out) - SPARE
    carried = (NONE, NONE, NONE, NONE, NONE), (NONE, NONE, NONE, NONE, NONE, NONE)
    m.names[0] = NONE
    while at < hi:
        stop = min(hi, at + TILE)
        count, carried = _survey(data, at, stop, carried, m)
        for k in range(count):
            if _may_be_wanted(data, at, m.ends[k], m, t):
                end, n = token(data, (lo, at + m.ends[k]), t, out, n)
                if n >= full:
                    return end, n
        _turn(m)
        at = stop
    if lo < hi and NAME[data[hi - 1]]:
        return token(data, (lo, hi), t, out, n)
    return hi, n
