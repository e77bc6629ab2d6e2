"""Sixty-four bytes asked at once which of them are of a class: the answer is a number, its lowest bit the first byte.

What Python cannot say, LLVM can: bytes are loaded as a vector, compared with ranges, and the 64 answers taken as one
number. LLVM writes the vectors as the processor has them (SSE2, AVX2, AVX-512, NEON), so that nothing is asked of it.
Processors are taken to be little-endian. As plain Python (`jit.PLAIN`) the same functions ask a table.

Questions about runs of bytes then are sums and shifts of such numbers: see `ends_with` and `follow`.
"""

from typing import Any, cast

import numpy as np
from llvmlite import ir
from msgspec import Struct
from numba.core import cgutils, types
from numba.extending import intrinsic

from backtrail.hunts.jit import CHECKED, PLAIN, compiled

LANES = 64
"""Bytes asked at once; as many must lie in the array from the first on."""

_EIGHT = 8
_CASE = 32
"""The bit that tells a small letter from a capital one."""

_ir, _types, _intrinsic, _proxy = cast(Any, ir), cast(Any, types), cast(Any, intrinsic), cast(Any, cgutils)
_BYTE, _WORD = _ir.IntType(8), _ir.IntType(64)
_VECTOR = _ir.VectorType(_BYTE, LANES)
_ONE = np.uint64(1)
_63 = np.uint64(63)


