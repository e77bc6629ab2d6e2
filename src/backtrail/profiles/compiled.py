"""Compile times, with what makes one of them worthless (rule TZ-7): flagged ones are left out, and counted.

The time stamp of a PE file is what its builder's clock said, or whatever the author wrote there: cheap to fake.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from backtrail.model.times import earliest, latest
from backtrail.profiles.samples import Item, span

_FIRST_WINDOWS = 1993
"""Year of Windows NT 3.1, the first system with PE files."""

_CONSTANT = {
    "1992-06-19T22:22:17Z": "constant of Delphi",
    "1970-01-01T00:00:00Z": "zero",
}
_SAME = 3
"""Files of different content with one compile time, from which it is a constant of somebody's builder."""


class Compiled(Struct, frozen=True, order=True):
    """A compile time of a file.

    Attributes:
        at: The moment.
        file: Digest of the file.
        flag: Why it says nothing; empty when nothing speaks against it.
    """

    at: str
    file: str
    flag: str = ""


def compiled(files: Iterable[Item], as_of: str | None = None) -> list[Compiled]:
    """Compile times of files in order, each with what speaks against it."""
    files = list(files)
    times = [(moment, file) for file in files for moment in file.of("compile-time")]
    often = Counter(moment for moment, _ in times)
    return sorted(Compiled(moment, file.name, _flag(moment, file, often, as_of)) for moment, file in times)


def _flag(moment: str, file: Item, often: Mapping[str, int], as_of: str | None) -> str:
    at = earliest(moment)
    if moment in _CONSTANT:
        return _CONSTANT[moment]
    if at.year < _FIRST_WINDOWS:
        return "before there were such files"
    if often[moment] >= _SAME:
        return f"the same in {often[moment]} files"
    if len(file.of("compile-time")) > 1:
        return "sources disagree"
    return _late(at, file, as_of)


def _late(at: datetime, file: Item, as_of: str | None) -> str:
    first = span(file.seen.values()).first
    if first and at > latest(first):
        return "later than first seen"
    return "in the future" if as_of and at > latest(as_of) else ""


def sound(times: Sequence[Compiled]) -> list[Compiled]:
    """Those against which nothing speaks."""
    return [one for one in times if not one.flag]
