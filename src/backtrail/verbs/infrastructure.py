"""What is known of a group's names, servers and hops, as profiles read it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.knowledge import facts
from backtrail.knowledge.telemetry import Tied
from backtrail.model.kinds import ADDRESSES
from backtrail.model.observation import Observation
from backtrail.model.times import earliest, latest
from backtrail.observations import public_suffix, registered_domain
from backtrail.profiles.chain import KEPT, Chain, Contact, Seen, chained, is_address
from backtrail.profiles.control import Control, Pointed, Registration, Taken, by_zone, held
from backtrail.profiles.domains import Use, Zone, classified
from backtrail.profiles.inventory import Listened, Server, listed
from backtrail.profiles.pivots import Trail, links, walk
from backtrail.profiles.underlying import Underlying
from backtrail.verbs import profiling, publishing
from backtrail.verbs.profiling import Ground, Members
from backtrail.verbs.standing import state_of

_REACHED = frozenset({"c2", "hop", "exfil", "delivery", "lead"})
"""Roles of what victims talk to."""


class Infrastructure(Struct, frozen=True, kw_only=True):
    """A group's infrastructure as the evidence shows it at a moment.

    Attributes:
        seen: What its chain is made from.
        registrations: Records of its zones.
        others: Records of all other zones of the case.
        parents: The list or suffix that says that anybody gets names where a name is.
        listed: Addresses that a warning list knows, each with which; real servers stand at shared places too (WL-1).
    """

    seen: Seen
    registrations: tuple[Registration, ...]
    others: tuple[Registration, ...]
    parents: Mapping[str, str]
    listed: Mapping[str, str]


def of(ground: Ground, found: Members, published: str | None = None) -> Infrastructure:
    """A group's infrastructure, read once.

    Args:
        ground: The case.
        found: The group.
        published: When texts that belong to no intrusion named the group's names, where they say no date themselves.
    """
    key = f"infrastructure {found.group} {published}"
    return ground.once(key, lambda: _read(ground, found, published))


def _read(ground: Ground, found: Members, published: str | None) -> Infrastructure:
    contacts = _spelled(ground, [one for o in found.observations if (one := contact(o, ground.until))])
    names = {one.to for one in contacts if not is_address(one.to)}
    parents = {name: parent for name in names if (parent := parent_of(ground, name))}
    zone_of = {name: name if name in parents else registered_domain(name) or name for name in names}
    records = ground.once("registration records", lambda: _records(ground))
    zones = set(zone_of.values()) - set(parents)
    own = {i.id for i in found.intrusions}
    pointed = _pointed(ground, own, names | ground.names_below(zones))
    zones |= _of_known_registrants(zones, records)
    asked = _asked(ground, own, contacts, pointed)
    pointed = sorted({*pointed, *asked})
    more = {one.name: parent for one in asked if (parent := parent_of(ground, one.name))}
    parents |= more
    zone_of |= {name: name for name in more} | {zone: zone for zone in zones}
    zone_of |= {one.name: registered_domain(one.name) or one.name for one in pointed if one.name not in zone_of}
    listed = on_lists(ground, {one.address for one in pointed} | {one.to for one in contacts})
    nobody = {value: why for value, why in listed.items() if why.startswith(_GONE)}
    control = _control(contacts, zone_of, records, pointed, _taken(ground, nobody, published))
    came, _ = profiling.logins(ground, found)
    seen = Seen(
        contacts=contacts, pointed=pointed, control=control, zone_of=zone_of, nobody=nobody,
        logins=profiling.once(came), relays=profiling.relays(ground, found),
    )  # fmt: skip
    return Infrastructure(
        seen=seen,
        registrations=tuple(r for zone in sorted(zones) for r in records.get(zone, ())),
        others=tuple(r for zone in sorted(records.keys() - zones) for r in records[zone]),
        parents=parents,
        listed=listed,
    )


def contact(o: Observation, until: float = math.inf) -> Contact | None:
    """An observation as a contact of a victim with the adversary; None when it is none, or came later."""
    if o.intrusion is None or o.role not in _REACHED or o.kind not in ("domain-name", *ADDRESSES):
        return None
    first = earliest(o.seen.first).timestamp() if o.seen.first else 0.0
    last = latest(o.seen.last).timestamp() if o.seen.last else first
    if first > until:
        return None
    return Contact(o.intrusion, o.value, first, min(last, until), o.id)


def parent_of(ground: Ground, name: str) -> str:
    """Who lets anybody have a name there: a warning list, or a private suffix such as a dynamic-DNS parent."""
    if hits := ground.warnings.hits("domain-name", name):
        return f"on {hits[0]}"
    suffix = public_suffix(name)
    return f"below {suffix}" if suffix and suffix.count(".") and not _icann(suffix) else ""


@lru_cache(maxsize=4096)
def _icann(suffix: str) -> bool:
    """Whether a suffix is a registry's (`co.uk`) and not somebody's who gives names away (`dyndns.org`)."""
    return len(suffix.rpartition(".")[2]) == 2 and len(suffix.partition(".")[0]) <= 3


def on_lists(ground: Ground, values: Iterable[str]) -> dict[str, str]:
    """Addresses that a warning list knows: what sort of place it is, and by which list."""
    found: dict[str, str] = {}
    for value in values:
        if is_address(value) and (hits := ground.warnings.hits("ipv6-addr" if ":" in value else "ipv4-addr", value)):
            found[value] = f"{_sort(hits)}: on {hits[0]}"
    return found


def _sort(hits: Iterable[str]) -> str:
    named = " ".join(hits).lower()
    return next((sort for word, sort in _SORTS if word in named), "shared")


_GONE = ("sinkhole", "parking")
"""Places where nobody's server is any more."""

