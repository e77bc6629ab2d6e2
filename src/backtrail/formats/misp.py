"""MISP events in the MISP core format (JSON): one event, a list of events, or a REST response.

Source: *MISP core format*, draft-dulaunoy-misp-core-format. An event is decoded whole (at most 64 MiB). A MISP event
is one incident, so all of its attributes name the same intrusion, `misp-<uuid of the event>`. What MISP has no field
for (role, confidence, exact kind) travels in tags `backtrail:...="..."`, which `read` takes back.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, BinaryIO
from uuid import UUID, uuid5

from backtrail.formats.kit import Format, JsonElements
from backtrail.formats.kit.misp_types import CATEGORY, KINDS_OF, PATTERNS, TYPE_OF, parts_of
from backtrail.model.errors import FormatError
from backtrail.model.kinds import ROLES, is_kind
from backtrail.model.marking import TLP
from backtrail.model.marking import tlp as tlp_label
from backtrail.model.record import Claimed, Heading, Indicator, Native, Pattern, Record, Seen
from backtrail.model.times import earliest, moment

NAMESPACE = UUID("b4f2d4c9-0c57-4f0e-9f26-6f8f2c1f7d35")
"""Namespace of the UUIDs we make."""

_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(?:\[\s*)?\{\s*"(?:Event|response)"\s*:')
_BARE = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{(?=.*"(?:Attribute|Object)"\s*:)(?=.*"info"\s*:)', re.DOTALL)
_OUR_TAG = re.compile(r'backtrail:([a-z_]+)="(.*)"', re.DOTALL)
_GALAXY_TAG = re.compile(r'misp-galaxy:([a-z0-9-]+)="(.*)"', re.DOTALL)
_TECHNIQUE = re.compile(r"\bT\d{4}(?:\.\d{3})?\b")
_GROUP_GALAXIES = frozenset({"threat-actor", "mitre-intrusion-set", "microsoft-activity-group"})
_TECHNIQUE_GALAXIES = frozenset({"mitre-attack-pattern"})

Json = dict[str, Any]


def _sniff(head: bytes, name: str) -> bool:
    return bool(_START.match(head) or _BARE.match(head))


# Reading


def _read(stream: BinaryIO) -> Iterator[Record]:
    document = JsonElements(stream, "MISP event").whole()
    numbers = count(1)
    for event in _events(document):
        yield from _event(event, numbers)


def _events(document: Any) -> list[Any]:
    """The events of any of the shapes that MISP exports."""
    if isinstance(document, dict) and "response" in document:
        document = document["response"]
    listed = document if isinstance(document, list) else [document]
    events = [entry["Event"] if isinstance(entry, dict) and "Event" in entry else entry for entry in listed]
    known = {"Attribute", "Object", "info", "uuid"}
    if events and not any(isinstance(event, dict) and known & event.keys() for event in events):
        raise FormatError("no MISP event in it", where="offset 0")
    return events


def _event(event: Any, numbers: Iterator[int]) -> Iterator[Record]:
    """First what the event says as a whole, then each of its attributes."""
    if not isinstance(event, dict):
        yield Record(where=f"event {next(numbers)}", problem="an event must be a JSON object")
        return
    uuid = _text(event.get("uuid"))
    intrusion = f"misp-{uuid}" if uuid else None
    lists = ("Attribute", "Object", "ShadowAttribute")
    own = {key: value for key, value in event.items() if key not in lists or not isinstance(value, list)}
    yield _whole(f"event {_short(uuid) or next(numbers)}", own, intrusion)
    for entry in _entries(event, "Attribute"):
        yield _attribute(next(numbers), "Attribute", entry, intrusion)
    for entry in _entries(event, "Object"):
        yield from _grouped(entry, intrusion, numbers)
    for entry in _entries(event, "ShadowAttribute"):  # proposals that nobody accepted
        yield _native_only(next(numbers), "ShadowAttribute", entry, intrusion)


def _entries(content: Json, key: str) -> list[Any]:
    """A list of the event; anything else stays in the native record of its owner, which notes the problem."""
    value = content.get(key)
    return value if isinstance(value, list) else []


def _whole(where: str, event: Json, intrusion: str | None) -> Record:
    problems = [f"{key} is no list" for key in ("Attribute", "Object", "Tag") if event.get(key) is not None
                and not isinstance(event[key], list)]  # fmt: skip
    subject = f"intrusion:{intrusion}" if intrusion else f"event:{_text(event.get('info')) or 'unnamed'}"
    seen, claims = [], []
    for tag in _tags(event):
        match = _GALAXY_TAG.fullmatch(tag)
        if match and match[1] in _GROUP_GALAXIES:
            claims.append(Claimed(subject=subject, predicate="attributed-to", object=f"group:{match[2]}"))
        elif match and match[1] in _TECHNIQUE_GALAXIES and (technique := _TECHNIQUE.search(match[2])):
            seen.append(Seen(kind="technique", value=technique[0], tlp=_tlp(event)))
    for galaxy, value in _clusters(event):
        if galaxy in _GROUP_GALAXIES:
            claims.append(Claimed(subject=subject, predicate="attributed-to", object=f"group:{value}"))
        elif galaxy in _TECHNIQUE_GALAXIES and (technique := _TECHNIQUE.search(value)):
            seen.append(Seen(kind="technique", value=technique[0], tlp=_tlp(event)))
    return Record(
        where=where,
        seen=tuple(dict.fromkeys(seen)),
        claims=tuple(dict.fromkeys(claims)),
        intrusion=intrusion,
        problem="; ".join(problems) or None,
        native=Native(format="misp", content={"Event": event}),
    )


def _clusters(event: Json) -> Iterator[tuple[str, str]]:
    """Galaxy type and value of every cluster attached to the event."""
    for galaxy in _entries(event, "Galaxy"):
        if not isinstance(galaxy, dict):
            continue
        for cluster in _entries(galaxy, "GalaxyCluster"):
            if isinstance(cluster, dict) and (value := _text(cluster.get("value"))):
                yield _text(galaxy.get("type")) or "", value


def _grouped(entry: Any, intrusion: str | None, numbers: Iterator[int]) -> Iterator[Record]:
    """A MISP object: its own fields as one record, then its attributes."""
    if not isinstance(entry, dict):
        yield Record(where=f"record {next(numbers)}", problem="an object must be a JSON object", intrusion=intrusion)
        return
    frame = {key: value for key, value in entry.items() if key != "Attribute" or not isinstance(value, list)}
    yield _native_only(next(numbers), "Object", frame, intrusion)
    for attribute in _entries(entry, "Attribute"):
        yield _attribute(next(numbers), "ObjectAttribute", attribute, intrusion, deleted=bool(entry.get("deleted")))


def _native_only(number: int, key: str, content: Any, intrusion: str | None) -> Record:
    if not isinstance(content, dict):
        return Record(where=f"record {number}", problem=f"{key} must be a JSON object", intrusion=intrusion)
    native = Native(format="misp", content={key: content})
    return Record(where=_where(number, content), intrusion=intrusion, native=native)


def _attribute(number: int, key: str, content: Any, intrusion: str | None, *, deleted: bool = False) -> Record:
    plain = _native_only(number, key, content, intrusion)
    if plain.native is None or deleted or content.get("deleted") in (True, 1, "1"):
        return plain
    type, value = _text(content.get("type")), _text(content.get("value"))
    if type is None or value is None:
        return Record(where=plain.where, intrusion=intrusion, native=plain.native,
                      problem="attribute without a type or value")  # fmt: skip
    if type in PATTERNS:
        pattern = Pattern(language=PATTERNS[type], text=value, name=_text(content.get("comment")) or "")
        return Record(where=plain.where, intrusion=intrusion, native=plain.native, patterns=(pattern,))
    problems: list[str] = []
    seen = _seen(type, value, content, problems)
    return Record(where=plain.where, seen=seen, intrusion=intrusion, native=plain.native,
                  problem="; ".join(problems) or None)  # fmt: skip


def _seen(type: str, value: str, content: Json, problems: list[str]) -> tuple[Seen, ...]:
    ours = {match[1]: match[2] for tag in _tags(content) if (match := _OUR_TAG.fullmatch(tag))}
    first, last = ours.get("first") or _when(content, "first_seen"), ours.get("last") or _when(content, "last_seen")
    for key in ("first_seen", "last_seen"):
        if content.get(key) is not None and _when(content, key) is None:
            problems.append(f"{key} is no time")
    role = ours.get("role")
    if role is None and content.get("category") == "Payload delivery" and type.startswith(("email", "url", "ip-src")):
        role = "delivery"
    confidence = ours.get("confidence", "")
    kind = ours.get("kind", "")
    values = [(kind, value)] if is_kind(kind) else parts_of(type, value)
    if not values:
        problems.append(f"{type} without the parts its type promises")
    common: Json = {
        "role": role if role in ROLES else None,
        "first": first,
        "last": last,
        "confidence": int(confidence) if re.fullmatch(r"\d{1,2}|100", confidence, re.ASCII) else None,
        "tlp": _tlp(content),
    }
    return tuple(Seen(kind=kind, value=part, **common) for kind, part in values)


def _tags(content: Json) -> list[str]:
    tags = [tag.get("name") for tag in _entries(content, "Tag") if isinstance(tag, dict)]
    return [tag for tag in tags if isinstance(tag, str)]


def _tlp(content: Json) -> str | None:
    labels = [tag for tag in _tags(content) if tag.lower().startswith("tlp:")]
    return max((tlp_label(label) for label in labels), key=TLP.index, default=None)


def _when(content: Json, key: str) -> str | None:
    value = content.get(key)
    return value if isinstance(value, str) and value else None


def _text(value: Any) -> str | None:
    """A text or a number as text; None for nothing, truth values and structures."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _short(text: str | None) -> str | None:
    return text if text and len(text) < 100 and text.isprintable() and " " not in text else None


