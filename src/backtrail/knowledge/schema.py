"""The tables. One schema for SQLite and PostgreSQL; the migrations make exactly this.

Ids of observations and claims are their content (`model.observation.content_id`), stored as 16 bytes: writing the
same fact twice changes nothing, in any order. `observation.observable` is the content id of kind and value alone:
what two intrusions share is found by it, however long the value is.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _in_key_order(name: str, *columns: Column[object] | Index) -> Table:
    """A table stored in the order of its key (SQLite keeps no second copy of the key)."""
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


evidence = Table(
    "evidence",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),
    Column("media_type", Text, nullable=False),
)

custody = _in_key_order(
    "custody",
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("arrived", Text, nullable=False),
    Column("by", Text, nullable=False),
)

ingestion = _in_key_order(
    "ingestion",
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("context", Text, primary_key=True),
    Column("format", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Column("observations", Integer, nullable=False),
    Column("problems", Integer, nullable=False),
    Column("at", Text, nullable=False),
)

observation = _in_key_order(
    "observation",
    Column("id", LargeBinary(16), primary_key=True),
    Column("observable", LargeBinary(16), nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("intrusion", Text),
    Column("role", Text),
    Column("first_seen", Text),
    Column("last_seen", Text),
    Column("source", Text, nullable=False),
    Column("grade", String(2), nullable=False),
    Column("tlp", Text, nullable=False),
)
Index("ix_observation_observable", observation.c.observable, observation.c.intrusion)
Index("ix_observation_intrusion", observation.c.intrusion)

claim = _in_key_order(
    "claim",
    Column("id", LargeBinary(16), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("predicate", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("grade", String(2), nullable=False),
    Column("tlp", Text, nullable=False),
)
Index("ix_claim_subject", claim.c.subject)

provenance = _in_key_order(
    "provenance",
    Column("of", LargeBinary(16), primary_key=True),
    Column("evidence", Integer, primary_key=True),
    Column("at", Text, primary_key=True),
    Column("raw", Text, nullable=False),
)

Index("ix_provenance_evidence_at", provenance.c.evidence, provenance.c["at"])

sighting = _in_key_order(
    "sighting",
    Column("of", LargeBinary(16), primary_key=True),
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("sent", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
)
"""What a log adds to an observation that was found in it by looking for a finding."""

traces = _in_key_order(
    "traces",
    Column("name", Text, primary_key=True),
    Column("evidence", ForeignKey("evidence.id"), nullable=False),
    Column("intrusion", Text),
    Column("server", Text),
    Column("source", Text, nullable=False),
    Column("grade", String(2), nullable=False),
    Column("tlp", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)
"""Files of traces beside the database (`knowledge.telemetry`), with what makes a lost one again from its log."""

pattern = _in_key_order(
    "pattern",
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("at", Text, primary_key=True),
    Column("language", Text, primary_key=True),
    Column("intrusion", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
)

problem = _in_key_order(
    "problem",
    Column("evidence", ForeignKey("evidence.id"), primary_key=True),
    Column("at", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
)

victim = _in_key_order(
    "victim",
    Column("intrusion", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("identifiers", JSON, nullable=False),
)
"""Who was hit. Nothing but the leak check and the analyst's own terminal reads it."""

decision = Table(
    "decision",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""Append-only; `body` is the decision as JSON, `seq` its place in the log from 1."""

warning_list = Table(
    "warning_list",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("entries", Integer, nullable=False),
    Column("loaded", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
