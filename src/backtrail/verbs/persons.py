"""Appearances of people in a case, and which of them are likely one person: the machinery that weighs intrusions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.clusters import Corpus, MatchModel, Side
from backtrail.model.kinds import OFFICES
from backtrail.model.observation import Observation
from backtrail.model.telemetry import Placed, Trace
from backtrail.model.times import earliest, latest
from backtrail.model.weight import Explanation
from backtrail.observations import registered_domain
from backtrail.profiles.personas import Appearance, Evidence
from backtrail.profiles.samples import Item, Value, span
from backtrail.verbs import capabilities, profiling, publishing
from backtrail.verbs.profiling import Ground, Members

_LIKELY = 0.55
"""Probability from which two appearances are told as one person: what ICD 203 calls likely. Each link is shown with its
probability, and nothing else rests on it; intrusions are linked from 0.80 only (rule EV-8)."""

_PRIOR = -4.5
"""Log2 odds that two appearances taken at random are one person's."""

_RESELLER = 50
"""Domains of one mailbox beyond which it is no person's (tradecraft, section 2.2)."""

_SHORTEST = 4
"""Characters of a name that is not found in any file by chance."""

_DETAILS = ("registrant-email", "registrant-name", "registrant-phone", "registrant-address")


class Crowd(Struct, frozen=True, kw_only=True):
    """Who appears in a case.

    Attributes:
        appearances: Everybody, those of the group marked.
        links: Pairs of the group's that are likely one person.
        bystanders: Who was left out, and how often, by reason.
    """

    appearances: tuple[Appearance, ...]
    links: tuple[Explanation, ...]
    bystanders: dict[str, int]


def crowd(ground: Ground, group: Members) -> Crowd:
    """Who appears with a group's domains, tools and hops, as it was known at a moment."""
    registered, bystanders = _registrations(ground, group)
    accounts = list(_accounts(ground, group))
    seen = [one for one in (*registered, *accounts, *_posts(ground, group)) if _known(one, ground.as_of)]
    handles = {value for one in seen for value in one.of("persona")}
    everyone = (*seen, *(one for one in _in_malware(ground, group, handles) if _known(one, ground.as_of)))
    return Crowd(appearances=everyone, links=tuple(_links(everyone)), bystanders=bystanders)


def _known(one: Appearance, as_of: str | None) -> bool:
    return as_of is None or one.seen.first is None or earliest(one.seen.first) <= latest(as_of)


def model() -> MatchModel:
    """The match-weight model of intrusions, with what is different for persons: who uses a mailbox uses it again."""
    base = clusters.built_in()
    kinds = {
        kind: replace(base.kinds[kind], m=m, strength=strength, half_life=None)
        for kind, m, strength in (
            ("registrant-email", 0.9, "A"), ("registrant-phone", 0.8, "B"), ("registrant-name", 0.8, "C"),
            ("persona", 0.9, "A"),
        )
    }  # fmt: skip
    return replace(base, version=f"{base.version} for persons", prior=_PRIOR, kinds=kinds, link=_LIKELY)


def _links(everyone: Sequence[Appearance]) -> Iterator[Explanation]:
    """Pairs of the group's appearances over the threshold.

    Rarity is counted over everybody in the case; all that is the group's is one holder, as for intrusions of one actor.
    """
    weights = model()
    holders: dict[Value, set[str]] = defaultdict(set)
    for one in everyone:
        for value in one.values:
            holders[value].add(one.id)
    ours = {one.id: one for one in everyone if one.ours}
    units = {one.id: "the group" if one.ours else one.id for one in everyone}
    corpus = Corpus(
        intrusions=len(everyone),
        holders={value: len(ids) for value, ids in holders.items()},
        units=units,
        held={value: frozenset(units[id] for id in ids) for value, ids in holders.items()},
    )
    pairs = {pair for ids in holders.values() for pair in combinations(sorted(ids & ours.keys()), 2)}
    sides = {id: _side(one) for id, one in ours.items()}
    for a, b in sorted(pairs):
        found = clusters.compare(sides[a], sides[b], corpus, weights)
        if found.probability >= weights.link:
            yield found


def _side(one: Appearance) -> Side:
    seen = tuple(Observation(kind=k, value=value, intrusion=one.id, source=one.source) for k, value in one.values)
    return Side(id=one.id, observations=seen)


def _registrations(ground: Ground, group: Members) -> tuple[list[Appearance], dict[str, int]]:
    """Who registered domains: what one mailbox registered is one appearance. Some are left out, and counted."""
    ours = {zone for o in group.observations if o.kind == "domain-name" and o.role in ("c2", "exfil", "delivery")
            if (zone := registered_domain(o.value))}  # fmt: skip
    secret = {name.casefold() for _, name in publishing.names(ground.db)}
    held: dict[tuple[str, ...], list[Placed]] = defaultdict(list)
    for some in ground.once("registrations", lambda: _whois(ground)):
        held[_registrant(some)].extend(some)
    found: list[Appearance] = []
    bystanders: dict[str, int] = defaultdict(int)
    for n, (key, some) in enumerate(sorted(held.items(), key=lambda item: item[0]), 1):
        details = sorted({(p.trace.kind, p.trace.value) for p in some if p.trace.kind in _DETAILS})
        zones = {p.trace.of for p in some}
        if reason := _bystander(details, zones, secret):
            bystanders[reason] += bool(zones & ours)
        elif key:
            values = [*details, *_handles(details)]
            found.append(
                _appearance(f"registration {n}", "registration", values, [(p.trace.of, p) for p in some], ours)
            )
    return found, dict(bystanders)


