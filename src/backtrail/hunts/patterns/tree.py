"""What a STIX pattern says, as values: comparisons in postfix order, observation expressions as a tree."""

from typing import Literal as Choice

from msgspec import Struct

from backtrail.hunts.patterns.lexer import Literal, Moment

ANY = None
"""The step `[*]`: every item of a list."""

Step = str | int | None

Operator = Choice["=", "!=", "<", "<=", ">", ">=", "IN", "LIKE", "MATCHES", "ISSUBSET", "ISSUPERSET", "EXISTS"]


class Path(Struct, frozen=True):
    """An object path: type of the object, then properties, list indexes and `ANY`."""

    type: str
    steps: tuple[Step, ...]


class Test(Struct, frozen=True):
    """A comparison of what a path leads to with a literal, or with several for IN."""

    path: Path
    operator: Operator
    negated: bool = False
    operands: tuple[Literal, ...] = ()


Comparison = tuple[Test | Choice["AND", "OR"], ...]
"""A comparison expression in postfix order: however deep it is nested, it is evaluated without recursion."""


class Seen(Struct, frozen=True):
    """`[...]`: one observation that satisfies a comparison expression."""

    comparison: Comparison


class Joined(Struct, frozen=True):
    """Observation expressions joined by `AND`, `OR` or `FOLLOWEDBY`."""

    operator: Choice["AND", "OR", "FOLLOWEDBY"]
    parts: tuple["Expression", ...]


class Within(Struct, frozen=True):
    """All observations of an expression lie within so many nanoseconds."""

    part: "Expression"
    length: int


class Repeats(Struct, frozen=True):
    """An expression so often, with different observations."""

    part: "Expression"
    times: int


class Between(Struct, frozen=True):
    """All observations of an expression lie from a moment on and before another."""

    part: "Expression"
    start: Moment
    stop: Moment


Expression = Seen | Joined | Within | Repeats | Between