_SORTS = (("sinkhole", "sinkhole"), ("parking", "parking"), ("parked", "parking"))


def _records(ground: Ground) -> dict[str, list[Registration]]:
    """Registrations of the case by domain, one for each record."""
    details: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    spans: dict[tuple[str, str, str], tuple[float, float]] = {}
    for placed in ground.registrations:
        trace = placed.trace
        if "." in trace.of and not trace.of.rpartition("/")[2].isdigit():
            key = (trace.of, placed.origin.evidence, trace.at)
            details[key].append((trace.kind, trace.value))
            spans[key] = (trace.first, trace.last if trace.last > trace.first else 0.0)
    found: dict[str, list[Registration]] = defaultdict(list)
    for key, some in details.items():
        domain, evidence, at = key
        if any(kind != "name-server" for kind, _ in some):
            place = f"{evidence[:12]} {at}"
            found[domain].append(Registration(domain, *spans[key], tuple(sorted(set(some))), place))
    return {domain: sorted(some) for domain, some in found.items()}


def _spelled(ground: Ground, contacts: list[Contact]) -> list[Contact]:
    """Contacts with names whose dot a responder lost, put right: nobody knows such a name, and many the right one."""
    known = {name.replace(".", ""): name for name in ground.resolving}
    return [
        replace(one, to=right)
        if one.to not in ground.resolving and (right := known.get(one.to.replace(".", ""))) and not is_address(one.to)
        else one
        for one in contacts
    ]


def _pointed(ground: Ground, own: set[str], names: set[str]) -> list[Pointed]:
    """What names pointed to, as the logs of the group's victims and passive DNS show it."""
    rows = ground.telemetry.tied("resolves-to", of=names)
    return [_answer(row) for row in rows if row.intrusion is None or row.intrusion in own]


def _asked(ground: Ground, own: set[str], contacts: Iterable[Contact], pointed: Iterable[Pointed]) -> list[Pointed]:
    """Names that the group's victims asked for and that led to its servers while it used them.

    A dynamic-DNS name is told by this alone. It takes an address that no list knows and that few names lead to.
    """
    used: dict[str, tuple[float, float]] = {}
    shows = [(c.to, c.first, c.last) for c in contacts if is_address(c.to) and c.first]
    shows += [(p.address, p.first, p.last) for p in pointed if p.at_victim and p.first]
    for address, first, last in shows:
        begin, end = used.get(address, (first, last))
        used[address] = (min(begin, first), max(end, last))
    dedicated = used.keys() - on_lists(ground, used).keys()
    at: dict[str, list[Tied]] = defaultdict(list)
    for row in ground.telemetry.tied("resolves-to", values=dedicated):
        at[row.value].append(row)
    return [
        _answer(row)
        for address, rows in at.items()
        if len({row.of for row in rows}) <= _FEW_NAMES
        for row in rows
        if row.intrusion in own and row.first <= used[address][1] + KEPT and row.last >= used[address][0] - KEPT
    ]


