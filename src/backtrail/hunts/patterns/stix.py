"""STIX patterns matched against observations: the one entry for verbs and engines."""

from collections.abc import Iterable, Sequence

from backtrail.hunts.patterns.bind import Times, bind
from backtrail.hunts.patterns.compare import Compiled
from backtrail.hunts.patterns.observed import Json, Observation, observations
from backtrail.hunts.patterns.parse import parse
from backtrail.hunts.patterns.tree import Between, Expression, Joined, Repeats, Seen, Within


class StixPattern:
    """A pattern, read once and asked often.

    Args:
        pattern: Its text.
        strict: Whether a text that is compared with a timestamp and is none is an error (the data break their own
            specification); else it is unequal to every timestamp.

    Raises:
        FormatError: It breaks the grammar, or a literal means nothing.
    """

    def __init__(self, pattern: str, *, strict: bool = True) -> None:
        self.expression = parse(pattern)
        self._compiled = {seen.comparison: Compiled(seen.comparison, strict=strict) for seen in seens(self.expression)}

    def match(self, observed: Sequence[Observation]) -> list[int] | None:
        """Numbers of the observations of one match, in order; None when nothing matches.

        Raises:
            FormatError: What is observed breaks its specification.
            LimitError: There are too many ways to match.
        """
        masks: dict[object, int] = {}

        def mask_of(seen: Seen) -> int:
            if seen.comparison not in masks:
                holds = self._compiled[seen.comparison]
                masks[seen.comparison] = sum(1 << number for number, one in enumerate(observed) if holds(one))
            return masks[seen.comparison]

        times = Times([o.first for o in observed], [o.last for o in observed], [o.count for o in observed])
        return bind(self.expression, mask_of, times)


def matches(pattern: str, observed: Iterable[Json] | Json) -> list[int] | None:
    """Match a pattern against STIX JSON.

    Args:
        pattern: The pattern, STIX 2.1 (or 2.0, whose START and STOP are strings).
        observed: Bundles, or observed-data objects (of 2.0, with their objects inside; of 2.1, beside the objects
            that they refer to), or one of them.

    Returns:
        Numbers of the observed-data objects of one match, from 0 in the order of the input; None when it does not
        match.
    """
    documents = [observed] if isinstance(observed, dict) else observed
    return StixPattern(pattern).match(observations(documents))


def seens(expression: Expression) -> list[Seen]:
    """Every `[...]` of a pattern, from the left."""
    found: list[Seen] = []
    waiting: list[Expression] = [expression]
    while waiting:
        one = waiting.pop()
        match one:
            case Seen():
                found.append(one)
            case Joined(_, parts):
                waiting.extend(reversed(parts))
            case Within() | Repeats() | Between():
                waiting.append(one.part)
    return found
