"""Servers of a group: address, port, what listens there, in which country, from when to when.

A server is a program that listens: one address with FTP and a web server counts twice. What listens is told by what
was seen: an HTTP request, an FTP session, a log-in to the desktop; what is spoken otherwise or encrypted is taken for
the server of a backdoor. Where HTRAN runs it listens for victims and hands on what they send, whatever they speak.
Where only an address is known, there is one program, and its port is not known.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from backtrail.model.profile import Counted, Profile
from backtrail.model.telemetry import spelled

Kind = Literal["ftp", "web", "rdp", "htran", "backdoor"]

_YEARS = 2
"""Years up to the month of the last sighting in which servers count as recent."""

_BY_PROTOCOL: Mapping[str, Kind] = {"ftp": "ftp", "ftp-data": "ftp", "http": "web", "rdp": "rdp"}
_BY_PORT: Mapping[str, Kind] = {"21": "ftp", "3389": "rdp"}


class Listened(Struct, frozen=True, order=True):
    """Something listened at an address.

    Attributes:
        address: Where.
        port: Its port; empty when nobody saw it.
        kind: What it is; empty when only the connection was seen.
        protocol: What the sensor recognised; empty for nothing.
        first: Seconds since 1970; 0 when it is not known.
        last: Of the last.
        part: Observation or place in the evidence.
    """

    address: str
    port: str
    kind: Kind | Literal[""]
    protocol: str
    first: float
    last: float
    part: str


class Server(Struct, frozen=True, kw_only=True):
    """One program that listens.

    Attributes:
        address: Where.
        port: Its port; empty when nobody saw it.
        kind: What it is.
        country: Of the address, by the registries.
        first: Seconds since 1970 of the first sighting; 0 when it is not known.
        last: Of the last.
        parts: Observations or places in the evidence.
    """

    address: str
    port: str
    kind: Kind
    country: str
    first: float
    last: float
    parts: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its address, its port where that is known, and what it is: what numbers list it as."""
        return " ".join(filter(None, (self.address, self.port, self.kind)))


def listed(seen: Iterable[Listened], country: Callable[[str, float], str]) -> list[Server]:
    """Programs that listen, each once, in the order of addresses."""
    at: dict[tuple[str, str], list[Listened]] = defaultdict(list)
    for one in sorted(set(seen)):
        at[one.address, one.port].append(one)
    ported: dict[str, set[str]] = defaultdict(set)
    for address, port in at:
        ported[address].update({port} - {""})
    relaying = {one.address for some in at.values() for one in some if one.kind == "htran"}
    found: dict[tuple[str, str, Kind], list[Listened]] = defaultdict(list)
    for (address, port), some in at.items():
        for kind in _kinds(port, some, ported[address], relays=address in relaying):
            found[address, port, kind].extend(some)
    return [_server(*key, some, country) for key, some in sorted(found.items())]


def _kinds(port: str, some: Sequence[Listened], ported: set[str], *, relays: bool) -> set[Kind]:
    """What listens at a port: what was said of it, else what was spoken; a bare address only when nothing else is."""
    said: set[Kind] = {one.kind for one in some if one.kind}
    if not port:
        known = said - {"htran"} if ported - _BY_PORT.keys() else said
        return known or (set() if ported or said else {"backdoor"})
    if said:
        return said
    if relays and port not in _BY_PORT:
        return {"htran"}
    spoken = {_BY_PROTOCOL[p] for one in some for p in one.protocol.split(",") if p in _BY_PROTOCOL}
    return spoken or {_BY_PORT.get(port, "backdoor")}


def _server(
    address: str, port: str, kind: Kind, some: Sequence[Listened], country: Callable[[str, float], str]
) -> Server:
    firsts = [one.first for one in some if one.first]
    first = min(firsts, default=0.0)
    return Server(
        address=address, port=port, kind=kind, country=country(address, first), first=first,
        last=max(one.last for one in some), parts=tuple(sorted({one.part for one in some if one.part})),
    )  # fmt: skip


