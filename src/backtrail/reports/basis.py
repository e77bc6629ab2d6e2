"""What the parts of a number are, in kinds and grades: what may be told of evidence that may not be shown.

An evidence card of report specification section 3, appendix I: one for each number, numbered in the order of the table.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Self

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.record import Indicator

RECORD = re.compile(r"([0-9a-f]{12}) (.+)")
"""A place in evidence: the first characters of a digest, and the line or field."""

_CLAIM = re.compile(r"C-[0-9a-f]{32}")
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
_KINDS, _EXAMPLES = 4, 5


def card(number: int) -> str:
    """Id of an evidence card.

    >>> card(12)
    'E-012'
    """
    return f"E-{number:03d}"


class Known(Struct, frozen=True, kw_only=True):
    """What is known of parts.

    Attributes:
        intrusions: Ids of the group's intrusions.
        observations: All observations of the group, by id.
        printed: Values that are published, by themselves and by the observations that they stand in.
    """

    intrusions: AbstractSet[str] = frozenset()
    observations: Mapping[str, Observation] = {}
    printed: Mapping[str, str] = {}

    @classmethod
    def of(cls, intrusions: Iterable[str], seen: Iterable[Observation], indicators: Iterable[Indicator]) -> Self:
        """What is known of the parts of a group's numbers."""
        return cls(
            intrusions=frozenset(intrusions),
            observations={o.id: o for o in seen},
            printed={part: one.value for one in indicators for part in (one.value, *one.evidence)},
        )


def basis(parts: Sequence[str], known: Known) -> str:
    """What some parts are: how many of each sort, their kinds, and the Admiralty grades of their sources."""
    seen = [known.observations[part] for part in parts if part in known.observations]
    sorts = Counter(_sort(part, known) for part in parts if part not in known.observations)
    told = [_counted(count, sort) for sort, count in sorted(sorts.items())]
    if seen:
        told.append(f"{_counted(len(seen), 'observation')} ({_kinds(seen)}; graded {_grades(seen)})")
    return ", ".join(told)


def examples(parts: Sequence[str], known: Known) -> tuple[str, ...]:
    """The first few of some parts whose values are published."""
    return tuple(sorted({known.printed[part] for part in parts if part in known.printed})[:_EXAMPLES])


def _sort(part: str, known: Known) -> str:
    if part in known.intrusions:
        return "intrusion"
    if RECORD.fullmatch(part):
        return "record"
    if _CLAIM.fullmatch(part):
        return "statement"
    return "technique" if _TECHNIQUE.fullmatch(part) else "value"


def _counted(count: int, sort: str) -> str:
    return f"{count:,} {sort}{'' if count == 1 else 's'}"


def _kinds(seen: Iterable[Observation]) -> str:
    counts = Counter(o.kind for o in seen)
    most = [kind for kind, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    return ", ".join(most[:_KINDS]) + (" and others" if len(most) > _KINDS else "")


def _grades(seen: Iterable[Observation]) -> str:
    grades = sorted({str(o.source.grade) for o in seen})
    return grades[0] if len(grades) == 1 else f"{grades[0]} to {grades[-1]}"
