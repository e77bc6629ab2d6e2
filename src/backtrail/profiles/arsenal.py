"""What a group works with: families and whose they are so far, files, certificates, secrets, compile times."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.profile import Counted, Profile
from backtrail.model.times import Interval
from backtrail.profiles.compiled import Compiled, compiled, sound
from backtrail.profiles.families import Family, families
from backtrail.profiles.habits import Script, Typed, scripts
from backtrail.profiles.lineage import largest_line, lineage, told
from backtrail.profiles.samples import Catalogue, Item, known_by, span

_LEAST = 1
"""Files of the group from which anything is said."""

_MOST_TOLD = 5

_PASSWORD = re.compile(r"(?i)(?:^|\s)-hp?([^\s\"]{3,})")
"""Password of an archive on the command line of RAR."""


class Found(Struct, frozen=True, kw_only=True):
    """What an arsenal is made from.

    Attributes:
        catalogue: Files of the whole case: others' use decides what is the group's alone.
        members: Intrusions of the group.
        discovered: When each intrusion of the case was discovered, where that is known.
        comments: What indicator lists say beside a digest.
        public: Warning lists by the family name or digest that they know.
        said: What sources say of a family's exclusivity.
        activity: When members show each command-and-control name.
        certificates: Names of certificates that members' findings state or that their servers presented.
    """

    catalogue: Catalogue
    members: frozenset[str]
    discovered: Mapping[str, str | None]
    comments: Mapping[str, Sequence[str]] = {}
    public: Mapping[str, str] = {}
    said: Mapping[str, str] = {}
    activity: Mapping[str, Interval] = {}
    certificates: frozenset[str] = frozenset()


class Arsenal(Struct, frozen=True, kw_only=True):
    """Files of a group, sorted out.

    Attributes:
        files: Its files, without those that warning lists know.
        families: Families they are of, public ones included.
        certificates: Certificates found with its malware and on its servers.
        times: Compile times of its files.
        misspelt: Digests left out since they are another file's, mistyped.
    """

    files: tuple[Item, ...]
    families: tuple[Family, ...]
    certificates: tuple[Item, ...]
    times: tuple[Compiled, ...]
    misspelt: tuple[str, ...] = ()


def sorted_out(found: Found, as_of: str | None = None) -> Arsenal:
    """The group's files, families and certificates, as they were known at the moment of its catalogue."""
    files = found.catalogue.files
    its = families(files, found.members, found.comments, found.public, found.said)
    public = {file.ids for family in its if family.exclusivity == "public" for file in family.samples}
    own = [
        file
        for file in files
        if not found.members.isdisjoint(file.seen)
        and file.ids not in public
        and not any(digest in found.public for _, digest in file.ids)
    ]
    held = [c for c in found.catalogue.certificates if any(value in found.certificates for _, value in c.ids)]
    return Arsenal(
        files=tuple(own),
        families=tuple(its),
        certificates=tuple(held),
        times=tuple(compiled(own, as_of)),
        misspelt=tuple(sorted(found.catalogue.misspelt)),
    )


def arsenal(
    group: str,
    found: Found,
    observations: Sequence[Observation] = (),
    as_of: str | None = None,
    typed: Iterable[Typed] = (),
) -> Profile:
    """What a group works with.

    Args:
        group: Its id.
        found: What its files are read from.
        observations: Its observations, for passwords and secrets.
        as_of: Only what was known up to this moment.
        typed: Command lines at its intrusions, for scripts.
    """
    its = sorted_out(found, as_of)
    ran = scripts(typed)
    if len(its.files) < _LEAST:
        sentence = "No file of this group is known but what warning lists know; at least 1 is needed."
        return Profile(kind="arsenal", group=group, finding=sentence, enough=False, as_of=as_of)
    malware = [family for family in its.families if family.malware]
    numbers = (
        *_file_numbers(its, malware),
        *_line_numbers(its, found.activity),
        *_compile_numbers(its.times),
        *_unnamed(its),
        *_secrets([o for o in observations if known_by(o, found.discovered, as_of)]),
        *_whose(its.families),
        *_script_numbers(ran),
    )
    return Profile(
        kind="arsenal",
        group=group,
        finding=_sentence(its, malware),
        enough=True,
        numbers=numbers,
        columns=("family", "kind", "samples", "intrusions", "first", "last", "compiled", "exclusivity"),
        rows=(*(_row(family, its.times) for family in _ordered(its.families)), *map(_script_row, ran)),
        limits=tuple(_limits(its)),
        as_of=as_of,
    )