def _registrant(some: Iterable[Placed]) -> tuple[str, ...]:
    """What tells one registrant from another: the mailbox; where a record has none, all it says."""
    details = {(p.trace.kind, p.trace.value) for p in some if p.trace.kind in _DETAILS}
    mailboxes = sorted(value for kind, value in details if kind == "registrant-email")
    return tuple(mailboxes[:1]) or tuple(sorted(value for _, value in details))


def _whois(ground: Ground) -> list[list[Placed]]:
    """What each record of a registration shows."""
    records: dict[tuple[str, str, str], list[Placed]] = defaultdict(list)
    for placed in ground.registrations:
        if registered_domain(placed.trace.of):
            records[placed.origin.evidence, placed.trace.at, placed.trace.of].append(placed)
    return list(records.values())


def _bystander(details: Sequence[Value], zones: set[str], secret: set[str]) -> str:
    """Why nobody is told of a registrant; empty when one may be."""
    if len(zones) > _RESELLER:
        return f"registrants of more than {_RESELLER} domains, who sell them"
    mailboxes = [value for kind, value in details if kind == "registrant-email"]
    if any(word in box for box in mailboxes for word in clusters.built_in().nobodys):
        return "registrations by a service that hides who pays"
    if any(value.casefold() in secret or value.rpartition("@")[2].casefold() in secret for _, value in details):
        return "registrations by victims"
    return ""


def _handles(details: Iterable[Value]) -> list[Value]:
    """Names that people give their mailboxes."""
    parts = (value.partition("@")[0].lower() for kind, value in details if kind == "registrant-email")
    return [("persona", part) for part in parts if len(part) >= _SHORTEST and part not in OFFICES]


def _appearance(
    id: str, evidence: Evidence, values: Iterable[Value], some: Sequence[tuple[str, Placed]], ours: set[str]
) -> Appearance:
    at = sorted({where for where, _ in some})
    return Appearance(
        id=id,
        evidence=evidence,
        values=tuple(dict.fromkeys(values)),
        at=tuple([where for where in at if where in ours] or at),
        seen=span(p.trace.seen for _, p in some),
        places=tuple(sorted({f"{p.origin.evidence[:12]} {p.trace.at}" for _, p in some})),
        ours=any(where in ours for where in at),
        source=min((p.origin.source for _, p in some), key=lambda source: source.grade),
    )


def _accounts(ground: Ground, group: Members) -> Iterator[Appearance]:
    """Accounts that were used on hops, without those that every system has."""
    addresses = profiling.hops(ground, group)
    held: dict[str, list[tuple[str, Placed]]] = defaultdict(list)
    for placed in ground.logins:
        account = _account(placed.trace)
        if len(account) >= _SHORTEST and account not in OFFICES:
            held[account].append((placed.origin.server or "", placed))
    for account, some in sorted(held.items()):
        yield _appearance(f"log-in {account}", "log-in", [("persona", account)], some, addresses)


def _account(trace: Trace) -> str:
    """Account of a login, without its domain; what a client calls itself before logging in (a cookie) counts less."""
    said = dict(part.partition("=")[::2] for part in trace.detail.split(";"))
    return said.get("account", "").rpartition("\\")[2].lower()


def _posts(ground: Ground, group: Members) -> Iterator[Appearance]:
    """Handles that evidence states, as of forums, with the mailbox of the same record."""
    own = {i.id for i in group.intrusions} | {None}
    rows = ground.once("posts", lambda: ground.records(group.state, ("persona", "email-addr")))
    for n, (place, some) in enumerate(groupby(rows, key=lambda row: row[:2]), 1):
        record = [o for *_, o in some]
        handles = [o for o in record if o.kind == "persona"]
        if handles:
            kinds = {"persona": "persona", "email-addr": "registrant-email"}
            yield Appearance(
                id=f"post {n}",
                evidence="post",
                values=tuple(dict.fromkeys((kinds[o.kind], o.value.lower()) for o in record)),
                at=(f"{place[0][:12]} {place[1]}",),
                seen=span(o.seen for o in record),
                places=tuple(sorted(o.id for o in handles)),
                ours=any(o.intrusion in own for o in handles),
                source=min((o.source for o in handles), key=lambda source: source.grade),
            )


def _in_malware(ground: Ground, group: Members, handles: set[str]) -> Iterator[Appearance]:
    """Handles in strings and debug paths of files, with the families they are of."""
    found = capabilities.found(ground, group)
    held: dict[tuple[str, bool], list[tuple[str, Item]]] = defaultdict(list)
    for file in found.catalogue.files:
        ours = not found.members.isdisjoint(file.seen)
        shown = {text.lower() for text in file.of("text")}
        shown |= {part for path in file.of("pdb-path") for part in path.lower().replace("/", "\\").split("\\")}
        for handle in handles & shown:
            family = next(iter(file.of("software")), file.name)
            held[handle, ours].append((family, file))
    for (handle, ours), some in sorted(held.items()):
        yield Appearance(
            id=f"malware {handle}" + ("" if ours else " elsewhere"),
            evidence="malware",
            values=(("persona", handle),),
            at=tuple(sorted({family for family, _ in some})),
            seen=span(seen for _, file in some for seen in file.seen.values()),
            places=tuple(sorted({part for _, file in some for part in file.parts})),
            ours=ours,
            source=min((file.source for _, file in some), key=lambda source: source.grade),
        )