def _where(number: int, content: Json) -> str:
    uuid = _short(_text(content.get("uuid")))
    return f"record {number} {uuid}" if uuid else f"record {number}"


# Writing


def _write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
    """One MISP event for the values and patterns of the records, and each event that was read as MISP as it was.

    One event is one document, so it is put together in memory. Victims, passages and claims stay in the house.
    """
    events: list[Json] = []
    own: list[Json] = []
    for record in records:
        if record.native is not None and record.native.format == "misp":
            _give_back(record.native.content, events, heading)
        else:
            own += [_attribute_of(seen, heading) for seen in record.seen]
            own += [_attribute_of_pattern(pattern, heading) for pattern in record.patterns]
    if own or not events:
        events.append(_own_event(_numbered(own, heading), heading))
    documents = [{"Event": event} for event in events]
    yield json.dumps(documents[0] if len(documents) == 1 else {"response": documents}, indent=1).encode() + b"\n"


def _give_back(content: Json, events: list[Json], heading: Heading) -> None:
    """Put a piece that was read back into its event; the pieces come in the order in which they were read."""
    ((key, piece),) = content.items()
    if key == "Event":
        events.append(dict(piece))
        return
    if not events:
        events.append(_own_event([], heading))
    if key == "ObjectAttribute" and events[-1].get("Object"):
        events[-1]["Object"][-1].setdefault("Attribute", []).append(piece)
        return
    key = key.removeprefix("Object") if key == "ObjectAttribute" else key
    if not isinstance(events[-1].setdefault(key, []), list):
        events[-1][key] = []
    events[-1][key].append(dict(piece) if key == "Object" else piece)


