"""Findings with their small counts withheld: sectors by year, countries, and every number of victims or intrusions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from msgspec.structs import replace

from backtrail.model.profile import Counted, Profile
from backtrail.reports.disclosure.cells import Relation, suppressed

WITHHELD = "–"
"""What stands for a count that is withheld so that another cannot be worked out."""

REST = "sectors of fewer victims, together"

_OF_VICTIMS = frozenset(
    {"intrusions", "victims", "organizations", "networks", "stays", "organizations hit more than once"}
)
_COUNTRY = re.compile(r"victims_([a-z]{2})")
_ALL = "victims of all sectors"
"""The sum of the rows, which a reader knows: it is the number of victims, where nobody is in two sectors."""

_COLUMNS = ("intrusions", "victims")
_SAID = re.compile(r"\b(\d+) intrusions? (?=outside the group)")
"""How the reasons of a finding count victims of others."""


def few(k: int) -> str:
    """A small count as it is told.

    >>> few(5)
    '<5'
    """
    return f"<{k}"


def protected(
    findings: Mapping[str, Profile], k: int, intrusions: AbstractSet[str] = frozenset()
) -> dict[str, Profile]:
    """Findings in which no count of fewer than k victims is told, nor can be worked out, nor anything else of so few.

    Args:
        findings: Findings by name.
        k: Least count of victims that is told.
        intrusions: Ids of the group's intrusions; without them no number is left out for what it is made of.
    """
    return {name: _protected(profile, k, intrusions) for name, profile in findings.items()}


def _protected(profile: Profile, k: int, intrusions: AbstractSet[str]) -> Profile:
    if profile.kind == "victims" and profile.enough:
        profile = _sectors(_countries(profile, k), k)
    return replace(
        profile,
        numbers=tuple(_number(number, k) for number in profile.numbers if not _of_few(number, k, intrusions)),
        rows=_cells(profile.columns, profile.rows, k),
        series=tuple(replace(one, rows=_cells(one.columns, one.rows, k)) for one in profile.series),
    )


def _cells(columns: Sequence[str], rows: Iterable[tuple[Any, ...]], k: int) -> tuple[tuple[Any, ...], ...]:
    """A table without its small counts."""
    places = [n for n, column in enumerate(columns) if column in _COLUMNS]
    return tuple(tuple(_cell(c, k) if n in places else _in_words(c, k) for n, c in enumerate(row)) for row in rows)


def _cell(cell: int | float | str, k: int) -> int | float | str:
    return few(k) if str(cell).isdigit() and 0 < int(cell) < k else cell


def _in_words(cell: int | float | str, k: int) -> int | float | str:
    """A cell in which a count of intrusions stands in a sentence."""
    return _SAID.sub(lambda m: f"{_cell(m[1], k)} intrusions ", cell) if isinstance(cell, str) else cell


def _of_few(number: Counted, k: int, intrusions: AbstractSet[str]) -> bool:
    """Whether a number that is no count of victims is made of so few intrusions: a median of one is that one's."""
    return number.unit not in _OF_VICTIMS and 0 < len(number.parts) < k and set(number.parts) <= intrusions


def _number(number: Counted, k: int) -> Counted:
    small = isinstance(number.value, int) and 0 < number.value < k
    if small and number.unit in _OF_VICTIMS:
        return replace(number, value=few(k), parts=(), low=None, high=None, note="")
    return number


def _countries(profile: Profile, k: int) -> Profile:
    """Numbers by country without the small ones, and without what would give them back."""
    values = {n.id: n.value for n in profile.numbers if isinstance(n.value, int)}
    countries = [id for id in values if _COUNTRY.fullmatch(id)]
    near = tuple(id for id in ("victims_gb", "victims_ca") if id in values)
    far = tuple(id for id in countries if id not in ("victims_us", *near))
    relations = [
        Relation(total, parts)
        for total, parts in (
            ("victims_total", ("victims_us", "victims_uk_canada", "victims_other")),
            ("victims_uk_canada", near), ("victims_other", far), ("victims_total", tuple(countries)),
        )
        if parts and {total, *parts} <= values.keys() and values[total] == sum(values[p] for p in parts)
    ]  # fmt: skip
    wanted = {"victims_total", "victims_uk_canada", "victims_other", *countries} & values.keys()
    out = suppressed({id: values[id] for id in wanted}, relations, k)
    return replace(profile, numbers=tuple(n for n in profile.numbers if n.id not in out or n.id == "victims_total"))


