"""Tokens with dots, found by masks of 64 bytes; one that may be wanted, or is odd, is handed to `dotted.token`.

First the masks of a tile say which tokens there are and of which kind (`_survey`); a number with fewer than three dots
is none that is looked for. Then each token is asked whether anything that is wanted ends so (`_may_be_wanted`). Neither
has a branch whose way depends on the text, which a processor would guess wrong, but for the rare token handed on.
"""

from typing import Any, NamedTuple

import numpy as np

from backtrail.hunts.bytetable import NAME
from backtrail.hunts.dotted import token
from backtrail.hunts.jit import compiled, first_bit
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
    up_to,
    word_at,
)
from backtrail.hunts.lookup import NONE, ONE, SPARE, bit
from backtrail.hunts.suffixes import ends_as_wanted, pair_bit
from backtrail.hunts.tables import Numbers, Words

TILE = 4096
"""Bytes whose masks are made at once: with the masks they stay in the first cache of a processor."""

_WORDS = TILE // LANES
_WINDOW = np.uint64(56)
"""Bytes of a token that a window of a mask shows for sure."""

_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_HIGHEST = np.uint64(1 << 63)
_TWO, _THREE, _7, _63, _64 = (np.uint64(n) for n in (2, 3, 7, 63, 64))
_HYPHEN, _DOT, _BACKSLASH, _U = 45, 46, 92, 117


class Masks(NamedTuple):
    """Masks of a tile, each with the last word of the tile before in front; to work with, by one thread.

    Attributes:
        names: Bytes of tokens.
        dots: Dots in them.
        digits: Digits.
        quads: Ends of tokens with three dots or more that are digits otherwise.
        high: Bytes beyond ASCII.
        odd: Ends of tokens that only `dotted` may read rightly: with bytes beyond ASCII, behind or before a backslash,
            with a dot or hyphen as the last byte, or with a hyphen beside a digit, as in a range of addresses.
        ends: Ends of all tokens to be asked, from the begin of the tile.
    """

    names: Words
    dots: Words
    digits: Words
    high: Words
    quads: Words
    odd: Words
    ends: Numbers


def masks() -> Masks:
    """Empty ones."""
    names, dots, digits, high, quads, odd = (np.zeros(2 + _WORDS, np.uint64) for _ in range(6))
    return Masks(names, dots, digits, high, quads, odd, np.zeros(TILE, np.int64))


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
def _odd_marks(classes: Any, before: Any) -> Any:
    """Bytes that make a token odd, and those behind which it ends oddly.

    What follows two backslashes is no escape; what follows three may be.
    """
    names, dots, digits, hyphens, backslashes, high = classes
    _, dots_before, digits_before, hyphens_before, backslashes_before, _ = before
    two, three = follow(backslashes, backslashes_before, _TWO), follow(backslashes, backslashes_before, _THREE)
    escaped = follow(backslashes, backslashes_before, ONE) & (~two | three)
    beside = hyphens & follow(digits, digits_before, ONE) | digits & follow(hyphens, hyphens_before, ONE)
    return names & (high | escaped | beside), backslashes | follow(dots | hyphens, dots_before | hyphens_before, ONE)


@compiled
def _kinds(classes: Any, before: Any, carried: Any) -> Any:
    """Ends of tokens to be asked, of numbers with three dots or more, of odd tokens; and what is carried.

    A token may reach over several words, so that what it was seen to have is carried from one to the next.
    """
    names, dots, digits = classes[0], classes[1], classes[2]
    one, two, three, letter, odd = carried
    first, one = ends_with(names, dots & names, one)
    second, two = ends_with(names, dots & first, two)
    third, three = ends_with(names, dots & first & second, three)
    letters, letter = ends_with(names, names & ~(dots | digits), letter)
    marks, last = _odd_marks(classes, before)
    odds, odd = ends_with(names, marks, odd)
    odds |= last
    return first & ~names & (third | letters | odds), third & ~letters, odds, (one, two, three, letter, odd)


@compiled
def _survey(data: Any, at: Any, stop: Any, carried: Any, m: Any) -> Any:
    """Masks from a place to another, at most a tile; how many tokens are to be asked, and what is carried on."""
    count, word, p = NONE, ONE, np.uint64(at)
    before, carried = carried
    while p < np.uint64(stop):
        names, dots, digits, hyphens = name_mask(data, p), dot_mask(data, p), digit_mask(data, p), hyphen_mask(data, p)
        names &= up_to(np.uint64(stop) - p)
        classes = (names, dots, digits, hyphens, backslash_mask(data, p), high_mask(data, p))
        asked, m.quads[word], m.odd[word], carried = _kinds(classes, before, carried)
        m.names[word], m.dots[word], m.digits[word], m.high[word] = names, dots, digits, classes[5]
        _write(asked, np.int64(p) - at, m.ends, count)
        count += ones(asked)
        before = classes
        word += ONE
        p += _64
    return count, (before, carried)


@compiled
def _turn(m: Any) -> Any:
    """Keep the last masks of a whole tile for tokens that reach into the next."""
    for words in (m.names, m.dots, m.digits, m.high):
        words[0] = words[_WORDS]


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
def _is_odd(data: Any, end: Any, token: Any, m: Any) -> Any:
    """Whether a token that was told to be odd is; its range has three dots between digits."""
    place, size, inside, dots = token
    digits = _window(m.digits, end)
    if _window(m.high, end) & inside or ones(dots & (digits << ONE) & (digits >> ONE)) >= _THREE:
        return True
    last, escaped = data[place - ONE], data[place] == _BACKSLASH and data[place + ONE] == _U
    return escaped or last in (_DOT, _HYPHEN) or data[place - size - ONE] == _BACKSLASH


@compiled
def _may_be_wanted(data: Any, at: Any, end: Any, m: Any, t: Any) -> Any:
    """Whether a token has to be looked at, which ends at `end` of the tile that begins at `at`."""
    names = _window(m.names, end)
    size = unset_above(~names | ONE)
    inside = ~(_ALL >> size)
    dots = _window(m.dots, end) & inside
    two = unset_above(dots & ~(_HIGHEST >> (unset_above(dots) & _63)))
    quad, odd, place = _ends(m.quads, end), _ends(m.odd, end), np.uint64(at + end)
    wanted = ends_as_wanted(data, place, min(two | (_64 * np.uint64(quad)), size), t)
    if len(t.prefixes4):
        wanted |= quad & bit(t.pairs, pair_bit(word_at(data, place - size), min(size - two - ONE, _7)))
    if not (wanted | odd | (size > _WINDOW) | (quad & (ones(dots) > _THREE))):
        return False
    return wanted or not odd or size > _WINDOW or _is_odd(data, end, (place, size, inside, dots), m)


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
    carried = (NONE, NONE, NONE, NONE, NONE, NONE), (NONE, NONE, NONE, NONE, NONE)
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
