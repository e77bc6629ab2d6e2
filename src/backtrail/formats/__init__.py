"""File formats, one small file each. Bytes in, records out; no disk, no network, no judgement."""

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from backtrail.formats.kit.format import Format
from backtrail.model.errors import NotFoundError, UnknownFormatError

BUILT_IN = (
    "manifest",
    "server",
    "warning_list",
    "stix",
    "pe",
    "x509",
    "evtx",
    "pcap",
    "winjson",
    "misp",
    "openioc",
    "certificates",
    "suricata",
    "zeek",
    "rdap",
    "passive_dns",
    "yara_hits",
    "triage",
    "rpsl",
    "whois",
    "delegated",
    "w3c",
    "squid",
    "apache",
    "mail",
    "syslog",
    "observations",
    "json_log",
    "pdf",
    "parquet",
    "html",
    "indicators",
    "markdown",
    "text",
)
"""In the order they are asked: most telling signature first, anything-goes formats last."""

HEAD = 1 << 16
"""Bytes shown to `sniff`."""


@cache
def known() -> dict[str, Format]:
    """Every format at hand: ours in order, then those that other packages registered."""
    ours = {name: import_module(f"backtrail.formats.{name}").FORMAT for name in BUILT_IN}
    theirs = {point.name: point.load() for point in entry_points(group="backtrail.formats")}
    return ours | theirs


def detect(head: bytes, name: str) -> Format:
    """The first format that recognises the first bytes of a file, with its name as a hint.

    Raises:
        UnknownFormatError: None does.
    """
    for format in known().values():
        if format.sniff(head[:HEAD], name):
            return format
    start = "the file is empty" if not head else f"no format recognises {head[:16]!r}"
    raise UnknownFormatError(start, where="offset 0")


def named(name: str) -> Format:
    """The format of that name. Raises NotFoundError with the names there are."""
    try:
        return known()[name]
    except KeyError:
        raise NotFoundError(f"no format is called {name!r}; known: {', '.join(known())}") from None
