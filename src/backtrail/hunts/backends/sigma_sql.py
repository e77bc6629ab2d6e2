"""Sigma conditions as SQL of DuckDB, by the words of the specification (Sigma 2.1, appendix *Modifiers*).

Texts ignore case unless `|cased`; `*` and `?` are wildcards; regular expressions mind case unless `|i`; a field that is
missing satisfies nothing but `null`, and `not` of that is true: SQL's third truth value is never let through.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

import re2
from sigma import types
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaRule

from backtrail.model.errors import FormatError

WHOLE = "l"
"""The column with all values of an event, for keywords."""

_OPERATORS = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}
_FLAGS = {"IGNORECASE": "i", "MULTILINE": "m", "DOTALL": "s"}


class Sql:
    """Makes the expression of a rule.

    Args:
        column: Gives the column of a field; called for each field that a rule names.
    """

    def __init__(self, column: Callable[[str], str]) -> None:
        self._column = column

    def of(self, rule: SigmaRule) -> str:
        """All conditions of a rule, any of which is enough.

        Raises:
            FormatError: It says something that cannot be asked of a log.
        """
        return " OR ".join(f"({self._node(condition.parsed)})" for condition in rule.detection.parsed_condition)

    def _node(self, node: Any) -> str:
        match node:
            case ConditionNOT():
                return f"NOT ({self._node(node.args[0])})"
            case ConditionAND():
                return " AND ".join(f"({self._node(part)})" for part in node.args)
            case ConditionOR():
                return " OR ".join(f"({self._node(part)})" for part in node.args)
            case ConditionFieldEqualsValueExpression():
                return f"coalesce({self._value(self._column(node.field), node.value)}, false)"
            case ConditionValueExpression():
                return f"coalesce({_keyword(node.value)}, false)"
        raise FormatError(f"Sigma: {type(node).__name__} is not known", where="condition")

    def _value(self, column: str, value: Any) -> str:
        if isinstance(value, types.SigmaExpansion):
            return " OR ".join(f"({self._value(column, one)})" for one in value.values) or "false"
        if isinstance(value, types.SigmaFieldReference):
            return self._reference(column, value)
        for kind, made in _VALUES.items():
            if isinstance(value, kind):
                return made(column, value)
        raise FormatError(f"Sigma: a value of kind {type(value).__name__} is not known", where=column)

    def _reference(self, column: str, value: types.SigmaFieldReference) -> str:
        left, right = f"lower({column})", f"lower({self._column(value.field)})"
        if value.starts_with and value.ends_with:
            return f"contains({left}, {right})"
        if value.starts_with:
            return f"starts_with({left}, {right})"
        return f"ends_with({left}, {right})" if value.ends_with else f"{left} = {right}"


def _keyword(value: Any) -> str:
    """A value without a field stands anywhere in the event."""
    if isinstance(value, types.SigmaRegularExpression):
        return _regex(WHOLE, value)
    if isinstance(value, types.SigmaString):
        pattern = _like(value.parts if hasattr(value, "parts") else value.s)
        return f"lower({WHOLE}) LIKE {quoted(('%' + pattern + '%').lower())} ESCAPE '!'"
    return f"contains(lower({WHOLE}), {quoted(str(value).lower())})"


def _text(column: str, value: types.SigmaString) -> str:
    cased = isinstance(value, types.SigmaCasedString)
    left = column if cased else f"lower({column})"
    pattern = _like(value.s)
    folded = pattern if cased else pattern.lower()
    if any(not isinstance(part, str) for part in value.s):
        return f"{left} LIKE {quoted(folded)} ESCAPE '!'"
    plain = "".join(part for part in value.s if isinstance(part, str))
    return f"{left} = {quoted(plain if cased else plain.lower())}"


def _like(parts: Any) -> str:
    out = []
    for part in parts:
        if isinstance(part, str):
            out.append(part.replace("!", "!!").replace("%", "!%").replace("_", "!_"))
        else:
            out.append("%" if part.name == "WILDCARD_MULTI" else "_")
    return "".join(out)


def _number(column: str, value: types.SigmaNumber) -> str:
    return f"({column} = {quoted(str(value.number))} OR TRY_CAST({column} AS DOUBLE) = {float(value.number)!r})"


def _compare(column: str, value: types.SigmaCompareExpression) -> str:
    return f"TRY_CAST({column} AS DOUBLE) {_OPERATORS[value.op.name]} {float(value.number.number)!r}"


def _regex(column: str, value: types.SigmaRegularExpression) -> str:
    flags = "".join(sorted(_FLAGS[flag.name] for flag in value.flags))
    text = str(getattr(value.regexp, "original", None) or value.regexp)
    pattern = f"(?{flags}){text}" if flags else text
    try:
        re2.compile(pattern, _QUIET)
    except re2.error as error:
        raise FormatError(
            f"Sigma: a regular expression that cannot be run in linear time: {error}", where=column
        ) from None
    return f"regexp_matches({column}, {quoted(pattern)})"


_QUIET = re2.Options()
_QUIET.log_errors = False


def _network(column: str, value: types.SigmaCIDRExpression) -> str:
    network = value.network
    low, high = int(network.network_address), int(network.broadcast_address)
    return f"address{network.version}({column}) BETWEEN {low}::UHUGEINT AND {high}::UHUGEINT"


def macros() -> str:
    """SQL functions that the expressions use: an address of either version as a number, NULL for what is none."""
    parts = " + ".join(f"split_part(a, '.', {n})::UHUGEINT * {256 ** (4 - n)}::UHUGEINT" for n in range(1, 5))
    four = r"^(25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})([.](25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})){3}$"
    return (
        f"CREATE MACRO address4(a) AS CASE WHEN regexp_matches(a, '{four}') THEN {parts} END;"
        "CREATE TABLE sixes (a VARCHAR, v UHUGEINT);"
        "CREATE MACRO address6(x) AS (SELECT v FROM sixes WHERE sixes.a = x)"
    )


def as_six(text: str) -> int | None:
    """An IPv6 address as a number; engines without such a type get them as a table."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return int(address) if address.version == 6 else None


def quoted(text: str) -> str:
    """A text of SQL."""
    return "'" + text.replace("\0", "\ufffd").replace("'", "''") + "'"


_VALUES: dict[type, Callable[[str, Any], str]] = {
    types.SigmaString: _text,
    types.SigmaBool: lambda column, value: f"lower({column}) = {quoted(str(value.boolean).lower())}",
    types.SigmaNumber: _number,
    types.SigmaNull: lambda column, _: f"{column} IS NULL",
    types.SigmaExists: lambda column, value: f"{column} IS {'NOT ' if value.exists else ''}NULL",
    types.SigmaCompareExpression: _compare,
    types.SigmaRegularExpression: _regex,
    types.SigmaCIDRExpression: _network,
}
