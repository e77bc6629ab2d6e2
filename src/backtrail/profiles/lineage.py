"""Which families come from one hand: what is built into the files of two families and into nobody else's.

A secret of the configuration, a mutex, the project folder of a debug path, an import table: each with its value.
What more than a few families share is a library, a compiler or a builder's default, and says nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations

from msgspec import Struct

from backtrail.profiles.families import Family

_MOST = 4
"""Families that share a value, beyond which it is no sign of descent."""

_SHALLOW = 2
"""Folders from the top of a path that say nothing: the drive, and `work` or `src`."""

_KINDS = ("config-secret", "mutex", "imphash")


class Related(Struct, frozen=True, order=True):
    """Two families and what they share.

    Attributes:
        a: One.
        b: The other.
        shared: Kind and value of each thing.
    """

    a: str
    b: str
    shared: tuple[tuple[str, str], ...]


def lineage(some: Iterable[Family]) -> list[Related]:
    """Pairs of families that share something rare."""
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for family in some:
        for value in _built_in(family):
            holders[value].add(family.name)
    shared: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for value, names in sorted(holders.items()):
        if len(names) <= _MOST:
            for a, b in combinations(sorted(names), 2):
                shared[a, b].append(value)
    return sorted(Related(a, b, tuple(values)) for (a, b), values in shared.items())


def _built_in(family: Family) -> set[tuple[str, str]]:
    found = {mark for file in family.samples for mark in file.marks if mark[0] in _KINDS}
    return found | {
        ("pdb root", root) for file in family.samples for path in file.of("pdb-path") if (root := _root(path))
    }


def _root(path: str) -> str:
    r"""Project folder of a debug path: the first folder below those that anybody has.

    >>> _root(r"d:\work\heron\agent\release\agent.pdb")
    'd:\\work\\heron'
    """
    folders = path.replace("/", "\\").split("\\")[:-1]
    return "\\".join(folders[: _SHALLOW + 1]).lower() if len(folders) > _SHALLOW + 1 else ""


def told(related: Related) -> str:
    """A pair in words."""
    return f"{related.a} and {related.b} share {', '.join(f'{kind} {value}' for kind, value in related.shared[:3])}"


def largest_line(some: Sequence[Family]) -> list[Family]:
    """Families that are variants by their names, of the line with most variants; none without variants."""
    lines: dict[str, list[Family]] = defaultdict(list)
    for family in some:
        if family.line != family.name:
            lines[family.line].append(family)
    return max(lines.values(), key=lambda found: (len(found), found[0].name), default=[])
