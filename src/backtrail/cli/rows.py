"""Rows for other programs: CSV, or cells between tabs."""

import csv
from types import UnionType
from typing import IO, Any, get_args, get_origin

import msgspec

from backtrail.verbs.table import Table


def has_rows(kind: Any) -> bool:
    """Whether results of a type are rows, or have them as `table`; of a union, whether all its types do."""
    if isinstance(kind, UnionType):
        return all(map(has_rows, get_args(kind)))
    return get_origin(kind) is Table or hasattr(kind, "table")


def write_rows(result: Any, delimiter: str, out: IO[str]) -> None:
    """Write the rows of a result: below a head where commas part them, without one where tabs do.

    Lists in a cell are joined by `; `, so that `cut`, `grep` and spreadsheets need not know JSON.
    """
    table: Table[Any] = result if isinstance(result, Table) else result.table
    names = table.type.__struct_encode_fields__
    rows = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    rows.writerows([names] if delimiter == "," else [])
    for row in table:
        cells = msgspec.to_builtins(row)
        rows.writerow([_cell(cells.get(name)) for name in names])


def _cell(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "; ".join(str(_cell(one)) for one in value)
    return msgspec.json.encode(value).decode() if isinstance(value, dict) else value
