"""Comparison expressions evaluated on one observation (STIX 2.1, sections 9.2, 9.6 and 9.7).

A path leads to values of each object of its type; a comparison holds for an object when it holds for any of these
values, and `AND` joins what holds for one and the same object. Types that cannot be compared are unequal and have
no order. `NOT` turns the outcome for each value, but never makes an order out of none.
"""

import base64
import binascii
import ipaddress
import operator
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from backtrail.hunts.patterns.lexer import Literal, Moment, read_moment
from backtrail.hunts.patterns.observed import Json, Observation
from backtrail.hunts.patterns.regex import Regex, like, matcher
from backtrail.hunts.patterns.tree import ANY, Comparison, Path, Step, Test
from backtrail.model.errors import FormatError

Holds = Callable[[Any], bool]

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Reference(str):
    """Value of a property that ends in `_ref` or of an item of one in `_refs`: a step further leads to its object."""


class Compiled:
    """A comparison expression ready to be asked of many observations.

    Args:
        comparison: The expression.
        strict: Whether a text that is compared with a timestamp and is none is an error; else it is unequal.
    """

    def __init__(self, comparison: Comparison, *, strict: bool = True) -> None:
        self._words = [word if isinstance(word, str) else (word, _test(word, strict)) for word in comparison]

    def __call__(self, observation: Observation) -> bool:
        """Whether any object of an observation satisfies the expression."""
        held: list[frozenset[str]] = []
        reached: dict[Path, list[tuple[str, list[Any]]]] = {}
        for word in self._words:
            if isinstance(word, str):
                right, left = held.pop(), held.pop()
                held.append(left & right if word == "AND" else left | right)
            else:
                test, holds = word
                if test.path not in reached:
                    reached[test.path] = list(_reached(observation, test.path))
                held.append(frozenset(_roots(reached[test.path], test, holds)))
        return bool(held.pop())


def _reached(observation: Observation, path: Path) -> Iterator[tuple[str, list[Any]]]:
    """Each object of the path's type, with the values that the path leads to."""
    for key, root in observation.roots.items():
        if root.get("type") == path.type:
            yield key, reach(root, path, observation.objects)


def _roots(reached: list[tuple[str, list[Any]]], test: Test, holds: Holds) -> Iterator[str]:
    for key, values in reached:
        if test.operator == "EXISTS":
            if bool(values) is not test.negated:
                yield key
        elif any(holds(value) for value in values):
            yield key


def reach(root: Json, path: Path, objects: dict[str, Json]) -> list[Any]:
    """Values that a path leads to from an object (section 9.7 *Object Path Syntax*); each object is entered once."""
    at: list[Any] = [root]
    for step in path.steps:
        found = (value for one in at for value in _step(one, step, objects))
        at = list(
            {id(value) if isinstance(value, dict | list) else (type(value), value): value for value in found}.values()
        )
        if not at:
            break
    return at


def _step(value: Any, step: Step, objects: dict[str, Json]) -> Iterator[Any]:
    if isinstance(value, Reference):
        value = objects.get(value)
    if isinstance(value, list) and not isinstance(step, str):
        if step is ANY:
            yield from value
        elif 0 <= step < len(value):
            yield value[step]
    elif isinstance(value, dict) and isinstance(step, str) and step in value:
        yield from _typed(step, value[step])


def _typed(name: str, value: Any) -> Iterator[Any]:
    """A property with what its name says of its type (section 3): binary, or references to other objects."""
    if name.endswith("_ref") and isinstance(value, str):
        yield Reference(value)
    elif name.endswith("_refs") and isinstance(value, list):
        yield [Reference(item) for item in value if isinstance(item, str)]
    elif name.endswith(("_hex", "_bin")) and isinstance(value, str):
        try:
            yield bytes.fromhex(value) if name.endswith("_hex") else base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error):
            return
    else:
        yield value


