"""Write what ingest found. One file is one transaction: all of its records, or none."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from backtrail.knowledge import schema
from backtrail.model.intrusion import Victim
from backtrail.model.observation import Claim, Observation, Problem, Provenance, content_id
from backtrail.model.record import Pattern
from backtrail.model.telemetry import Kept, Sighting


class Ingestion(Struct, frozen=True, kw_only=True):
    """How the reading of one file in one context ended.

    Attributes:
        format: Name of the format, `archive`, or `unread`.
        outcome: `read`, `partial` (some records rejected), `refused` (nothing could be read).
        at: Moment it was acknowledged.
    """

    format: str
    outcome: str
    records: int = 0
    observations: int = 0
    problems: int = 0
    at: str = ""


def add_evidence(db: Connection, sha256: str, size: int, media_type: str) -> int:
    """Row number of a piece of evidence, made when new."""
    row = db.execute(select(schema.evidence.c.id).where(schema.evidence.c.sha256 == sha256)).scalar()
    if row is not None:
        return int(row)
    _insert(db, schema.evidence, [{"sha256": sha256, "size": size, "media_type": media_type}])
    return int(db.execute(select(schema.evidence.c.id).where(schema.evidence.c.sha256 == sha256)).scalar_one())


def add_custody(db: Connection, evidence: int, origin: str, arrived: str, by: str) -> None:
    """Where a piece of evidence came from; the first arrival from a place is the one that is kept."""
    row = {"evidence": evidence, "origin": _text(origin), "arrived": arrived, "by": by}
    _insert(db, schema.custody, [row])


def ingestion(db: Connection, sha256: str, context: str) -> Ingestion | None:
    """How this content was read in this context before, or None."""
    table = schema.ingestion
    row = db.execute(
        select(table)
        .join(schema.evidence, schema.evidence.c.id == table.c.evidence)
        .where(schema.evidence.c.sha256 == sha256, table.c.context == context)
    ).first()
    if row is None:
        return None
    names = ("format", "outcome", "records", "observations", "problems", "at")
    return Ingestion(**{name: getattr(row, name) for name in names})


def close_ingestion(db: Connection, evidence: int, context: str, done: Ingestion) -> None:
    """Acknowledge a file as read."""
    values = {"evidence": evidence, "context": context, **{f: getattr(done, f) for f in done.__struct_fields__}}
    _insert(db, schema.ingestion, [values])


def add_observations(db: Connection, rows: Sequence[tuple[Observation, Provenance]], evidence: int) -> None:
    """Add observations with their provenance; what is known already stays as it is."""
    _insert(db, schema.observation, [_observation_row(o, p.of) for o, p in rows])
    _add_provenance(db, (p for _, p in rows), evidence)


def add_sightings(db: Connection, rows: Sequence[tuple[Observation, Sighting, str]]) -> int:
    """Add observations found in logs, with what each log adds and the spelling there; the number that was new.

    Raises:
        KeyError: A log that is no evidence of this case.
    """
    before = int(db.execute(select(func.count()).select_from(schema.sighting)).scalar_one())
    numbers = {sha: int(id) for sha, id in db.execute(select(schema.evidence.c.sha256, schema.evidence.c.id))}
    _insert(db, schema.observation, [_observation_row(o, s.of) for o, s, _ in rows])
    _insert(
        db,
        schema.provenance,
        [
            {"of": key(s.of), "evidence": numbers[s.evidence], "at": _text(s.at), "raw": _text(raw)}
            for _, s, raw in rows
        ],
    )
    _insert(
        db,
        schema.sighting,
        [
            {"of": key(s.of), "evidence": numbers[s.evidence], "direction": s.direction, "at": _text(s.at),
             "count": s.count, "sent": s.sent, "received": s.received}
            for _, s, _ in rows
        ],
    )  # fmt: skip
    return int(db.execute(select(func.count()).select_from(schema.sighting)).scalar_one()) - before


def add_traces(db: Connection, kept: Sequence[Kept], evidence: int) -> None:
    """Note which files of traces were made of a log."""
    _insert(
        db,
        schema.traces,
        [
            {"name": one.name, "evidence": evidence, "intrusion": one.origin.intrusion, "server": one.origin.server,
             "source": one.origin.source.name, "grade": str(one.origin.source.grade), "tlp": one.origin.source.tlp,
             "format": one.format, "size": one.size}
            for one in kept
        ],
    )  # fmt: skip


def renew_traces(db: Connection, sha256: str, name: str, kept: Sequence[Kept]) -> None:
    """Note that files of traces were made again; another version may write them in more parts, or fewer bytes.

    Args:
        db: The knowledge base.
        sha256: The log.
        name: What the names of its files begin with.
        kept: The files there are now.
    """
    table = schema.traces
    db.execute(table.delete().where(table.c.name.startswith(name, autoescape=True)))
    add_traces(db, kept, add_evidence(db, sha256, 0, ""))


def add_claims(db: Connection, rows: Sequence[tuple[Claim, Provenance]], evidence: int) -> None:
    """Add claims with their provenance."""
    _insert(db, schema.claim, [_claim_row(c, p.of) for c, p in rows])
    _add_provenance(db, (p for _, p in rows), evidence)


def add_patterns(
    db: Connection, rows: Sequence[tuple[Pattern, str]], evidence: int, intrusion: str | None = None
) -> None:
    """Add detection expressions, each with its locator."""
    _insert(
        db,
        schema.pattern,
        [
            {"evidence": evidence, "at": _text(where), "language": _text(p.language), "intrusion": intrusion or "",
             "name": _text(p.name), "text": _text(p.text, None)}
            for p, where in rows
        ],
    )  # fmt: skip


def add_problems(db: Connection, problems: Sequence[Problem], evidence: int) -> None:
    """Add rejected records."""
    _insert(
        db, schema.problem, [{"evidence": evidence, "at": _text(p.where), "reason": _text(p.reason)} for p in problems]
    )


def add_victim(db: Connection, victim: Victim) -> None:
    """Enter a victim in the register that nothing published reads; what was known to give it away stays known."""
    v = schema.victim.c
    same = (v.intrusion == victim.intrusion) & (v.name == victim.name)
    before: list[str] = db.execute(select(v.identifiers).where(same)).scalar() or []
    known = sorted({*before, *victim.identifiers})
    _insert(db, schema.victim, [{"intrusion": victim.intrusion, "name": victim.name, "identifiers": known}])
    if known != before:
        db.execute(schema.victim.update().where(same).values(identifiers=known))


def key(content_id: str) -> bytes:
    """The 16 bytes under which a content id (`O-...`, `C-...`) is stored. Raises ValueError when it is none."""
    return bytes.fromhex(content_id[2:])


def _add_provenance(db: Connection, rows: Iterable[Provenance], evidence: int) -> None:
    values = [{"of": key(p.of), "evidence": evidence, "at": _text(p.where), "raw": _text(p.raw)} for p in rows]
    _insert(db, schema.provenance, values)


def observable(kind: str, value: str) -> bytes:
    """The 16 bytes that stand for a kind and value, wherever it was seen."""
    return key(content_id("V", kind, value))


def _observation_row(o: Observation, id: str) -> dict[str, Any]:
    return {
        "id": key(id), "observable": observable(o.kind, o.value), "kind": o.kind, "value": o.value,
        "intrusion": o.intrusion, "role": o.role,
        "first_seen": o.seen.first, "last_seen": o.seen.last,
        "source": o.source.name, "grade": str(o.source.grade), "tlp": o.source.tlp,
    }  # fmt: skip


def _claim_row(c: Claim, id: str) -> dict[str, Any]:
    return {
        "id": key(id), "subject": c.subject, "predicate": c.predicate, "object": c.object,
        "source": c.source.name, "grade": str(c.source.grade), "tlp": c.source.tlp,
    }  # fmt: skip


def _text(text: str, limit: int | None = 1_000) -> str:
    """Text as every database takes it: no NUL, no lone surrogate, keys short enough for an index."""
    clean = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return clean if limit is None or len(clean) <= limit else f"{clean[: limit - 1]}…"


def _insert(db: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, passing over those whose key is there; one statement for all."""
    if not rows:
        return
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    db.execute(dialect.insert(table).on_conflict_do_nothing(), rows)
