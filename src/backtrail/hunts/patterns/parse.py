"""A STIX pattern read by its grammar (STIX 2.1, section 9; OASIS `STIXPattern.g4`), in time linear in its length.

Operators wait on a stack of our own instead of the interpreter's, so that brackets may be nested as deep as a
pattern is long. Precedence (section 9.5.2): a qualifier binds to the observation expression before it, then `AND`,
then `OR`, then `FOLLOWEDBY`; all from the left.
"""

from collections.abc import Callable
from typing import Any, cast

from backtrail.hunts.patterns.lexer import Literal, Moment, Token, literal, read_moment, tokens
from backtrail.hunts.patterns.tree import (
    ANY,
    Between,
    Comparison,
    Expression,
    Joined,
    Operator,
    Path,
    Repeats,
    Seen,
    Step,
    Test,
    Within,
)
from backtrail.model.errors import FormatError

_ORDER = {"FOLLOWEDBY": 1, "OR": 2, "AND": 3}
_SIGNS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TEXTS = ("LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET")


def parse(pattern: str) -> Expression:
    """Read a pattern.

    Raises:
        FormatError: It breaks the grammar; the place is the offset of the first word that cannot stand where it does.
    """
    return _Parser(pattern).pattern()


class _Parser:
    """Words, and the place in them."""

    def __init__(self, pattern: str) -> None:
        self.words = list(tokens(pattern))
        self.at = 0

    @property
    def next(self) -> Token:
        return self.words[self.at]

    def take(self) -> Token:
        token = self.words[self.at]
        self.at += token.kind != "end"
        return token

    def accept(self, *texts: str) -> Token | None:
        """The next word if it is one of these signs or keywords."""
        if self.next.kind in ("sign", "keyword") and self.next.text in texts:
            return self.take()
        return None

    def expect(self, text: str) -> Token:
        found = self.accept(text)
        if found is None:
            raise self.next.refused(repr(text))
        return found

    def pattern(self) -> Expression:
        found: Expression = self.infix(_ORDER, self.observation, _joined, self.qualified)
        if self.next.kind != "end":
            raise self.next.refused("an operator, a qualifier or the end")
        return found

    def infix(
        self,
        order: dict[str, int],
        operand: Callable[[], Any],
        join: Callable[[str, Any, Any], Any],
        after: Callable[[Any], Any],
    ) -> Any:
        """Operands, brackets and operators by precedence (the shunting-yard way, Dijkstra 1961)."""
        held: list[Any] = []
        waiting: list[str] = []
        depth = 0

        def reduce(least: int) -> None:
            while waiting and waiting[-1] != "(" and order[waiting[-1]] >= least:
                right, left = held.pop(), held.pop()
                held.append(join(waiting.pop(), left, right))

        while True:
            while self.accept("("):
                waiting.append("(")
                depth += 1
            held.append(after(operand()))
            while depth and self.accept(")"):
                reduce(0)
                waiting.pop()
                depth -= 1
                held[-1] = after(held[-1])
            sign = self.accept(*order)
            if sign is None:
                break
            reduce(order[sign.text])
            waiting.append(sign.text)
        reduce(0)
        if waiting:
            raise self.next.refused("')'")
        return held.pop()

    def observation(self) -> Expression:
        self.expect("[")
        chunks = self.infix({"OR": 2, "AND": 3}, self.test, _postfix, lambda found: found)
        self.expect("]")
        return Seen(_flat(chunks))

    def qualified(self, part: Expression) -> Expression:
        """An observation expression with the qualifiers behind it (section 9.5.1)."""
        while word := self.accept("WITHIN", "REPEATS", "START"):
            match word.text:
                case "WITHIN":
                    part = _within(part, self.seconds())
                    self.expect("SECONDS")
                case "REPEATS":
                    part = _repeats(part, self.times())
                    self.expect("TIMES")
                case _:
                    start = self.moment()
                    self.expect("STOP")
                    part = Between(part, start, self.moment())
        return part

    def seconds(self) -> int:
        token = self.take()
        value = literal(token) if token.kind in ("int", "float") else None
        if value is None or token.text.startswith("-"):
            raise token.refused("a positive number of seconds")
        if (length := int(cast("float", value) * 10**9)) <= 0:
            raise token.refused("a positive number of seconds")
        return length

    def times(self) -> int:
        token = self.take()
        value = literal(token) if token.kind == "int" else 0
        if not isinstance(value, int) or value < 1:
            raise token.refused("a number of times, at least 1")
        return value

    def moment(self) -> Moment:
        """A timestamp; a string in STIX 2.0, which is still met."""
        token = self.take()
        value = literal(token) if token.kind in ("time", "string") else None
        if isinstance(value, str):
            value = read_moment(value)
        if not isinstance(value, Moment):
            raise token.refused("a timestamp")
        return value

    def test(self) -> Any:
        negated = self.accept("NOT") is not None
        if self.accept("EXISTS"):
            return (Test(self.path(), "EXISTS", negated),)
        if negated:
            raise self.next.refused("'EXISTS'")
        path = self.path()
        negated = self.accept("NOT") is not None
        token = self.take()
        if token.text in _SIGNS and token.kind == "sign":
            operator = _SIGNS[token.text]
            return (Test(path, cast("Operator", operator), negated, (self.compared(operator),)),)
        if token.text == "IN":
            return (Test(path, "IN", negated, self.set()),)
        if token.text in _TEXTS and token.kind == "keyword":
            if self.next.kind != "string":
                raise self.next.refused("a string")
            return (Test(path, cast("Operator", token.text), negated, (literal(self.take()),)),)
        raise token.refused("a comparison")

    def compared(self, operator: str) -> Literal:
        token = self.take()
        value = literal(token)
        if isinstance(value, bool) and operator not in ("=", "!="):
            raise token.refused("a literal that has an order")
        return value

    def set(self) -> tuple[Literal, ...]:
        """Literals in brackets, all of one type (section 9.2 *Constants*: set)."""
        opened = self.expect("(")
        if self.accept(")"):
            return ()
        found = [literal(self.take())]
        while self.accept(","):
            found.append(literal(self.take()))
        self.expect(")")
        if len({_sort(value) for value in found}) > 1:
            raise FormatError("STIX pattern: a set of values of several types", where=f"offset {opened.at}")
        return tuple(found)

    def path(self) -> Path:
        token = self.take()
        if token.kind != "name":
            raise token.refused("an object path")
        self.expect(":")
        steps: list[Step] = [self.property()]
        while self.next.text in (".", "[") and self.next.kind == "sign":
            steps.append(self.property() if self.take().text == "." else self.index())
        return Path(token.text, tuple(steps))

    def property(self) -> str:
        token = self.take()
        if token.kind == "string":
            return str(literal(token))
        if token.kind == "name" and "-" not in token.text:
            return token.text
        raise token.refused("the name of a property")

    def index(self) -> Step:
        token = self.take()
        index: Step
        if token.text == "*":
            index = ANY
        elif token.kind == "int" and len(token.text) < 20:
            index = int(token.text)
        else:
            raise token.refused("an index or '*'")
        self.expect("]")
        return index


