"""Sightings: what telemetry adds to an observation; what stands beside it in its record."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "sighting",
        sa.Column("of", sa.LargeBinary(length=16), nullable=False),
        sa.Column("evidence", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["evidence"], ["evidence.id"], name=op.f("fk_sighting_evidence")),
        sa.PrimaryKeyConstraint("of", "evidence", "direction", name=op.f("pk_sighting")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("provenance", schema=None) as batch_op:
        batch_op.create_index("ix_provenance_evidence_at", ["evidence", "at"], unique=False)
