"""From servers to what each victim's logs and responder know of them."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random

from msgspec import Struct

from backtrail_worlds.clock import DAY
from backtrail_worlds.plan.arsenal import certificate
from backtrail_worlds.plan.model import Contact, Group, Intrusion, Server, Use

PLAIN_AGENT = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)"
TLS_KITS = ("zeek-tsv", "zeek-json", "suricata")


class Style(Struct, frozen=True):
    """How a group's implants speak HTTP: an agent of their own, used now and then, and paths."""

    agent: str
    paths: tuple[str, ...]


def certify(group: Group, count: int, by_number: Mapping[int, Intrusion], names: Sequence[str], rng: Random) -> None:
    """Certificates for servers that a victim with a TLS-reading sensor talks to."""
    fit = [
        server
        for server in group.servers
        if server.kind == "backdoor" and any(by_number[use.member].kit.network in TLS_KITS for use in server.uses)
    ]
    rng.shuffle(fit)
    for i in range(min(count, len(fit))):
        made = certificate(names[i], fit[i].first, rng)
        group.certificates.append(made)
        for server in fit[i :: max(count * 4, 1)][:3]:
            server.port, server.certificate = 443, made


def spread_contacts(group: Group, by_number: Mapping[int, Intrusion], style: Style, rng: Random) -> None:
    """Write every use of every server into the traces of the victim."""
    for server in group.servers:
        knowers = _knowers(server, rng)
        for place, use in enumerate(server.uses):
            traces = by_number[use.member].own
            traces.contacts += _contacts(group, server, (place, use), use.member in knowers, style, rng)


def _knowers(server: Server, rng: Random) -> set[int]:
    """Members whose responder lists the server: one at least where a member begins or ends, else perhaps none."""
    members = [use.member for use in server.uses]
    if not members:
        return set()
    if server.anchor:
        return set(members) if rng.random() < 0.15 else {rng.choice(members)}
    if server.link:
        return set(rng.choice(([], [], members[:1], members[:1], members[-1:], members)))
    return set(members) if rng.random() < 0.8 else set()


def _contacts(
    group: Group, server: Server, placed: tuple[int, Use], known: bool, style: Style, rng: Random
) -> Iterator[Contact]:
    place, use = placed
    names = server.names or [""]
    for i, name in enumerate(names):
        if i and place and rng.random() < 0.5:
            continue
        yield _contact(group, server, name, use, known and (i == 0 or rng.random() < 0.4), style, rng, whole=i == 0)
    if server.also and place == 0:
        yield Contact(names[0], server.address, 21, "ftp", use.first, use.last, rng.randint(1, 4), group.id, known)


def _contact(
    group: Group, server: Server, name: str, use: Use, known: bool, style: Style, rng: Random, *, whole: bool
) -> Contact:
    first, last = use.first, use.last
    if not whole:
        first += int((last - first) * rng.random() * 0.5)
        last = max(first, last - int((last - first) * rng.random() * 0.5))
    days = (last - first) // DAY
    web = server.kind in ("web", "htran")
    return Contact(
        domain=name,
        address=server.address,
        port=server.port,
        kind=server.kind,
        first=first,
        last=last,
        count=1 if first == last else rng.randint(2, 3 + min(days // 6, 9)),
        group=group.id,
        known=known,
        agent=(style.agent if rng.random() < 0.4 else PLAIN_AGENT) if web else "",
        path=rng.choice(style.paths) if web else "",
        certificate=server.certificate,
    )
