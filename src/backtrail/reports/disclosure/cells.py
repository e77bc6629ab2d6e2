"""Which cells of tables have to be withheld so that no small one can be worked out from the rest.

A reader knows every cell that is told, that a cell told as "<k" lies between 1 and k-1, and every sum. (A small sum is
not told as "<k": of four cells of at least one it would say everything.) What such a
reader can conclude of a withheld cell is the interval between the least and the greatest value that agree with all of
it: two linear problems for each cell. While one has no room, another cell of its sums is withheld too, the smallest
that there is. After Fischetti and Salazar (2001), *Solving the cell suppression problem on tabular data with linear
constraints*, by the greedy way, which withholds somewhat more than the least possible.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import scipy
from msgspec import Struct

from backtrail.model.errors import PolicyError

_ROOM = 1.0
"""Least width of what can be concluded of a withheld cell."""


class Relation(Struct, frozen=True):
    """A cell that is the sum of others."""

    total: str
    parts: tuple[str, ...]


def suppressed(
    cells: Mapping[str, int], relations: Sequence[Relation], k: int, hidden: Iterable[str] = ()
) -> frozenset[str]:
    """Cells to withhold: those from 1 to k-1, and what would give them back.

    Args:
        cells: Values.
        relations: Sums among them.
        k: Least count that may be told by itself.
        hidden: Cells that no table tells anyway.

    Raises:
        PolicyError: A small cell can be worked out whatever else is withheld: nothing may be published (rule TL-4).
    """
    small = {id for id, value in cells.items() if 0 < value < k}
    out = small | set(hidden)
    told = dict.fromkeys(small - {relation.total for relation in relations}, (1, k - 1))
    checked: set[tuple[str, frozenset[str]]] = set()
    while True:
        unsafe = _unsafe(cells, relations, small, out, told, checked)
        if unsafe is None:
            return frozenset(out)
        more = _complement(cells, relations, unsafe, out)
        if more is None:
            raise PolicyError(
                f"{unsafe} counts fewer than {k} victims and can be worked out from what is told beside it"
            )
        out.add(more)


def _unsafe(
    cells: Mapping[str, int],
    relations: Sequence[Relation],
    small: set[str],
    out: set[str],
    told: Mapping[str, tuple[int, int]],
    checked: set[tuple[str, frozenset[str]]],
) -> str | None:
    """A small cell that could be worked out; None when there is none."""
    for id in sorted(small):
        near = _near(id, relations, out)
        key = (id, frozenset(out & {part for r in near for part in (r.total, *r.parts)}))
        if key in checked:
            continue
        low, high = bounds(cells, near, out, told, id)
        if high - low < _ROOM and near:
            return id
        checked.add(key)
    return None


def _near(id: str, relations: Sequence[Relation], out: set[str]) -> list[Relation]:
    """Relations that say something of a cell, over others that are withheld."""
    reached, found = {id}, []
    rest = list(relations)
    while touching := [r for r in rest if reached & {r.total, *r.parts}]:
        found += touching
        rest = [r for r in rest if r not in touching]
        reached |= {part for r in touching for part in (r.total, *r.parts) if part in out}
    return found


def bounds(
    cells: Mapping[str, int],
    relations: Sequence[Relation],
    out: Iterable[str],
    told: Mapping[str, tuple[int, int]],
    id: str,
) -> tuple[float, float]:
    """What a reader can conclude of a withheld cell: its least and greatest value.

    Args:
        cells: Values.
        relations: Sums among them.
        out: Cells that are withheld.
        told: What is told of withheld cells all the same, as "<k" is.
        id: The cell.
    """
    unknown = sorted({part for r in relations for part in (r.total, *r.parts)} & set(out) | {id})
    place = {one: n for n, one in enumerate(unknown)}
    left = np.zeros((len(relations), len(unknown)))
    right = np.zeros(len(relations))
    for n, relation in enumerate(relations):
        for part, sign in ((relation.total, -1.0), *((part, 1.0) for part in relation.parts)):
            if part in place:
                left[n, place[part]] += sign
            else:
                right[n] -= sign * cells[part]
    limits = [told.get(one, (0, None)) for one in unknown]
    goal = np.zeros(len(unknown))
    goal[place[id]] = 1.0
    ends = []
    for sign in (1.0, -1.0):
        solved = scipy.optimize.linprog(sign * goal, A_eq=left, b_eq=right, bounds=limits, method="highs")
        if solved.status == 3:  # unbounded: there is all the room in the world
            ends.append(sign * -np.inf)
        elif solved.status != 0:
            ends.append(float(cells[id]))
        else:
            ends.append(float(solved.x[place[id]]))
    return ends[0], ends[1]


def _complement(cells: Mapping[str, int], relations: Sequence[Relation], id: str, out: set[str]) -> str | None:
    """The smallest cell that is still told in a sum with one that has no room; a sum itself only where no part is."""
    told = {
        part: (part == relation.total, cells[part], part)
        for relation in _near(id, relations, out)
        for part in (*relation.parts, relation.total)
        if part not in out and cells[part] > 0
    }
    return min(told, key=lambda part: told[part], default=None)