def _ordered(some: Sequence[Family]) -> list[Family]:
    """The group's own first, those of most files first."""
    return sorted(some, key=lambda f: (f.exclusivity == "public", -len(f.samples), f.name))


def _counted(id: str, unit: str, some: Sequence[Item], note: str = "") -> Counted:
    return Counted(id=id, value=len(some), unit=unit, parts=tuple(p for one in some for p in one.parts), note=note)


def _file_numbers(its: Arsenal, malware: Sequence[Family]) -> list[Counted]:
    hashed = [file for file in its.files if file.has("md5")]
    with_samples = [f for f in its.families if f.exclusivity != "public" and f.kind != "by rule alone"]
    alone = [f for f in malware if f.kind == "by rule alone"]
    return [
        Counted(id="backdoor_families", value=len(malware), unit="families", parts=_parts(malware),
                note=f"{len(alone)} of them known by a rule alone" if alone else ""),
        Counted(id="tool_families", value=len(with_samples) - len(malware) + len(alone), unit="families",
                parts=_parts([f for f in with_samples if not f.malware]), note="no server or mutex in them"),
        _counted("md5", "hashes", hashed, "files that no warning list knows"),
        _counted("certs", "certs", its.certificates),
        Counted(id="iocs", value=len(with_samples) + 1, unit="IOC files", parts=_parts(with_samples),
                note="one for each family with files, one for the hashes"),
    ]  # fmt: skip


def _parts(some: Sequence[Family]) -> tuple[str, ...]:
    return tuple(sorted({part for family in some for file in family.samples for part in file.parts}))


def _line_numbers(its: Arsenal, activity: Mapping[str, Interval]) -> list[Counted]:
    """Of the line with most variants: files, first use at a victim, first compile time."""
    line = largest_line([f for f in its.families if f.exclusivity != "public"])
    if not line:
        return []
    files = list({file.ids: file for family in line for file in family.samples}.values())
    note = f"line {line[0].line}, {len(line)} variants"
    numbers = [_counted("webc2_samples", "samples", files, note)]
    servers = {name for file in files for name in file.of("domain-name")} & activity.keys()
    first = span([f.seen for f in line] + [activity[name] for name in sorted(servers)]).first
    if first:
        numbers.append(Counted(id="webc2_first_seen", value=first[:7], unit="month", parts=_parts(line), note=note))
    digests = {file.name for file in files}
    times = [one for one in sound(its.times) if one.file in digests]
    if times:
        parts = (times[0].file,)
        numbers.append(Counted(id="webc2_first_compile", value=times[0].at[:10], unit="date", parts=parts, note=note))
    return numbers


def _compile_numbers(times: Sequence[Compiled]) -> list[Counted]:
    good = sound(times)
    if not times:
        return []
    flagged = [one for one in times if one.flag]
    numbers = [
        Counted(id="compile_times", value=len(good), unit="files", parts=tuple(one.file for one in good)),
        Counted(id="compile_flagged", value=len(flagged), unit="files", parts=tuple(one.file for one in flagged),
                note="; ".join(sorted({one.flag for one in flagged}))),
    ]  # fmt: skip
    if good:
        numbers.append(
            Counted(id="first_compile", value=good[0].at[:10], unit="date", parts=(good[0].file,),
                    note="the earliest against which nothing speaks")
        )  # fmt: skip
    return numbers


