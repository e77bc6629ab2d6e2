"""lifecycle: how a group's intrusions go."""

from pathlib import Path

from backtrail import profiles
from backtrail.model.errors import NotFoundError
from backtrail.model.profile import Profile
from backtrail.profiles.attack import Attack, from_stix
from backtrail.reports.products import navigator
from backtrail.verbs import acts, profiling, publishing
from backtrail.verbs.case import Case


def lifecycle(
    case: Case, group: str, *, attack: Path | None = None, layer: Path | None = None, as_of: str | None = None
) -> Profile:
    """Show how a group's intrusions go: techniques of ATT&CK by phase, with procedures, and what was not looked for.

    Techniques are those that sources state, and those that command lines, tools and infrastructure show by rules.
    Command lines are shown without what would name a victim.

    Args:
        case: The case.
        group: A group, accepted or proposed.
        attack: An `enterprise-attack.json` of MITRE (STIX 2.0 or 2.1); names and tactics are then those of its version.
        layer: Also write a layer of the ATT&CK Navigator (4.5) to this file; scores are numbers of intrusions.
        as_of: Only what was known at this moment, such as 2011-06-30.

    Raises:
        PolicyError: A victim would be named in the layer; it is not written.
    """
    version = _read(attack) if attack else None
    with case.knowledge.reading() as db:
        ground = profiling.Ground(case, db, as_of)
        found = profiling.members(ground, group)
        told = acts.of(ground, found)
    profile = profiles.lifecycle(found.group, told, version, ground.as_of)
    if layer:
        publishing.check(case, {layer.name: content(profile)})
        publishing.write(layer.parent, {layer.name: content(profile)})
    return profile


def _read(file: Path) -> Attack:
    if not file.is_file():
        raise NotFoundError(f"{file}: no such file")
    return from_stix(file.read_bytes())


def content(profile: Profile) -> bytes:
    """A profile as a layer: the score is the number of intrusions, the comment how it was done."""
    techniques = [
        {
            "techniqueID": id,
            "score": int(count) if count.isdigit() else 1,
            "enabled": True,
            "comment": procedure,
            "metadata": [
                {"name": "name", "value": name},
                {"name": "phase", "value": phase},
                {"name": "first seen", "value": first or "unknown"},
                {"name": "last seen", "value": last or "unknown"},
            ],
            "showSubtechniques": "." in id,
        }
        for phase, id, name, count, first, last, _, procedure in profile.rows
    ]
    most = max((one["score"] for one in techniques if isinstance(one["score"], int)), default=1)
    described = f"{profile.finding} {' '.join(profile.limits[-1:])}"
    return navigator.layer(f"{profile.group}: lifecycle", described, "intrusions that show it", techniques, most)