_FEW_NAMES = 20
"""Names at one address beyond which it is nobody's in particular (rule IN-6)."""

_SEVERAL = 2
"""Zones of a group that one mailbox registered, from which on its other zones are the group's too."""


def _of_known_registrants(zones: set[str], records: Mapping[str, list[Registration]]) -> set[str]:
    """Zones that no victim talked to, registered with a mailbox of several of the group's and of nobody's else."""
    held: dict[str, set[str]] = defaultdict(set)
    for domain, some in records.items():
        for box in some[-1].of("registrant-email"):
            held[box].add(domain)
    return {
        domain
        for domains in held.values()
        if len(domains & zones) >= _SEVERAL and len(domains) <= _RESELLER
        for domain in domains - zones
    }


_RESELLER = 50
"""Domains of one mailbox beyond which it is no person's (rule IN-6)."""


def _answer(row: Tied) -> Pointed:
    return Pointed(row.of, row.value, row.first, row.last, row.intrusion is not None, row.place)


def _taken(ground: Ground, nobody: Mapping[str, str], published: str | None) -> Taken:
    when = earliest(published).timestamp() if published else 0.0
    named: dict[str, float] = {}
    for o in ground.once("named in texts", lambda: list(_texts(ground))):
        said = earliest(o.seen.first).timestamp() if o.seen.first else when
        if said:
            named[o.value] = min(named.get(o.value, math.inf), said)
    return Taken(
        sinkholes=frozenset(a for a, why in nobody.items() if why.startswith("sinkhole")),
        parking=frozenset(a for a, why in nobody.items() if why.startswith("parking")),
        published=named,
    )


def _texts(ground: Ground) -> Iterable[Observation]:
    """Names in texts that belong to no intrusion: reports of others, and no log or list of hits."""
    state, sighted = state_of(ground.case, ground.db), facts.sighted(ground.db)
    standing = clusters.standing(facts.observations(ground.db, kind="domain-name"), state)
    return (o for o in standing if o.intrusion is None and o.role is None and o.id not in sighted)


def _control(
    contacts: Iterable[Contact],
    zone_of: Mapping[str, str],
    records: Mapping[str, list[Registration]],
    pointed: Iterable[Pointed],
    taken: Taken,
) -> dict[str, Control]:
    used: dict[str, float] = {}
    for one in contacts:
        if (zone := zone_of.get(one.to)) and one.first:
            used[zone] = min(used.get(zone, math.inf), one.first)
    answers = by_zone(pointed, zone_of)
    return {
        zone: held(zone, used.get(zone, 0.0), records.get(zone, ()), answers.get(zone, ()), taken)
        for zone in sorted(set(zone_of.values()))
    }


def servers(ground: Ground, found: Members, known: Infrastructure) -> list[Server]:
    """Programs that listen at the group's addresses: by its victims' logs, its hops, configurations of its malware."""
    seen = known.seen
    reached = [e for e in chained(seen).standing() if e.seen_at == "victim" and is_address(e.target)]
    addresses = {e.target for e in reached}
    listened = [Listened(e.target, "", "", "", e.first, e.last, e.parts[0] if e.parts else "") for e in reached]
    own = {i.id for i in found.intrusions}
    listened += [
        Listened(row.of, row.value, "", row.detail, row.first, row.last, row.place)
        for row in ground.telemetry.tied("serves", of=addresses)
        if row.intrusion in own
    ]
    listened += [one for o in found.observations if (one := _configured(o, ground.until))]
    listened += [Listened(one.server, "3389", "rdp", "", one.at, one.at, one.place) for one in seen.logins]
    listened += [Listened(one.hop, "", "htran", "", one.at, one.at, one.place) for one in seen.relays]

    def country(address: str, at: float) -> str:
        block = ground.netblocks.of(address, at)
        return block.country if block else ""

    return listed(listened, country)


