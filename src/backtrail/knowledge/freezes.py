"""What was known at an earlier moment."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from backtrail.knowledge import schema

_MANY = 5_000


def known_at(db: Connection, moment: str, intrusions: Iterable[str]) -> set[tuple[str, str]]:
    """Kind and value of all that some intrusions show and that evidence acknowledged by a moment has as a finding.

    What was seen only by looking for a finding in logs was known when the finding was: the logs may be older.
    """
    wanted = sorted(intrusions)
    found: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), _MANY):
        found |= _some(db, moment, wanted[start : start + _MANY])
    return found


def _some(db: Connection, moment: str, intrusions: Sequence[str]) -> set[tuple[str, str]]:
    o, p, i, s = schema.observation.c, schema.provenance.c, schema.ingestion.c, schema.sighting.c
    found = (
        select(o.observable)
        .join(schema.provenance, p.of == o.id)
        .join(schema.ingestion, i.evidence == p.evidence)
        .outerjoin(schema.sighting, (s.of == p.of) & (s.evidence == p.evidence))
        .where(i.at <= moment, s.of.is_(None))
    )
    query = select(o.kind, o.value).where(o.intrusion.in_(intrusions), o.observable.in_(found)).distinct()
    return {(kind, value) for kind, value in db.execute(query)}
