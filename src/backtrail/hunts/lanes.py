"""Sixty-four bytes asked at once which of them are of a class: the answer is a number, its lowest bit the first byte.

What Python cannot say, LLVM can: bytes are loaded as a vector, compared with ranges, and the 64 answers taken as one
number. LLVM writes the vectors as the processor has them (SSE2, AVX2, AVX-512, NEON), so that nothing is asked of it.
Processors are taken to be little-endian. As plain Python (`jit.PLAIN`) the same functions ask a table.

Questions about runs of bytes then are sums and shifts of such numbers: see `ends_with` and `follow`.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from msgspec import Struct
from numba.core import cgutils, types
from numba.extending import intrinsic

from backtrail.hunts.jit import CHECKED, PLAIN, compiled

F = TypeVar("F", bound=Callable[..., Any])

LANES = 64
"""Bytes asked at once; as many must lie in the array from the first on."""

_EIGHT = 8
_BEHIND = "bytes behind the end of an array"
_CASE = 32
"""The bit that tells a small letter from a capital one."""

_ir, _types, _cgutils = cast(Any, ir), cast(Any, types), cast(Any, cgutils)
_intrinsic = cast(Callable[[F], F], intrinsic)
_BYTE, _WORD = _ir.IntType(8), _ir.IntType(64)
_VECTOR = _ir.VectorType(_BYTE, LANES)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_ONE, _63, _64 = np.uint64(1), np.uint64(63), np.uint64(64)


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


NAMES = ByteClass(((45, 46), (48, 57), (95, 95), (128, 255)), letters=(97, 122))
"""Bytes of a host name or a number with dots, as `bytetable.NAME` has them."""

HEXES = ByteClass(((48, 58),), letters=(97, 102))
"""Hex digits and the colon, as `bytetable.HEX` has them."""


def _char(char: str) -> ByteClass:
    return ByteClass(((ord(char), ord(char)),))


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


def _loaded(context: Any, builder: Any, array_type: Any, arguments: Any, kind: Any, size: int) -> Any:
    """What lies in an array from a byte on, at no particular alignment."""
    array, at = arguments
    of = _cgutils.create_struct_proxy(array_type)(context, builder, value=array)
    if CHECKED:
        end = builder.add(at, _ir.Constant(_WORD, size))
        with builder.if_then(builder.icmp_unsigned(">", end, builder.mul(of.nitems, of.itemsize)), likely=False):
            context.call_conv.return_user_exc(builder, IndexError, (_BEHIND,))
    place = builder.gep(builder.bitcast(of.data, _BYTE.as_pointer()), [at])
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
            return _answers(builder, _loaded(context, builder, signature.args[0], arguments, _VECTOR, LANES), of)

        return _types.uint64(data, _types.uint64), write

    return plain if PLAIN else vector


def _check(data: Any, at: Any, size: int) -> None:
    if at < 0 or int(at) + size > data.nbytes:
        raise IndexError(_BEHIND)


name_mask = _mask_of(NAMES)
hex_mask = _mask_of(HEXES)
digit_mask = _mask_of(ByteClass(((48, 57),)))
high_mask = _mask_of(ByteClass(((128, 255),)))
"""Bytes beyond ASCII."""

newline_mask = _mask_of(_char("\n"))
null_mask = _mask_of(_char("\0"))
open_mask = _mask_of(_char("("))
hyphen_mask = _mask_of(_char("-"))
dot_mask = _mask_of(_char("."))
zero_mask = _mask_of(_char("0"))
colon_mask = _mask_of(_char(":"))
backslash_mask = _mask_of(_char("\\"))


def _plain_word(data: Any, at: Any) -> Any:
    _check(data, at, _EIGHT)
    return data.view(np.uint8)[int(at) : int(at) + _EIGHT].copy().view(np.uint64)[0]


@_intrinsic
def _vector_word(_typing: Any, data: Any, at: Any) -> Any:
    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _loaded(context, builder, signature.args[0], arguments, _WORD, _EIGHT)

    return _types.uint64(data, _types.uint64), write


word_at: Any = _plain_word if PLAIN else _vector_word
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


def _plain_count(word: Any) -> Any:
    return np.uint64(int(word).bit_count())


def _plain_unset(word: Any) -> Any:
    return np.uint64(64 - int(word).bit_length())


ones: Any = _plain_count if PLAIN else _on_words("ctpop")
"""How many bits are set."""

unset_above: Any = _plain_unset if PLAIN else _on_words("ctlz")
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
def up_to(count: Any) -> Any:
    """The lowest bits, so many; all for 64 and more."""
    return _ALL if count >= _64 else ~(_ALL << count)


@compiled
def follow(now: Any, before: Any, by: Any) -> Any:
    """What is set `by` bytes before each byte (0 to 63); `before` are the 64 bytes before."""
    return (now << by) | (before >> _ONE >> (_63 - by))
