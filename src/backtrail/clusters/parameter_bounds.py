"""Numbers of a file of parameters are within what they can mean, or it is refused with the place."""

import math
from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from backtrail.model.errors import FormatError


def require_finite(model: Struct) -> None:
    """Refuse a model in which a number is infinite or none at all. Raises FormatError."""
    for place, number in _numbers(msgspec.to_builtins(model)):
        if not math.isfinite(number):
            raise FormatError(f"{number} is no number to calculate with", where=place)


def require(
    numbers: Iterable[tuple[str, float | None]], low: float, high: float = math.inf, *, above: bool = False
) -> None:
    """Refuse numbers out of bounds.

    Args:
        numbers: The place of each, and the number; None where there is none.
        low: The least that is allowed,
        high: and the most.
        above: Whether the least itself is too little.

    Raises:
        FormatError: One is out of bounds.
    """
    least = f"over {low:g}" if above else f"at least {low:g}"
    for place, number in numbers:
        if number is not None and not (low < number <= high if above else low <= number <= high):
            most = f" and at most {high:g}" if math.isfinite(high) else ""
            raise FormatError(f"{number:g} is not {least}{most}", where=place)


def _numbers(value: object, place: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for name, some in value.items():
            yield from _numbers(some, f"{place}.{name}" if place else str(name))
    elif isinstance(value, float):
        yield place, value
