"""One fingerprint of everything that is known, whatever the order in which it came."""

import hashlib
from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, select

from backtrail.knowledge import schema
from backtrail.knowledge.intake import key


def facts(db: Connection, without: Collection[str] = ()) -> str:
    """SHA-256, in hex, over all facts of the case, sorted by content.

    Covers observations and claims (their ids are their content), detection expressions and the victim register.
    Left out is what tells of the way they came: evidence files, places in them, custody, problems. So the same
    evidence in any order, split, merged or zipped gives the same digest.

    Args:
        db: An open view.
        without: Ids that are left out: of what was worked out and stands no more.
    """
    digest, gone = hashlib.sha256(), {key(id) for id in without}
    for table in (schema.observation, schema.claim):
        digest.update(table.name.encode())
        for (id,) in db.execute(select(table.c.id).order_by(table.c.id), execution_options={"yield_per": 10_000}):
            if id not in gone:
                digest.update(id)
    pattern, victim = schema.pattern.c, schema.victim.c
    for query in (
        select(pattern.language, pattern.intrusion, pattern.name, pattern.text).distinct(),
        select(victim.intrusion, victim.name, victim.identifiers),
    ):
        for line in sorted(msgspec.json.encode(list(row)) for row in db.execute(query)):
            digest.update(line)
    return digest.hexdigest()
