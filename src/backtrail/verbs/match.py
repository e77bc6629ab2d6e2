"""match: STIX patterns tried on observed data, so that a pattern can be tested before it is published."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from backtrail.hunts.patterns import StixPattern
from backtrail.hunts.patterns.observed import Observation, observations
from backtrail.model.errors import FormatError, NotFoundError, UsageError
from backtrail.verbs.table import Table


class Matched(Struct, frozen=True, kw_only=True):
    """What became of one pattern.

    Attributes:
        pattern: The pattern.
        matched: Whether it matches; None when that could not be said.
        observed: Numbers of the observed-data objects of one match, from 0.
        problem: What is wrong with the pattern, or with what was observed.
    """

    pattern: str
    matched: bool | None
    observed: tuple[int, ...] = ()
    problem: str | None = None


def match(
    pattern: str | None,
    observed: Sequence[Path],
    *,
    file: Path | None = None,
    stdin: BinaryIO | None = None,
) -> Table[Matched]:
    """Try STIX patterns on observed data (STIX 2.1 part 9, to the letter; patterns of 2.0 too).

    Every observation is used once in a match, and as often as it was observed. A bad pattern is a row with a problem.

    Args:
        pattern: A pattern; none when they come from a file.
        observed: Files with a bundle, an observed-data object, or a list of them; `-` for standard input.
        file: File with a pattern on each line (empty lines and lines that begin with `#` are none), or a JSON list.
        stdin: Where `-` comes from.
    """
    if (pattern is None) is (file is None):
        raise UsageError("one pattern, or a file of patterns with --file")
    patterns = [pattern] if pattern is not None else _lines(_content(file or Path(), stdin))
    seen = observations(document for path in observed for document in _documents(path, stdin))
    return Table(Matched, [_matched(one, seen) for one in patterns])


def _matched(pattern: str, observed: list[Observation]) -> Matched:
    try:
        found = StixPattern(pattern).match(observed)
    except FormatError as error:
        return Matched(pattern=pattern, matched=None, problem=str(error))
    return Matched(pattern=pattern, matched=found is not None, observed=tuple(found or ()))


def _lines(content: bytes) -> list[str]:
    """Patterns of a file; only a line feed ends one, since a pattern may hold any other control character."""
    text = content.decode("utf-8-sig")
    if text.lstrip()[:2] in ('["', "[]"):
        try:
            return msgspec.json.decode(text, type=list[str])
        except msgspec.DecodeError:
            pass
    lines = (line.rstrip("\r") for line in text.split("\n"))
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _documents(path: Path, stdin: BinaryIO | None) -> list[dict[str, object]]:
    try:
        found = msgspec.json.decode(_content(path, stdin))
    except msgspec.DecodeError as error:
        raise FormatError(f"{path}: {error}", where="offset 0") from None
    return [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]


def _content(path: Path, stdin: BinaryIO | None) -> bytes:
    if str(path) == "-" and stdin is not None:
        return stdin.read()
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"{path}: no such file") from None
