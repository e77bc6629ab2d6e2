"""STIX 2.0 and 2.1 bundles: read object by object, written as 2.1.

Source: *STIX Version 2.1* (OASIS Standard, 2021) and FIRST's TLP 2.0 marking definitions. A bundle of a million
objects is read in the memory of one object, so references between objects are kept as claims and not followed.
What STIX has no property for (role, when a value was seen, evidence, warnings) travels in a property extension of
ours (section 7.3), which other products ignore and `read` takes back.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit import Format, JsonElements
from backtrail.formats.kit.stix_bundle import write
from backtrail.formats.kit.stix_marks import EXTENSION, TLP_2, TLP_OF
from backtrail.formats.kit.stix_patterns import KIND_AT, values_in
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.kinds import ADDRESSES
from backtrail.model.record import Claimed, Indicator, Native, Pattern, Record, Seen

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

_MAX_OTHER_MEMBERS = 1000
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
        labels = [TLP_OF[ref] for ref in self.texts(content, "object_marking_refs") if ref in TLP_OF]
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
                reading.show("network" if "/" in item and kind in ADDRESSES else kind, item)
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


FORMAT = Format(
    name="stix",
    title="STIX 2.0 and 2.1 bundle (written as 2.1)",
    media_type="application/stix+json;version=2.1",
    suffix=".json",
    sniff=_sniff,
    read=_read,
    write=write,
)