def placed(ground: Ground, some: Iterable[Server]) -> Iterable[Underlying]:
    """What the countries of servers rest on: the networks of their addresses, as registries have them at the time."""
    for one in some:
        block = ground.netblocks.of(one.address, one.first)
        if block and block.place:
            yield Underlying(one.address, "address", (block.place,))


def _configured(o: Observation, until: float) -> Listened | None:
    """A server that a malware configuration names with its port."""
    if o.kind != "ip-port" or o.role not in _REACHED:
        return None
    host, _, port = o.value.rpartition(":")
    first = earliest(o.seen.first).timestamp() if o.seen.first else 0.0
    last = latest(o.seen.last).timestamp() if o.seen.last else first
    return None if first > until else Listened(host.strip("[]"), port, "", "", first, min(last, until), o.id)


def zones(ground: Ground, found: Members, known: Infrastructure) -> list[Zone]:
    """The group's zones, each with whose it is."""
    seen, made = known.seen, chained(known.seen)
    names = _names_by_zone(made, seen)
    answers = by_zone(seen.pointed, seen.zone_of)
    records: dict[str, list[Registration]] = defaultdict(list)
    for record in known.registrations:
        records[record.domain].append(record)
    first: dict[str, float] = {}
    for one in seen.contacts:
        if one.first and (zone := seen.zone_of.get(one.to)):
            first[zone] = min(first.get(zone, math.inf), one.first)
    elsewhere = _elsewhere(ground, found)
    return [
        classified(
            zone,
            Use(
                control=seen.control[zone], first=first.get(zone, 0.0), names=tuple(sorted(some)),
                records=tuple(records[zone]), pointed=tuple(answers.get(zone, ())),
                parent=known.parents.get(zone, ""), elsewhere=tuple(sorted(elsewhere.get(zone, ()))),
            ),
        )
        for zone, some in sorted(names.items())
    ]  # fmt: skip


def _names_by_zone(made: Chain, seen: Seen) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in made.names:
        found[seen.zone_of.get(name, name)].add(name)
    for zone in seen.control:
        found.setdefault(zone, set())
    return found


def _elsewhere(ground: Ground, found: Members) -> dict[str, set[str]]:
    """Intrusions outside the group whose findings show a zone as the adversary's."""
    own = {i.id for i in found.intrusions}
    shown: dict[str, set[str]] = defaultdict(set)
    for o in ground.names(found.state):
        theirs = o.intrusion not in own and contact(o, ground.until)
        if theirs and (zone := registered_domain(o.value)):
            shown[zone].add(o.intrusion or "")
    return shown


def trail(ground: Ground, known: Infrastructure) -> Trail:
    """Steps from the group's infrastructure to what hangs on it, over the whole case."""
    made = chained(known.seen)
    answers = [_answer(row) for row in ground.telemetry.tied("resolves-to", of=ground.resolving)]
    shown = links([a for a in answers if not a.at_victim], (*known.registrations, *known.others), _presented(ground))
    zones = {known.seen.zone_of.get(name, name) for name in made.names}
    listed_all = on_lists(ground, {link.value for link in shown if link.via == "address"})
    return walk({*made.names, *made.servers, *zones}, shown, known.seen.control, listed_all)


def _presented(ground: Ground) -> list[tuple[str, str, str]]:
    ties = ground.once("presents", lambda: ground.telemetry.ties("presents"))
    return [(p.trace.of, p.trace.value, f"{p.origin.evidence[:12]} {p.trace.at}") for p in ties]


def secret(ground: Ground) -> frozenset[str]:
    """Words that name a victim, long enough not to stand in a host name by chance."""
    words = ground.once("victims' words", lambda: [word.casefold() for _, word in publishing.names(ground.db)])
    return frozenset(word for word in words if len(word) >= _TELLING)


_TELLING = 4
"""Characters of a name that is not in another by chance."""
