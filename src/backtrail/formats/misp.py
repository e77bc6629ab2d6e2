"""MISP core-format events: each attribute a record, the event an intrusion.

What an attribute has beyond kind, value, times, role, confidence and marking stays in `Record.native` and is
written again.

References:
    - https://datatracker.ietf.org/doc/draft-dulaunoy-misp-core-format/
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO
from uuid import UUID, uuid5

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.json_elements import JsonElements
from backtrail.formats.kit.type_words import kind_of
from backtrail.model.errors import FormatError
from backtrail.model.kinds import ROLES, is_kind
from backtrail.model.record import Claimed, Heading, Indicator, Native, Pattern, Record, Seen
from backtrail.model.times import earliest, from_datetime, latest, moment, precision

_NAMESPACE = UUID("5d3a9a1e-2f0b-4a58-8a2e-3d3e6f2f7c55")

_TYPES = {
    "ip-src": "ipv4-addr", "ip-dst": "ipv4-addr", "domain": "domain-name", "hostname": "domain-name", "url": "url",
    "uri": "url-path", "link": "url", "email": "email-addr", "email-src": "email-addr", "email-dst": "email-addr",
    "email-subject": "email-subject", "md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512",
    "imphash": "imphash", "tlsh": "tlsh", "ssdeep": "ssdeep", "filename": "file-name", "mutex": "mutex",
    "regkey": "registry-key", "named pipe": "pipe", "windows-service-name": "service", "user-agent": "user-agent",
    "x509-fingerprint-sha1": "x509-sha1", "x509-fingerprint-sha256": "x509-sha256", "AS": "asn", "pdb": "pdb-path",
    "vulnerability": "vulnerability", "whois-registrant-name": "registrant-name",
    "whois-registrant-email": "registrant-email", "whois-registrant-phone": "registrant-phone",
    "whois-registrant-org": "registrant-org", "ja3-fingerprint-md5": "ja3", "port": "port", "ip-range": "network",
    "pattern-in-file": "text", "pattern-in-memory": "text", "size-in-bytes": "file-size", "threat-actor": "persona",
}  # fmt: skip
"""MISP attribute types and the kinds they are."""

_COMPOSITE = {
    "filename": "file-name", "domain": "domain-name", "ip": "ipv4-addr", "hostname": "domain-name", "port": "port",
    "regkey": "registry-key", "value": "x-misp:regkey-value", "mac-address": "x-misp:mac-address",
}  # fmt: skip
_CONFIDENCE = re.compile("[0-9]{1,2}|100")
_PATTERNS = {"yara": "yara", "sigma": "sigma", "snort": "snort", "stix2-pattern": "stix", "zeek": "zeek"}

_WRITTEN: dict[str, tuple[str, str]] = {
    "domain-name": ("domain", "Network activity"), "ipv4-addr": ("ip-dst", "Network activity"),
    "ipv6-addr": ("ip-dst", "Network activity"), "network": ("ip-dst", "Network activity"),
    "ip-port": ("ip-dst|port", "Network activity"), "url": ("url", "Network activity"),
    "url-path": ("uri", "Network activity"), "email-addr": ("email", "Payload delivery"),
    "email-subject": ("email-subject", "Payload delivery"), "user-agent": ("user-agent", "Network activity"),
    "asn": ("AS", "Network activity"), "port": ("port", "Network activity"),
    "ja3": ("ja3-fingerprint-md5", "Network activity"), "file-name": ("filename", "Artifacts dropped"),
    "file-path": ("filename", "Artifacts dropped"), "mutex": ("mutex", "Artifacts dropped"),
    "registry-key": ("regkey", "Artifacts dropped"), "pipe": ("named pipe", "Artifacts dropped"),
    "service": ("windows-service-name", "Artifacts dropped"), "pdb-path": ("pdb", "Artifacts dropped"),
    "text": ("pattern-in-file", "Artifacts dropped"), "x509-sha1": ("x509-fingerprint-sha1", "Network activity"),
    "x509-sha256": ("x509-fingerprint-sha256", "Network activity"),
    "vulnerability": ("vulnerability", "External analysis"),
    "registrant-name": ("whois-registrant-name", "Attribution"),
    "registrant-email": ("whois-registrant-email", "Attribution"),
    "registrant-phone": ("whois-registrant-phone", "Attribution"),
    "registrant-org": ("whois-registrant-org", "Attribution"), "persona": ("threat-actor", "Attribution"),
    "file-size": ("size-in-bytes", "Other"),
    **{kind: (kind, "Payload delivery") for kind in ("md5", "sha1", "sha256", "sha512", "imphash", "tlsh", "ssdeep")},
}  # fmt: skip


def sniff(head: bytes, name: str) -> bool:
    start = head[:65536].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] in (b"{", b"[") and (b'"Event"' in start or b'"Attribute"' in start)


def read(stream: BinaryIO) -> Iterator[Record]:
    document = JsonElements(stream, "MISP event").whole()
    events = _events(document)
    if not events:
        raise FormatError("no MISP event in it", where="offset 0")
    number = 0
    for event in events:
        intrusion = f"misp-{_text(event.get('uuid') or event.get('id')) or _of_content(event)}"
        yield from _about(event, intrusion)
        for attribute in _attributes(event):
            number += 1
            yield _record(attribute, number, intrusion)


def _events(document: Any) -> list[dict[str, Any]]:
    """Events of a document in any of the forms MISP writes."""
    if isinstance(document, dict) and "response" in document:
        document = document["response"]
    found = []
    for item in document if isinstance(document, list) else [document]:
        event = item.get("Event", item) if isinstance(item, dict) else None
        if isinstance(event, dict) and ("Attribute" in event or "Object" in event or "info" in event):
            found.append(event)
    return found


def _of_content(event: dict[str, Any]) -> str:
    """An id for an event that bears none: two such events are two intrusions, and one that is read twice is one."""
    return str(uuid5(_NAMESPACE, json.dumps(event, sort_keys=True)))


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    found = holder.get(key)
    return found if isinstance(found, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _attributes(event: dict[str, Any]) -> Iterator[Any]:
    yield from _list(event, "Attribute")
    for holder in _list(event, "Object"):
        yield from _list(holder, "Attribute") if isinstance(holder, dict) else [holder]


def _about(event: dict[str, Any], intrusion: str) -> Iterator[Record]:
    """What the event says of itself: techniques and actors from tags and galaxies, and its own words kept."""
    seen, claims = [], []
    for name in _tags(event):
        kind, quoted, value = name.partition("=")
        value = value.strip('"')
        if not quoted:
            continue
        if "attack-pattern" in kind and (id := value.rpartition(" - ")[2]):
            seen.append(Seen(kind="technique", value=id))
        elif kind.endswith(("threat-actor", "intrusion-set")):
            claims.append(Claimed(subject=f"intrusion:{intrusion}", predicate="attributed-to", object=f"group:{value}"))
        elif kind.endswith(("malware", "tool", "malpedia", "ransomware")):
            seen.append(Seen(kind="software", value=value.partition(" - ")[0]))
    native = {key: value for key, value in event.items() if key not in ("Attribute", "Object")}
    yield Record(
        where=f"event {intrusion.removeprefix('misp-')}",
        seen=tuple(seen),
        claims=tuple(claims),
        intrusion=intrusion,
        native=Native(format="misp-event", content=native),
    )


def _tags(holder: dict[str, Any]) -> list[str]:
    names = [_text(tag.get("name")) for tag in _list(holder, "Tag") if isinstance(tag, dict)]
    return [name for name in names if name]


def _record(attribute: Any, number: int, intrusion: str) -> Record:
    where = f"record {number}"
    if not isinstance(attribute, dict):
        return Record(where=where, intrusion=intrusion, problem="an attribute that is no object")
    where += f" {attribute['uuid']}" if isinstance(attribute.get("uuid"), str) else ""
    native = Native(format="misp", content=attribute)
    type, value = attribute.get("type"), attribute.get("value")
    if not isinstance(type, str) or not isinstance(value, str) or not type:
        return Record(where=where, intrusion=intrusion, native=native, problem="an attribute without type and value")
    if attribute.get("deleted") in (True, 1, "1"):
        return Record(where=where, intrusion=intrusion, native=native)
    if type in _PATTERNS:
        pattern = Pattern(language=_PATTERNS[type], text=value, name=_text(attribute.get("comment")))
        return Record(where=where, intrusion=intrusion, native=native, patterns=(pattern,))
    seen = tuple(_seen(kind, part, attribute) for kind, part in _values(type, value, _ours(attribute)))
    return Record(where=where, intrusion=intrusion, native=native, seen=seen)


def _ours(attribute: dict[str, Any]) -> dict[str, str]:
    """What Backtrail wrote into tags: `backtrail:role="c2"`."""
    pairs = [tag.removeprefix("backtrail:").partition("=") for tag in _tags(attribute) if tag.startswith("backtrail:")]
    return {name: value.strip('"') for name, _, value in pairs}


def _values(type: str, value: str, ours: dict[str, str]) -> list[tuple[str, str]]:
    if ours.get("kind") == "ip-port":
        return [("ip-port", _joined(value))]
    if is_kind(ours.get("kind", "")):
        return [(ours["kind"], value)]
    if type in ("ip-src|port", "ip-dst|port"):
        address = value.replace("|", ":").rpartition(":")[0]
        return [(_address(address), address), ("ip-port", _joined(value))]
    if "|" in type and "|" in value:
        words, parts = type.split("|"), value.split("|", type.count("|"))
        return [
            (_COMPOSITE.get(w) or _TYPES.get(w) or f"x-misp:{w}", p) for w, p in zip(words, parts, strict=False) if p
        ]
    kind = _TYPES.get(type)
    if kind == "ipv4-addr":
        return [(_address(value), value)]
    if kind == "file-name" and ("\\" in value or "/" in value):
        kind = "file-path"
    return [(kind or (kind_of(type) if type not in ("text", "other", "comment") else None) or f"x-misp:{type}", value)]


def _joined(value: str) -> str:
    """`address|port` in the spelling of the house."""
    address, _, port = value.replace("|", ":").rpartition(":")
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _address(value: str) -> str:
    if "/" in value:
        return "network"
    return "ipv6-addr" if ":" in value else "ipv4-addr"


def _seen(kind: str, value: str, attribute: dict[str, Any]) -> Seen:
    ours = _ours(attribute)
    role = ours.get("role") or (
        "delivery" if attribute.get("category") == "Payload delivery" and kind.startswith("email") else None
    )
    confidence = ours.get("confidence", "")
    marking = next((tag for tag in _tags(attribute) if tag.lower().startswith("tlp:")), None)
    return Seen(
        kind=kind,
        value=value,
        role=role if role in ROLES else None,
        first=ours.get("first") or _moment(attribute.get("first_seen")),
        last=ours.get("last") or _moment(attribute.get("last_seen")),
        confidence=int(confidence) if _CONFIDENCE.fullmatch(confidence) else None,
        tlp=marking,
    )


def _moment(value: Any) -> str | None:
    """A time as MISP writes it: ISO 8601, or seconds since 1970."""
    text = _text(value).strip()
    if text.isascii() and text.isdigit() and len(text) > 8:
        try:
            return from_datetime(datetime.fromtimestamp(int(text[:10]), UTC))
        except (ValueError, OverflowError, OSError):
            return text
    return text or None


def write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
    """One event; attributes that came from MISP as they were, others in its terms with Backtrail's fields as tags."""
    tags: list[Any] = [{"name": f"tlp:{heading.tlp.lower()}"}, *_pap(heading.pap)]
    galaxies: list[Any] = []
    attributes: list[dict[str, Any]] = []
    for record in records:
        if record.native and record.native.format == "misp":
            attributes.append(record.native.content)
        elif record.native and record.native.format == "misp-event":
            tags += [tag for tag in _list(record.native.content, "Tag") if tag not in tags]
            galaxies += _list(record.native.content, "Galaxy")
        else:
            attributes += [_attribute(seen, heading) for seen in record.seen]
            attributes += [_rule(pattern, heading) for pattern in record.patterns if pattern.language in _RULES]
    event = {
        "uuid": str(uuid5(_NAMESPACE, heading.id)),
        "info": heading.title,
        "date": heading.created[:10],
        "timestamp": str(int(earliest(heading.created).timestamp())),
        "published": False,
        "analysis": "2",
        "threat_level_id": "4",
        "distribution": "0",
        "Tag": tags,
        "Galaxy": galaxies,
        "Attribute": attributes,
    }
    yield json.dumps({"Event": event}, indent=1).encode() + b"\n"  # escapes the bytes that were no UTF-8


