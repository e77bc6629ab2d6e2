"""The decision log: lines are added at its end and never changed."""

from collections.abc import Callable

import msgspec
from sqlalchemy import Connection, func, insert, select

from backtrail.knowledge import schema
from backtrail.model.decision import Decision


def decisions(db: Connection) -> list[Decision]:
    """The whole log, oldest first."""
    rows = db.execute(select(schema.decision.c.body).order_by(schema.decision.c.seq)).scalars()
    return [msgspec.json.decode(body, type=Decision) for body in rows]


def append(db: Connection, decide: Callable[[int], Decision]) -> Decision:
    """Add a line.

    Args:
        db: An open transaction; on SQLite it holds the only write lock, on PostgreSQL a second writer of the same
            number fails on the key and its transaction with it.
        decide: Makes the decision from its place in the log.
    """
    seq = int(db.execute(select(func.coalesce(func.max(schema.decision.c.seq), 0))).scalar_one()) + 1
    decision = decide(seq)
    body = msgspec.json.encode(decision).decode()
    db.execute(insert(schema.decision).values(seq=seq, action=decision.action, body=body))
    return decision
