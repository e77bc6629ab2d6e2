"""From a victim over names, servers and hops back to where operators come from: edges, each with its interval.

What a victim's log shows and what a hop's own log shows are kept apart (rule IN-7): only the second speaks of where
operators come from. An edge outside the time in which the group held the name is taken out, with its reason, and not
forgotten: the next to be seen with the name may be anybody (rules IN-2 to IN-4).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from backtrail.model.profile import Counted, Profile
from backtrail.model.telemetry import spelled
from backtrail.profiles.control import DAY, Control, Pointed
from backtrail.profiles.trace import HopLogin, Relay

Relation = Literal["connects-to", "resolves-to", "logs-in-to", "relays-to"]
SeenAt = Literal["victim", "passive DNS", "hop"]

KEPT = DAY
"""Seconds for which an answer of the DNS is taken to hold on, and a contact to need one."""


class Contact(Struct, frozen=True, order=True):
    """A victim talked to a name or an address of the adversary.

    Attributes:
        intrusion: The intrusion.
        to: Name or address.
        first: Seconds since 1970; 0 when it is not known.
        last: Of the last.
        part: Id of the observation.
    """

    intrusion: str
    to: str
    first: float
    last: float
    part: str


class Edge(Struct, frozen=True, kw_only=True):
    """Two things of the chain tied together.

    Attributes:
        source: Intrusion, name, client or hop.
        relation: How.
        target: Name, address, hop or hidden origin.
        first: Seconds since 1970 of the first sighting; 0 when it is not known.
        last: Of the last.
        seen_at: Where: at a victim, in passive DNS, or at a hop.
        parts: Observations or places in the evidence.
        why_not: Why it is out; empty when it stands.
    """

    source: str
    relation: Relation
    target: str
    first: float
    last: float
    seen_at: SeenAt
    parts: tuple[str, ...] = ()
    why_not: str = ""


class Seen(Struct, frozen=True, kw_only=True):
    """What a chain is made from.

    Attributes:
        contacts: What victims talked to.
        pointed: What their names pointed to.
        control: From when to when each zone was held.
        zone_of: The zone of each name.
        nobody: Addresses that are no server of the group, each with why: sinkholes, parking, shared hosting.
        logins: Who got in to the group's hops.
        relays: HTRAN on them.
    """

    contacts: Sequence[Contact]
    pointed: Sequence[Pointed]
    control: Mapping[str, Control]
    zone_of: Mapping[str, str]
    nobody: Mapping[str, str] = {}
    logins: Sequence[HopLogin] = ()
    relays: Sequence[Relay] = ()


class Chain(Struct, frozen=True):
    """The edges of a group, those that stand and those that do not.

    Attributes:
        edges: All of them, in order.
    """

    edges: tuple[Edge, ...]

    def standing(self, relation: Relation | None = None) -> list[Edge]:
        """Edges that stand, of one relation or of all."""
        return [e for e in self.edges if not e.why_not and relation in (None, e.relation)]

    @property
    def names(self) -> frozenset[str]:
        """Names that a victim talked to while they were the group's."""
        named = {e.source for e in self.edges if e.relation == "resolves-to"}
        return frozenset(e.target for e in self.standing("connects-to") if not is_address(e.target)) | (
            named & {e.source for e in self.standing("resolves-to")}
        )

    @property
    def servers(self) -> frozenset[str]:
        """Addresses that a victim talked to, or that a name led to while it was the group's."""
        reached = {e.target for e in self.standing("resolves-to")}
        return frozenset(reached | {e.target for e in self.standing("connects-to") if is_address(e.target)})


def chained(seen: Seen) -> Chain:
    """The edges of a group, each with why it is out, where it is."""
    edges = [_contact(one, seen) for one in sorted(set(seen.contacts))]
    uses: dict[str, list[Contact]] = defaultdict(list)
    for one, edge in zip(sorted(set(seen.contacts)), edges, strict=True):
        if not edge.why_not:
            uses[one.to].append(one)
    edges += [_answer(one, seen, uses) for one in sorted(set(seen.pointed))]
    edges += [
        Edge(source=o.client, relation="logs-in-to", target=o.server, first=o.at, last=o.at, seen_at="hop",
             parts=(o.place,))
        for o in seen.logins
    ]  # fmt: skip
    edges += [
        Edge(source=o.hop, relation="relays-to", target=o.origin, first=o.at, last=o.at, seen_at="hop",
             parts=(o.place,))
        for o in seen.relays
    ]  # fmt: skip
    return Chain(tuple(_merged(edges)))


def _contact(one: Contact, seen: Seen) -> Edge:
    why_not = seen.nobody.get(one.to, "")
    if control := seen.control.get(seen.zone_of.get(one.to, "")):
        outside = control.outside(one.first, one.last)
        why_not = f"{control.name}: {outside}" if outside else why_not
    return Edge(
        source=one.intrusion, relation="connects-to", target=one.to, first=one.first, last=one.last, seen_at="victim",
        parts=(one.part,), why_not=why_not,
    )  # fmt: skip