_RULES = {language: type for type, language in _PATTERNS.items()}


def _rule(pattern: Pattern, heading: Heading) -> dict[str, Any]:
    id = str(uuid5(_NAMESPACE, f"{heading.id} {pattern.text}"))
    return {"uuid": id, "type": _RULES[pattern.language], "category": "Payload installation", "value": pattern.text,
            "comment": pattern.name, "to_ids": True}  # fmt: skip


def _attribute(seen: Seen, heading: Heading) -> dict[str, Any]:
    type, category = _WRITTEN.get(seen.kind, ("other", "Other"))
    value = seen.value
    if seen.kind == "ip-port":
        address, _, port = value.rpartition(":")
        value = f"{address.strip('[]')}|{port}"
    elif seen.kind.startswith("x-misp:") and "|" not in seen.kind:
        type = seen.kind.removeprefix("x-misp:")
    elif seen.kind == "asn":
        value = f"AS{value}"
    attribute: dict[str, Any] = {
        "uuid": str(uuid5(_NAMESPACE, _seed(seen, heading))),
        "type": type,
        "category": category,
        "value": value,
        "to_ids": isinstance(seen, Indicator) and seen.action in ("block", "alert"),
        "disable_correlation": False,
        "comment": _comment(seen),
        "Tag": _written_tags(seen),
    }
    if first := _iso(seen.first, earliest):
        attribute["first_seen"] = first
    if last := _iso(seen.last, latest):
        attribute["last_seen"] = last
    return attribute


