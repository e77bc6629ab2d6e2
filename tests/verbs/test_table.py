"""Tables go into the data frames that analysts have."""

import pyarrow
import pytest
from msgspec import Struct

from backtrail import Table


class Row(Struct):
    id: str
    n: int
    share: float | None
    tags: tuple[str, ...] = ()


ROWS = Table(Row, [Row("a", 1, 0.5, ("x",)), Row("b", 2, None)])


def test_arrow_stream():
    table = pyarrow.table(ROWS)
    assert table.to_pydict() == {"id": ["a", "b"], "n": [1, 2], "share": [0.5, None], "tags": ['["x"]', "[]"]}
    assert [str(field.type) for field in table.schema] == ["string", "int64", "double", "string"]


def test_pandas_takes_it_as_the_readme_says():
    pandas = pytest.importorskip("pandas", "3")
    frame = pandas.DataFrame.from_arrow(ROWS)
    assert list(frame["id"]) == ["a", "b"] and list(frame.columns) == ["id", "n", "share", "tags"]


def test_an_empty_table_keeps_its_columns():
    assert pyarrow.table(Table(Row, [])).schema.names == ["id", "n", "share", "tags"]


def test_html_is_escaped_and_short():
    shown = Table(Row, [Row("<b>", n, None) for n in range(30)])._repr_html_()
    assert "&lt;b&gt;" in shown and "30 rows, 20 shown" in shown


def test_slices_are_tables():
    assert isinstance(ROWS[:1], Table) and len(ROWS[:1]) == 1 and ROWS[0].id == "a"
