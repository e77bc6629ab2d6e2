"""What was known at an earlier moment."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, true

from backtrail.knowledge import schema
from backtrail.model.kinds import looked_for

_MANY = 5_000


def known_at(db: Connection, moment: str, intrusions: Iterable[str]) -> set[tuple[str, str]]:
    """Kind and value of all that was known of some intrusions at a moment.

    That is what evidence acknowledged by then found in them; and what is seen in their logs and was a finding anywhere
    by then, of an address also with a port: the logs may be older than the finding.
    """
    wanted = sorted(intrusions)
    found: set[tuple[str, str]] = set()
    anywhere = _found(db, moment, None)
    anywhere |= {looked_for(kind, value) for kind, value in anywhere if kind == "ip-port"}
    for start in range(0, len(wanted), _MANY):
        some = wanted[start : start + _MANY]
        found |= _found(db, moment, some) | (_seen(db, some) & anywhere)
    return found


def _found(db: Connection, moment: str, intrusions: Sequence[str] | None) -> set[tuple[str, str]]:
    """What evidence acknowledged by a moment found, in some intrusions or anywhere."""
    o, p, i, s = schema.observation.c, schema.provenance.c, schema.ingestion.c, schema.sighting.c
    query = (
        select(o.kind, o.value)
        .join(schema.provenance, p.of == o.id)
        .join(schema.ingestion, i.evidence == p.evidence)
        .outerjoin(schema.sighting, (s.of == p.of) & (s.evidence == p.evidence))
        .where(i.at <= moment, s.of.is_(None), true() if intrusions is None else o.intrusion.in_(intrusions))
        .distinct()
    )
    return {(kind, value) for kind, value in db.execute(query)}


def _seen(db: Connection, intrusions: Sequence[str]) -> set[tuple[str, str]]:
    """What logs of some intrusions show, by looking for findings."""
    o = schema.observation.c
    query = (
        select(o.kind, o.value).where(o.intrusion.in_(intrusions), o.id.in_(select(schema.sighting.c.of))).distinct()
    )
    return {(kind, value) for kind, value in db.execute(query)}
