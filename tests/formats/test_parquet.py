"""Parquet: rows as text, what the footer says; what is broken is refused."""

import io

import pytest

pa = pytest.importorskip("pyarrow", reason="needs the extra parquet")
from pyarrow import parquet as pq  # noqa: E402

from backtrail import ingest, ls  # noqa: E402
from backtrail.formats import named  # noqa: E402
from backtrail.model.errors import FormatError  # noqa: E402


def made(table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def test_what_a_footer_says_is_read(tmp_path):
    table = pa.table({"a": ["x"]}).replace_schema_metadata({"note": "of Tinwhistle Shipping"})
    texts = [record.passage.text for record in named("parquet").read(io.BytesIO(made(table)))]
    assert "of Tinwhistle Shipping" in texts[0] and texts[1] == "a: x\n"


@pytest.mark.parametrize("cut", [4, 20, 200])
def test_a_broken_file_is_refused(cut):
    content = made(pa.table({"a": [str(n) for n in range(500)]}))
    with pytest.raises(FormatError):
        list(named("parquet").read(io.BytesIO(content[:-cut])))


def test_indicators_of_a_table_are_taken_in(case, tmp_path):
    file = tmp_path / "list.parquet"
    file.write_bytes(made(pa.table({"value": ["evil-orchard.example", "198.51.100.7"]})))
    ingest(case, [file], intrusion="IN-1")
    assert {o.value for o in ls(case, "observations")} == {"evil-orchard.example", "198.51.100.7"}
