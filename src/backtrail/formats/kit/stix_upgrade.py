"""STIX 2.0 objects lifted to 2.1; what is 2.1 already passes unchanged.

Source: *STIX 2.1*, appendix C (changes since 2.0), and section 2.9 for the deterministic ids of observables. No
property is taken away, except that the observables embedded in a 2.0 `observed-data` become objects of their own.
"""

from collections.abc import Iterator
from typing import Any

from backtrail.model.observation import stix_id

Json = dict[str, Any]

_TYPES_FROM_LABELS = {
    "indicator": "indicator_types",
    "malware": "malware_types",
    "tool": "tool_types",
    "threat-actor": "threat_actor_types",
    "report": "report_types",
}
"""2.0 kept these open vocabularies in `labels`."""

_CONTRIBUTING: dict[str, tuple[str, ...]] = {
    "artifact": ("hashes", "payload_bin"),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "email-message": ("from_ref", "subject", "body"),
    "file": ("hashes", "name", "extensions", "parent_directory_ref"),
    "mutex": ("name",),
    "network-traffic": ("start", "end", "src_ref", "dst_ref", "src_port", "dst_port", "protocols", "extensions"),
    "software": ("name", "cpe", "swid", "vendor", "version"),
    "user-account": ("account_type", "user_id", "account_login"),
    "windows-registry-key": ("key", "values"),
    "x509-certificate": ("hashes", "serial_number"),
}
"""Properties that make the id of an observable; `value` for all types that are not here."""

_HASHES = ("MD5", "SHA-1", "SHA-256", "SHA-512")
_MAX_DEPTH = 50


def as_2_1(content: Json, extension: str) -> Iterator[Json]:
    """The 2.1 objects that say what one object of either version says.

    Args:
        content: The object as read; not changed.
        extension: Id of the property extension in which a lifted observable keeps when it was observed.
    """
    type = content.get("type")
    if content.get("spec_version") == "2.1" or not isinstance(type, str):
        yield content
        return
    if "created" not in content:  # a 2.1 observable, for which spec_version is optional, or not STIX at all
        yield content
        return
    lifted = content | {"spec_version": "2.1"}
    labels = content.get("labels")
    if type in _TYPES_FROM_LABELS and isinstance(labels, list) and labels:
        lifted.setdefault(_TYPES_FROM_LABELS[type], labels)
    if type == "indicator":
        lifted.setdefault("pattern_type", "stix")
    elif type == "malware":
        lifted.setdefault("is_family", True)
    elif type == "observed-data" and _liftable(content.get("objects")):
        del lifted["objects"]
        observables = _Embedded(content["objects"]).lift()
        when = _observed(content)
        lifted["object_refs"] = list(dict.fromkeys(observable["id"] for observable in observables))
        for observable in observables:
            if when:
                observable["extensions"] = observable.get("extensions", {}) | {extension: when}
            yield observable
    yield lifted


def _observed(content: Json) -> Json:
    when = {"first_seen": content.get("first_observed"), "last_seen": content.get("last_observed")}
    known = {key: value for key, value in when.items() if value is not None}
    return {"extension_type": "property-extension"} | known if known else {}


def _liftable(embedded: Any) -> bool:
    """Whether every embedded observable is one; otherwise the object stays as it was (2.1 still allows that)."""
    return (
        isinstance(embedded, dict)
        and bool(embedded)
        and all(
            isinstance(item, dict)
            and isinstance(item.get("type"), str)
            and isinstance(item.get("extensions", {}), dict)
            for item in embedded.values()
        )
    )


class _Embedded:
    """The observables of one 2.0 `observed-data`, whose references are local keys."""

    def __init__(self, embedded: dict[str, Json]) -> None:
        self._embedded = embedded
        self._done: dict[str, Json] = {}
        self._open: set[str] = set()

    def lift(self) -> list[Json]:
        """All of them, each after those it refers to; equal ones once."""
        for key in self._embedded:
            self._one(key)
        return list({observable["id"]: observable for observable in self._done.values()}.values())

    def _one(self, key: Any) -> Any:
        """The id of an observable by its local key; the key itself when it names none or leads round in a circle."""
        if not isinstance(key, str) or key not in self._embedded or key in self._open or len(self._open) > _MAX_DEPTH:
            return key
        if key not in self._done:
            self._open.add(key)
            observable = {name: self._resolved(name, value) for name, value in self._embedded[key].items()}
            self._open.discard(key)
            id = stix_id(_encodable(observable["type"]), _encodable(_contributing(observable)))
            self._done[key] = observable | {"spec_version": "2.1", "id": id}
        return self._done[key]["id"]

    def _resolved(self, name: str, value: Any) -> Any:
        if name.endswith("_ref"):
            return self._one(value)
        if name.endswith("_refs") and isinstance(value, list):
            return [self._one(item) for item in value]
        return value


def _contributing(observable: Json) -> Json:
    names = _CONTRIBUTING.get(observable["type"], ("value",))
    found = {name: observable[name] for name in names if name in observable}
    hashes = found.get("hashes")
    if isinstance(hashes, dict) and (best := next((name for name in _HASHES if name in hashes), None)):
        found["hashes"] = {best: hashes[best]}
    return found or observable


def _encodable(value: Any) -> Any:
    """A value in which bytes that were no UTF-8 (lone surrogates) are spelled out, so that it can be hashed."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list) else value