def _own_event(attributes: list[Json], heading: Heading) -> Json:
    tags = [_tag(f"tlp:{tlp_label(heading.tlp).lower()}")]
    tags += [_tag(f'misp-galaxy:threat-actor="{alias.partition(" (")[0]}"') for alias in heading.aliases]
    created = _instant(heading.created)
    return {
        "uuid": _uuid("event", heading.id),
        "info": heading.title or heading.id,
        "date": created[:10],
        "timestamp": str(int(earliest(moment(created)).timestamp())),
        "published": False,
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "0",
        "Tag": tags,
        "Attribute": attributes,
    }


def _numbered(attributes: list[Json], heading: Heading) -> list[Json]:
    """Attributes with their UUIDs, made of content; a repeated one gets its own."""
    times: dict[str, int] = {}
    for attribute in attributes:
        content = json.dumps(attribute, sort_keys=True)
        times[content] = times.get(content, 0) + 1
        attribute["uuid"] = _uuid("attribute", heading.id, content, str(times[content]))
    return attributes


def _attribute_of(seen: Seen, heading: Heading) -> Json:
    type = TYPE_OF.get(seen.kind, "other")
    if parts_of(type, seen.value) != [(seen.kind, seen.value)] and type in KINDS_OF:
        type = type if "|" not in type or seen.value.count("|") == type.count("|") else "other"
    attribute = _plain_attribute(type, seen.value, heading)
    tags: list[Json] = [_tag(f"tlp:{tlp_label(seen.tlp).lower()}")] if seen.tlp else []
    ours = {
        "kind": seen.kind if parts_of(type, seen.value) != [(seen.kind, seen.value)] else None,
        "role": seen.role,
        "confidence": seen.confidence,
    }
    for key, text in (("first", seen.first), ("last", seen.last)):
        if text is None:
            continue
        attribute[f"{key}_seen"] = _instant(text)
        ours[key] = text if text != attribute[f"{key}_seen"] else None
    if attribute.get("first_seen", "") > attribute.get("last_seen", "9999"):
        del attribute["last_seen"]
        ours["last"] = seen.last
    attribute["Tag"] = tags + [_tag(f'backtrail:{key}="{text}"') for key, text in ours.items() if text is not None]
    attribute["to_ids"] = not isinstance(seen, Indicator) or seen.action in ("block", "alert")
    if isinstance(seen, Indicator):
        attribute["comment"] = _comment(seen)
    return attribute


