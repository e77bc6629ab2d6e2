"""A block looked through in one call, since between two calls a thread gives Python's lock away and waits for it."""

from typing import Any

from backtrail.hunts.hexruns import hexes
from backtrail.hunts.jit import compiled
from backtrail.hunts.lookup import SPARE
from backtrail.hunts.tokens import tokens


@compiled
def rows(data: Any, place: Any, m: Any, t: Any, out: Any) -> Any:
    """Tokens with dots, then runs of hex; where each stopped (the end, unless `out` is full), and how many rows.

    Args:
        data: The bytes; see `tokens`.
        place: Where tokens and runs are looked for from, and the end.
        m: Masks to work with.
        t: What is looked for.
        out: Rows; see `lookup`.
    """
    at, run, hi = place
    n = 0
    if at < hi:
        at, n = tokens(data, (at, hi), m, t, out, n)
    if at >= hi and n < len(out) - SPARE:
        run, n = hexes(data, (run, hi), t, out, n)
    return at, run, n
