"""The people behind a group, as far as they show themselves: handles, mailboxes, names, telephones, accounts.

Appearances of a person (a registration, a string in malware, an account on a hop) are linked by match weights. A person
is a persona only when it appears in two kinds of evidence: who is seen as the owner of a domain alone may be an honest
one whose host was taken over, or somebody whose name was borrowed, and is kept out of what is published (rule TL-6).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from backtrail.model.marking import Source
from backtrail.model.profile import Counted, Profile
from backtrail.model.times import Interval
from backtrail.model.weight import Explanation
from backtrail.model.words import number, percent
from backtrail.profiles.samples import Value, span

Evidence = Literal["registration", "malware", "log-in", "post"]

_LEAST = 2
"""Kinds of evidence in which a persona appears."""


class Appearance(Struct, frozen=True, kw_only=True):
    """A person as one piece of evidence shows it.

    Attributes:
        id: Unique in a case: `registration 3`, `log-in heron`.
        evidence: What kind of evidence it is.
        values: What it shows of the person: kind and canonical value.
        at: Where: domains, families, hops.
        seen: When.
        places: Where in the evidence.
        ours: Whether it belongs to the group.
        source: The best-graded source that shows it.
    """

    id: str
    evidence: Evidence
    values: tuple[Value, ...]
    at: tuple[str, ...] = ()
    seen: Interval = Interval()
    places: tuple[str, ...] = ()
    ours: bool = True
    source: Source = Source()

    def of(self, *kinds: str) -> list[str]:
        """Values of some kinds."""
        return [value for kind, value in self.values if kind in kinds]


class Persona(Struct, frozen=True, kw_only=True):
    """Appearances that are one person.

    Attributes:
        appearances: What it was put together from.
        links: What holds them together, weakest last.
    """

    appearances: tuple[Appearance, ...]
    links: tuple[Explanation, ...]

    @property
    def evidence(self) -> tuple[str, ...]:
        """Kinds of evidence it appears in."""
        return tuple(sorted({one.evidence for one in self.appearances}))

    def of(self, *kinds: str) -> tuple[str, ...]:
        """Values of some kinds, each once."""
        return tuple(sorted({value for one in self.appearances for value in one.of(*kinds)}))

    @property
    def name(self) -> str:
        """What it is called by: the handle that most appearances show, else a mailbox, else a name."""
        for kind in ("persona", "registrant-email", "registrant-name"):
            values = [value for one in self.appearances for value in one.of(kind)]
            if values:
                return max(sorted(set(values)), key=values.count)
        return self.appearances[0].id


def persons(appearances: Sequence[Appearance], links: Iterable[Explanation]) -> list[Persona]:
    """Persons: what links put together, those of most kinds of evidence and most appearances first."""
    by_id = {one.id: one for one in appearances}
    parent = {id: id for id in by_id}

    def top(id: str) -> str:
        while parent[id] != id:
            id = parent[id]
        return id

    held: dict[str, list[Explanation]] = defaultdict(list)
    taken = sorted((x for x in links if x.a in by_id and x.b in by_id), key=lambda x: (-x.total, x.a, x.b))
    spanning = []
    for link in taken:
        if (a := top(link.a)) != (b := top(link.b)):
            parent[max(a, b)] = min(a, b)
            spanning.append(link)
    for link in spanning:
        held[top(link.a)].append(link)
    members: dict[str, list[Appearance]] = defaultdict(list)
    for one in appearances:
        members[top(one.id)].append(one)
    found = [Persona(appearances=tuple(some), links=tuple(held[root])) for root, some in members.items()]
    return sorted(found, key=lambda p: (-len(p.evidence), -len(p.appearances), p.name))


def personas(
    group: str,
    appearances: Sequence[Appearance],
    links: Iterable[Explanation],
    bystanders: Mapping[str, int] | None = None,
    as_of: str | None = None,
) -> Profile:
    """The personas of a group.

    Args:
        group: Its id.
        appearances: Appearances of people with the group's infrastructure and tools.
        links: Pairs of them that are likely one person.
        bystanders: What was left out beforehand, and how often, by reason.
        as_of: The moment up to which was looked, for the record.
    """
    everyone = persons([one for one in appearances if one.ours], links)
    found = [one for one in everyone if len(one.evidence) >= _LEAST]
    limits = tuple(_limits(everyone, found, bystanders or {}))
    if not found:
        sentence = f"Nobody appears in {_LEAST} kinds of evidence (registrations, malware, log-ins, posts): no persona."
        return Profile(
            kind="personas", group=group, finding=sentence, enough=False, limits=limits, as_of=as_of
        )  # fmt: skip
    return Profile(
        kind="personas",
        group=group,
        finding=_sentence(found),
        enough=True,
        numbers=tuple(_numbers(everyone, found)),
        columns=("persona", "mailboxes", "names", "telephones", "seen in", "since", "weakest link"),
        rows=tuple(_row(one) for one in found),
        limits=limits,
        as_of=as_of,
    )


def _numbers(everyone: Sequence[Persona], found: Sequence[Persona]) -> list[Counted]:
    registrants = [one for one in everyone if "registration" in one.evidence]
    alone = [one for one in registrants if one not in found]
    return [
        Counted(id="personas", value=len(found), unit="personas", parts=_places(found)),
        Counted(id="registrants", value=len(registrants), unit="persons who registered domains",
                parts=_places(registrants), note="personas among them"),
        Counted(id="registrants_alone", value=len(alone), unit="persons who registered domains",
                parts=_places(alone), note="in no other kind of evidence"),
        *(Counted(id=f"persona:{one.name}", value=len(one.appearances), unit="appearances", parts=_places([one]))
          for one in found),
    ]  # fmt: skip


def _places(some: Iterable[Persona]) -> tuple[str, ...]:
    return tuple(sorted({place for one in some for a in one.appearances for place in a.places}))


def _sentence(found: Sequence[Persona]) -> str:
    names = ", ".join(one.name for one in found)
    count = number(len(found), "persona")
    return f"{count} appear{'' if len(found) > 1 else 's'} in at least {_LEAST} kinds of evidence: {names}."


def _row(one: Persona) -> tuple[str, ...]:
    first = span(a.seen for a in one.appearances).first
    weakest = min(one.links, key=lambda link: link.total)
    return (
        one.name, ", ".join(one.of("registrant-email")), ", ".join(one.of("registrant-name")),
        ", ".join(one.of("registrant-phone")), "; ".join(_seen_in(a) for a in one.appearances), (first or "")[:10],
        f"{percent(weakest.probability)}: {_shared(weakest)}",
    )  # fmt: skip


def _seen_in(one: Appearance) -> str:
    what = {"registration": "registration of", "malware": "strings and paths in", "log-in": "account on",
            "post": "said to be in"}[one.evidence]  # fmt: skip
    more = f" and {len(one.at) - 3} more" if len(one.at) > 3 else ""
    return f"{what} {', '.join(one.at[:3])}{more}"


def _shared(link: Explanation) -> str:
    return ", ".join(f"{bar.kind} {bar.value} {bar.bits:+.1f} bits" for bar in link.bars if bar.bits)


def _limits(everyone: Sequence[Persona], found: Sequence[Persona], bystanders: Mapping[str, int]) -> list[str]:
    limits = [f"{count} left out: {reason}." for reason, count in sorted(bystanders.items()) if count]
    alone = sum("registration" in one.evidence for one in everyone if one not in found)
    if alone:
        limits.append(f"{alone} persons appear as registrants alone: false or borrowed names look the same; not told.")
    limits.append("A persona is a mask: one person may wear several, and several persons one.")
    return limits
