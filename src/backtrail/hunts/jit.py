"""numba as the hunts use it: compiled on first use, kept beside the source, and typed for the readers of the code."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba  # type: ignore[import-not-found,import-untyped,unused-ignore]
import numpy as np
from numba.cpython.unsafe.numbers import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
    trailing_zeros,
)

F = TypeVar("F", bound=Callable[..., Any])

PLAIN = bool(numba.config.DISABLE_JIT)
"""Whether functions run as plain Python (NUMBA_DISABLE_JIT=1), where every index is checked: tests do so."""


def compiled(function: F) -> F:
    """A function as machine code; in the cache of numba, so that only the first run of a version pays for it."""
    return cast(F, numba.njit(cache=True, nogil=True, _nrt=False, forceinline=True)(function))


def _plain_zeros(word: int) -> int:
    return (int(word) & -int(word)).bit_length() - 1


if PLAIN:
    first_bit = _plain_zeros
else:

    @compiled
    def first_bit(word: Any) -> Any:
        """Number of the lowest bit that is set."""
        return np.int64(trailing_zeros(word))
