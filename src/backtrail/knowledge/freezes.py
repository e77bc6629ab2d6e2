"""What was known at an earlier moment."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from backtrail.knowledge import schema

_MANY = 5_000


def known_at(db: Connection, moment: str, intrusions: Iterable[str]) -> set[tuple[str, str]]:
    """Kind and value of all that evidence acknowledged by a moment shows in some intrusions."""
    wanted = sorted(intrusions)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), _MANY):
        found |= _some(db, moment, wanted[start : start + _MANY])
    return found


def _some(db: Connection, moment: str, intrusions: Sequence[str]) -> set[tuple[str, str]]:
    o, p, i = schema.observation.c, schema.provenance.c, schema.ingestion.c
    query = (
        select(o.kind, o.value)
        .join(schema.provenance, p.of == o.id)
        .join(schema.ingestion, i.evidence == p.evidence)
        .where(i.at <= moment, o.intrusion.in_(intrusions))
        .distinct()
    )
    return {(kind, value) for kind, value in db.execute(query)}
