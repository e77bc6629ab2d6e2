"""Sequences of STIX patterns narrowed by window queries of DuckDB, before the evaluator looks at them.

The evaluator is exact, and too slow for every event that satisfies some part of a pattern. What lies near in time is
told by windows: an event can be part `k` of `[a] FOLLOWEDBY [b] ... WITHIN n SECONDS` only when an event of every
earlier part stands in the `n` seconds up to it, and of every later part in those after it; of `AND`, on either side; of
`REPEATS n TIMES`, when there are so many. Events that fail this are in no match (STIX 2.1, section 9.4), so that
dropping them changes no answer. Patterns of other shapes are not narrowed.
"""

from collections.abc import Callable, Sequence

import duckdb
import nanoarrow

from backtrail.hunts.backends.arrowlines import ArrowTable
from backtrail.hunts.patterns.tree import Expression, Joined, Repeats, Seen, Within

_EVER = "UNBOUNDED"


def narrowed(expression: Expression, moments: Sequence[int], satisfied: Sequence[Sequence[bool]]) -> list[int]:
    """Numbers of the events that may be in a match, in the order of time.

    Args:
        expression: The pattern.
        moments: When each event was, in nanoseconds since 1970.
        satisfied: For each `[...]` of the pattern, from the left, whether each event satisfies it.
    """
    asked = _asked(expression)
    if asked is None:
        return sorted(range(len(moments)), key=lambda number: moments[number])
    numbers = nanoarrow.int64()
    columns = {
        "n": nanoarrow.c_array(list(range(len(moments))), numbers),
        "moment": nanoarrow.c_array(list(moments), numbers),
    }
    columns |= {f"p{k}": nanoarrow.c_array(list(part), nanoarrow.bool_()) for k, part in enumerate(satisfied)}
    with duckdb.connect() as db:
        db.execute("SET memory_limit = '512MB'; SET enable_external_access = false; SET lock_configuration = true")
        db.register("held", ArrowTable(columns, len(moments)))
        found = db.execute(f"SELECT n FROM held QUALIFY {asked} ORDER BY moment, n").fetchall()
    return [number for (number,) in found]


def _asked(expression: Expression) -> str | None:
    """What an event must satisfy to be in a match; None for a shape that windows cannot tell."""
    inner, length = (expression.part, str(expression.length)) if isinstance(expression, Within) else (expression, _EVER)
    match inner:
        case Repeats(Seen(), times):
            return f"p0 AND count(*) FILTER (p0) OVER ({_around(length, length)}) >= {times}"
        case Joined("FOLLOWEDBY", parts) if all(isinstance(part, Seen) for part in parts):
            return _any(len(parts), lambda k, j: _around(length, None) if j < k else _around(None, length))
        case Joined("AND", parts) if all(isinstance(part, Seen) for part in parts):
            return _any(len(parts), lambda k, j: _around(length, length))
    return None


def _any(count: int, window: Callable[[int, int], str]) -> str:
    """That an event is some part `k`, with an event of each other part `j` in its window."""
    ways = [
        " AND ".join([f"p{k}", *(f"bool_or(p{j}) OVER ({window(k, j)})" for j in range(count) if j != k)])
        for k in range(count)
    ]
    return " OR ".join(f"({way})" for way in ways)


def _around(before: str | None, after: str | None) -> str:
    """A window in nanoseconds around an event; None for none on that side."""
    first = f"{before} PRECEDING" if before else "CURRENT ROW"
    last = f"{after} FOLLOWING" if after else "CURRENT ROW"
    return f"ORDER BY moment RANGE BETWEEN {first} AND {last}"
