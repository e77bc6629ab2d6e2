"""Families of malware: files by the name somebody gave them, what kind of program each is, and who else has it.

Exclusivity (rules EV-1 and EV-2) is a statement with a date: what is the group's alone is so *as far as this case shows
until then*. A family is `public` where a warning list knows it, `leaked` where a source says so (a claim
`software:NAME exclusivity leaked`), `shared-closed` from the first use outside the group, else `exclusive-so-far`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from backtrail.model.times import Interval
from backtrail.model.words import number
from backtrail.profiles.samples import Item, span

Exclusivity = Literal["exclusive-so-far", "shared-closed", "leaked", "public"]
Kind = Literal["backdoor", "tool", "by rule alone", "unknown"]

_RULE = re.compile(r"(?i)^(?:apt|mal|malware|win|win32|trojan|backdoor|tool)_+")
"""What authors of rules put before the name of a family."""

_ALIKE = 2
"""Files of a family under one name, from which the name is the family's."""


class Family(Struct, frozen=True, kw_only=True):
    """Files of one name.

    Attributes:
        name: The name.
        kind: `backdoor` has a server or a mutex built in; `tool` was taken apart and has neither; `by rule alone` was
            never taken apart.
        samples: Its files.
        inside: When intrusions of the group showed it.
        outside: When others did.
        exclusivity: Whose it is.
        basis: What that rests on.
    """

    name: str
    kind: Kind
    samples: tuple[Item, ...]
    inside: Mapping[str, Interval]
    outside: Mapping[str, Interval]
    exclusivity: Exclusivity
    basis: str

    @property
    def seen(self) -> Interval:
        """First and last moment in the group."""
        return span(self.inside.values())

    @property
    def malware(self) -> bool:
        """Whether it is the group's malware: no public tool, and not shown to be a mere tool."""
        return self.exclusivity != "public" and self.kind in ("backdoor", "by rule alone")

    @property
    def line(self) -> str:
        """Name of the line of families it is a variant of: `WEBX` of `WEBX-A`; its own name without one."""
        return self.name.partition("-")[0]


def families(
    files: Iterable[Item],
    members: frozenset[str],
    comments: Mapping[str, Sequence[str]],
    public: Mapping[str, str],
    said: Mapping[str, str],
) -> list[Family]:
    """Families that the group's intrusions show, sorted by name.

    Args:
        files: Files of the whole case.
        members: Intrusions of the group.
        comments: What indicator lists say beside a digest; counts where it is the name of a family.
        public: Warning lists by the family name or digest that they know.
        said: What sources say of a family's exclusivity, by its name.
    """
    files = list(files)
    named = {name for file in files for name in file.of("software")}
    known = {_plain(name): name for name in sorted(named)}
    held: dict[str, list[Item]] = defaultdict(list)
    nameless = []
    for file in files:
        names = names_of(file, comments, known)
        for name in names:
            held[name].append(file)
        if not names:
            nameless.append(file)
    own = _own_names(held)
    for file in nameless:
        alike = {own[name] for name in file.file_names & own.keys()}
        if len(alike) == 1:
            held[alike.pop()].append(file)
    return [
        _family(name, some, members, public, said, name in named)
        for name, some in sorted(held.items())
        if any(not members.isdisjoint(file.seen) for file in some)
    ]


def names_of(file: Item, comments: Mapping[str, Sequence[str]], known: Mapping[str, str]) -> list[str]:
    """Families a file is of: as a record says; else as a comment or a rule says, in that order."""
    if said := file.of("software"):
        return list(said)
    noted = {_plain(text) for _, digest in file.ids for text in comments.get(digest, ())} & known.keys()
    if noted:
        return sorted(known[text] for text in noted)
    rules = [_RULE.sub("", rule).upper() for rule in file.of("x-yara:rule")]
    return sorted({known.get(_plain(rule), rule) for rule in rules})


def _own_names(held: Mapping[str, Sequence[Item]]) -> dict[str, str]:
    """File names that two files or more of one family bear and none of another: they tell its other files."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for family, some in held.items():
        for file in some:
            for name in file.file_names:
                bearers[name].append(family)
    return {name: some[0] for name, some in bearers.items() if len(some) >= _ALIKE and len(set(some)) == 1}


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def _family(
    name: str,
    some: Sequence[Item],
    members: frozenset[str],
    public: Mapping[str, str],
    said: Mapping[str, str],
    taken_apart: bool,
) -> Family:
    seen: dict[str, list[Interval]] = defaultdict(list)
    for file in some:
        for intrusion, when in file.seen.items():
            seen[intrusion].append(when)
    whole = {intrusion: span(times) for intrusion, times in sorted(seen.items())}
    outside = {i: when for i, when in whole.items() if i not in members}
    exclusivity, basis = _exclusivity(name, some, outside, public, said)
    return Family(
        name=name,
        kind=_kind(some, exclusivity) if taken_apart else "by rule alone",
        samples=tuple(file for file in some if not members.isdisjoint(file.seen)),
        inside={i: when for i, when in whole.items() if i in members},
        outside=outside,
        exclusivity=exclusivity,
        basis=basis,
    )


def _kind(some: Sequence[Item], exclusivity: Exclusivity) -> Kind:
    if exclusivity == "public":
        return "tool"
    marks = {kind for file in some for kind, _ in file.marks}
    if marks & {"mutex", "domain-name", "ip-port", "url"}:
        return "backdoor"
    return "tool" if marks & {"imphash", "compile-time", "pdb-path", "text"} else "unknown"


def _exclusivity(
    name: str, some: Sequence[Item], outside: Mapping[str, Interval], public: Mapping[str, str], said: Mapping[str, str]
) -> tuple[Exclusivity, str]:
    lists = sorted({public[key] for key in (name, *(d for file in some for _, d in file.ids)) if key in public})
    if name in public:
        return "public", public[name]
    if said.get(name, "").startswith(("leaked", "public")):
        return ("leaked" if said[name].startswith("leaked") else "public"), f"a source says {said[name]}"
    if lists and all(any(d in public for _, d in file.ids) for file in some):
        return "public", ", ".join(lists)
    if outside:
        first = span(outside.values()).first
        since = f"since {first[:10]}" if first else "at a time unknown"
        return "shared-closed", f"{number(len(outside), 'intrusion')} outside the group, {since}"
    return "exclusive-so-far", "nobody else here shows it"
