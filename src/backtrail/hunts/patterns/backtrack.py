"""A backtracking matcher that counts its steps, for the few regular expressions RE2 refuses.

It walks the parse tree of Python's own `re` in continuation-passing style; only the constructs that published
patterns use are known, and anything else is refused by name. Python's engine itself cannot be interrupted.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from backtrail.model.errors import FormatError, LimitError

MAX_STEPS = 100_000
"""Steps for one value: a quarter of a second."""

MAX_TEXT = 1 << 16
_DEEP = 400

Next = Callable[[int], bool]
_parser: Any = re._parser  # type: ignore[attr-defined]


class Backtracker:
    """One regular expression.

    Args:
        pattern: A text that `re` can compile.
    """

    def __init__(self, pattern: str | bytes) -> None:
        tree = _parser.parse(pattern)
        self._tree = tree.data
        self._flags = int(tree.state.flags)
        self._binary = isinstance(pattern, bytes)
        self._single: dict[int, Callable[[int], bool]] = {}
        self._groups: dict[int, tuple[int, int]] = {}
        self._text: Sequence[int] = ()
        self._steps = 0
        self._depth = 0

    def search(self, text: str | bytes) -> bool:
        """Whether the expression matches anywhere. Raises LimitError when that takes too many steps."""
        if len(text) > MAX_TEXT:
            raise LimitError(
                f"a text of more than {MAX_TEXT} characters for a slow regular expression", where="MATCHES"
            )
        self._text = text if isinstance(text, bytes) else [ord(character) for character in text]
        self._steps = self._depth = 0
        try:
            return any(self._from(start) for start in range(len(self._text) + 1))
        except RecursionError:
            raise LimitError("a regular expression takes too many steps", where="MATCHES") from None

    def _from(self, start: int) -> bool:
        self._groups = {}
        return self._all(self._tree, 0, start, lambda at: True)

    def _all(self, nodes: Sequence[Any], index: int, at: int, then: Next) -> bool:
        """Match nodes from an index on, then the rest."""
        self._steps += 1
        if self._steps > MAX_STEPS or self._depth > _DEEP:
            raise LimitError("a regular expression takes too many steps", where="MATCHES")
        if index == len(nodes):
            return then(at)
        name, argument = nodes[index]
        self._depth += 1
        try:
            return self._one(str(name), argument, at, lambda end: self._all(nodes, index + 1, end, then))
        finally:
            self._depth -= 1

    def _one(self, name: str, argument: Any, at: int, then: Next) -> bool:
        handler = getattr(self, f"_{name.lower()}", None)
        if handler is not None:
            return bool(handler(argument, at, then))
        if name in _CHARACTERS:
            return at < len(self._text) and self._fits(name, argument, self._text[at]) and then(at + 1)
        raise FormatError(f"a regular expression with {name.lower()}", where="MATCHES")

    def _fits(self, name: str, argument: Any, code: int) -> bool:
        """Whether one character is what a node of one character asks for."""
        match name:
            case "ANY":
                return code != 10 or bool(self._flags & re.DOTALL)
            case "LITERAL" | "NOT_LITERAL":
                return (self._same(argument, code)) is (name == "LITERAL")
        negated = bool(argument) and str(argument[0][0]) == "NEGATE"
        return any(self._in_class(str(kind), value, code) for kind, value in argument[negated:]) is not negated

    def _in_class(self, kind: str, value: Any, code: int) -> bool:
        if kind == "CATEGORY":
            return _category(str(value), code)
        if kind == "RANGE":
            cases = {code, *map(ord, (chr(code).lower()[:1], chr(code).upper()[:1]))} if self._folds else {code}
            return any(value[0] <= one <= value[1] for one in cases)
        return self._same(value, code)

    @property
    def _folds(self) -> bool:
        return bool(self._flags & re.IGNORECASE)

    def _same(self, wanted: int, code: int) -> bool:
        return wanted == code or (self._folds and chr(wanted).lower() == chr(code).lower())

    def _at(self, place: Any, at: int, then: Next) -> bool:
        return _stands(str(place), self._text, at, bool(self._flags & re.MULTILINE)) and then(at)

    def _branch(self, argument: Any, at: int, then: Next) -> bool:
        return any(self._all(branch, 0, at, then) for branch in argument[1])

    def _subpattern(self, argument: Any, at: int, then: Next) -> bool:
        group, added, removed, inside = argument
        before = self._flags
        self._flags = (before | added) & ~removed

        def close(end: int) -> bool:
            inner, self._flags = self._flags, before
            old = self._groups.get(group)
            self._groups[group] = (at, end)
            if then(end):
                return True
            self._flags = inner
            if old is None:
                self._groups.pop(group, None)
            else:
                self._groups[group] = old
            return False

        found = self._all(inside, 0, at, close)
        self._flags = before
        return found

    def _groupref(self, group: int, at: int, then: Next) -> bool:
        if group not in self._groups:
            return False
        start, end = self._groups[group]
        length = end - start
        held = self._text[start:end]
        other = self._text[at : at + length]
        return len(other) == length and all(map(self._same, held, other)) and then(at + length)

    def _assert(self, argument: Any, at: int, then: Next) -> bool:
        return self._looks(argument, at) and then(at)

    def _assert_not(self, argument: Any, at: int, then: Next) -> bool:
        return not self._looks(argument, at) and then(at)

    def _looks(self, argument: Any, at: int) -> bool:
        direction, inside = argument
        if direction > 0:
            return self._all(inside, 0, at, lambda end: True)
        low, high = inside.getwidth()
        return any(
            self._all(inside, 0, start, lambda end: end == at) for start in range(max(0, at - high), at - low + 1)
        )

    def _max_repeat(self, argument: Any, at: int, then: Next) -> bool:
        return self._repeat(argument, at, then, greedy=True)

    def _min_repeat(self, argument: Any, at: int, then: Next) -> bool:
        return self._repeat(argument, at, then, greedy=False)

    def _possessive_repeat(self, argument: Any, at: int, then: Next) -> bool:
        first = _First()
        return self._repeat(argument, at, first, greedy=True) and then(first.end)

    def _atomic_group(self, argument: Any, at: int, then: Next) -> bool:
        first = _First()
        return self._all(argument, 0, at, first) and then(first.end)

    def _repeat(self, argument: Any, at: int, then: Next, *, greedy: bool) -> bool:
        low, high, inside = argument
        if len(inside) == 1 and str(inside[0][0]) in _CHARACTERS:
            return self._run(low, high, inside[0], at, then, greedy)

        def more(count: int, here: int) -> bool:
            def again() -> bool:
                return count < high and self._all(
                    inside, 0, here, lambda end: (end > here or count < low) and more(count + 1, end)
                )

            if count < low:
                return again()
            return (again() or then(here)) if greedy else (then(here) or again())

        return more(0, at)

    def _run(self, low: int, high: int, node: Any, at: int, then: Next, greedy: bool) -> bool:
        """Single characters repeated: no recursion for each of them."""
        name, argument = str(node[0]), node[1]
        most = at
        while most < len(self._text) and most - at < high and self._fits(name, argument, self._text[most]):
            most += 1
        self._steps += most - at
        ends = range(at + low, most + 1)
        return any(then(end) for end in (reversed(ends) if greedy else ends))


class _First:
    """Takes the first end that is offered: what is possessive or atomic does not come back for another."""

    end = 0

    def __call__(self, end: int) -> bool:
        self.end = end
        return True


_CHARACTERS = ("ANY", "LITERAL", "NOT_LITERAL", "IN")


def _category(name: str, code: int) -> bool:
    kind = name.removeprefix("CATEGORY_").removeprefix("UNI_")
    wanted = not kind.startswith("NOT_")
    character = chr(code)
    match kind.removeprefix("NOT_"):
        case "DIGIT":
            found = "0" <= character <= "9"
        case "SPACE":
            found = character in " \t\n\r\f\v"
        case _:
            found = _is_word(code)
    return found is wanted


def _is_word(code: int) -> bool:
    return code == 95 or (code < 128 and chr(code).isalnum())


def _stands(place: str, text: Sequence[int], at: int, lines: bool) -> bool:
    match place:
        case "AT_BEGINNING" | "AT_BEGINNING_STRING":
            return at == 0 or (lines and place == "AT_BEGINNING" and text[at - 1] == 10)
        case "AT_END":
            rest = len(text) - at
            return rest == 0 or (text[at] == 10 and (rest == 1 or lines))
        case "AT_END_STRING":
            return at == len(text)
    edge = (at > 0 and _is_word(text[at - 1])) is not (at < len(text) and _is_word(text[at]))
    return edge is (place == "AT_BOUNDARY")
