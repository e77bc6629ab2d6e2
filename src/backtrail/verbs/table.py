"""Rows of one type, as a list, an Arrow stream, or a small HTML table."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Generic, TypeVar, overload

import msgspec
from msgspec import Struct

Row = TypeVar("Row", bound=Struct)

_SHOWN = 20


class Table(Sequence[Row], Generic[Row]):
    """An immutable table: iterate it, index it, or hand it to polars, duckdb or pyarrow.

    To pandas 3 it goes as `pandas.DataFrame.from_arrow(table)`.

    Column names are the keys of `--json`. Nested values are JSON text in Arrow.

    Args:
        type: Type of the rows; gives the columns when there are none.
        rows: The rows.
    """

    def __init__(self, type: type[Row], rows: Sequence[Row]) -> None:
        self.type = type
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> "Table[Row]": ...
    def __getitem__(self, index: int | slice) -> "Row | Table[Row]":
        if isinstance(index, slice):
            return Table(self.type, self._rows[index])
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __repr__(self) -> str:
        return f"<Table of {len(self)} {self.type.__name__}>"

    @property
    def columns(self) -> dict[str, list[Any]]:
        """Values by column, nested ones as JSON text."""
        names = self.type.__struct_encode_fields__
        rows = [msgspec.to_builtins(row) for row in self._rows]
        return {name: [_flat(row.get(name)) for row in rows] for name in names}

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Arrow PyCapsule interface (Arrow C stream): one batch."""
        import nanoarrow

        arrays = {name: _array(values) for name, values in self.columns.items()}
        schema = nanoarrow.struct({name: array.schema for name, array in arrays.items()})
        columns = list(arrays.values())
        batch = nanoarrow.c_array_from_buffers(schema, len(self), [None], null_count=0, children=columns)
        return nanoarrow.ArrayStream(nanoarrow.Array(batch)).__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        shown = self[:_SHOWN].columns
        head = "".join(f"<th>{escape(name)}</th>" for name in shown)
        lines = zip(*shown.values(), strict=True)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape('' if v is None else str(v))}</td>" for v in line) + "</tr>"
            for line in lines
        )
        rest = f"<p>{len(self):,} rows, {min(len(self), _SHOWN)} shown</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _flat(value: Any) -> Any:
    return msgspec.json.encode(value).decode() if isinstance(value, dict | list | tuple) else value


def _array(values: list[Any]) -> Any:
    """A nanoarrow array of the narrowest type that holds the values; all-null columns are text."""
    import nanoarrow

    present = {type(value) for value in values if value is not None}
    if present <= {bool} and present:
        return nanoarrow.Array(values, nanoarrow.bool_())
    if present <= {int, bool} and present:
        return nanoarrow.Array(values, nanoarrow.int64())
    if present <= {int, float} and present:
        return nanoarrow.Array(values, nanoarrow.float64())
    return nanoarrow.Array([None if v is None else str(v) for v in values], nanoarrow.string())
