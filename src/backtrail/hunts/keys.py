"""Indicators compiled to typed keys: what the scan looks for, as tables, and which row each key stands for."""

import ipaddress
from collections.abc import Callable
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from backtrail.hunts.columns import Columns
from backtrail.hunts.keyrows import SLOW, key_rows, set_bits, text_key
from backtrail.hunts.mixing import HEXES, anchor_keys, hex_key, host_key, v4_key, v6_key
from backtrail.hunts.mixing import SERIAL as SERIAL_SALT
from backtrail.hunts.suffixes import host_suffix, mark_suffixes, pair_bits, text_suffix
from backtrail.hunts.tables import ADDRESS, DIGEST, HOST, MAILS, NETWORK, PORTS, SERIAL, URLS, Tables
from backtrail.hunts.words import STRINGS, Wanted
from backtrail.model.kinds import host_of

DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "imphash": 32, "ja3": 32, "x509-sha1": 40,
          "x509-sha256": 64}  # fmt: skip
_CLASS = {
    "domain-name": HOST, "name-server": HOST, "ipv4-addr": ADDRESS, "ipv6-addr": ADDRESS, "network": NETWORK,
    "url": URLS, "email-addr": MAILS, "registrant-email": MAILS, "ip-port": PORTS, "x509-serial": SERIAL,
    **dict.fromkeys(DIGITS, DIGEST),
}  # fmt: skip
_STRING, _UNUSABLE = 100, 101
SHORTEST_SERIAL = 8
"""Hex digits from which a serial number is looked for: a shorter one is in every log."""

Spell = Callable[[str, str], tuple[str, str]]
"""`observations.canonical`: kind and value in one spelling; ValueError for what is none."""


class Compiled(Struct):
    """What a hunt looks for.

    Attributes:
        columns: The indicators.
        tables: Keys for the scan.
        rows: Row of each entry of the tables; for URLs, mail addresses and sockets, any of them.
        exact_keys: Keys of whole URLs without scheme, mail addresses and sockets, sorted.
        exact_rows: Their rows.
        strings: Names, paths and other texts.
        unusable: Rows that cannot be looked for, with the reason; at most a thousand.
        left_out: How many such rows there are.
        spell: Gives a kind and value in their one spelling.
        refang: Gives a text as it is used.
    """

    columns: Columns
    tables: Tables
    rows: NDArray[np.int64]
    exact_keys: NDArray[np.uint64]
    exact_rows: NDArray[np.int64]
    strings: list[Wanted]
    unusable: list[tuple[int, str]]
    left_out: int
    spell: Spell
    refang: Callable[[str], str]

    def whole(self, text: str) -> list[int]:
        """Rows that may be this whole URL (without scheme), mail address or socket."""
        data = np.frombuffer(text.encode("utf-8", "replace") + b"\n", np.uint8)
        key = np.uint64(text_key(data, 0, len(data) - 1))
        low, high = (
            np.searchsorted(self.exact_keys, [key], "left")[0],
            np.searchsorted(self.exact_keys, [key], "right")[0],
        )
        return [int(r) for r in self.exact_rows[low:high]]


