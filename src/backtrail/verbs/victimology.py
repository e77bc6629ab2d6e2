"""What is known of the victims of a group: who reported each intrusion, whose network it was, what left it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from backtrail import clusters
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.intrusion import Intrusion, Theft
from backtrail.model.kinds import ADDRESSES
from backtrail.model.times import earliest, latest
from backtrail.profiles import Taken
from backtrail.verbs.profiling import Ground, Members


def taken(ground: Ground, found: Members) -> list[Taken]:
    """What is stated, and what logs show, to have left each network."""
    known = {
        f"intrusion:{i.id}": i.id
        for i in found.intrusions
        if not ground.as_of or not i.discovered or earliest(i.discovered) <= latest(ground.as_of)
    }
    stated: dict[str, dict[str, list[Theft]]] = defaultdict(lambda: defaultdict(list))
    places: dict[str, list[str]] = defaultdict(list)
    for claim in clusters.standing(facts.claims(ground.db, subjects=known), found.state):
        if claim.predicate == "theft":
            id = known[claim.subject]
            stated[id][claim.source.name].append(msgspec.json.decode(claim.object, type=Theft))
            places[id].append(claim.id)
    sent = _sent(ground, found)
    return [
        Taken(intrusion=id, stated=stated[id], sent=sent.get(id, 0), places=tuple(places[id])) for id in known.values()
    ]


def _sent(ground: Ground, found: Members) -> dict[str, int]:
    """Bytes that logs show going to servers of the adversary; of several logs of one transfer the largest."""
    at = {o.id: o for o in found.observations if o.role in ("exfil", "c2") and o.kind in ADDRESSES}
    largest: dict[tuple[str, str], int] = {}
    for one in ground.sightings(found.state, at):
        o = at[one.of]
        key = (o.intrusion or "", o.value)
        largest[key] = max(largest.get(key, 0), one.sent)
    total: dict[str, int] = defaultdict(int)
    for (intrusion, _), size in largest.items():
        total[intrusion] += size
    return total


def sources(db: Db, state: State, intrusions: Sequence[Intrusion]) -> dict[str, frozenset[str]]:
    """Who reported each intrusion."""
    wanted = {f"intrusion:{i.id}": i.id for i in intrusions}
    found: dict[str, set[str]] = defaultdict(set)
    for claim in clusters.standing(facts.claims(db, subjects=wanted), state):
        found[wanted[claim.subject]].add(claim.source.name)
    return {id: frozenset(names) for id, names in found.items()}


def victim_keys(db: Db, intrusions: Iterable[Intrusion]) -> dict[str, str]:
    """A key for the victim of each intrusion, which names nobody: the first intrusion there."""
    first: dict[str, str] = {}
    keys = {}
    names = {v.intrusion: v.name.casefold() for v in facts.victims(db)}
    for id in sorted(i.id for i in intrusions):
        keys[id] = first.setdefault(names.get(id, id), id)
    return keys