def _test(test: Test, strict: bool) -> Holds:
    """What a test says of a single value."""
    match test.operator:
        case "EXISTS":
            return bool
        case "=" | "!=" | "IN":
            holds = _equal(test.operands, strict)
            return holds if test.negated is (test.operator == "!=") else lambda value: not holds(value)
        case "LIKE" | "MATCHES":
            holds = _textual(test)
        case "ISSUBSET" | "ISSUPERSET":
            holds = _networks(test)
        case _:
            return _ordered(test, strict)
    return (lambda value: not holds(value)) if test.negated else holds


def _equal(operands: tuple[Literal, ...], strict: bool) -> Holds:
    coercions = [_coercion(operand, strict) for operand in operands]

    def holds(value: Any) -> bool:
        return any((both := coerced(value)) is not None and both[0] == both[1] for coerced in coercions)

    return holds


def _ordered(test: Test, strict: bool) -> Holds:
    coerced = _coercion(test.operands[0], strict)
    order = _ORDERS[test.operator]

    def holds(value: Any) -> bool:
        found = coerced(value)
        if found is None or isinstance(value, bool):
            return False
        return bool(order(found[0], found[1])) is not test.negated

    return holds


def _coercion(operand: Literal, strict: bool) -> Callable[[Any], tuple[Any, Any] | None]:
    """Value and literal in a type that both have; None where they have none (the table of section 9.6)."""
    if isinstance(operand, Moment):
        return lambda value: _as_moments(value, operand, strict)
    if isinstance(operand, bool):
        return lambda value: (value, operand) if isinstance(value, bool) else None
    if isinstance(operand, int | float):
        return lambda value: (value, operand) if isinstance(value, int | float) and type(value) is not bool else None
    return lambda value: _as_texts(value, operand)


def _as_moments(value: Any, operand: Moment, strict: bool) -> tuple[Any, Any] | None:
    if not isinstance(value, str):
        return None
    moment = read_moment(value)
    if moment is None and strict:
        raise FormatError(f"{value[:40]!r} is compared with a timestamp and is none", where="observed-data")
    return None if moment is None else (moment, operand)


def _as_texts(value: Any, operand: str | bytes) -> tuple[Any, Any] | None:
    """Texts as they are; a text beside bytes as the bytes of its code points, which must be below 256."""
    if type(value) is type(operand) or (isinstance(value, str) and isinstance(operand, str)):
        return value, operand
    if isinstance(value, str | bytes):
        left, right = _as_bytes(value), _as_bytes(operand)
        return None if left is None or right is None else (left, right)
    return None


def _as_bytes(value: str | bytes) -> bytes | None:
    if isinstance(value, bytes):
        return value
    return value.encode("latin-1") if all(ord(character) < 256 for character in value) else None


def _textual(test: Test) -> Holds:
    """LIKE over the whole value, MATCHES anywhere in it; both after Unicode normalisation to form C."""
    text = unicodedata.normalize("NFC", str(test.operands[0]))
    made: Callable[[str | bytes], Regex] = like if test.operator == "LIKE" else matcher
    on_text = made(text)
    raw = _as_bytes(text)
    on_bytes = made(raw) if raw is not None else None

    def holds(value: Any) -> bool:
        if isinstance(value, str):
            return on_text(unicodedata.normalize("NFC", value))
        return isinstance(value, bytes) and on_bytes is not None and on_bytes(value)

    return holds


def _networks(test: Test) -> Holds:
    """ISSUBSET and ISSUPERSET over addresses and networks of both versions; what is neither is in no network."""
    wanted = network(str(test.operands[0]))
    if wanted is None:
        raise FormatError(f"STIX pattern: {test.operands[0]!r} is no network", where=test.operator)

    def holds(value: Any) -> bool:
        found = network(value) if isinstance(value, str) else None
        if found is None or found.version != wanted.version:
            return False
        inner, outer = (found, wanted) if test.operator == "ISSUBSET" else (wanted, found)
        return inner.subnet_of(outer)  # type: ignore[arg-type]

    return holds


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """An address or a network in CIDR notation, host bits allowed."""
    _address, slash, prefix = text.partition("/")
    if slash and not (prefix.isascii() and prefix.isdigit()):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def types(comparison: Iterable[object]) -> set[str]:
    """Object types that an expression names."""
    return {word.path.type for word in comparison if isinstance(word, Test)}
