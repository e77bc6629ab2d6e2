"""Expressions of which a line must show one if it is to satisfy a pattern: what keeps most lines from being read."""

import re
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from backtrail.hunts.patterns.openioc import kinds_of
from backtrail.hunts.patterns.tree import Comparison, Seen, Test

_RUN = re.compile(r"[A-Za-z0-9.-]{4,}")
_PIECES = re.compile(r"[%_]")


def stix_anchors(parts: Iterable[Seen]) -> list[str] | None:
    """Anchors of all observations of a pattern; None when one can be satisfied without a text of its own."""
    found: list[str] = []
    for part in parts:
        some = _comparison(part.comparison)
        if some is None:
            return None
        found += some
    return found


def _comparison(words: Comparison) -> list[str] | None:
    """Of an `AND` one side is enough, of an `OR` both are needed."""
    held: list[list[str] | None] = []
    for word in words:
        if isinstance(word, Test):
            held.append(_test(word))
            continue
        right, left = held.pop(), held.pop()
        if word == "AND":
            known = [some for some in (left, right) if some is not None]
            held.append(min(known, key=len, default=None))
        else:
            held.append(None if left is None or right is None else left + right)
    return held.pop()


def _test(test: Test) -> list[str] | None:
    if test.negated or test.operator not in ("=", "IN", "LIKE"):
        return None
    anchors = [_runs(text, like=test.operator == "LIKE") for text in test.operands if isinstance(text, str)]
    return None if len(anchors) < len(test.operands) or not all(anchors) else [a for a in anchors if a]


def _runs(text: str, *, like: bool = False) -> str | None:
    """Stretches of a text that look the same however it is escaped, in their order."""
    pieces = _PIECES.split(text) if like else [text]
    runs = [run for piece in pieces for run in _RUN.findall(piece)]
    return ".*".join(map(re.escape, runs)) or None


def tree_anchors(tree: str, kinds: Collection[str]) -> list[str] | None:
    """Anchors of an OpenIOC tree, asked of records that have values of these kinds; an empty list if none can fit."""
    return _branch(msgspec.json.decode(tree), kinds)


def _branch(node: dict[str, Any], kinds: Collection[str]) -> list[str] | None:
    if "children" not in node:
        return _term(node) if any(kind in kinds for kind in kinds_of(node["search"])) else []
    some = [_branch(child, kinds) for child in node["children"]]
    if node["operator"] == "AND":
        return min((one for one in some if one is not None), key=len, default=None)
    return None if any(one is None for one in some) else [a for one in some for a in one or ()]


def _term(node: dict[str, Any]) -> list[str] | None:
    plain = node.get("condition", "is") in ("is", "contains", "starts-with", "ends-with")
    anchor = _runs(str(node["value"])) if plain and not node.get("negate") and _is_text(node) else None
    return [anchor] if anchor else None


def _is_text(node: dict[str, Any]) -> bool:
    """Numbers, moments and addresses have more than one spelling."""
    return node.get("type") not in ("int", "date", "IP", "duration")
