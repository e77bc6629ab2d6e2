"""What the house can do. One file for each verb, with a function of its name; the doors derive from the names.

A verb is loaded when it is first used: together they load all that the house is built of, which takes a second.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

VERBS = (
    "status", "ingest", "problems", "ls", "show", "search", "digest", "sweep", "leads",
    "accept", "reject", "verdict", "cluster", "explain", "review", "compare", "suggest", "hypothesis", "freeze",
    "release", "publish", "leakcheck", "assign", "apart", "outlier", "merge", "split", "name", "alias",
    "grade", "retract", "log", "undo", "victims", "dwell", "hours", "trace", "theft",
    "arsenal", "lifecycle", "personas", "strength", "drift", "why", "report", "export", "facts",
    "lists",
)  # fmt: skip
"""The verbs that work on an open case, in the order of the work."""


def verb(name: str) -> Callable[..., Any]:
    """The function of a verb."""
    return getattr(import_module(f"backtrail.verbs.{name}"), name)  # type: ignore[no-any-return]
