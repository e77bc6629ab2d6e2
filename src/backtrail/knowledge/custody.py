"""Custody: evidence as it came, what was read from it and where, what was rejected, what rests on it."""

from collections.abc import Collection, Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Select, func, select

from backtrail.knowledge import schema
from backtrail.knowledge.intake import key
from backtrail.knowledge.queries import conditions, counting, most
from backtrail.model.observation import Provenance


class EvidenceRow(Struct, frozen=True, kw_only=True):
    """A piece of evidence with its custody and how reading it ended."""

    sha256: str
    size: int
    media_type: str
    origin: str
    arrived: str
    by: str
    format: str = ""
    outcome: str = ""
    records: int = 0
    observations: int = 0
    problems: int = 0


class ProblemRow(Struct, frozen=True, kw_only=True):
    """A rejected record and the file it stands in."""

    origin: str
    where: str
    reason: str
    evidence: str


def evidence(db: Connection, sha256: str | None = None, limit: int | None = None) -> list[EvidenceRow]:
    """Evidence with custody and outcome, in order of arrival."""
    e, c, i = schema.evidence, schema.custody, schema.ingestion
    query = (
        select(e.c.sha256, e.c.size, e.c.media_type, c.c.origin, c.c.arrived, c.c.by,
               func.coalesce(i.c.format, "").label("format"), func.coalesce(i.c.outcome, "").label("outcome"),
               func.coalesce(i.c.records, 0).label("records"),
               func.coalesce(i.c.observations, 0).label("observations"),
               func.coalesce(i.c.problems, 0).label("problems"))
        .join(c, c.c.evidence == e.c.id)
        .outerjoin(i, i.c.evidence == e.c.id)
        .order_by(e.c.id, c.c.origin, i.c.context)
        .limit(most(limit))
    )  # fmt: skip
    if sha256:
        query = query.where(e.c.sha256 == sha256)
    return [EvidenceRow(**row._mapping) for row in db.execute(query)]


def problems(db: Connection, limit: int | None = None) -> list[ProblemRow]:
    """Rejected records with the place they stand in: in each file of the same content, as `ingest` counts them."""
    query = rejected().order_by("origin", "where", "reason").limit(most(limit))
    return [ProblemRow(**row._mapping) for row in db.execute(query)]


def rejected() -> Select[Any]:
    e, p, c = schema.evidence, schema.problem, schema.custody
    rows = select(c.c.origin, p.c["at"].label("where"), p.c.reason, e.c.sha256.label("evidence")).distinct()
    return rows.join(e, e.c.id == p.c.evidence).join(c, c.c.evidence == e.c.id)


def provenance(db: Connection, ids: Iterable[str], without: Collection[str] = ()) -> list[Provenance]:
    """Where observations or claims were read, with the SHA-256 of the evidence; but for evidence of some SHA-256."""
    p, found = schema.provenance.c, []
    by_key = {key(i): i for i in ids}
    for some in conditions(p.of, list(by_key)):
        query = (
            select(p.of, schema.evidence.c.sha256, p.at, p.raw)
            .join(schema.evidence, schema.evidence.c.id == p.evidence)
            .where(some, counting(p.evidence, without))
            .order_by(p.of, schema.evidence.c.sha256, p.at)
        )
        found += [Provenance(of=by_key[of], evidence=sha, where=at, raw=raw) for of, sha, at, raw in db.execute(query)]
    return found


def anything_of(db: Connection, sha256: str) -> bool:
    """Whether observations, claims or traces were read from a piece of evidence itself."""
    number = select(schema.evidence.c.id).where(schema.evidence.c.sha256 == sha256).scalar_subquery()
    held = (select(table.c.evidence).where(table.c.evidence == number).limit(1) for table in _READ_FROM)
    return any(db.execute(query).first() for query in held)


_READ_FROM = (schema.provenance, schema.traces, schema.pattern, schema.sighting)


def resting_on(db: Connection, evidence: Collection[str]) -> list[str]:
    """Ids of observations and claims that rest on some pieces of evidence, by SHA-256, and on nothing else."""
    p = schema.provenance.c
    these = select(schema.evidence.c.id).where(schema.evidence.c.sha256.in_(list(evidence)))
    here = select(p.of).where(p.evidence.in_(these))
    elsewhere = select(p.of).where(p.of.in_(here), p.evidence.not_in(these))
    only = select(p.of).where(p.evidence.in_(these), p.of.not_in(elsewhere)).distinct()
    observed = db.execute(select(schema.observation.c.id).where(schema.observation.c.id.in_(only))).scalars()
    stated = db.execute(select(schema.claim.c.id).where(schema.claim.c.id.in_(only))).scalars()
    return sorted([f"O-{i.hex()}" for i in observed] + [f"C-{i.hex()}" for i in stated])


def completions(db: Connection, prefix: str) -> list[str]:
    """Ids of observations, claims and evidence that begin with a text of at least 4 characters: `O-1f3a`, `ab12`."""
    kind, digits = prefix[:2].upper(), prefix[2:].lower()
    found: list[str] = []
    for mark, table in (("O-", schema.observation), ("C-", schema.claim)):
        low, high = _range(digits)
        if kind == mark and low is not None and high is not None:
            ids = db.execute(select(table.c.id).where(table.c.id >= low, table.c.id <= high).limit(20)).scalars()
            found += [mark + i.hex() for i in ids]
    sha = schema.evidence.c.sha256
    return found + list(
        db.execute(select(sha).where(sha.startswith(prefix.lower(), autoescape=True)).limit(20)).scalars()
    )


def _range(digits: str) -> tuple[bytes | None, bytes | None]:
    """First and last 16-byte key that begin with some hex digits."""
    try:
        return bytes.fromhex(digits.ljust(32, "0")), bytes.fromhex(digits.ljust(32, "f"))
    except ValueError:
        return None, None
