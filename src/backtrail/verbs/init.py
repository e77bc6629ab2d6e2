"""init: a new case."""

from pathlib import Path

from msgspec import Struct

from backtrail.verbs import case as cases


class Initialised(Struct, frozen=True):
    """Where the case was made."""

    folder: str
    db: str


def init(folder: Path, *, now: str, db: str | None = None) -> Initialised:
    """Make a case: a folder for its evidence and knowledge.

    Args:
        folder: A folder that does not exist yet, or is empty.
        now: The present moment.
        db: `postgresql://user@host/name` to share the knowledge base in a team; a password comes from PGPASSFILE.
    """
    cases.create(folder, created=now, db=db)
    return Initialised(str(folder), "postgresql" if db else "sqlite")
