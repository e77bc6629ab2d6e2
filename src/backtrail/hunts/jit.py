"""numba as the hunts use it: compiled on first use, kept beside the source, and typed for the readers of the code."""

import sys
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from importlib import import_module
from importlib.resources import files
from typing import Any, TypeVar, cast

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])


def _loaded() -> Any:
    """Load numba without SciPy's linear algebra, which it takes where there is one: a fifth of the start of a hunt.

    Nothing here multiplies matrices. A name that is None in `sys.modules` is not found; numba then goes on without.
    """
    modules, unwanted = cast(dict[str, Any], sys.modules), "scipy.linalg.cython_blas"
    hidden = unwanted not in modules
    if hidden:
        modules[unwanted] = None
    try:
        import_module("numba.np.arraymath")
    finally:
        if hidden:
            del modules[unwanted]
    return import_module("numba")


_numba = _loaded()
_trailing = cast(Any, import_module("numba.cpython.unsafe.numbers").trailing_zeros)
PLAIN = bool(_numba.config.DISABLE_JIT)
"""Whether functions run as plain Python (NUMBA_DISABLE_JIT=1), where every index is checked: tests do so."""

CHECKED = bool(_numba.config.BOUNDSCHECK)
"""Whether compiled functions check every index (NUMBA_BOUNDSCHECK=1): tests do so, too."""


_SOURCES = (
    "addressbytes",
    "bytetable",
    "columns",
    "dotted",
    "grams",
    "hexruns",
    "jit",
    "kernel",
    "keyrows",
    "lanes",
    "lookup",
    "mixing",
    "suffixes",
    "survey",
    "tables",
    "tokens",
)


@lru_cache
def _stamp() -> str:
    """Fingerprint of all sources of compiled functions."""
    room = files("backtrail.hunts")
    return sha256(b"".join((room / f"{name}.py").read_bytes() for name in _SOURCES)).hexdigest()


def _kept(dispatcher: Any) -> Any:
    """Tie what is kept to all sources: numba looks at the file of a function only, and not at those that it calls."""
    if kept := getattr(getattr(dispatcher, "_cache", None), "_cache_file", None):
        kept._source_stamp = (kept._source_stamp, _stamp())
    return dispatcher


def is_kept(function: Any) -> bool:
    """Whether machine code of a compiled function lies in the cache: else the first call compiles it."""
    kept = getattr(getattr(function, "_cache", None), "_cache_file", None)
    return kept is None or bool(kept._load_index())


def compiled(function: F) -> F:
    """A function as machine code; in the cache of numba, so that only the first run of a version pays for it.

    Without numba's own memory (`_nrt`), references to arrays are not counted at each call, and with calls written out
    in place the scan is ten times as fast as without the two.
    """
    return cast(F, _kept(_numba.njit(cache=True, nogil=True, forceinline=True, _nrt=False)(function)))


def rarely(function: F) -> F:
    """The same for what is called now and then only: not written out in place, which would crowd the loop."""
    return cast(F, _kept(_numba.njit(cache=True, nogil=True, _nrt=False)(function)))


def _plain_zeros(word: int) -> int:
    return (int(word) & -int(word)).bit_length() - 1


@compiled
def _compiled_zeros(word: Any) -> Any:
    return np.int64(_trailing(word))


first_bit = _plain_zeros if PLAIN else _compiled_zeros
"""Number of the lowest bit that is set."""