def _seed(seen: Seen, heading: Heading) -> str:
    """What makes an attribute the same one in the next export: a value seen in two roles or times is two."""
    parts = (heading.id, seen.kind, seen.value, seen.role, seen.first, seen.last)
    return " ".join(part for part in parts if part).encode("utf-8", "backslashreplace").decode()


def _iso(text: str | None, instant: Callable[[str], datetime]) -> str | None:
    """A full timestamp, as MISP wants it; None for what is no moment."""
    try:
        return instant(moment(text or "")).astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError):
        return None


def _comment(seen: Seen) -> str:
    if not isinstance(seen, Indicator):
        return ""
    parts = [f"evidence: {' '.join(seen.evidence)}"] if seen.evidence else []
    parts += [f"on warning lists: {', '.join(seen.warnings)}"] if seen.warnings else []
    return "; ".join([*parts, f"valid until {seen.valid_until}"] if seen.valid_until else parts)


def _written_tags(seen: Seen) -> list[dict[str, str]]:
    """Fields MISP has no place for. Kinds that share a MISP type, and times less exact than a second, are told too."""
    fields: dict[str, object] = {"role": seen.role, "confidence": seen.confidence}
    if seen.kind not in _PLAIN and not seen.kind.startswith("x-misp:"):
        fields["kind"] = seen.kind
    times = {"first": seen.first, "last": seen.last}
    fields |= {name: text for name, text in times.items() if text and (precision(text) != "second" or not _exact(text))}
    if isinstance(seen, Indicator):
        fields["action"] = seen.action
    tags = [f'backtrail:{name}="{value}"' for name, value in fields.items() if value is not None]
    if seen.tlp:
        tags.append(f"tlp:{seen.tlp.lower()}")
    return [{"name": tag} for tag in tags] + _pap(seen.pap if isinstance(seen, Indicator) else "CLEAR")


def _pap(label: str) -> list[dict[str, str]]:
    """What may be done with it, where that is not everything."""
    return [] if label == "CLEAR" else [{"name": f"PAP:{label}"}]


def _exact(text: str) -> bool:
    return _iso(text, earliest) is not None


_PLAIN = {*_TYPES.values(), "ipv6-addr"}
"""Kinds that their MISP type tells already."""


FORMAT = Format(
    name="misp",
    title="MISP core format",
    media_type="application/json",
    suffix=".misp.json",
    sniff=sniff,
    read=read,
    write=write,
)
