"""Observations as patterns see them: observed-data of STIX 2.0 (objects inside) and 2.1 (objects referred to)."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from backtrail.hunts.patterns.lexer import read_moment
from backtrail.model.errors import FormatError

Json = dict[str, Any]


class Observation(Struct, frozen=True, kw_only=True):
    """What one observed-data object says.

    Attributes:
        roots: The objects it observed, by id or key.
        objects: Objects that references may lead to.
        first: Moment first observed, nanoseconds since 1970.
        last: Moment last observed.
        count: How often; so many different observations a pattern may use.
    """

    roots: dict[str, Json]
    objects: dict[str, Json]
    first: int
    last: int
    count: int


def observations(documents: Iterable[Json]) -> list[Observation]:
    """All observations of some documents in order: bundles, observed-data, and the objects that they refer to.

    Raises:
        FormatError: An observed-data object lacks what section 4.14 requires of it.
    """
    everything = list(_flat(documents))
    objects = {o["id"]: o for o in everything if isinstance(o.get("id"), str) and not _is_observed(o)}
    sdos = [o for o in everything if _is_observed(o)]
    return [_observation(sdo, objects, number) for number, sdo in enumerate(sdos)]


def _is_observed(o: Json) -> bool:
    """Observed-data, under whatever type name its producer gives it: what was observed, and when."""
    return o.get("type") == "observed-data" or ("first_observed" in o and ("objects" in o or "object_refs" in o))


def _flat(documents: Iterable[Json]) -> Iterator[Json]:
    for document in documents:
        inside = document.get("objects") if isinstance(document, dict) else None
        if isinstance(inside, list):
            yield from (o for o in inside if isinstance(o, dict))
        elif isinstance(document, dict):
            yield document


def _observation(sdo: Json, objects: dict[str, Json], number: int) -> Observation:
    where = f"observed-data {sdo.get('id') or number}"
    embedded = sdo.get("objects")
    refs = sdo.get("object_refs")
    if isinstance(embedded, dict) and (embedded or not refs):
        roots = reached = {key: o for key, o in embedded.items() if isinstance(o, dict)}
    elif isinstance(refs, list):
        roots, reached = {ref: objects[ref] for ref in refs if isinstance(ref, str) and ref in objects}, objects
    else:
        raise FormatError("neither objects nor object_refs", where=where)
    first, last = (read_moment(sdo[key]) if isinstance(sdo.get(key), str) else None for key in _TIMES)
    if first is None or last is None:
        raise FormatError("first_observed or last_observed is missing or no timestamp", where=where)
    count = sdo.get("number_observed")
    if type(count) is not int or count < 1:
        raise FormatError("number_observed is missing or below 1", where=where)
    return Observation(roots=roots, objects=reached, first=int(first), last=max(int(first), int(last)), count=count)


_TIMES = ("first_observed", "last_observed")