class _Slow:
    """Entries of rows whose spelling had to be put right, and those that are no single entry."""

    def __init__(self, base: int) -> None:
        self._base = base
        self.text = bytearray()
        self.entries: list[tuple[int, int, int, int, int, int, int, int]] = []
        """Key, class, row, start of text, length, anchor key, state behind the top-level label, suffix."""
        self.exact: list[tuple[int, int]] = []
        self.networks: list[tuple[int, int, int]] = []
        self.serials: list[int] = []
        self.strings: list[Wanted] = []
        self.unusable: list[tuple[int, str]] = []

    def keep(self, text: str) -> tuple[NDArray[np.uint8], int]:
        raw = text.encode()
        start = self._base + len(self.text)
        self.text += raw
        return np.frombuffer(raw, np.uint8), start

    def host(self, name: str, wanted: int, row: int) -> None:
        data, start = self.keep(name)
        top, anchor = anchor_keys(data, 0, len(data))
        key = host_key(data, 0, len(data))
        suffix = host_suffix(data, 0, len(data))
        self.entries.append((int(key), wanted, row, start, len(data), int(anchor), int(top), int(suffix)))

    def address(self, text: str, wanted: int, row: int) -> None:
        value = ipaddress.ip_address(text)
        key = _address_key(value, value.max_prefixlen)
        self.entries.append((key, wanted, row, 0, 0, key, 0, _address_suffix(value)))

    def place(self, text: str, wanted: int, row: int) -> None:
        """A host name or an address."""
        if text.replace(".", "").isdigit() or ":" in text:
            self.address(text, wanted, row)
        else:
            self.host(text, wanted, row)

    def hex(self, digits: str, wanted: int, row: int) -> None:
        data, start = self.keep(digits)
        key = int(hex_key(data, 0, len(data), SERIAL_SALT if wanted == SERIAL else HEXES))
        self.entries.append((key, wanted, row, start, len(data), key, 0, int(text_suffix(data, 0, len(data)))))

    def whole(self, text: str, row: int) -> None:
        data = np.frombuffer(text.encode() + b"\n", np.uint8)
        self.exact.append((int(text_key(data, 0, len(data) - 1)), row))

    def network(self, text: str, row: int) -> None:
        network = ipaddress.ip_network(text)
        key = _address_key(network.network_address, network.prefixlen)
        self.entries.append((key, NETWORK, row, 0, 0, key, 0, 0))
        self.networks.append((network.version, network.prefixlen, int(network.network_address)))


def _address_key(address: ipaddress.IPv4Address | ipaddress.IPv6Address, prefix: int) -> int:
    value = int(address)
    if address.version == 4:
        return int(v4_key(np.int64(value), prefix))
    return int(v6_key(np.uint64(value >> 64), np.uint64(value & (2**64 - 1)), prefix))