def recent(servers: Sequence[Server], since: float | None = None) -> tuple[float, list[Server]]:
    """Servers of the last two years, and when these begin: with the month two years before that of the last sighting.

    Args:
        servers: All servers.
        since: Seconds since 1970, to count from another moment.
    """
    last = max((s.last for s in servers), default=0.0)
    if since is None:
        end = datetime.fromtimestamp(last, UTC)
        since = datetime(max(end.year - _YEARS, 1970), end.month, 1, tzinfo=UTC).timestamp() if last else 0.0
    return since, [s for s in servers if s.last >= since]


def servers(group: str, all_of_them: Sequence[Server], since: float | None = None, as_of: str | None = None) -> Profile:
    """The servers of a group as a finding.

    Args:
        group: Its id.
        all_of_them: Its servers.
        since: Seconds since 1970 from which on they count; the last two years when left out.
        as_of: The moment up to which was looked, for the record.
    """
    begin, late = recent(all_of_them, since)
    if not late:
        sentence = "No server of this group is known: no victim's log shows an address, and no name led to one."
        return Profile(kind="trace", group=group, finding=sentence, enough=False, as_of=as_of)
    places: dict[str, set[str]] = defaultdict(set)
    for one in late:
        places[one.country].add(one.address)
    known = sorted(((c, a) for c, a in places.items() if c), key=lambda item: (-len(item[1]), item[0]))
    first = f", {len(known[0][1])} of them in {known[0][0]}" if known else ""
    addresses = {one.address for one in late}
    unplaced = places.get("", set())
    return Profile(
        kind="trace",
        group=group,
        finding=(
            f"Since {(spelled(begin) or 'the beginning')[:10]} at least {len(late)} programs listened at "
            f"{len(addresses)} addresses in {len(known)} countries{first}."
        ),
        enough=True,
        numbers=(*_numbers(late, known), *_first_web(all_of_them)),
        columns=("address", "port", "kind", "country", "first", "last", "seen in"),
        rows=tuple(
            (s.address, s.port, s.kind, s.country, (spelled(s.first) or "")[:10], (spelled(s.last) or "")[:10],
             str(len(s.parts)))
            for s in sorted(all_of_them, key=lambda s: (-s.last, s.address, s.port))
        ),
        limits=(
            "Places are those of servers, not of people.",
            "What is encrypted or in a protocol that no sensor knows is taken for a backdoor's server.",
            *([f"{len(unplaced)} addresses are in no registry of the evidence."] if unplaced else []),
            *([f"{n} programs are known without their ports."] if (n := sum(not s.port for s in late)) else []),
        ),
        as_of=as_of,
    )  # fmt: skip


def _first_web(all_of_them: Sequence[Server]) -> Iterable[Counted]:
    """The month in which a victim first talked HTTP to a server of the group."""
    dated = [s for s in all_of_them if s.kind == "web" and s.first]
    if dated:
        one = min(dated, key=lambda s: s.first)
        yield Counted(id="c2_web_first", value=(spelled(one.first) or "")[:7], unit="month", parts=one.parts)


def _numbers(late: Sequence[Server], known: Sequence[tuple[str, set[str]]]) -> Iterable[Counted]:
    addresses = tuple(sorted({s.address for s in late}))
    by_kind = Counter(s.kind for s in late)
    yield Counted(id="c2_servers", value=len(late), unit="servers", note="address, port and kind; at least",
                  parts=tuple(s.label for s in late))  # fmt: skip
    yield Counted(id="c2_ips", value=len(addresses), unit="IPs", parts=addresses)
    yield Counted(id="c2_countries", value=len(known), unit="countries", parts=tuple(c for c, _ in known))
    yield Counted(id="c2_kinds", value=len(by_kind), unit="kinds", parts=tuple(sorted(by_kind)))
    for kind, count in by_kind.most_common():
        some = tuple(s.label for s in late if s.kind == kind)
        yield Counted(id=f"c2_{kind}", value=count, unit="servers", parts=some)
    for country, some_addresses in known:
        yield Counted(id=f"c2_{country.lower()}", value=len(some_addresses), unit="IPs",
                      parts=tuple(sorted(some_addresses)))  # fmt: skip
