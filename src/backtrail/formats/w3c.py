"""W3C extended log files, as IIS and Blue Coat (ProxySG) write them: columns named by a `#Fields:` line.

The header may come again in the middle of a file and name other columns in another order (W3C working draft
WD-logfile-960323). What the log is of, a proxy or a server of one's own, is told by its columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO

from msgspec import Struct

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Lines, amount, blocks
from backtrail.formats.kit.parts import first_lines
from backtrail.formats.kit.web_logs import Requests, proxied, served, utc_time
from backtrail.model.record import Record

_OF_PROXIES = frozenset(
    {
        "cs-uri-scheme",
        "r-ip",
        "r-host",
        "s-supplier-ip",
        "s-supplier-name",
        "s-action",
        "sc-filter-result",
        "s-hierarchy",
    }
)


class _Header(Struct):
    """What the `#` lines say of the rows below them."""

    fields: tuple[str, ...] = ()
    day: str = ""


def sniff(head: bytes, name: str) -> bool:
    return any(line.startswith(b"#Fields:") for line in first_lines(head, 10))


def read(stream: BinaryIO) -> Iterator[Read]:
    header = _Header()
    for lines, problems in blocks(stream):
        yield from problems
        held: Lines = []
        for number, line in lines:
            if line.startswith(b"#"):
                yield from _rows(held, header)
                held = []
                _directive(line.decode("utf-8", "replace"), header)
            else:
                held.append((number, line))
        yield from _rows(held, header)


def _directive(line: str, header: _Header) -> None:
    name, _, value = line[1:].partition(":")
    if name == "Fields":
        header.fields = tuple(value.split())
    elif name == "Date":
        header.day = value.strip()[:10]


def _rows(lines: Lines, header: _Header) -> Iterator[Read]:
    width = len(header.fields)
    numbers, rows = [], []
    for number, line in lines:
        cells = _cells(line.decode("utf-8", "replace"))
        if len(cells) == width and width:
            numbers.append(number)
            rows.append(cells)
        else:
            problem = f"{len(cells)} cells under a header of {width}" if width else "a row before any #Fields line"
            yield Record(where=f"line {number}", problem=problem)
    if rows:
        columns = dict(zip(header.fields, zip(*rows, strict=True), strict=True))
        asked = _requests(numbers, columns, header.day)
        yield proxied(asked) if _OF_PROXIES.intersection(columns) else served(asked)


def _cells(line: str) -> list[str]:
    """Cells between spaces or tabs; one in quotes may have spaces in it."""
    if '"' not in line:
        return line.split()
    cells: list[str] = []
    for place, piece in enumerate(line.split('"')):
        cells += [piece] if place % 2 else piece.split()
    return cells


Columns = Mapping[str, Sequence[str]]


def _requests(numbers: list[int], columns: Columns, day: str) -> Requests:
    hosts = _first(columns, "cs-host", "cs(Host)", "r-host", "s-supplier-name")
    return Requests(
        numbers=numbers,
        times=_times(columns, day, len(numbers)),
        clients=_first(columns, "c-ip", "c-address", "cs(X-Forwarded-For)"),
        hosts=hosts,
        servers=_addresses(_first(columns, "r-ip", "s-supplier-ip")),
        ports=columns.get("cs-uri-port", ()),
        urls=_urls(columns, hosts),
        paths=_paths(columns),
        agents=[_spaced(agent) for agent in _first(columns, "cs(User-Agent)", "cs(User-agent)", "c-agent")],
        referrers=_first(columns, "cs(Referer)", "cs(Referrer)"),
        up=_amounts(columns, "cs-bytes"),
        down=_amounts(columns, "sc-bytes"),
    )


def _first(columns: Columns, *names: str) -> Sequence[str]:
    return next((columns[name] for name in names if name in columns), ())


def _amounts(columns: Columns, name: str) -> list[int] | None:
    return [amount(value) for value in columns[name]] if name in columns else None


def _addresses(values: Sequence[str]) -> Sequence[str]:
    return [value if value[-1:].isdigit() or ":" in value else "" for value in values]


def _spaced(agent: str) -> str:
    """IIS writes `+` for a space."""
    return agent.replace("+", " ") if "+" in agent and " " not in agent else agent


def _times(columns: Columns, day: str, count: int) -> list[float]:
    clock = columns.get("time")
    if clock is None:
        return [utc_time(stamp.strip("[]")[:32]) for stamp in _first(columns, "x-timestamp", "gmttime")] or [
            0.0
        ] * count
    days = columns.get("date") or [day] * count
    return [utc_time(f"{date} {time}"[:32]) for date, time in zip(days, clock, strict=True)]


def _paths(columns: Columns) -> list[str]:
    stems = _first(columns, "cs-uri-stem", "cs-uri-path")
    queries = columns.get("cs-uri-query") if stems else ()
    if not queries:
        return list(stems)
    return [
        stem if query in ("-", "") else f"{stem}{query}" if query.startswith("?") else f"{stem}?{query}"
        for stem, query in zip(stems, queries, strict=True)
    ]


def _urls(columns: Columns, hosts: Sequence[str]) -> Sequence[str]:
    """Whole addresses: as the log has them, or put together of scheme, host, port and path."""
    whole = _first(columns, "cs-uri", "c-uri")
    if whole:
        return [url if "://" in url else "" for url in whole]
    paths = _paths(columns)
    if not hosts or not paths:
        return ()
    schemes = columns.get("cs-uri-scheme") or ["http"] * len(paths)
    ports = columns.get("cs-uri-port") or ["-"] * len(paths)
    return [
        f"{scheme}://{host}{'' if port in _USUAL else f':{port}'}{path}" if scheme in _WEB and path[:1] == "/" else ""
        for scheme, host, port, path in zip(schemes, hosts, ports, paths, strict=True)
    ]


_WEB = frozenset({"http", "https", "ftp"})
_USUAL = frozenset({"-", "", "0", "80", "443", "21"})

FORMAT = Format(
    name="w3c",
    title="W3C extended log (IIS, Blue Coat)",
    media_type="text/plain",
    suffix=".log",
    sniff=sniff,
    read=read,
)
