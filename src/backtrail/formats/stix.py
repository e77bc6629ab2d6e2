"""STIX 2.0 and 2.1 bundles: read object by object, written as 2.1.

Source: *STIX Version 2.1* (OASIS Standard, 2021) and FIRST's TLP 2.0 marking definitions. A bundle of a million
objects is read in the memory of one object, so references between objects are kept as claims and not followed.
What STIX has no property for (role, when a value was seen, evidence, warnings) travels in a property extension of
ours (section 7.3), which other products ignore and `read` takes back.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO
from uuid import UUID, uuid5

from backtrail.formats.kit import Format, JsonElements
from backtrail.formats.kit.stix_patterns import KIND_AT, pattern_for, values_in
from backtrail.formats.kit.stix_upgrade import as_2_1
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.marking import tlp as tlp_label
from backtrail.model.record import Claimed, Heading, Indicator, Native, Pattern, Record, Seen
from backtrail.model.times import earliest, latest, moment

NAMESPACE = UUID("6f0c1d55-6a3e-4c57-9d0e-3f1f4f0a7f10")
"""Namespace of the ids we make for domain objects (SCO ids have the namespace of the standard)."""

EXTENSION = "extension-definition--5b8a2c1e-7d44-4f0b-8a57-2e6f3c9d1b04"
"""Our property extension; the id is fixed for ever."""

IDENTITY = "identity--0d3f4a52-9c1b-4e2f-b6a8-71c5e0d2f3a9"
"""The producer of what we write."""

TLP_EXTENSION = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
TLP_2 = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
_TLP_OF = {id: label for label, id in TLP_2.items()} | {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
}
"""Published ids of TLP 2.0 and TLP 1.0 marking definitions."""

_PROPERTIES: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _path, _kind in KIND_AT.items():
    _type, _, _rest = _path.partition(":")
    if "_ref." not in _rest and "[*]" not in _rest:
        _PROPERTIES.setdefault(_type, []).append((tuple(_rest.split(".")), _kind))
_MUST_SHOW = frozenset(
    [
        "domain-name",
        "ipv4-addr",
        "ipv6-addr",
        "url",
        "email-addr",
        "mutex",
        "autonomous-system",
        "directory",
        "software",
    ]
)
"""Observables that say nothing without their one property."""

_ADDRESSES = ("ipv4-addr", "ipv6-addr")
_MAX_OTHER_MEMBERS = 1000
_TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}", re.IGNORECASE)
_BUNDLE = re.compile(rb'"type"\s*:\s*"bundle"|"spec_version"\s*:\s*"2\.[01]"')
_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{(?!\s*"(?:Event|response)")')

Json = dict[str, Any]


def _sniff(head: bytes, name: str) -> bool:
    return bool(_START.match(head) and _BUNDLE.search(head))


# Reading


def _read(stream: BinaryIO) -> Iterator[Record]:
    """One record for each object of the bundle; a bare object without a bundle is one record."""
    number, others = 0, {}
    has_objects = False
    for key, value in JsonElements(stream, "STIX bundle").members("objects"):
        if key == "objects":
            has_objects = True
            number += 1
            yield _record(number, value)
            continue
        others[key] = value
        if len(others) > _MAX_OTHER_MEMBERS:
            raise LimitError("STIX bundle: too many members besides its objects", where=f"record {number}")
    if others.get("type") != "bundle" and isinstance(others.get("type"), str) and "id" in others:
        yield _record(number + 1, others)
    elif not has_objects and others.get("type") != "bundle":
        raise FormatError("neither a STIX bundle nor a STIX object", where="offset 0")


class _Reading:
    """What one object has given so far. Lives for one `_record` call."""

    __slots__ = ("claims", "confidence", "extra", "first", "last", "patterns", "problems", "role", "seen", "tlp")

    def __init__(self, content: Json) -> None:
        self.seen: list[Seen] = []
        self.claims: list[Claimed] = []
        self.patterns: list[Pattern] = []
        self.problems: list[str] = []
        extensions = content.get("extensions")
        ours = extensions.get(EXTENSION) if isinstance(extensions, dict) else None
        self.extra: Json = ours if isinstance(ours, dict) else {}
        own = self.extra or content
        self.role = self.text(self.extra, "role")
        self.first = self.text(own, "first_seen")
        self.last = self.text(own, "last_seen")
        self.confidence = self._confidence(content)
        self.tlp = self._tlp(content) if "object_marking_refs" in content else None

    def text(self, content: Json, key: str) -> str | None:
        """A property that must be text if it is there."""
        value = content.get(key)
        if value is None or isinstance(value, str):
            return value or None
        self.problems.append(f"{key} is no text")
        return None

    def texts(self, content: Json, key: str) -> tuple[str, ...]:
        """A property that must be a list of texts if it is there."""
        value = content.get(key)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.problems.append(f"{key} is no list of texts")
        return ()

    def show(self, kind: str, value: str) -> None:
        """Note one value, with what the object says of all its values."""
        if "action" not in self.extra:
            self.seen.append(
                Seen(kind=kind, value=value, role=self.role, first=self.first, last=self.last,
                     confidence=self.confidence, tlp=self.tlp)
            )  # fmt: skip
            return
        self.seen.append(
            Indicator(
                kind=kind, value=value, role=self.role, first=self.first, last=self.last,
                confidence=self.confidence, tlp=self.tlp,
                valid_until=self.text(self.extra, "valid_until"), evidence=self.texts(self.extra, "evidence"),
                warnings=self.texts(self.extra, "warnings"), action=self.text(self.extra, "action") or "alert",
            )
        )  # fmt: skip

    def _confidence(self, content: Json) -> int | None:
        value = content.get("confidence")
        if value is None:
            return None
        if type(value) is int and 0 <= value <= 100:
            return value
        self.problems.append("confidence is no whole number from 0 to 100")
        return None

    def _tlp(self, content: Json) -> str | None:
        labels = [_TLP_OF[ref] for ref in self.texts(content, "object_marking_refs") if ref in _TLP_OF]
        return max(labels, key=list(TLP_2).index, default=None)


def _record(number: int, content: Any) -> Record:
    where = f"record {number}"
    if not isinstance(content, dict):
        return Record(where=where, problem="a STIX object must be a JSON object")
    id = content.get("id")
    if isinstance(id, str) and 0 < len(id) < 200 and id.isprintable() and " " not in id:
        where = f"{where} {id}"
    reading = _Reading(content)
    type = content.get("type")
    if not isinstance(type, str) or not type:
        reading.problems.append("no type")
    elif (read := _READERS.get(type)) is not None:
        read(content, reading)
    elif type in _PROPERTIES:
        _observable(type, content, reading)
    return Record(
        where=where,
        seen=tuple(reading.seen),
        claims=tuple(reading.claims),
        patterns=tuple(reading.patterns),
        problem="; ".join(dict.fromkeys(reading.problems)) or None,
        native=Native(format="stix", content=content),
    )


def _observable(type_name: str, content: Json, reading: _Reading) -> None:
    """An SCO: the same properties that the pattern table names."""
    before = len(reading.seen) + len(reading.problems)
    for path, kind in _PROPERTIES[type_name]:
        value: Any = content
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        for item in value if isinstance(value, list) else (value,):  # header fields are lists in 2.1
            if isinstance(item, str) and item:
                reading.show("network" if "/" in item and kind in _ADDRESSES else kind, item)
            elif type(item) is int:
                reading.show(kind, str(item))
            elif item is not None:
                reading.problems.append(f"{'.'.join(path)} is no text")
    if type_name in _MUST_SHOW and len(reading.seen) + len(reading.problems) == before:
        reading.problems.append(f"{type_name} without its value")


def _indicator(content: Json, reading: _Reading) -> None:
    text = reading.text(content, "pattern")
    if text is None:
        reading.problems.append("indicator without a pattern")
        return
    language = reading.text(content, "pattern_type") or "stix"
    reading.patterns.append(Pattern(language=language, text=text, name=reading.text(content, "name") or ""))
    if language == "stix":
        for kind, value in values_in(text):
            reading.show(kind, value)


def _observed_data(content: Json, reading: _Reading) -> None:
    """Embedded observables of STIX 2.0; those that 2.1 refers to are records of their own."""
    reading.first = reading.text(content, "first_observed")
    reading.last = reading.text(content, "last_observed")
    embedded = content.get("objects")
    if embedded is None:
        return
    if not isinstance(embedded, dict):
        reading.problems.append("objects is no dictionary")
        return
    for key, observable in embedded.items():
        type = observable.get("type") if isinstance(observable, dict) else None
        if not isinstance(type, str):
            reading.problems.append(f"embedded object {key[:40]!r} without a type")
        elif type in _PROPERTIES:
            _observable(type, observable, reading)


def _external_ids(content: Json, source: str) -> list[str]:
    references = content.get("external_references")
    return [
        reference["external_id"]
        for reference in (references if isinstance(references, list) else ())
        if isinstance(reference, dict)
        and isinstance(reference.get("source_name"), str)
        and reference["source_name"].startswith(source)
        and isinstance(reference.get("external_id"), str)
        and reference["external_id"]
    ]


def _attack_pattern(content: Json, reading: _Reading) -> None:
    for id in _external_ids(content, "mitre-")[:1]:
        reading.show("technique", id)


def _vulnerability(content: Json, reading: _Reading) -> None:
    ids = _external_ids(content, "cve")
    name = ids[0] if ids else reading.text(content, "name")
    if name:
        reading.show("vulnerability", name)


def _software(content: Json, reading: _Reading) -> None:
    name = reading.text(content, "name")
    if name is None:
        reading.problems.append("no name")
        return
    reading.show("software", name)
    _aliases(f"software:{name}", name, content, reading)


def _group(content: Json, reading: _Reading) -> None:
    name = reading.text(content, "name")
    if name is None:
        reading.problems.append("no name")
        return
    _aliases(f"group:{name}", name, content, reading)


def _aliases(subject: str, name: str, content: Json, reading: _Reading) -> None:
    for alias in dict.fromkeys((*reading.texts(content, "aliases"), *reading.texts(content, "x_mitre_aliases"))):
        if alias and alias != name:
            reading.claims.append(Claimed(subject=subject, predicate="alias", object=alias))


def _relationship(content: Json, reading: _Reading) -> None:
    ends = [reading.text(content, key) for key in ("source_ref", "relationship_type", "target_ref")]
    source, kind, target = ends
    if source and kind and target:
        reading.claims.append(Claimed(subject=source, predicate=kind, object=target))
    else:
        reading.problems.append("relationship without source_ref, relationship_type or target_ref")


_READERS: dict[str, Callable[[Json, _Reading], None]] = {
    "indicator": _indicator,
    "observed-data": _observed_data,
    "attack-pattern": _attack_pattern,
    "vulnerability": _vulnerability,
    "malware": _software,
    "tool": _software,
    "intrusion-set": _group,
    "threat-actor": _group,
    "campaign": _group,
    "relationship": _relationship,
}


# Writing


def _write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
    """One STIX 2.1 bundle, object by object; the same records and heading give the same bytes.

    Objects read from STIX are written again as they were, lifted to 2.1. Of all other records the values and
    patterns are written; victims, intrusions, passages and claims stay in the house (a STIX file is what leaves it).
    """
    yield f'{{"type": "bundle", "id": "bundle--{_uuid(heading, "bundle")}", "objects": ['.encode()
    separator = b"\n"
    for content in _Bundle(heading).objects(records):
        yield separator + json.dumps(content, sort_keys=True).encode()
        separator = b",\n"
    yield b"\n]}\n"


def _uuid(heading: Heading, *parts: str | None) -> str:
    content = "\x1f".join([heading.id, *("" if part is None else part for part in parts)])
    named = uuid5(NAMESPACE, content.encode("utf-8", "backslashreplace").decode())
    return str(UUID(bytes=named.bytes, version=4))  # the standard asks for version 4 outside SCOs


def _stamp(text: str | None, *, end: bool = False) -> str | None:
    """A STIX timestamp of a moment; None when it is no moment."""
    try:
        canonical = moment(text or "")
        when = latest(canonical) if end else earliest(canonical)
    except ValueError:
        return None
    return when.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


class _Bundle:
    """The objects of one bundle in order, with those that frame our own put in when first needed."""

    def __init__(self, heading: Heading) -> None:
        self._heading = heading
        self._created = _stamp(heading.created) or "1970-01-01T00:00:00.000Z"
        self._group = f"intrusion-set--{_uuid(heading, 'intrusion-set')}"
        self._written: set[str] = set()
        self._repeats: Counter[str] = Counter()

    def objects(self, records: Iterable[Record]) -> Iterator[Json]:
        for record in records:
            if record.native is not None and record.native.format == "stix":
                yield from self._native(record.native.content)
                continue
            for seen in record.seen:
                yield from self._seen(seen)
            for pattern in record.patterns:
                yield from self._pattern(pattern)
        if not self._written:
            yield from self._frame(self._heading.tlp)

    def _native(self, content: Json) -> Iterator[Json]:
        for lifted in as_2_1(content, EXTENSION):
            id = str(lifted.get("id"))
            if lifted is not content and lifted.get("type") != content.get("type") and id in self._written:
                continue  # an embedded observable that another observed-data had too
            self._written.add(id)
            yield lifted

    def _frame(self, tlp: str | None) -> Iterator[Json]:
        """Producer, extension, marking and group: once each, before the first object that refers to them."""
        label = tlp_label(tlp)
        if TLP_2[label] in self._written and self._group in self._written:
            return
        markings = (_marking(name) for name in ("CLEAR", tlp_label(self._heading.tlp), label))
        for content in (*markings, _identity(), _extension(), self._intrusion_set()):
            if content["id"] not in self._written:
                self._written.add(content["id"])
                yield content

    def _intrusion_set(self) -> Json:
        heading = self._heading
        content = self._own("intrusion-set", self._group, heading.tlp, heading.confidence)
        content["name"] = heading.title or heading.id
        if heading.aliases:
            content["aliases"] = list(heading.aliases)
        return content

    def _own(self, type: str, id: str, tlp: str | None, confidence: int | None) -> Json:
        content: Json = {
            "type": type,
            "spec_version": "2.1",
            "id": id,
            "created": self._created,
            "modified": self._created,
            "created_by_ref": IDENTITY,
            "object_marking_refs": [TLP_2[tlp_label(tlp)]],
        }
        if confidence is not None:
            content["confidence"] = confidence
        return content

    def _seen(self, seen: Seen) -> Iterator[Json]:
        tlp = seen.tlp or self._heading.tlp
        yield from self._frame(tlp)
        type, properties, relation = self._meaning(seen)
        key = _uuid(self._heading, type, seen.kind, seen.value, seen.role, seen.first, seen.last)
        self._repeats[key] += 1
        if self._repeats[key] > 1:
            key = _uuid(self._heading, key, str(self._repeats[key]))
        content = self._own(type, f"{type}--{key}", tlp, seen.confidence) | properties
        if extra := _extra(seen):
            content["extensions"] = {EXTENSION: {"extension_type": "property-extension"} | extra}
        yield content
        yield self._relationship(content["id"], relation, tlp)

    def _meaning(self, seen: Seen) -> tuple[str, Json, str]:
        """The STIX object that a kind is, and its relation to the group."""
        value = seen.value
        if seen.kind == "technique" and _TECHNIQUE.fullmatch(value):
            reference: Json = {"source_name": "mitre-attack", "external_id": value}
            return "attack-pattern", {"name": value, "external_references": [reference]}, "uses"
        if seen.kind == "software" and value:
            return "malware", {"name": value, "is_family": True}, "uses"
        if seen.kind == "vulnerability" and _CVE.fullmatch(value):
            reference = {"source_name": "cve", "external_id": value}
            return "vulnerability", {"name": value, "external_references": [reference]}, "targets"
        properties = self._pattern_properties(pattern_for(seen.kind, value), "stix", f"{seen.kind} {value}")
        valid_from = _stamp(seen.first) or self._created
        valid_until = _stamp(seen.valid_until, end=True) if isinstance(seen, Indicator) else None
        properties["valid_from"] = valid_from
        if valid_until is not None and valid_until > valid_from:
            properties["valid_until"] = valid_until
        return "indicator", properties, "indicates"

    def _pattern_properties(self, pattern: str, language: str, name: str) -> Json:
        return {
            "name": name,
            "description": f"Indicates {self._heading.title or self._heading.id}.",
            "indicator_types": ["malicious-activity"],
            "pattern": pattern,
            "pattern_type": language,
            "valid_from": self._created,
        }

    def _pattern(self, pattern: Pattern) -> Iterator[Json]:
        tlp = self._heading.tlp
        yield from self._frame(tlp)
        id = f"indicator--{_uuid(self._heading, 'pattern', pattern.language, pattern.text, pattern.name)}"
        if id in self._written:
            return
        self._written.add(id)
        name = pattern.name or f"{pattern.language} pattern"
        yield self._own("indicator", id, tlp, None) | self._pattern_properties(pattern.text, pattern.language, name)
        yield self._relationship(id, "indicates", tlp)

    def _relationship(self, id: str, relation: str, tlp: str | None) -> Json:
        """Indicators point to the group, the group points to what it uses and targets."""
        source, target = (id, self._group) if relation == "indicates" else (self._group, id)
        own = self._own("relationship", f"relationship--{_uuid(self._heading, source, relation, target)}", tlp, None)
        return own | {"relationship_type": relation, "source_ref": source, "target_ref": target}


def _extra(seen: Seen) -> Json:
    """What our extension says of a value; only what is known."""
    extra: Json = {"role": seen.role, "first_seen": seen.first, "last_seen": seen.last}
    if isinstance(seen, Indicator):
        extra |= {
            "action": seen.action,
            "valid_until": seen.valid_until,
            "evidence": list(seen.evidence) or None,
            "warnings": list(seen.warnings) or None,
        }
    return {key: value for key, value in extra.items() if value is not None}


def _framing(type: str, id: str) -> Json:
    return {
        "type": type,
        "spec_version": "2.1",
        "id": id,
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "object_marking_refs": [TLP_2["CLEAR"]],
    }


def _identity() -> Json:
    return _framing("identity", IDENTITY) | {"name": "Backtrail", "identity_class": "system"}


def _extension() -> Json:
    return _framing("extension-definition", EXTENSION) | {
        "created_by_ref": IDENTITY,
        "name": "Backtrail indicator",
        "description": "Role, moments seen, evidence, warning lists and recommended action of an indicator.",
        "schema": "https://backtrail.example/schema/stix-extension.json",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def _marking(label: str) -> Json:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP_2[label],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{label}",
        "extensions": {TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": label.lower()}},
    }


FORMAT = Format(
    name="stix",
    title="STIX 2.0 and 2.1 bundle (written as 2.1)",
    media_type="application/stix+json;version=2.1",
    suffix=".json",
    sniff=_sniff,
    read=_read,
    write=_write,
)
