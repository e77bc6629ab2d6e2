"""Records as one STIX 2.1 bundle, object by object.

References:
    - https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID, uuid5

from backtrail.formats.kit.stix_marks import CVE, EXTENSION, IDENTITY, NAMESPACE, TECHNIQUE, TLP_2, TLP_EXTENSION
from backtrail.formats.kit.stix_patterns import pattern_for
from backtrail.formats.kit.stix_upgrade import as_2_1
from backtrail.model.marking import tlp as tlp_label
from backtrail.model.record import Heading, Indicator, Pattern, Record, Seen
from backtrail.model.times import earliest, latest, moment

Json = dict[str, Any]


def write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
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
        if seen.kind == "technique" and TECHNIQUE.fullmatch(value):
            reference: Json = {"source_name": "mitre-attack", "external_id": value}
            return "attack-pattern", {"name": value, "external_references": [reference]}, "uses"
        if seen.kind == "software" and value:
            return "malware", {"name": value, "is_family": True}, "uses"
        if seen.kind == "vulnerability" and CVE.fullmatch(value):
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
