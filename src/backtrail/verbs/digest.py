"""digest: one fingerprint of all that is known."""

import hashlib

import msgspec
from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import digest as fingerprint
from backtrail.knowledge import facts, log
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of


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
        leads = {o.id for o in facts.observations(db, role="lead")}
        standing = {o.id for o in clusters.standing(facts.observations(db, role="lead"), state)}
        fallen = state_of(case, db, past).retracted - state.retracted
        known = fingerprint.facts(db, {id for id in fallen if id[1:2] == "-"} | (leads - standing))
    decided = hashlib.sha256(msgspec.json.encode(state, order="deterministic")).hexdigest()
    return Digest(hashlib.sha256((known + decided).encode()).hexdigest(), known, decided)
