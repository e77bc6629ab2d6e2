"""Requests as logs of web proxies and web servers tell them, field by field.

Proxies stand between the sensor's own clients and the world: the destination is `out`. Servers are the sensor's own:
the client is `in`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from msgspec import Struct

from backtrail.formats.kit.parts import bare_host, like_address
from backtrail.model.telemetry import UNKNOWN_TIME, Column, Direction, Telemetry, Ties

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {
    name: n
    for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_NONE = frozenset({"", "-"})


class Requests(Struct, kw_only=True):
    """Some requests; each list that is not empty is beside `numbers`.

    Attributes:
        numbers: Line of each request.
        times: Its moment.
        clients: Who asked.
        hosts: Host that was asked for; a name or an address.
        servers: Address that answered.
        ports: Port it was asked at, where the request says one.
        urls: What was asked for: whole addresses.
        paths: What was asked for: paths with their queries.
        agents: User-Agent headers.
        referrers: Referer headers.
        up: Bytes from client to server.
        down: Bytes from server to client.
    """

    numbers: Sequence[int]
    times: Sequence[float]
    clients: Sequence[str] = ()
    hosts: Sequence[str] = ()
    servers: Sequence[str] = ()
    ports: Sequence[str] = ()
    urls: Sequence[str] = ()
    paths: Sequence[str] = ()
    agents: Sequence[str] = ()
    referrers: Sequence[str] = ()
    up: Sequence[int] | None = None
    down: Sequence[int] | None = None


def proxied(asked: Requests) -> Telemetry:
    """Requests through a proxy. A host that is an address itself counts once."""
    servers = asked.servers
    if servers and asked.hosts:
        servers = ["" if server == host else server for server, host in zip(servers, asked.hosts, strict=True)]
    columns = [
        _column("domain-name", asked.hosts, "out", asked.up, asked.down),
        _column("ipv4-addr", servers, "out", asked.up, asked.down),
        _column("ipv4-addr", asked.clients, ""),
        _column("url", asked.urls, "out"),
        _column("user-agent", asked.agents, "out"),
    ]
    return _telemetry(asked, columns, (*_resolved(asked.hosts, asked.servers), *_asked_at(asked)))


def served(asked: Requests) -> Telemetry:
    """Requests to a server of one's own."""
    columns = [
        _column("ipv4-addr", asked.clients, "in", asked.down, asked.up),
        _column("url-path", asked.paths, "in"),
        _column("url", asked.referrers, "in"),
        _column("user-agent", asked.agents, "in"),
    ]
    return _telemetry(asked, columns, ())


def _column(
    kind: str,
    values: Sequence[str],
    direction: Direction,
    sent: Sequence[int] | None = None,
    received: Sequence[int] | None = None,
) -> Column | None:
    return Column(kind=kind, values=values, direction=direction, sent=sent, received=received) if values else None


def _telemetry(asked: Requests, columns: list[Column | None], ties: tuple[Ties, ...]) -> Telemetry:
    given = tuple(column for column in columns if column is not None)
    return Telemetry(unit="line", numbers=asked.numbers, times=asked.times, columns=given, ties=ties)


def _resolved(hosts: Sequence[str], servers: Sequence[str]) -> tuple[Ties, ...]:
    rows = [
        row
        for row, (host, server) in enumerate(zip(hosts, servers, strict=False))
        if server not in _NONE and host not in _NONE and not like_address(host)
    ]
    if not rows:
        return ()
    of, values = [hosts[r] for r in rows], [servers[r] for r in rows]
    return (Ties(relation="resolves-to", of_kind="domain-name", of=of, kind="ipv4-addr", values=values, rows=rows),)


def _asked_at(asked: Requests) -> tuple[Ties, ...]:
    """Servers with the ports that requests named; HTTP is what a proxy speaks, and nobody knows what a tunnel holds."""
    places = enumerate(zip(asked.servers or asked.hosts, asked.ports, asked.urls or asked.ports, strict=False))
    found = [
        (row, server, port, "http" if url.startswith("http://") else "")
        for row, (server, port, url) in places
        if port not in _NONE and like_address(server)
    ]
    if not found:
        return ()
    rows, servers, ports, spoken = (list(column) for column in zip(*found, strict=True))
    return (
        Ties(
            relation="serves", of_kind="ipv4-addr", of=servers, kind="port", values=ports, rows=rows, details=spoken
        ),
    )  # fmt: skip


def port_of_url(url: str) -> str:
    """The port of a URL, or of what a client asks a proxy to connect to; empty where the scheme has none of its own.

    >>> port_of_url("http://u@news.example:8080/a"), port_of_url("news.example:443"), port_of_url("http://a.example/")
    ('8080', '443', '80')
    """
    scheme, _, rest = url.rpartition("://")
    place = (rest if scheme else url).split("/", 1)[0].rpartition("@")[2]
    port = place.rpartition(":")[2] if ":" in place.rpartition("]")[2] else ""
    return port if port.isdigit() else _PORTS.get(scheme.lower(), "")


_PORTS = {"http": "80", "https": "443", "ftp": "21"}


def host_of_url(url: str) -> str:
    """The host of a URL, or of what a client asks a proxy to connect to.

    >>> host_of_url("http://u@news.example:8080/a"), host_of_url("news.example:443"), host_of_url("http:")
    ('news.example', 'news.example', '')
    """
    parts = url.split("/", 3)
    place = parts[2] if len(parts) > 2 and parts[0].endswith(":") else "" if url.endswith(":") else parts[0]
    if ":" in place or "@" in place:
        return bare_host(place.rpartition("@")[2])
    return place


@lru_cache(maxsize=4096)
def clf_time(stamp: str) -> float | None:
    """Seconds since 1970 of `02/Apr/2012:09:00:00 +0200`, the time of the Common Log Format; None when it is none.

    >>> clf_time("02/Apr/2012:11:00:00 +0200")
    1333357200.0
    """
    try:
        zone = timezone(timedelta(hours=int(stamp[21:24]), minutes=int(stamp[21] + stamp[24:26])))
        day, month, year = int(stamp[:2]), _MONTHS[stamp[3:6]], int(stamp[7:11])
        when = datetime(year, month, day, int(stamp[12:14]), int(stamp[15:17]), int(stamp[18:20]), 0, zone)
        return max(when.timestamp(), UNKNOWN_TIME)
    except (ValueError, KeyError, IndexError, OverflowError):
        return None


@lru_cache(maxsize=4096)
def utc_time(stamp: str) -> float:
    """Seconds since 1970 of `2012-04-02 09:00:00`, in UTC as W3C logs are."""
    try:
        when = datetime.fromisoformat(stamp)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return UNKNOWN_TIME