def _unnamed(its: Arsenal) -> list[Counted]:
    """Files, those of no family, and digests that are another's, mistyped."""
    named = {file.ids for family in its.families for file in family.samples}
    wrong = tuple(its.misspelt)
    return [
        _counted("files", "files", its.files),
        _counted("files_nameless", "files", [file for file in its.files if file.ids not in named], "of no family"),
        Counted(id="digests_misspelt", value=len(wrong), unit="digests", parts=wrong, note="another file's, mistyped"),
    ]


def _secrets(observations: Sequence[Observation]) -> list[Counted]:
    """Passwords of archives, and what is built into configurations, each value once."""
    passwords: dict[str, set[str]] = defaultdict(set)
    secrets: dict[str, set[str]] = defaultdict(set)
    for o in observations:
        if o.kind == "archive-password":
            passwords[o.value].add(o.id)
        elif o.kind == "command-line" and (typed := _PASSWORD.search(o.value)):
            passwords[typed[1]].add(o.id)
        elif o.kind == "config-secret":
            secrets[o.value].add(o.id)
    return [
        Counted(id=id, value=len(held), unit=unit, parts=tuple(sorted(i for ids in held.values() for i in ids)))
        for id, unit, held in (
            ("archive_passwords", "passwords", passwords), ("config_secrets", "passwords, keys and names", secrets)
        )
        if held
    ]  # fmt: skip


def _whose(some: Sequence[Family]) -> list[Counted]:
    found: dict[str, list[Family]] = defaultdict(list)
    for family in some:
        found[family.exclusivity].append(family)
    return [
        Counted(id=f"families_{name.replace('-', '_')}", value=len(held), unit="families", parts=_parts(held))
        for name, held in sorted(found.items())
    ]


def _script_numbers(ran: Sequence[Script]) -> list[Counted]:
    places = tuple(sorted({one.place for script in ran for run in script.runs.values() for one in run}))
    note = "told by their commands, which come faster than anybody types"
    return [Counted(id="scripts", value=len(ran), unit="scripts", parts=places, note=note)] if ran else []


def _script_row(script: Script) -> tuple[str, ...]:
    days = sorted(datetime.fromtimestamp(one.at, UTC).date().isoformat() for run in script.runs.values() for one in run)
    begin = "; ".join(script.commands[:_BEGIN]) + (" ..." if len(script.commands) > _BEGIN else "")
    return (
        f"script of {len(script.commands)} commands", "script", "", str(len(script.runs)), days[0], days[-1], "", begin
    )  # fmt: skip


_BEGIN = 3
"""Commands of a script that its row shows."""


def _sentence(its: Arsenal, malware: Sequence[Family]) -> str:
    own = sum(f.exclusivity == "exclusive-so-far" for f in malware)
    return (
        f"{len(its.files)} files are known, {len(malware)} families of malware among them, {own} of which nobody else "
        f"shows so far; {len(its.certificates)} certificates go with them."
    )


def _row(family: Family, times: Sequence[Compiled]) -> tuple[str, ...]:
    digests = {file.name for file in family.samples}
    built = [one.at[:10] for one in sound(times) if one.file in digests]
    seen = family.seen
    return (
        family.name, family.kind, str(len(family.samples)), str(len(family.inside)), (seen.first or "")[:10],
        (seen.last or "")[:10], f"{built[0]} to {built[-1]}" if built else "", f"{family.exclusivity}: {family.basis}",
    )  # fmt: skip


def _limits(its: Arsenal) -> list[str]:
    named = {file.ids for family in its.families for file in family.samples}
    nameless = sum(file.ids not in named for file in its.files)
    related = lineage([f for f in its.families if f.exclusivity != "public"])
    limits = [f"{told(one)}." for one in sorted(related, key=lambda r: (-len(r.shared), r.a, r.b))[:_MOST_TOLD]]
    if len(related) > _MOST_TOLD:
        limits.append(f"{len(related) - _MOST_TOLD} more pairs of families share something built in.")
    if its.misspelt:
        limits.append(f"{len(its.misspelt)} digests of the case are another file's, mistyped; they are left out.")
    if nameless:
        limits.append(f"{nameless} files have no family: nobody took them apart or named them.")
    limits.append("What is the group's alone is so as far as this case shows; others may have it too.")
    return limits
