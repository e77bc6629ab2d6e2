"""MITRE ATT&CK: names and tactics of techniques, built in for those that rules name, or from a user's own file.

Ids change between versions: a technique may be revoked in favour of another, or deprecated. A loaded file knows that;
an id that it does not know is kept as it was said, without a name.
"""

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct

from backtrail.model.errors import FormatError

PHASES = (
    "initial reconnaissance", "initial compromise", "establish foothold", "escalate privileges",
    "internal reconnaissance", "move laterally", "maintain presence", "complete mission",
)  # fmt: skip
"""The attack lifecycle of Mandiant's reports, in order."""

_PHASE_OF = {
    "reconnaissance": 0, "resource-development": 0, "initial-access": 1, "execution": 2, "command-and-control": 2,
    "privilege-escalation": 3, "credential-access": 3, "discovery": 4, "lateral-movement": 5, "persistence": 6,
    "defense-evasion": 6, "stealth": 6, "defense-impairment": 6, "collection": 7, "exfiltration": 7, "impact": 7,
}  # fmt: skip
"""Phase of each tactic; both names of what was one tactic until version 18."""

_SOURCES = ("mitre-attack", "mitre-mobile-attack", "mitre-ics-attack")


class Technique(Struct, frozen=True, kw_only=True):
    """A technique of ATT&CK.

    Attributes:
        id: `T1566.001`.
        name: Its name; empty when this version does not know it.
        tactics: Short names, as `initial-access`.
        note: `revoked` with what replaces it, or `deprecated`.
    """

    id: str
    name: str = ""
    tactics: tuple[str, ...] = ()
    note: str = ""

    @property
    def phase(self) -> str:
        """Phase of the lifecycle, by its first tactic that has one; empty when it has none."""
        return next((PHASES[_PHASE_OF[tactic]] for tactic in self.tactics if tactic in _PHASE_OF), "")


class Attack(Struct, frozen=True, kw_only=True):
    """A version of ATT&CK.

    Attributes:
        version: As its publisher has it; `unknown` where the file does not say.
        techniques: By id.
        replaced: Ids that were revoked, with what replaces each.
    """

    version: str
    techniques: Mapping[str, Technique]
    replaced: Mapping[str, str] = {}

    def technique(self, id: str) -> Technique:
        """A technique by any id it ever had; one that this version does not know has neither name nor tactic."""
        seen = {id}
        now = id
        while (after := self.replaced.get(now)) and after not in seen:
            seen.add(after)
            now = after
        found = self.techniques.get(now) or Technique(id=now)
        if now == id:
            return found
        return Technique(id=now, name=found.name, tactics=found.tactics, note=f"was {id}, revoked")


@cache
def built_in() -> Attack:
    """The table that comes with Backtrail: the techniques that intrusions of this kind show."""
    table = tomllib.loads((files("backtrail.profiles") / "attack.toml").read_text("utf-8"))
    known = {
        id: Technique(id=id, name=name, tactics=tuple(tactics)) for id, (name, *tactics) in table["techniques"].items()
    }
    return Attack(version=table["version"], techniques=known)


def from_stix(content: bytes) -> Attack:
    """ATT&CK from an `enterprise-attack.json` of MITRE: a bundle of STIX 2.0 or 2.1.

    Raises:
        FormatError: It is no such bundle, or has no technique in it.
    """
    try:
        bundle = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"no JSON: {error}", where="offset 0") from error
    listed = bundle.get("objects") if isinstance(bundle, dict) else None
    if not isinstance(listed, list):
        raise FormatError("no STIX bundle: a list of objects is needed", where="offset 0")
    objects = [one for one in listed if isinstance(one, dict)]
    patterns = {str(one.get("id")): one for one in objects if one.get("type") == "attack-pattern" and _id(one)}
    if not patterns:
        raise FormatError("a STIX bundle without a technique of ATT&CK", where="offset 0")
    return Attack(
        version=_version(objects),
        techniques={found.id: found for found in map(_technique, patterns.values()) if found.note != "revoked"},
        replaced=dict(_replaced(objects, patterns)),
    )


def _id(pattern: Mapping[str, Any]) -> str:
    references = pattern.get("external_references")
    for reference in references if isinstance(references, list) else ():
        if isinstance(reference, dict) and reference.get("source_name") in _SOURCES:
            return str(reference.get("external_id") or "")
    return ""


def _technique(pattern: Mapping[str, Any]) -> Technique:
    phases = pattern.get("kill_chain_phases")
    tactics = (
        str(phase.get("phase_name"))
        for phase in (phases if isinstance(phases, list) else ())
        if isinstance(phase, dict) and phase.get("kill_chain_name") in _SOURCES
    )
    note = "revoked" if pattern.get("revoked") else "deprecated" if pattern.get("x_mitre_deprecated") else ""
    return Technique(id=_id(pattern), name=str(pattern.get("name") or ""), tactics=tuple(tactics), note=note)


def _replaced(
    objects: Iterable[Mapping[str, Any]], patterns: Mapping[str, Mapping[str, Any]]
) -> Iterable[tuple[str, str]]:
    """Revoked ids and what replaces each; more than one technique may have had an id, and then it is not revoked."""
    living = {_id(one) for one in patterns.values() if not one.get("revoked")}
    for one in objects:
        if one.get("type") == "relationship" and one.get("relationship_type") == "revoked-by":
            old, new = patterns.get(str(one.get("source_ref"))), patterns.get(str(one.get("target_ref")))
            if old and new and _id(old) not in living:
                yield _id(old), _id(new)


def _version(objects: Iterable[Mapping[str, Any]]) -> str:
    """Version of the collection; before version 8 the files did not say it."""
    for one in objects:
        if one.get("type") == "x-mitre-collection" and one.get("x_mitre_version"):
            return str(one["x_mitre_version"])
    return "unknown"