class ByteClass(Struct, frozen=True):
    """Bytes that are told from others.

    Attributes:
        ranges: First and last byte of each range.
        letters: First and last letter, small, of a range that counts in either case.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    letters: tuple[int, int] | None = None

    def table(self) -> Any:
        """Whether each of the 256 bytes belongs to it."""
        table = np.zeros(256, bool)
        for first, last in self.ranges:
            table[first : last + 1] = True
        if self.letters:
            first, last = self.letters
            table[first : last + 1] = table[first - _CASE : last - _CASE + 1] = True
        return table


DOTS = ByteClass(((46, 46),))
HYPHENS = ByteClass(((45, 45),))
COLONS = ByteClass(((58, 58),))
BACKSLASHES = ByteClass(((92, 92),))
DIGITS = ByteClass(((48, 57),))
BEYOND_ASCII = ByteClass(((128, 255),))
NAMES = ByteClass(((45, 46), (48, 57), (95, 95), (128, 255)), letters=(97, 122))
"""Bytes of a host name or a number with dots, as `bytetable.NAME` has them."""

HEXES = ByteClass(((48, 58),), letters=(97, 102))
"""Hex digits and the colon, as `bytetable.HEX` has them."""


def _fill(value: int) -> Any:
    return _ir.Constant(_VECTOR, [_ir.Constant(_BYTE, value)] * LANES)


def _within(builder: Any, bytes_: Any, first: int, last: int) -> Any:
    """Which bytes of a vector lie in a range: one subtraction and one comparison without sign."""
    if first == last:
        return builder.icmp_unsigned("==", bytes_, _fill(first))
    return builder.icmp_unsigned("<=", builder.sub(bytes_, _fill(first)), _fill(last - first))


def _answers(builder: Any, bytes_: Any, of: ByteClass) -> Any:
    """The number whose bits say which bytes of a vector are of a class."""
    parts = [_within(builder, bytes_, first, last) for first, last in of.ranges]
    if of.letters:
        parts.append(_within(builder, builder.or_(bytes_, _fill(_CASE)), *of.letters))
    found = parts[0]
    for part in parts[1:]:
        found = builder.or_(found, part)
    return builder.bitcast(found, _WORD)


def _loaded(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
    """What lies in an array from a byte on, at no particular alignment."""
    start = _proxy.create_struct_proxy(array_type)(context, builder, value=array).data
    place = builder.gep(builder.bitcast(start, _BYTE.as_pointer()), [at])
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=1)


def _mask_of(of: ByteClass) -> Any:
    """A function of an array and a place: which of the 64 bytes from there on are of a class."""
    table = of.table()

    def plain(data: Any, at: Any) -> Any:
        _check(data, at, LANES)
        return np.packbits(table[data[int(at) : int(at) + LANES]], bitorder="little").view(np.uint64)[0]

    @_intrinsic
    def vector(_typing: Any, data: Any, at: Any) -> Any:
        def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, place = arguments
            bytes_ = _loaded(context, builder, signature.args[0], array, place, _VECTOR)
            return _answers(builder, bytes_, of)

        return _types.uint64(data, _types.uint64), write

    return plain if PLAIN else vector


def _check(data: Any, at: Any, size: int) -> None:
    if at < 0 or int(at) + size > data.nbytes:
        raise IndexError("bytes behind the end")


name_mask = _mask_of(NAMES)
dot_mask = _mask_of(DOTS)
digit_mask = _mask_of(DIGITS)
hyphen_mask = _mask_of(HYPHENS)
backslash_mask = _mask_of(BACKSLASHES)
high_mask = _mask_of(BEYOND_ASCII)
hex_mask = _mask_of(HEXES)
colon_mask = _mask_of(COLONS)


def _plain_word(data: Any, at: Any) -> Any:
    _check(data, at, _EIGHT)
    return data.view(np.uint8)[int(at) : int(at) + _EIGHT].copy().view(np.uint64)[0]


@_intrinsic
def _raw_word(_typing: Any, data: Any, at: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, place = arguments
        return _loaded(context, builder, signature.args[0], array, place, _WORD)

    return _types.uint64(data, _types.uint64), write


@compiled
def _compiled_word(data: Any, at: Any) -> Any:
    if CHECKED and at + np.uint64(_EIGHT) > np.uint64(data.nbytes):
        raise IndexError("bytes behind the end")
    return _raw_word(data, at)


word_at = _plain_word if PLAIN else _compiled_word
"""Eight bytes of an array, from any byte of it on, as a number; the first byte lowest."""


def _on_words(name: str) -> Any:
    """A function of one number that LLVM has by this name."""

    @_intrinsic
    def made(_typing: Any, _word: Any) -> Any:
        def write(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            more = [_ir.Constant(_ir.IntType(1), 0)] if name == "ctlz" else []
            return getattr(builder, name)(arguments[0], *more)

        return _types.uint64(_types.uint64), write

    return made


_ctpop, _ctlz = _on_words("ctpop"), _on_words("ctlz")


@compiled
def _compiled_count(word: Any) -> Any:
    return _ctpop(word)


@compiled
def _compiled_unset(word: Any) -> Any:
    return _ctlz(word)


def _plain_count(word: Any) -> Any:
    return np.uint64(int(word).bit_count())


def _plain_unset(word: Any) -> Any:
    return np.uint64(64 - int(word).bit_length())


ones = _plain_count if PLAIN else _compiled_count
"""How many bits are set."""

unset_above = _plain_unset if PLAIN else _compiled_unset
"""How many bits above the highest one that is set; 64 for none."""


@compiled
def ends_with(runs: Any, marks: Any, carried: Any) -> Any:
    """Sums that tell which runs have a mark in them, and what is carried to the next 64 bytes.

    A mark added to the run that it is in ripples up to the run's end, as 0111 + 0010 gives 1001: the sum has a bit
    behind each run with a mark, and within the run at each mark but the first. So the sum without the runs says where
    runs with a mark end.

    Args:
        runs: Bytes that are part of a run.
        marks: Some of them.
        carried: 1 if a run with a mark came up to here from before.
    """
    total = runs + marks
    whole = total + carried
    return whole, np.uint64(total < runs) | np.uint64(whole < total)


@compiled
def follow(now: Any, before: Any, by: Any) -> Any:
    """What is set `by` bytes before each byte (0 to 63); `before` are the 64 bytes before."""
    return (now << by) | (before >> _ONE >> (_63 - by))
