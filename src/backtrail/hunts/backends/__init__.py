"""Engines that look for indicators in telemetry, one file each; all give the same hits for the same lines."""

from functools import cache
from importlib import import_module

from backtrail.hunts.backends.backend import Backend, HuntOptions, Look
from backtrail.model.errors import NotFoundError

BACKENDS = ("scan", "duckdb", "spark")
"""Names of engines; `tests/hunts/test_every_backend.py` holds every one to the same corpus."""

__all__ = ["BACKENDS", "Backend", "HuntOptions", "Look", "named"]


@cache
def named(name: str) -> Backend:
    """The engine of that name. Raises NotFoundError with the names there are."""
    if name not in BACKENDS:
        raise NotFoundError(f"no engine is called {name!r}; known: {', '.join(BACKENDS)}")
    backend: Backend = import_module(f"backtrail.hunts.backends.{name}").BACKEND
    return backend