def _sectors(profile: Profile, k: int) -> Profile:
    """The matrix of sectors and years: small sectors together, small cells and what gives them back withheld."""
    years = profile.columns[2:-1]
    rows = merged([(row[0], [int(cell or 0) for cell in row[2:-1]], int(row[1])) for row in profile.rows], k)
    cells: dict[str, int] = {}
    relations = []
    for name, counts, total in rows:
        parts = tuple(f"{name} {year}" for year in years)
        rest = f"{name} undated"
        cells |= {name: total, rest: total - sum(counts)} | dict(zip(parts, counts, strict=True))
        relations.append(Relation(name, (*parts, rest)))
    cells[_ALL] = sum(total for *_, total in rows)
    relations.append(Relation(_ALL, tuple(name for name, *_ in rows)))
    undated = [f"{name} undated" for name, *_ in rows]
    out = suppressed(cells, relations, k, [id for id in undated if cells[id]])
    if _ALL in out:  # which the number of victims tells: so few in a row that no part of the table may be seen
        numbers = (n for n in profile.numbers if not n.id.startswith("sector:"))
        return replace(profile, rows=(), numbers=tuple(numbers))
    told = []
    for name, counts, total in rows:
        by_year = (_told(f"{name} {year}", count, out, k) for year, count in zip(years, counts, strict=True))
        told.append((name, _told(name, total, out, k), *by_year, ""))
    kept = {f"sector:{name}" for name, *_ in rows} - {f"sector:{name}" for name, *_ in rows if name in out}
    numbers = (n for n in profile.numbers if not n.id.startswith("sector:") or n.id in kept)
    return replace(profile, rows=tuple(told), numbers=tuple(numbers))


def _told(id: str, count: int, out: frozenset[str], k: int) -> str:
    if not count:
        return ""
    return few(k) if 0 < count < k else WITHHELD if id in out else str(count)


def merged(rows: Sequence[tuple[str, list[int], int]], k: int) -> list[tuple[str, list[int], int]]:
    """Sectors of enough victims; the others as one row, of at least two sectors and k victims."""
    ordered = sorted(rows, key=lambda row: (-row[2], row[0]))
    small = [row for row in ordered if row[2] < k]
    large = [row for row in ordered if row[2] >= k]
    while small and large and (len(small) < 2 or sum(total for *_, total in small) < k):
        small.insert(0, large.pop())
    if not small:
        return large
    together = [sum(column) for column in zip(*(counts for _, counts, _ in small), strict=True)]
    return [*large, (REST, together, sum(total for *_, total in small))]


def after(now: Profile, before: Profile, k: int) -> Profile:
    """A finding as it may be told after an earlier release of it: where fewer than k are new, the earlier count stands.

    Two releases that differ by one victim say everything about it. Counts are lower bounds, so the earlier one stays
    true.

    Args:
        now: As it is now.
        before: As it was when it was told.
        k: Least difference that may be told.
    """
    told = {n.id: n.value for n in before.numbers if n.unit in _OF_VICTIMS}
    numbers = tuple(replace(n, value=_earlier(n.value, told.get(n.id), k)) for n in now.numbers)
    if now.kind != "victims" or not before.enough:
        return replace(now, numbers=numbers)
    cells = {
        (row[0], column): cell
        for row in before.rows
        for column, cell in zip(before.columns[1:-1], row[1:-1], strict=True)
    }
    rows = []
    for row in now.rows:
        named = zip(now.columns[1:-1], row[1:-1], strict=True)
        rows.append((row[0], *(_earlier_cell(cell, cells.get((row[0], c), ""), k) for c, cell in named), row[-1]))
    return replace(now, numbers=numbers, rows=tuple(rows))


def _earlier(value: int | float | str, before: int | float | str | None, k: int) -> int | float | str:
    if isinstance(value, int) and isinstance(before, int) and 0 < abs(value - before) < k:
        return before
    return value


def _earlier_cell(cell: str, before: str, k: int) -> str:
    return before if 0 < abs(int(cell or 0) - int(before or 0)) < k else cell
