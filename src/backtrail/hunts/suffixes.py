"""What is asked of a token first: the last bytes of a host's last two labels, of an IPv4 address, or of a digest.

At most sixteen bytes are taken as two numbers and mixed, without a loop whose end a processor would have to guess; two
bits of one word of a bitmap say whether anything that is looked for ends so. The compiler of indicators and the scan
must agree to the bit. A suffix lets tokens through that others then look up; it never keeps one back.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtrail.hunts.jit import compiled
from backtrail.hunts.lanes import word_at
from backtrail.hunts.mixing import PRIME, SEED
from backtrail.hunts.tables import SUFFIX_SHIFT

LONGEST = 16
"""Bytes that are taken; an IPv4 address has at most fifteen."""

_SMALL = np.uint64(0x2020202020202020)
"""Makes capital letters small, and keeps digits, dots and hyphens."""

_SECOND = np.uint64(0xD6E8FEB86659FD93)
_8, _16, _20, _26, _32, _48, _63 = (np.uint64(n) for n in (8, 16, 20, 26, 32, 48, 63))
_DOT = 46


def _highest(size: int) -> int:
    """The highest bytes of a word, so many."""
    return ((1 << 64) - 1) & ~((1 << (64 - 8 * size)) - 1)


_SIZES_ASKED = range(65)
_LAST = np.array([_highest(min(n, 8)) for n in _SIZES_ASKED], np.uint64)
_BEFORE = np.array([_highest(min(max(n - 8, 0), 8)) for n in _SIZES_ASKED], np.uint64)
_LOWEST = np.array([(1 << (8 * n)) - 1 for n in range(9)], np.uint64)


@compiled
def suffix_key(last: Any, before: Any, size: Any) -> Any:
    """Key of the last bytes of a token.

    Args:
        last: Its last eight bytes, the last of them highest.
        before: The eight bytes before them.
        size: How many count, up to 64; of more than sixteen, the last sixteen.
    """
    last = (last | _SMALL) & _LAST[size]
    before = (before | _SMALL) & _BEFORE[size]
    state = (last ^ (before * _SECOND + SEED)) * PRIME
    return (state ^ (state >> _32)) * _SECOND


@compiled
def ends_as_wanted(data: Any, end: Any, size: Any, t: Any) -> Any:
    """Whether the last bytes before `end`, so many of them, may be the suffix of what is looked for."""
    key = suffix_key(word_at(data, end - _8), word_at(data, end - _16), size)
    bits = suffix_bits(key)
    return t.suffixes[key >> np.uint64(t.limits[SUFFIX_SHIFT])] & bits == bits


@compiled
def pair_bit(first: Any, size: Any) -> Any:
    """Bit, of 65,536, of the first two numbers of an IPv4 address: its first eight bytes, of which `size` count."""
    return ((first & _LOWEST[size]) * PRIME) >> _48


@compiled
def suffix_bits(key: Any) -> Any:
    """The two bits of a key in its word."""
    return np.uint64(1) << ((key >> _20) & _63) | np.uint64(1) << ((key >> _26) & _63)


@compiled
def _packed(data: Any, end: Any, size: Any) -> Any:
    """Key of bytes that end at `end`."""
    last, before = np.uint64(0), np.uint64(0)
    for i in range(min(size, 8)):
        last |= np.uint64(data[end - 1 - i]) << np.uint64(56 - 8 * i)
    for i in range(8, size):
        before |= np.uint64(data[end - 1 - i]) << np.uint64(120 - 8 * i)
    return suffix_key(last, before, size)


@compiled
def host_suffix(data: Any, start: Any, end: Any) -> Any:
    """Key of a host name."""
    size, dots = 0, 0
    while size < min(LONGEST, end - start):
        dots += data[end - 1 - size] == _DOT
        if dots == 2:
            break
        size += 1
    return _packed(data, end, size)


@compiled
def text_suffix(data: Any, start: Any, end: Any) -> Any:
    """Key of an IPv4 address, spelled as it should be, or of the digits of a digest."""
    return _packed(data, end, min(LONGEST, end - start))


@compiled
def mark_suffixes(bitmap: Any, keys: Any, shift: Any) -> Any:
    """Set the bits of keys in a bitmap; a key of 0 is none."""
    for key in keys:
        if key:
            bitmap[key >> shift] |= suffix_bits(key)


_OCTETS = [str(n).encode() for n in range(256)]
_WRITTEN = np.array([int.from_bytes(text, "little") for text in _OCTETS], np.uint64)
_SIZES = np.array([len(text) for text in _OCTETS], np.uint64)


def pair_bits(halves: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Bits, as `pair_bit` has them, of the upper halves of IPv4 addresses."""
    first, second = (halves >> _8).astype(np.int64), (halves & np.uint64(255)).astype(np.int64)
    behind = _8 * _SIZES[first]
    words = _WRITTEN[first] | np.uint64(_DOT) << behind | _WRITTEN[second] << (behind + _8)
    return (words * PRIME) >> _48
