"""What a number rests on: each of its parts in words, and the rows of evidence in which it was read."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import custody, facts
from backtrail.model.decision import State
from backtrail.model.telemetry import Placed
from backtrail.verbs import numbers
from backtrail.verbs.profiling import Ground, Members
from backtrail.verbs.show import Place

_CONTENT = re.compile(r"[OC]-[0-9a-f]{32}")
_RECORD = re.compile(r"([0-9a-f]{12}) (.+)")

_MOST = 20
"""Rows of one value that are told: an address may stand in a thousand lines."""


class Rested(Struct, frozen=True, kw_only=True):
    """A part of a number.

    Attributes:
        part: An intrusion, observation, claim, place in evidence, or value.
        what: What it is, in words.
        rows: Where it was read.
        more: Whether it was read in more places than are told.
    """

    part: str
    what: str
    rows: tuple[Place, ...]
    more: bool = False


def rested(ground: Ground, found: Members, parts: Iterable[str]) -> dict[str, Rested]:
    """What each part is and where it was read.

    Args:
        ground: What profiles are read from.
        found: The group.
        parts: Parts of its numbers.
    """
    wanted = list(dict.fromkeys(parts))
    intrusions = set(facts.intrusion_ids(ground.db))
    contents = [part for part in wanted if _CONTENT.fullmatch(part)]
    records = [part for part in wanted if _RECORD.fullmatch(part)]
    told = {
        **_intrusions(ground, found.state, [part for part in wanted if part in intrusions]),
        **_contents(ground, found, contents),
        **{part: _record(ground, part) for part in records},
        **{part: Rested(part=part, what="group", rows=()) for part in wanted if part in found.state.groups},
    }
    return told | _values(ground, found, [part for part in wanted if part not in told])


def followed(ground: Ground, found: Members, parts: Iterable[str]) -> tuple[str, ...]:
    """Parts of numbers with values and names followed to the observations and places that these rest on."""
    told: dict[str, None] = {}
    for part in parts:
        told.update(dict.fromkeys(_followed(part, _beneath(ground, found)) or (part,)))
    return tuple(told)


def _origins(ground: Ground) -> dict[str, str]:
    """The file that each piece of evidence came as."""

    def read() -> dict[str, str]:
        return {row.sha256: row.origin for row in custody.evidence(ground.db)}

    return ground.once("origins", read)


def _place(ground: Ground, evidence: str, where: str, raw: str = "") -> Place:
    return Place(evidence, _origins(ground).get(evidence, ""), where, raw)


def _read_at(ground: Ground, ids: Sequence[str]) -> dict[str, list[Place]]:
    """Places of observations or claims."""
    places: dict[str, list[Place]] = defaultdict(list)
    for p in custody.provenance(ground.db, ids):
        places[p.of].append(_place(ground, p.evidence, p.where, p.raw))
    return places


def _intrusions(ground: Ground, state: State, ids: Sequence[str]) -> dict[str, Rested]:
    """Intrusions rest on what their manifests state of them."""
    subjects = {f"intrusion:{id}": id for id in ids}
    stated: dict[str, list[str]] = defaultdict(list)
    for claim in clusters.standing(facts.claims(ground.db, subjects=subjects), state):
        stated[subjects[claim.subject]].append(claim.id)
    places = _read_at(ground, [id for claims in stated.values() for id in claims])
    return {
        id: Rested(part=id, what="intrusion", rows=tuple(_once(p for c in stated[id] for p in places[c]))) for id in ids
    }


def _contents(ground: Ground, found: Members, ids: Sequence[str]) -> dict[str, Rested]:
    """Observations and claims."""
    known = {o.id: f"{o.kind} {o.value}" for o in found.observations}
    claims = [id for id in ids if id.startswith("C-")]
    known |= {c.id: f"claim {c.subject} {c.predicate}" for c in facts.claims(ground.db, ids=claims)} if claims else {}
    places = _read_at(ground, ids)
    return {id: Rested(part=id, what=known.get(id, "observation"), rows=tuple(places[id])) for id in ids}


def _record(ground: Ground, part: str) -> Rested:
    """A place in evidence, which is its own row."""

    def read() -> dict[str, str]:
        return {sha[:12]: sha for sha in _origins(ground)}

    digest, _, where = part.partition(" ")
    sha = ground.once("digests", read).get(digest, digest)
    return Rested(part=part, what="record", rows=(_place(ground, sha, where),))


def _beneath(ground: Ground, found: Members) -> dict[str, tuple[str, dict[str, None]]]:
    """What each value and name that profiles of the group count is, and what it rests on, in order and each once."""

    def read() -> dict[str, tuple[str, dict[str, None]]]:
        told: dict[str, tuple[str, dict[str, None]]] = {}
        for part, what, rests in numbers.beneath(ground, found):
            told.setdefault(part, (what, {}))[1].update(dict.fromkeys(rests))
        return told

    return ground.once(f"beneath {found.group}", read)


def _followed(part: str, beneath: Mapping[str, tuple[str, Mapping[str, None]]]) -> list[str]:
    """Observations and places that a value rests on, over what it rests on itself."""
    ahead, met, found = [part], {part}, []
    while ahead:
        for one in beneath.get(ahead.pop(0), ("", {}))[1]:
            if _CONTENT.fullmatch(one) or _RECORD.fullmatch(one):
                found.append(one)
            elif one not in met:
                met.add(one)
                ahead.append(one)
    return list(dict.fromkeys(found))


def _values(ground: Ground, found: Members, values: Sequence[str]) -> dict[str, Rested]:
    """Addresses, networks, digests, names, servers, techniques: where findings, logs or registries show them."""
    wanted = set(values)
    beneath = _beneath(ground, found) if wanted else {}
    followed = {value: _followed(value, beneath)[: _MOST + 1] for value in values}
    told_of = _contents(ground, found, [id for some in followed.values() for id in some if _CONTENT.fullmatch(id)])
    ids: dict[str, list[str]] = defaultdict(list)
    kinds: dict[str, str] = {}
    for o in found.observations:
        if o.value in wanted:
            ids[o.value].append(o.id)
            kinds[o.value] = o.kind
    places = _read_at(ground, [id for some in ids.values() for id in some])
    logged = _logged(ground, wanted)
    told = {}
    for value in values:
        rows = [p for id in followed[value] for p in (told_of[id] if id in told_of else _record(ground, id)).rows]
        rows += [*(p for id in ids[value] for p in places[id]), *(_place(ground, *row) for row in logged[value])]
        what, places_read = kinds.get(value) or beneath.get(value, ("value", {}))[0], _once(rows)
        told[value] = Rested(part=value, what=what, rows=tuple(places_read[:_MOST]), more=len(places_read) > _MOST)
    return told


def _logged(ground: Ground, wanted: set[str]) -> dict[str, list[tuple[str, str]]]:
    """Records of logs and registries that show a value."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    sides: tuple[tuple[Sequence[Placed], str], ...] = (
        (ground.logins, "of"),
        (ground.relays, "value"),
        (ground.once("allocations", lambda: ground.telemetry.ties("allocated-to")), "of"),
    )
    for placed, side in sides:
        for one in placed:
            value = getattr(one.trace, side)
            if value in wanted:
                found[value].append((one.origin.evidence, one.trace.at))
    return found


def _once(places: Iterable[Place]) -> list[Place]:
    return list(dict.fromkeys(places))
