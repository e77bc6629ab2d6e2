"""Back to the origin: who logged in to a group's hops, from which networks, and what hid behind them (HTRAN).

A log-in that two logs saw counts once. An address is placed in its network by the registries in the evidence, as of
the moment. A network is called one of origin only when two kinds of evidence of their own meet in it: log-ins to hops,
and hidden origins of HTRAN or the keyboard layout of most sessions. What is seen at a hop speaks of where operators
come from; what a victim sees does not (rule IN-7).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.profile import Counted, Profile
from backtrail.profiles.languages import language
from backtrail.profiles.netblocks import Netblocks

_SAME = 300.0
"""Seconds within which two logs that show the same client at the same server mean one log-in."""

_LEAST = 2
"""Addresses of each kind of evidence that make a network one of origin."""


class HopLogin(Struct, frozen=True, order=True):
    """Somebody who got in to a hop.

    Attributes:
        at: Seconds since 1970, by the hop's own clock.
        client: Where from.
        server: The hop.
        layout: Keyboard layout, where the log shows it.
        place: Where in the evidence.
        sure: Whether the hop's clock is known; else the moment only tells records of that hop apart.
    """

    at: float
    client: str
    server: str
    layout: str = ""
    place: str = ""
    sure: bool = True


class Relay(Struct, frozen=True, order=True):
    """A hidden origin that HTRAN on a hop told of."""

    at: float
    hop: str
    origin: str
    place: str = ""


def trace(
    group: str,
    logins: Iterable[HopLogin],
    relays: Iterable[Relay],
    networks: Netblocks,
    as_of: str | None = None,
    knocks: Iterable[tuple[str, float]] = (),
) -> Profile:
    """Origins behind a group's hops.

    Args:
        group: Its id.
        logins: Log-ins to its hops, as the logs show them.
        relays: HTRAN on its hops.
        networks: Registries in the evidence.
        as_of: The moment up to which was looked, for the record.
        knocks: Addresses that came to the same hops and did not get in, with the moment: what chance would give.
    """
    came = joined(logins)
    hidden = _once(relays, lambda r: (r.hop, r.origin))
    if not came and not hidden:
        sentence = "No log of a hop of this group is in the evidence: it ends at the servers that victims talked to."
        return Profile(kind="trace", group=group, finding=sentence, enough=False, as_of=as_of)
    rows = _networks(came, hidden, networks)
    home = _home(rows, came)
    numbers = [*_login_numbers(came, rows), *_relay_numbers(hidden, home), *_home_numbers(came, home)]
    numbers += _against_chance(came, home, networks, knocks)
    unknown = next((row for row in rows if not row.network), None)
    limits = (
        [f"{len(unknown.clients | unknown.origins)} addresses are in no registry of the evidence."] if unknown else []
    )
    return Profile(
        kind="trace",
        group=group,
        finding=_sentence(came, hidden, home),
        enough=True,
        numbers=tuple(numbers),
        columns=(
            "network",
            "holder",
            "country",
            "registrant",
            "log-in addresses",
            "share",
            "log-ins",
            "HTRAN addresses",
            "data newer than the sighting",
        ),
        rows=tuple(_row(row, {c for r in rows for c in r.clients}) for row in rows),
        limits=(*limits, "An address is where a connection left the network: an exit or a rented host looks the same."),
        as_of=as_of,
    )


def joined(logins: Iterable[HopLogin]) -> list[HopLogin]:
    """Log-ins, each once: the first record of each, with the layout of whichever shows one."""
    kept: list[HopLogin] = []
    last: dict[tuple[str, str], int] = {}
    for one in sorted(set(logins)):
        key = (one.client, one.server)
        at = last.get(key)
        if at is not None and one.at - kept[at].at <= _SAME:
            if one.layout and not kept[at].layout:
                first = kept[at]
                kept[at] = HopLogin(first.at, first.client, first.server, one.layout, first.place, first.sure)
        else:
            last[key] = len(kept)
            kept.append(one)
    return kept


def _once(relays: Iterable[Relay], key: Callable[[Relay], Hashable]) -> list[Relay]:
    kept: list[Relay] = []
    last: dict[Hashable, float] = {}
    for one in sorted(set(relays)):
        if one.at - last.get(key(one), -math.inf) > _SAME:
            kept.append(one)
            last[key(one)] = one.at
    return kept


def _home(rows: Sequence["_Network"], came: Sequence[HopLogin]) -> list["_Network"]:
    """Networks of origin: log-ins of several addresses meet in them with evidence of another kind.

    That is hidden origins of HTRAN, or a concentration of log-ins under the keyboard layout of most sessions. A network
    whose sessions show other layouts is none: rented hosts and exits have whatever their owners set.
    """
    layouts = Counter(language(one.layout) for one in came if one.layout)
    usual = layouts.most_common(1)[0][0] if layouts else ""
    addresses = len({one.client for one in came})
    found = []
    for row in rows:
        agree = not row.layouts or 2 * row.layouts[usual] > row.layouts.total()
        concentrated = bool(row.layouts) and len(row.clients) >= _CONCENTRATED * addresses
        several = row.network and len(row.clients) >= _LEAST
        if several and agree and (concentrated or len(row.origins) >= _LEAST):
            found.append(row)
    return found


_CONCENTRATED = 0.05
"""Share of log-in addresses that one network does not have by chance, when they come from everywhere."""


class _Network(Struct):
    network: str = ""
    holder: str = ""
    country: str = ""
    registrant: str = ""
    dated: str = ""
    clients: set[str] = set()
    logins: int = 0
    layouts: Counter[str] = Counter()
    origins: set[str] = set()


def _networks(came: Sequence[HopLogin], hidden: Sequence[Relay], networks: Netblocks) -> list[_Network]:
    """Networks with what came from each, those of most addresses first."""
    found: dict[str, _Network] = defaultdict(_Network)

    def row(address: str, at: float) -> _Network:
        block = networks.of(address, at)
        one = found[block.network if block else ""]
        if block:
            one.network, one.holder, one.country = block.network, block.holder, block.country
            one.registrant, one.dated = block.registrant, max(one.dated, block.dated)
        return one

    for login in came:
        one = row(login.client, login.at)
        one.clients = one.clients | {login.client}
        one.logins += 1
        one.layouts = one.layouts + Counter([language(login.layout)] if login.layout else [])
    for relay in hidden:
        one = row(relay.origin, relay.at)
        one.origins = one.origins | {relay.origin}
    return sorted(found.values(), key=lambda n: (-len(n.clients | n.origins), n.network))


def _login_numbers(came: Sequence[HopLogin], rows: Sequence[_Network]) -> list[Counted]:
    if not came:
        return []
    parts = tuple(one.place for one in came)
    clients = {one.client for one in came}
    numbers = [
        Counted(id="rdp_logins", value=len(came), unit="logins", parts=parts),
        Counted(id="rdp_ips", value=len(clients), unit="IPs", parts=tuple(sorted(clients))),
        _part("hops", "servers", {one.server for one in came}),
    ]
    countries: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        countries[row.country].update(row.clients)
    for country, some in sorted(countries.items(), key=lambda item: (-len(item[1]), item[0])):
        if country and some:
            numbers.append(_part(f"rdp_ips_{country.lower()}", "IPs", some))
            numbers.append(_share(f"rdp_ips_{country.lower()}_share", some, len(clients)))
    layouts: dict[str, list[str]] = defaultdict(list)
    for login in came:
        if login.layout:
            layouts[language(login.layout)].append(login.place)
    for spoken, places in sorted(layouts.items(), key=lambda item: (-len(item[1]), item[0])):
        numbers.append(_part(f"rdp_layout_{spoken}", "sessions", places))
        numbers.append(_share(f"rdp_layout_{spoken}_share", places, len(came)))
    return numbers


def _relay_numbers(hidden: Sequence[Relay], home: Sequence[_Network]) -> list[Counted]:
    if not hidden:
        return []
    origins = {one.origin for one in hidden}
    at_home = origins & {o for row in home for o in row.origins}
    return [
        Counted(id="htran_instances", value=len(hidden), unit="instances", parts=tuple(one.place for one in hidden)),
        _part("htran_ips", "IPs", origins),
        _part("htran_home", "IPs", at_home),
    ]


def _home_numbers(came: Sequence[HopLogin], home: Sequence[_Network]) -> list[Counted]:
    if not home:
        return []
    clients = {one.client for one in came} & {c for row in home for c in row.clients}
    return [
        _part("home_networks", "net blocks", {row.network for row in home}),
        _part("rdp_ips_four_nets", "IPs", clients),
    ]


_FEW = 20
"""Addresses that knocked, below which their share says nothing."""


def _against_chance(
    came: Sequence[HopLogin], home: Sequence[_Network], networks: Netblocks, knocks: Iterable[tuple[str, float]]
) -> list[Counted]:
    """The share of log-in addresses in networks of origin, and of others who knocked at the same hops (a null)."""
    clients = {one.client for one in came}
    if not home or not clients:
        return []
    here = {row.network for row in home}
    numbers = [_share("home_share", {c for row in home for c in row.clients}, len(clients))]
    others = {address: at for address, at in knocks if address not in clients}
    if len(others) >= _FEW:
        known = {a for a, at in others.items() if (block := networks.of(a, at)) and block.network in here}
        null = _share("home_share_by_chance", known, len(others))
        numbers.append(replace(null, note=f"of {len(others)} addresses that knocked at the same hops in vain"))
    return numbers


def _part(id: str, unit: str, some: Iterable[str]) -> Counted:
    parts = tuple(sorted(some))
    return Counted(id=id, value=len(parts), unit=unit, parts=parts)


def _share(id: str, some: Iterable[str], of: int) -> Counted:
    """A share of so many, with the parts of which it is one."""
    parts = tuple(sorted(some))
    low, high = wilson(len(parts), of)
    value = round(len(parts) / of, 6)
    return Counted(id=id, value=value, unit="share", parts=parts, low=round(low, 4), high=round(high, 4))


def wilson(some: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927), sound for few and for shares near 0 and 1.

    >>> [round(end, 3) for end in wilson(817, 832)]
    [0.97, 0.989]
    """
    z, share = 1.96, some / of
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def _sentence(came: Sequence[HopLogin], hidden: Sequence[Relay], home: Sequence[_Network]) -> str:
    clients = {one.client for one in came}
    said = f"{len(came)} log-ins to {len({one.server for one in came})} hops came from {len(clients)} addresses"
    behind = f", and HTRAN told of {len({one.origin for one in hidden})} hidden origins" if hidden else ""
    if not home:
        return f"{said}{behind}; no network is seen by both."
    here = clients & {c for row in home for c in row.clients}
    return f"{said}{behind}; {len(home)} networks hold {len(here)} of the addresses, by two kinds of evidence."


def _row(row: _Network, everyone: set[str]) -> tuple[str, ...]:
    share = ""
    if row.clients:
        low, high = wilson(len(row.clients), len(everyone))
        share = f"{len(row.clients) / len(everyone):.1%} ({low:.0%}-{high:.0%})"
    return (
        row.network or "in no registry here", row.holder, row.country, row.registrant, str(len(row.clients) or ""),
        share, str(row.logins or ""), str(len(row.origins) or ""), row.dated,
    )  # fmt: skip
