"""What queries have in common: limits, long lists of values, rows as they come."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, select, true

from backtrail.knowledge import schema

STREAMED = {"yield_per": 10_000}
"""Of the statement and not of the connection: PostgreSQL would send what is written next through a cursor too."""

_CHUNK = 500
"""Values in one IN list; SQLite allows some thousands."""


def conditions(column: ColumnElement[Any], values: Iterable[Any] | None) -> Iterator[ColumnElement[bool]]:
    """Conditions that together say "column is one of these", each short enough for one statement."""
    if values is None:
        yield column.is_(None) | column.is_not(None)
        return
    wanted = list(dict.fromkeys(values))
    for start in range(0, len(wanted), _CHUNK):
        yield column.in_(wanted[start : start + _CHUNK])


def most(limit: int | None) -> int | None:
    """A limit that every database takes."""
    return None if limit is None else min(max(limit, 0), 1 << 31)


def counting(column: ColumnElement[int], without: Iterable[str]) -> ColumnElement[bool]:
    """The condition "evidence that counts", for a column of its numbers: it has none of some SHA-256.

    Ids of observations and claims among these are passed over.
    """
    these = [sha for sha in without if sha[1:2] != "-"]
    return column.not_in(select(schema.evidence.c.id).where(schema.evidence.c.sha256.in_(these))) if these else true()