def _comment(indicator: Indicator) -> str:
    parts = {
        "evidence": " ".join(indicator.evidence),
        "warning lists": " ".join(indicator.warnings),
        "valid until": indicator.valid_until or "",
        "action": indicator.action,
    }
    return "; ".join(f"{name}: {text}" for name, text in parts.items() if text)


def _attribute_of_pattern(pattern: Pattern, heading: Heading) -> Json:
    type = next((type for type, language in PATTERNS.items() if language == pattern.language), "other")
    attribute = _plain_attribute(type, pattern.text, heading) | {"comment": pattern.name, "to_ids": type != "other"}
    if type == "other":
        attribute["Tag"] = [_tag(f'backtrail:kind="x-misp:pattern-{pattern.language}"')]
    return attribute


def _plain_attribute(type: str, value: str, heading: Heading) -> Json:
    return {
        "type": type,
        "category": CATEGORY.get(type, "Other"),
        "value": value,
        "comment": "",
        "distribution": "5",
        "timestamp": str(int(earliest(moment(_instant(heading.created))).timestamp())),
    }


def _tag(name: str) -> Json:
    return {"name": name}


def _instant(text: str) -> str:
    """A full timestamp for a field of MISP that takes nothing shorter; the epoch for what is no time."""
    try:
        when = earliest(moment(text))
    except ValueError:
        return "1970-01-01T00:00:00Z"
    return when.isoformat().removesuffix("+00:00") + "Z"


def _uuid(*parts: str) -> str:
    content = "\x1f".join(parts)
    return str(uuid5(NAMESPACE, content.encode("utf-8", "backslashreplace").decode()))


FORMAT = Format(
    name="misp",
    title="MISP event (core format, JSON)",
    media_type="application/json",
    suffix=".json",
    sniff=_sniff,
    read=_read,
    write=_write,
)