def _within(part: Expression, length: int) -> Expression:
    """One qualifier for several of a kind in a row, which mean no more than the narrowest."""
    return Within(part.part, min(part.length, length)) if isinstance(part, Within) else Within(part, length)


def _repeats(part: Expression, times: int) -> Expression:
    return Repeats(part.part, part.times * times) if isinstance(part, Repeats) else Repeats(part, times)


def _sort(value: Literal) -> type:
    """Type of a member of a set; whole and broken numbers go together, a truth value is no number."""
    if isinstance(value, bool | Moment):
        return type(value)
    return float if isinstance(value, int) else type(value)


def _joined(operator: str, left: Expression, right: Expression) -> Expression:
    """Chains of one operator become flat: all three are associative."""
    if isinstance(left, Joined) and left.operator == operator:
        return Joined(left.operator, (*left.parts, right))
    return Joined(operator, (left, right))  # type: ignore[arg-type]


def _postfix(operator: str, left: Any, right: Any) -> Any:
    """Chunks are kept nested to the left and flattened once: joining long chains stays linear."""
    return (left, right, operator)


def _flat(chunk: Any) -> Comparison:
    out: list[Any] = []
    waiting = [chunk]
    while waiting:
        found = waiting.pop()
        if isinstance(found, tuple):
            waiting.extend(reversed(found))
        else:
            out.append(found)
    return tuple(out)