def _answer(one: Pointed, seen: Seen, uses: Mapping[str, Sequence[Contact]]) -> Edge:
    """A name at an address: it has to be the group's then, and a victim has to talk to it then."""
    control = seen.control.get(seen.zone_of.get(one.name, ""))
    outside = control.outside(one.first, one.last) if control else ""
    why_not = seen.nobody.get(one.address, "") or (f"{control.name}: {outside}" if control and outside else "")
    if not why_not and uses.get(one.name) and not any(_meets(one, use) for use in uses[one.name]):
        why_not = "no victim talked to the name while it was there"
    return Edge(
        source=one.name, relation="resolves-to", target=one.address, first=one.first, last=one.last,
        seen_at="victim" if one.at_victim else "passive DNS", parts=(one.place,), why_not=why_not,
    )  # fmt: skip


def _meets(one: Pointed, use: Contact) -> bool:
    if not use.first or not one.first:
        return True
    return use.first <= one.last + KEPT and (use.last or use.first) >= one.first - KEPT


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """Edges between the same two things, seen at the same kind of place and with the same verdict, as one."""
    held: dict[tuple[str, str, str, str, str], list[Edge]] = defaultdict(list)
    for edge in edges:
        held[edge.relation, edge.source, edge.target, edge.seen_at, edge.why_not].append(edge)
    found = []
    for some in held.values():
        firsts = [e.first for e in some if e.first]
        one = some[0]
        found.append(
            Edge(
                source=one.source, relation=one.relation, target=one.target, first=min(firsts, default=0.0),
                last=max(e.last for e in some), seen_at=one.seen_at, why_not=one.why_not,
                parts=tuple(dict.fromkeys(part for e in some for part in e.parts if part)),
            )
        )  # fmt: skip
    return sorted(found, key=lambda e: (e.relation, e.source, e.target, e.seen_at, e.first, e.why_not))


def is_address(text: str) -> bool:
    """Whether an end of a link is an address, and no name."""
    return text.rpartition(".")[2].isdigit() or ":" in text


def chain(group: str, seen: Seen, as_of: str | None = None) -> Profile:
    """The chain of a group as a finding.

    Args:
        group: Its id.
        seen: What it is made from.
        as_of: The moment up to which was looked, for the record.
    """
    made = chained(seen)
    reached = made.standing("connects-to")
    if not reached:
        sentence = "No log shows a victim that talks to anything of this group: there is no chain to follow."
        return Profile(kind="trace", group=group, finding=sentence, enough=False, as_of=as_of)
    out = [e for e in made.edges if e.why_not]
    return Profile(
        kind="trace",
        group=group,
        finding=_sentence(made, out),
        enough=True,
        numbers=tuple(_numbers(made, out)),
        columns=("from", "how", "to", "first", "last", "seen at", "out because"),
        rows=tuple(_row(e) for e in sorted(made.edges, key=lambda e: (not e.why_not, e.relation))),
        limits=tuple(_limits(seen, out)),
        as_of=as_of,
    )


def _numbers(made: Chain, out: Sequence[Edge]) -> list[Counted]:
    def part(id: str, unit: str, some: Iterable[str], note: str = "") -> Counted:
        parts = tuple(sorted(set(some)))
        return Counted(id=id, value=len(parts), unit=unit, parts=parts, note=note)

    connects, resolves = made.standing("connects-to"), made.standing("resolves-to")
    return [
        part("chain_victims", "intrusions", (e.source for e in connects), "that talked to it, seen at the victim"),
        part("chain_names", "names", (e.target for e in connects if not is_address(e.target)), "seen at the victim"),
        part("chain_servers", "addresses", made.servers, "talked to, or led to by a name"),
        part("chain_hops", "hops", (e.target for e in made.standing("logs-in-to")), "seen at the hop"),
        part("chain_clients", "addresses", (e.source for e in made.standing("logs-in-to")), "seen at the hop"),
        part("chain_origins", "addresses", (e.target for e in made.standing("relays-to")), "seen at the hop"),
        part("chain_passive_dns", "names", (e.source for e in resolves if e.seen_at == "passive DNS")),
        Counted(id="chain_out", value=len(out), unit="links taken out", parts=tuple(p for e in out for p in e.parts)),
    ]


def _sentence(made: Chain, out: Sequence[Edge]) -> str:
    connects = made.standing("connects-to")
    names = {e.target for e in connects if not is_address(e.target)}
    hops = {e.target for e in made.standing("logs-in-to")} | {e.source for e in made.standing("relays-to")}
    told = f"{len({e.source for e in connects})} intrusions lead over {len(names)} names to {len(made.servers)} servers"
    behind = f" and {len(hops)} hops whose own logs are here" if hops else "; no hop's own log is here"
    return f"{told}{behind}. {len(out)} links are out; why stands beside each."


def _row(edge: Edge) -> tuple[str, ...]:
    return (
        edge.source, edge.relation, edge.target, (spelled(edge.first) or "")[:10], (spelled(edge.last) or "")[:10],
        edge.seen_at, edge.why_not,
    )  # fmt: skip


def _limits(seen: Seen, out: Sequence[Edge]) -> Iterable[str]:
    why = Counter(e.why_not.rpartition(": ")[2] for e in out)
    if why:
        yield "Out: " + ", ".join(f"{reason} ({count})" for reason, count in why.most_common(6)) + "."
    ended = Counter(c.ended for c in seen.control.values() if c.ended and not math.isinf(c.until))
    if ended:
        yield "Control of names ended by: " + ", ".join(f"{cut} ({count})" for cut, count in ended.most_common()) + "."
    undated = sum(math.isinf(c.since) for c in seen.control.values())
    if undated:
        yield f"The begin of {undated} names is not known: no registration of them is in the evidence."