def _address_suffix(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    text = np.frombuffer(str(address).encode(), np.uint8)
    return int(text_suffix(text, 0, len(text))) if address.version == 4 else 0


def compiled(columns: Columns, spell: Spell, refang: Callable[[str], str]) -> Compiled:
    """Compile a list of indicators.

    Args:
        columns: The list.
        spell: `observations.canonical`.
        refang: `observations.canonical.refang`.
    """
    classes, keys, texts, anchors, tops, exact, suffixes = _plain_rows(columns)
    slow = _Slow(len(columns.data))
    for row in np.flatnonzero(classes == SLOW):
        _add(slow, columns.kind(int(row)), columns.value(int(row)), int(row), spell)
    plain = np.flatnonzero(classes < SLOW)
    more = np.array(slow.entries, np.uint64).reshape(-1, 8)
    entries = {
        "keys": np.concatenate([keys[plain], more[:, 0]]),
        "classes": np.concatenate([classes[plain], more[:, 1].astype(np.uint8)]),
        "rows": np.concatenate([plain, more[:, 2].astype(np.int64)]),
        "starts": np.concatenate([texts[plain, 0], more[:, 3].astype(np.int64)]),
        "lengths": np.concatenate([texts[plain, 1], more[:, 4].astype(np.int64)]),
        "anchors": np.concatenate([anchors[plain], more[:, 5]]),
        "tops": np.concatenate([tops[plain], more[:, 6]]),
        "suffixes": np.concatenate([suffixes[plain], more[:, 7]]),
    }
    urls = np.flatnonzero(classes == URLS)
    exact_keys = np.concatenate([exact[urls], np.array([k for k, _ in slow.exact], np.uint64)])
    exact_rows = np.concatenate([urls, np.array([r for _, r in slow.exact], np.int64)])
    order = np.argsort(exact_keys, kind="stable")
    del classes, keys, texts, anchors, tops, exact, suffixes, plain
    tables, rows = _tables(columns, slow, entries)
    return Compiled(
        columns, tables, rows, exact_keys[order], exact_rows[order], slow.strings, slow.unusable[:1000],
        len(slow.unusable), spell, refang,
    )  # fmt: skip


def _plain_rows(columns: Columns) -> tuple[NDArray[Any], ...]:
    """Arrays of the rows that are plain: class, key, text, anchor, top-level state, key of the whole, suffix."""
    size = len(columns)
    classes_of = np.array([_class_of(name) for name in columns.names] or [0], np.int64)
    digits_of = np.array([DIGITS.get(name, 0) for name in columns.names] or [0], np.int64)
    out = (
        np.zeros(size, np.uint8), np.zeros(size, np.uint64), np.zeros((size, 2), np.int64), np.zeros(size, np.uint64),
        np.zeros(size, np.uint64), np.zeros(size, np.uint64), np.zeros(size, np.uint64),
    )  # fmt: skip
    if size:
        wanted, sizes = classes_of[columns.kinds], digits_of[columns.kinds]
        key_rows(columns.data, columns.starts, columns.ends, wanted, sizes, out)
    return out


def _class_of(kind: str) -> int:
    return _CLASS.get(kind, _STRING if kind in STRINGS else _UNUSABLE)


def _add(slow: _Slow, kind: str, value: str, row: int, spell: Spell) -> None:
    """A row that is not plain."""
    wanted = _class_of(kind)
    if wanted == _UNUSABLE:
        slow.unusable.append((row, f"a {kind} is no value that logs show by itself"))
        return
    try:
        kind, text = spell(kind, value)
        _ADD[_class_of(kind)](slow, kind, text, value, row)
    except ValueError as error:
        slow.unusable.append((row, str(error)))


def _add_url(slow: _Slow, kind: str, text: str, raw: str, row: int) -> None:
    slow.place(host_of(kind, text) or "", URLS, row)
    place, slash, path = text.partition("://")[2].partition("/")
    slow.whole(place.rpartition("@")[2] + slash + path, row)


def _add_mail(slow: _Slow, kind: str, text: str, raw: str, row: int) -> None:
    slow.place(host_of("email-addr", text) or "", MAILS, row)
    slow.whole(text, row)


def _add_socket(slow: _Slow, kind: str, text: str, raw: str, row: int) -> None:
    slow.address(host_of(kind, text) or "", PORTS, row)
    slow.whole(text, row)


def _add_serial(slow: _Slow, kind: str, text: str, raw: str, row: int) -> None:
    if len(text) < SHORTEST_SERIAL:
        raise ValueError(f"a serial number of fewer than {SHORTEST_SERIAL} hex digits is in every log")
    slow.hex(text, SERIAL, row)
    slow.serials.append(len(text))


def _add_string(slow: _Slow, kind: str, text: str, raw: str, row: int) -> None:
    slow.strings.append(Wanted.of(row, kind, text))


_ADD: dict[int, Callable[[_Slow, str, str, str, int], None]] = {
    HOST: lambda slow, kind, text, raw, row: slow.host(text, HOST, row),
    ADDRESS: lambda slow, kind, text, raw, row: slow.address(text, ADDRESS, row),
    NETWORK: lambda slow, kind, text, raw, row: slow.network(text, row),
    DIGEST: lambda slow, kind, text, raw, row: slow.hex(text, DIGEST, row),
    URLS: _add_url,
    MAILS: _add_mail,
    PORTS: _add_socket,
    SERIAL: _add_serial,
    _STRING: _add_string,
}


def _tables(columns: Columns, slow: _Slow, e: dict[str, NDArray[Any]]) -> tuple[Tables, NDArray[np.int64]]:
    """Sorted tables and bitmaps, and the row of each entry."""
    order = _order(e["keys"], e["classes"])
    keys = e["keys"][order]
    bits = max(8, min(24, len(keys).bit_length()))
    anchor_bits = max(16, min(27, len(keys).bit_length() + 4))
    anchors = np.zeros(1 << (anchor_bits - 6), np.uint64)
    set_bits(anchors, e["anchors"] >> np.uint64(64 - anchor_bits))
    suffixes = np.zeros(1 << (anchor_bits - 6), np.uint64)
    mark_suffixes(suffixes, e["suffixes"], np.uint64(70 - anchor_bits))
    tops = np.zeros(1 << 10, np.uint64)
    named = np.isin(e["classes"], (HOST, URLS, MAILS)) & (e["lengths"] > 0)
    set_bits(tops, np.unique(e["tops"][named]) >> np.uint64(48))
    edges = np.arange((1 << bits) + 1, dtype=np.uint64)
    buckets = np.searchsorted(keys >> np.uint64(64 - bits), edges).astype(np.int64)
    digests = np.zeros(129, np.uint8)
    digests[np.unique(e["lengths"][e["classes"] == DIGEST])] = 1
    fours = [n for n in slow.networks if n[0] == 4]
    sixes = [n for n in slow.networks if n[0] == 6]
    sixteens, pairs = _upper_halves(fours)
    texts = np.frombuffer(b"".join((columns.data.tobytes().lower(), bytes(slow.text).lower(), b"\n")), np.uint8)
    tables = Tables(
        keys=keys, classes=e["classes"][order], starts=e["starts"][order], lengths=e["lengths"][order], texts=texts,
        buckets=buckets, anchors=anchors, suffixes=suffixes, tops=tops, digests=digests, sixteens=sixteens, pairs=pairs,
        prefixes4=np.array(sorted({n[1] for n in fours}), np.int64),
        prefixes6=np.array(sorted({n[1] for n in sixes}), np.int64),
        limits=np.array(_limits(columns, slow, bits, anchor_bits), np.int64), scratch=np.zeros(8, np.int64),
        kept=np.zeros(1, np.uint64),
    )  # fmt: skip
    return tables, e["rows"][order].astype(np.int64)


def _order(keys: NDArray[np.uint64], classes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Entries by key, each once for its class: the first row that asks for a value stands for all."""
    order = np.argsort(keys, kind="stable")
    ordered, kinds = keys[order], classes[order]
    again = np.zeros(len(order), bool)
    again[1:] = (ordered[1:] == ordered[:-1]) & (kinds[1:] == kinds[:-1])
    return order[~again]


def _upper_halves(networks: list[tuple[int, int, int]]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Bitmaps of the upper halves of addresses in networks: by value, and by text."""
    values, texts = np.zeros(1 << 10, np.uint64), np.zeros(1 << 10, np.uint64)
    for _, prefix, value in networks:
        first, last = value >> 16, (value | ((1 << (32 - prefix)) - 1)) >> 16
        halves = np.arange(first, last + 1, dtype=np.uint64)
        set_bits(values, halves)
        set_bits(texts, pair_bits(halves))
    return values, texts


_SHORTEST_V6 = 10
"""Characters of `::ffff:1:1`, the shortest spelling of an IPv4 address as IPv6 that matters here."""


def _limits(columns: Columns, slow: _Slow, bits: int, anchor_bits: int) -> list[int]:
    kinds = {columns.names[int(k)] for k in np.unique(columns.kinds)}
    shortest = min(slow.serials, default=0)
    strides = [32]
    if shortest:
        strides.append(shortest)
    sixes = bool(kinds & {"ipv6-addr", "ipv4-addr", "ip-port", "network", "url"})
    if sixes:
        strides += [_SHORTEST_V6, *_spelled_lengths(columns, slow)]
    return [64 - bits, 64 - anchor_bits, max(2, min(strides)), int(sixes), shortest, 0, 70 - anchor_bits]


def _spelled_lengths(columns: Columns, slow: _Slow) -> list[int]:
    """The fewest characters in which an IPv6 address that is looked for can be written."""
    networks = [max(2, len(str(ipaddress.IPv6Address(n))) - 4) for version, _, n in slow.networks if version == 6]
    rows = [e[2] for e in slow.entries if e[1] in (ADDRESS, PORTS, URLS)]
    values = [columns.value(r) for r in rows if columns.kind(r) in ("ipv6-addr", "ip-port", "url")]
    return networks + [_shortest(v) for v in values if v.count(":") > 1]


def _shortest(text: str) -> int:
    inside = text.partition("[")[2].partition("]")[0] or text
    try:
        return len(str(ipaddress.ip_address(inside.strip())))
    except ValueError:
        return 32
