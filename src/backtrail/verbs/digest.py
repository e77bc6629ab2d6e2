"""digest: one fingerprint of all that is known."""

import hashlib

import msgspec
from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import digest as fingerprint
from backtrail.knowledge import log
from backtrail.verbs.case import Case
from backtrail.verbs.standing import not_counting, state_of


class Digest(Struct, frozen=True):
    """Fingerprints: of the facts, of the state that decisions add up to, and of both."""

    digest: str
    facts: str
    state: str


def digest(case: Case) -> Digest:
    """Fingerprint what is known: the same evidence in any order, and the same standing decisions, give the same one.

    Args:
        case: The case.
    """
    with case.knowledge.reading() as db:
        past = log.decisions(db)
        state = clusters.fold(past)
        decided_on = {id for id in state.retracted if id[1:2] == "-"}
        gone = not_counting(db, state_of(case, db, past)) - decided_on
        known = fingerprint.facts(db, {id for id in gone if id[1:2] == "-"})
    decided = hashlib.sha256(msgspec.json.encode(state, order="deterministic")).hexdigest()
    return Digest(hashlib.sha256((known + decided).encode()).hexdigest(), known, decided)
