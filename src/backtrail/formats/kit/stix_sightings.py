"""Hits as STIX 2.1 sightings: the indicator, how often and when it was seen, and where.

A sighting (section 4.14 of the standard) says nothing of who is behind it, so that no group and no relationship is
written. Places travel in its description and, for programs, in our property extension.
"""

import json
from collections.abc import Iterable, Iterator

from backtrail.formats.kit.stix_bundle import Json, _extension, _extra, _framing, _identity, _marking, _stamp, _uuid
from backtrail.formats.kit.stix_marks import EXTENSION, IDENTITY, TLP_2
from backtrail.formats.kit.stix_patterns import pattern_for
from backtrail.model.hit import Hit
from backtrail.model.marking import tlp as tlp_label
from backtrail.model.record import Heading, Indicator

_MOST_COUNT = 999_999_999
"""The standard's greatest number of sightings in one object."""


def write(
    found: Iterable[tuple[Indicator, int, str | None, str | None, Iterable[Hit]]], heading: Heading
) -> Iterator[bytes]:
    """One bundle.

    Args:
        found: Indicators, each with the number of hits, the first and the last moment, and some of the hits.
        heading: What the bundle says of itself.
    """
    yield f'{{"type": "bundle", "id": "bundle--{_uuid(heading, "sightings")}", "objects": ['.encode()
    label = tlp_label(heading.tlp)
    separator = b"\n"
    for name in dict.fromkeys(("CLEAR", label)):
        yield separator + _encoded(_marking(name))
        separator = b",\n"
    for frame in (_identity(), _extension()):
        yield separator + _encoded(frame)
    for one in found:
        for content in _objects(one, heading, label):
            yield separator + _encoded(content)
    yield b"\n]}\n"


def _encoded(content: Json) -> bytes:
    return json.dumps(content, sort_keys=True).encode()


def _objects(
    one: tuple[Indicator, int, str | None, str | None, Iterable[Hit]], heading: Heading, label: str
) -> Iterator[Json]:
    indicator, count, first, last, hits = one
    created = _stamp(heading.created) or "1970-01-01T00:00:00.000Z"
    own: Json = {
        "created": created,
        "modified": created,
        "created_by_ref": IDENTITY,
        "object_marking_refs": [TLP_2[label]],
    }
    id = f"indicator--{_uuid(heading, 'indicator', indicator.kind, indicator.value)}"
    valid_from = _stamp(indicator.first) or created
    content = _framing("indicator", id) | own | {
        "name": f"{indicator.kind} {indicator.value}", "indicator_types": ["malicious-activity"],
        "pattern": pattern_for(indicator.kind, indicator.value), "pattern_type": "stix", "valid_from": valid_from,
    }  # fmt: skip
    until = _stamp(indicator.valid_until, end=True)
    if until and until > valid_from:
        content["valid_until"] = until
    if indicator.confidence is not None:
        content["confidence"] = indicator.confidence
    content["extensions"] = {EXTENSION: {"extension_type": "property-extension"} | _extra(indicator)}
    yield content
    yield _sighting(own, id, count, (_stamp(first), _stamp(last)), hits)


def _sighting(own: Json, id: str, count: int, seen: tuple[str | None, str | None], hits: Iterable[Hit]) -> Json:
    places = [f"{hit.file} {hit.unit} {hit.number}" for hit in hits]
    more = f", and {count - len(places):,} more" if count > len(places) else ""
    content = _framing("sighting", f"sighting--{id.partition('--')[2]}") | own | {
        "sighting_of_ref": id, "count": min(count, _MOST_COUNT), "description": "Seen in " + "; ".join(places) + more,
        "extensions": {EXTENSION: {"extension_type": "property-extension", "places": places}},
    }  # fmt: skip
    first, last = seen
    if first:
        content["first_seen"] = first
        content["last_seen"] = last if last and last > first else first
    return content
