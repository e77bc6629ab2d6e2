"""Telemetry folded into traces: what a log shows, once for each value, however often it says so.

Works field by field and not record by record: a gigabyte of lines has some hundred thousand different values, so
that only these are spelled canonically. What has no canonical spelling (a query for `localhost`) and addresses of
private networks, which mean something else at every victim, leave no trace.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from backtrail.model.kinds import ADDRESSES
from backtrail.model.telemetry import HERE, UNKNOWN_TIME, Column, Telemetry, Ties, Trace
from backtrail.observations.canonical import canonical

T = TypeVar("T", str, tuple[str, str, str])

_NONE: frozenset[object] = frozenset({"", "-", "(empty)"})

_Tally = list[float]
"""first, last, count, sent, received, number of the first record."""

_Key = tuple[str, str, str, str, str, str, str]
"""kind, value, direction, relation, of_kind, of, detail; as the log spells them."""


class Traces:
    """What one file shows so far.

    Args:
        most: Different values held at once; `full` says when to take them out.
    """

    def __init__(self, most: int = 400_000) -> None:
        self._most = most
        self._columns: dict[tuple[str, str], dict[str, _Tally]] = {}
        self._ties: dict[_Key, _Tally] = {}
        self._each: list[tuple[_Key, _Tally]] = []
        self._unit = "line"

    @property
    def full(self) -> bool:
        """Whether so many values are held that they should be taken out before more are added."""
        return sum(map(len, self._columns.values())) + len(self._ties) + len(self._each) >= self._most

    def add(self, telemetry: Telemetry) -> None:
        """Fold in some records."""
        self._unit = telemetry.unit
        for column in telemetry.columns:
            held = self._columns.setdefault((column.kind, column.direction), {})
            _fold(held, column, _aligned(telemetry, column.rows))
        for ties in telemetry.ties:
            self._add_ties(ties, _aligned(telemetry, ties.rows))

    def taken(self) -> Iterator[Trace]:
        """All traces held, canonical, in the order in which they were met; afterwards none is held."""
        merged: dict[_Key, tuple[_Tally, str]] = {}
        for (kind, direction), held in self._columns.items():
            for value, tally in held.items():
                if spelled := _spelled(kind, value):
                    _merge(merged, (*spelled, direction, "", "", "", ""), tally, value)
        for key, tally in self._ties.items():
            if tied := _tied(key):
                _merge(merged, tied, tally, key[1])
        lone = [(tied, tally, key[1]) for key, tally in self._each if (tied := _tied(key))]
        self._columns, self._ties, self._each = {}, {}, []
        for key, (tally, raw) in merged.items():
            yield self._trace(key, tally, raw)
        for key, tally, raw in lone:
            yield self._trace(key, tally, raw)

    def _add_ties(self, ties: Ties, place: tuple[Sequence[float], Sequence[int]]) -> None:
        times, numbers = place
        if not (ties.each or ties.until or ties.counts or UNKNOWN_TIME in times):
            self._fold_ties(ties, place)
            return
        details = ties.details or [""] * len(ties.values)
        until = ties.until or times
        counts = ties.counts or [1] * len(ties.values)
        for of, value, detail, first, last, count, number in zip(
            ties.of, ties.values, details, times, until, counts, numbers, strict=True
        ):
            key = (ties.kind, value, "", ties.relation, ties.of_kind, of, detail)
            tally: _Tally = [first, last, count, 0, 0, number]
            if ties.each:
                self._each.append((key, tally))
            elif held := self._ties.get(key):
                _widen(held, tally)
            else:
                self._ties[key] = tally

    def _fold_ties(self, ties: Ties, place: tuple[Sequence[float], Sequence[int]]) -> None:
        """Fold in ties of many records at once, as `_fold` does with columns."""
        held: dict[tuple[str, str, str], _Tally] = {}
        pairs = list(zip(ties.of, ties.values, ties.details or [""] * len(ties.values), strict=True))
        _fold_in_order(held, pairs, *place)
        for (of, value, detail), tally in held.items():
            key = (ties.kind, value, "", ties.relation, ties.of_kind, of, detail)
            if known := self._ties.get(key):
                _widen(known, tally)
            else:
                self._ties[key] = tally

    def _trace(self, key: _Key, tally: _Tally, raw: str) -> Trace:
        kind, value, direction, relation, of_kind, of, detail = key
        first, last, count, sent, received, number = tally
        return Trace(
            kind=kind, value=value, raw="" if raw == value else raw, direction=direction,  # type: ignore[arg-type]
            relation=relation, of_kind=of_kind, of=of, detail=detail, first=first, last=last,  # type: ignore[arg-type]
            count=int(count), sent=int(sent), received=int(received), at=f"{self._unit} {int(number)}",
        )  # fmt: skip


def _aligned(telemetry: Telemetry, rows: Sequence[int] | None) -> tuple[Sequence[float], Sequence[int]]:
    """Times and numbers of the records that the values of a column belong to."""
    if rows is None:
        return telemetry.times, telemetry.numbers
    return [telemetry.times[r] for r in rows], [telemetry.numbers[r] for r in rows]


def _fold(held: dict[str, _Tally], column: Column, place: tuple[Sequence[float], Sequence[int]]) -> None:
    """Fold a column in: what is first and last falls out of dictionaries when records are in order of time."""
    values = column.values
    times, numbers = place
    if not values:
        return
    if UNKNOWN_TIME in times:
        _fold_one_by_one(held, values, times, numbers)
    else:
        _fold_in_order(held, values, times, numbers)
    _add_bytes(held, column)


def _fold_in_order(held: dict[T, _Tally], values: Sequence[T], times: Sequence[float], numbers: Sequence[int]) -> None:
    values, times, numbers = _in_order(values, times, numbers)
    last = dict(zip(values, times, strict=True))
    backwards = values[::-1]
    first = dict(zip(backwards, times[::-1], strict=True))
    at = dict(zip(backwards, numbers[::-1], strict=True))
    for value, count in Counter(values).items():
        if value not in _NONE:
            tally: _Tally = [first[value], last[value], count, 0, 0, at[value]]
            if known := held.get(value):
                _widen(known, tally)
            else:
                held[value] = tally


def _in_order(
    values: Sequence[T], times: Sequence[float], numbers: Sequence[int]
) -> tuple[Sequence[T], Sequence[float], Sequence[int]]:
    ordered = sorted(times)
    if ordered == list(times):
        return values, times, numbers
    order = sorted(range(len(times)), key=times.__getitem__)
    return [values[i] for i in order], ordered, [numbers[i] for i in order]


def _fold_one_by_one(
    held: dict[str, _Tally], values: Sequence[str], times: Sequence[float], numbers: Sequence[int]
) -> None:
    for value, time, number in zip(values, times, numbers, strict=True):
        if value not in _NONE:
            if known := held.get(value):
                _widen(known, [time, time, 1, 0, 0, number])
            else:
                held[value] = [time, time, 1, 0, 0, number]


def _add_bytes(held: dict[str, _Tally], column: Column) -> None:
    for place, amounts in ((3, column.sent), (4, column.received)):
        if amounts is not None and any(amounts):
            for value, amount in zip(column.values, amounts, strict=True):
                if amount and value in held:
                    held[value][place] += amount


def _widen(known: _Tally, more: _Tally) -> None:
    """Add a tally to one of the same value; an unknown time widens nothing."""
    if more[0] != UNKNOWN_TIME and (known[0] == UNKNOWN_TIME or more[0] < known[0]):
        known[0] = more[0]
    known[1] = max(known[1], more[1])
    for place in (2, 3, 4):
        known[place] += more[place]
    known[5] = min(known[5], more[5])


def _merge(merged: dict[_Key, tuple[_Tally, str]], key: _Key, tally: _Tally, raw: str) -> None:
    if known := merged.get(key):
        _widen(known[0], tally)
        merged[key] = (known[0], min(known[1], raw))
    else:
        merged[key] = (list(tally), raw)


def _tied(key: _Key) -> _Key | None:
    kind, value, direction, relation, of_kind, of, detail = key
    right = (kind, HERE) if value == HERE else _spelled(kind, value)
    left = (of_kind, HERE) if of == HERE else _spelled(of_kind, of)
    if right is None or left is None or value == of:
        return None
    return (*right, direction, relation, *left, detail)


_PLAIN_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,63}")
"""A name that is spelled canonically already: most are, and saying so is far cheaper than spelling them."""

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_PLAIN_PUBLIC = re.compile(
    rf"(?!(?:0|10|100|127|169|172|192|198|203|22[4-9]|2[345][0-9])\.){_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}"
)
"""An address outside every block that holds reserved ones; what is inside such a block is looked at more closely."""


@lru_cache(maxsize=1 << 17)
def _spelled(kind: str, value: str) -> tuple[str, str] | None:
    """Kind and canonical spelling; None for what has none, and for addresses that belong to no one in particular."""
    if kind == "domain-name" and len(value) < 254 and _PLAIN_NAME.fullmatch(value):
        return kind, value
    if kind == "ipv4-addr" and _PLAIN_PUBLIC.fullmatch(value):
        return kind, value
    try:
        found = canonical(kind, value)
    except ValueError:
        return None
    return None if found[0] in ADDRESSES and not _public(found[1]) else found


_DOCUMENTATION = tuple(
    ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
"""Examples (RFC 5737, RFC 3849) stand for public addresses: invented cases are made of them."""


def _public(text: str) -> bool:
    """Whether an address means the same everywhere."""
    address = ipaddress.ip_address(text)
    return address.is_global or any(
        address.version == network.version and address in network for network in _DOCUMENTATION
    )
