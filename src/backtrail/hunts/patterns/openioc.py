"""OpenIOC trees asked of items: files, processes, connections, or the fields of a log record.

An item has values under search terms (`FileItem/Md5sum`) or under our kinds (`md5`). As in Mandiant's finder, what an
`AND` says of one document (`FileItem`) must hold for one and the same item; what it says of several documents may hold
for several items. Texts ignore case unless a term preserves it (OpenIOC 1.1 `preserve-case`; 1.0 has no such word).

References:
    - http://openioc.org/schemas/OpenIOC_1.1: conditions `is`, `contains`, `matches`, `starts-with`, `ends-with`,
      `greater-than`, `less-than`, with `negate`; 1.0 says `isnot` and `containsnot` instead.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from backtrail.formats.openioc import KIND_OF_SEARCH
from backtrail.hunts.patterns.lexer import read_moment
from backtrail.hunts.patterns.regex import matcher
from backtrail.model.errors import FormatError

Item = Mapping[str, Sequence[str]]
"""Values by search term or kind."""

Holds = Callable[[Item], bool]


class _Part(Struct, frozen=True):
    """A branch or term as it is asked.

    Attributes:
        document: The document all its terms are about; None for several.
        holds: Whether one item satisfies it, as if it were about one document.
        parts: The branch's own parts; none for a term.
        all: Whether all of them must hold.
    """

    document: str | None
    holds: Holds
    parts: tuple["_Part", ...] = ()
    all: bool = False


class OpenIocTree:
    """A tree, read once and asked often.

    Args:
        tree: JSON as in `model.record.Pattern`.

    Raises:
        FormatError: It is no such tree, or a term has a condition that does not exist.
    """

    def __init__(self, tree: str) -> None:
        try:
            self._root = _part(msgspec.json.decode(tree))
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
            raise FormatError(f"no OpenIOC tree: {error}", where="offset 0") from None

    def match(self, items: Sequence[Item]) -> bool:
        """Whether some items, such as all that was seen at one host, satisfy the tree."""
        return _among(self._root, items)

    def one(self, item: Item) -> bool:
        """Whether a single item, such as a log record, satisfies the tree by itself."""
        return self._root.holds(item)


def _part(node: dict[str, Any]) -> _Part:
    if "children" not in node:
        holds = _term(node)
        return _Part(node.get("document") or node["search"].partition("/")[0], holds)
    parts = tuple(_part(child) for child in node["children"])
    every = node["operator"] == "AND"
    documents = {part.document for part in parts}
    join = all if every else any
    return _Part(
        documents.pop() if len(documents) == 1 else None,
        lambda item: bool(parts) and join(part.holds(item) for part in parts),
        parts,
        every,
    )


def _among(part: _Part, items: Sequence[Item]) -> bool:
    if part.document is not None:
        return any(part.holds(item) for item in items)
    if not part.all:
        return any(_among(child, items) for child in part.parts)
    same: dict[str, list[_Part]] = {}
    for child in part.parts:
        if child.document is not None:
            same.setdefault(child.document, []).append(child)
    return all(_among(child, items) for child in part.parts if child.document is None) and all(
        any(all(child.holds(item) for child in children) for item in items) for children in same.values()
    )


def _term(node: dict[str, Any]) -> Holds:
    search = node["search"]
    names = tuple(dict.fromkeys((search, *kinds_of(search))))
    document = f"{node.get('document') or search.partition('/')[0]}/"
    fits = _condition(node)
    negate = bool(node.get("negate"))

    def holds(item: Item) -> bool:
        values = [value for name in names for value in item.get(name, ())]
        if negate:
            known = bool(values) or any(name.startswith(document) for name in item)
            return known and not any(map(fits, values))
        return any(map(fits, values))

    return holds


def kinds_of(search: str) -> tuple[str, ...]:
    """Kinds of ours that hold the values of a search term; an address may be of either version."""
    kind = KIND_OF_SEARCH.get(search)
    if kind is None:
        return (search.removeprefix("Backtrail/"),) if search.startswith("Backtrail/") else ()
    return ("ipv4-addr", "ipv6-addr") if kind == "ipv4-addr" else (kind,)


def _condition(node: dict[str, Any]) -> Callable[[str], bool]:
    wanted, cased = str(node["value"]), bool(node.get("preserve_case"))
    name = str(node.get("condition", "is"))
    if name == "matches":
        return matcher(wanted if cased else f"(?i:{wanted})")
    if name == "is" and (special := _special(str(node.get("type", "")), wanted)):
        return special
    if name in ("greater-than", "less-than"):
        return _ordered(wanted, greater=name == "greater-than")
    if name not in _TEXTUAL:
        raise FormatError(f"OpenIOC: no condition {name[:40]!r}", where=str(node.get("id") or node["search"]))
    fits, folded = _TEXTUAL[name], wanted if cased else wanted.casefold()
    return lambda value: fits(value if cased else value.casefold(), folded)


_TEXTUAL: dict[str, Callable[[str, str], bool]] = {
    "is": lambda value, wanted: value == wanted,
    "contains": lambda value, wanted: wanted in value,
    "starts-with": lambda value, wanted: value.startswith(wanted),
    "ends-with": lambda value, wanted: value.endswith(wanted),
}


def _special(type: str, wanted: str) -> Callable[[str], bool] | None:
    """`is` of numbers, moments and addresses, which compare by value, and of their ranges (`A TO B`, CIDR)."""
    if type not in ("int", "date", "IP", "duration"):
        return None
    low, separator, high = wanted.partition(" TO ")
    if type == "IP" and "/" in wanted and not separator:
        return _inside(wanted)
    first, last = _number(low), _number(high if separator else low)
    return None if first is None or last is None else _between(first, last)


def _between(first: tuple[str, float], last: tuple[str, float]) -> Callable[[str], bool]:
    return lambda value: (found := _number(value)) is not None and found[0] == first[0] and first <= found <= last


def _inside(network: str) -> Callable[[str], bool] | None:
    try:
        range_ = ipaddress.ip_network(network.strip(), strict=False)
    except ValueError:
        return None

    def fits(value: str) -> bool:
        try:
            return ipaddress.ip_address(value) in range_
        except ValueError:
            return False

    return fits


def _ordered(wanted: str, *, greater: bool) -> Callable[[str], bool]:
    bound = _number(wanted)
    if bound is None:
        raise FormatError(f"OpenIOC: {wanted[:40]!r} has no order", where="greater-than or less-than")

    def fits(value: str) -> bool:
        found = _number(value)
        return found is not None and found[0] == bound[0] and (found > bound if greater else found < bound)

    return fits


@cache
def _number(text: str) -> tuple[str, float] | None:
    """A moment, an address or a number as something with an order, with what it is: only alike is compared."""
    text = text.strip()
    moment = read_moment(text) or read_moment(text + "Z")
    if moment is not None:
        return "moment", moment
    try:
        return "number", int(text, 0) if text.lower().startswith("0x") else float(text)
    except ValueError:
        pass
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return f"ipv{address.version}", int(address)
