"""Since when, how busy, and when not at all: in how many networks a group was, quarter by quarter.

A stay counts in every quarter from its first to its last activity, quiet ones in between too: what is said of a quarter
is no more than what the stays by themselves say.
"""

from collections.abc import Iterable, Sequence
from itertools import chain

from backtrail.model.profile import Counted, Series, Stay
from backtrail.model.times import earliest, latest

_PER_YEAR = 4


def busy(stays: Sequence[Stay]) -> tuple[Series, tuple[Counted, ...]]:
    """Intrusions by quarter, from the first with any to the last, and what is to be said of them.

    Args:
        stays: Stays of a group; those without dated activity count in no quarter.
    """
    reached = [(stay.intrusion, _reached(stay)) for stay in stays if stay.span.first and stay.span.last]
    spell = sorted(set(chain.from_iterable(quarters for _, quarters in reached)))
    every = range(spell[0], spell[-1] + 1) if spell else range(0)
    there = {one: sorted(id for id, quarters in reached if one in quarters) for one in every}
    rows = tuple((_named(one), len(ids)) for one, ids in there.items())
    return Series(name="quarters", columns=("quarter", "intrusions"), rows=rows), tuple(_numbers(there))


def _reached(stay: Stay) -> range:
    """Quarters of a stay, counted from the year 0."""
    first, last = earliest(str(stay.span.first)), latest(str(stay.span.last))
    begin, end = (_PER_YEAR * moment.year + (moment.month - 1) // 3 for moment in (first, last))
    return range(begin, end + 1)


def _named(quarter: int) -> str:
    """A quarter by its first month.

    >>> _named(2011 * 4 + 2)
    '2011-07'
    """
    return f"{quarter // _PER_YEAR}-{quarter % _PER_YEAR * 3 + 1:02d}"


def _numbers(there: dict[int, list[str]]) -> Iterable[Counted]:
    busy = {one: ids for one, ids in there.items() if ids}
    if not busy:
        return
    everyone = tuple(sorted(set(chain.from_iterable(busy.values()))))
    most = max(busy, key=lambda one: (len(busy[one]), -one))
    yield Counted(id="active_quarters", value=len(busy), unit="quarters", parts=everyone)
    yield Counted(id="quiet_quarters", value=len(there) - len(busy), unit="quarters", parts=everyone)
    yield Counted(id="active_most", value=len(busy[most]), unit="intrusions", parts=tuple(busy[most]),
                  note=f"in the quarter from {_named(most)}")  # fmt: skip
