"""Correlations of Sigma rules (Sigma Correlation Rules 2.1): matches of rules counted over sliding windows in DuckDB.

A correlation is true at an event when, among the events of its group in the time span that ends there, there are
enough events (`event_count`), enough different values (`value_count`), events of every rule (`temporal`), or events
of every rule in the order in which they are named (`temporal_ordered`). The hit is the event at which it is true.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import nanoarrow
from msgspec import Struct
from msgspec.structs import replace

from backtrail.hunts.backends.arrowlines import ArrowTable
from backtrail.hunts.patterns.lexer import read_moment
from backtrail.model.errors import FormatError
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator

_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "EQ": "=", "NEQ": "<>"}
_KINDS = ("EVENT_COUNT", "VALUE_COUNT", "TEMPORAL", "TEMPORAL_ORDERED")
MOST = 1_000_000
"""Matches of rules that are kept for correlations; of more, the first."""


class Correlation(Struct, frozen=True, kw_only=True):
    """A correlation ready to run.

    Attributes:
        indicator: The correlation as what is looked for.
        title: Its title.
        kind: `EVENT_COUNT`, `VALUE_COUNT`, `TEMPORAL` or `TEMPORAL_ORDERED`.
        rules: Ids of the rules, in the order in which they are named.
        group: For each name to group by, the field of an event for each rule.
        seconds: Length of the window.
        condition: What is asked of the count, as SQL; empty for temporal ones.
        field: Field whose values are counted.
    """

    indicator: Indicator
    title: str
    kind: str
    rules: tuple[str, ...]
    group: tuple[Mapping[str, str], ...]
    seconds: int
    condition: str = ""
    field: str = ""


def correlation(rule: Any, indicator: Indicator, known: Mapping[str, object]) -> Correlation:
    """Read a pySigma correlation rule.

    Args:
        rule: The `SigmaCorrelationRule`.
        indicator: What its hits are told as.
        known: Rules that can be run, by id.

    Raises:
        FormatError: It asks for what is not run: another kind, a rule that is not there, a condition in words.
    """
    kind, condition = rule.type.name, rule.condition
    if kind not in _KINDS:
        raise FormatError(f"a correlation of kind {kind.lower()} is not run", where="correlation")
    named = [str(reference.rule.id or reference.rule.title) for reference in rule.rules or ()]
    missing = [name for name in named if name not in known]
    if missing or not named:
        raise FormatError(f"names rules that are not run: {', '.join(missing) or 'none'}", where="correlation")
    counted = hasattr(condition, "op")
    if kind.startswith("TEMPORAL") and not counted:
        raise FormatError("a condition in words is not run", where="correlation.condition")
    fields = condition.fieldref if counted else None
    if isinstance(fields, list):
        raise FormatError("values of several fields are not counted", where="correlation.condition")
    return Correlation(
        indicator=indicator,
        title=str(rule.title),
        kind=kind,
        rules=tuple(named),
        group=tuple(_fields(rule, name, named) for name in rule.group_by or ()),
        seconds=rule.timespan.seconds,
        condition=f"{_OPERATORS[condition.op.name]} {float(condition.count)!r}" if counted else "",
        field=fields or "",
    )


def _fields(rule: Any, name: str, named: Sequence[str]) -> dict[str, str]:
    """The field that a name to group by stands for, in events of each rule."""
    alias = rule.aliases.aliases.get(name)
    ids = dict(zip((r.reference for r in rule.rules), named, strict=True))
    of = {ids.get(r.reference): field for r, field in alias.mapping.items()} if alias else {}
    return {id: of.get(id, name) for id in named}


class _Met(Struct, frozen=True):
    """A match of a rule: when, in nanoseconds since 1970, and the fields that a correlation asks for."""

    rule: str
    at: int
    fields: Mapping[str, str]
    hit: Hit


class Correlator:
    """Matches of rules as they are found, and what correlations make of them.

    Args:
        correlations: What is asked.
        problem: Told of what was left out: file, place, reason.
    """

    def __init__(self, correlations: Sequence[Correlation], problem: Any) -> None:
        self._correlations = correlations
        self._wanted = {id for c in correlations for id in c.rules}
        self._problem = problem
        self._fields = {f for c in correlations for fields in c.group for f in fields.values()}
        self._fields |= {c.field for c in correlations}
        self._met: list[_Met] = []
        self._full = False

    def meet(self, hit: Hit, event: Mapping[str, str]) -> None:
        """Keep a match of a rule, if any correlation asks for it.

        Args:
            hit: The match; its indicator's value is the rule's id.
            event: The fields of the event.
        """
        if hit.indicator.value not in self._wanted:
            return
        moment = read_moment(hit.at) if hit.at else None
        if moment is None:
            self._problem(hit.file, f"line {hit.number}", "an event without a time is in no correlation")
        elif len(self._met) < MOST:
            kept = {name: event[name] for name in self._fields if name in event}
            self._met.append(_Met(hit.indicator.value, int(moment), kept, hit))
        elif not self._full:
            self._full = True
            self._problem(hit.file, f"line {hit.number}", f"more than {MOST} matches; correlations look at the first")

    def hits(self) -> Iterator[Hit]:
        """Events at which a correlation is true, in the order of time."""
        with duckdb.connect() as db:
            db.execute("SET memory_limit = '512MB'; SET enable_external_access = false; SET lock_configuration = true")
            for one in self._correlations:
                rows = [met for met in self._met if met.rule in one.rules]
                db.register("met", _table(one, rows))
                for (number,) in db.execute(_query(one)).fetchall():
                    yield replace(rows[number].hit, indicator=one.indicator, matched=one.title)
                db.unregister("met")


def _table(one: Correlation, rows: Sequence[_Met]) -> ArrowTable:
    text, number = nanoarrow.string(), nanoarrow.int64()
    columns: dict[str, Any] = {
        "i": nanoarrow.c_array(list(range(len(rows))), number),
        "moment": nanoarrow.c_array([met.at for met in rows], number),
        "r": nanoarrow.c_array([one.rules.index(met.rule) for met in rows], number),
        "v": nanoarrow.c_array([met.fields.get(one.field) for met in rows], text),
    }
    for place, fields in enumerate(one.group):
        columns[f"g{place}"] = nanoarrow.c_array([met.fields.get(fields[met.rule]) for met in rows], text)
    return ArrowTable(columns, len(rows))


def _query(one: Correlation) -> str:
    """Numbers of the events at which a correlation is true; an event without a value to group by is in no group."""
    groups = [f"g{place}" for place in range(len(one.group))]
    parted = f"PARTITION BY {', '.join(groups)} " if groups else ""
    met = f"SELECT * FROM met WHERE {' AND '.join(f'{g} IS NOT NULL' for g in groups) or 'true'}"
    length = one.seconds * 1_000_000_000
    window = f"({parted}ORDER BY moment RANGE BETWEEN {length} PRECEDING AND CURRENT ROW)"
    match one.kind:
        case "EVENT_COUNT":
            asked = f"count(*) OVER w {one.condition}"
        case "VALUE_COUNT":
            asked = f"count(DISTINCT v) OVER w {one.condition}"
        case "TEMPORAL":
            asked = " AND ".join(f"bool_or(r = {rule}) OVER w" for rule in range(len(one.rules)))
        case _:
            return _in_order(one, met, parted, length)
    return f"SELECT i FROM ({met}) WINDOW w AS {window} QUALIFY {asked} ORDER BY moment, i"


def _in_order(one: Correlation, met: str, parted: str, length: int) -> str:
    """Each event of a rule takes the latest start of a chain that led up to the rule before it."""
    query = f"SELECT *, CASE WHEN r = 0 THEN moment END AS s0 FROM ({met})"
    for rule in range(1, len(one.rules)):
        before = f"max(s{rule - 1}) OVER ({parted}ORDER BY moment RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
        query = f"SELECT *, CASE WHEN r = {rule} THEN {before} END AS s{rule} FROM ({query})"
    return f"SELECT i FROM ({query}) WHERE moment - s{len(one.rules) - 1} <= {length} ORDER BY moment, i"
