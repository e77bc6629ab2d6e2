"""Values as columns without the values: the same tables as with them, whatever their hashes are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backtrail.clusters.suggest.columns import numbered
from backtrail.clusters.suggest.products import products
from backtrail.clusters.suggest.table import Report, Vocabulary

VALUES = st.sets(st.sampled_from("abcdefghij") | st.text(max_size=3), max_size=8)
REPORTS = st.lists(st.fixed_dictionaries({}, optional={"host": VALUES, "url": VALUES}), max_size=12).map(
    lambda some: [Report(id=str(n), date=None, traits=traits) for n, traits in enumerate(some)]
)


@given(REPORTS)
def test_tables_are_those_of_a_vocabulary_that_keeps_its_values(reports):
    tables, _ = numbered(iter(reports), ["host", "url"])
    for trait, wanted in Vocabulary().table(reports, ["host", "url"]).items():
        assert tables[trait].shape == wanted.shape
        assert np.array_equal(tables[trait].toarray(), wanted.toarray())


@given(REPORTS, VALUES)
def test_one_more_report_finds_the_columns_of_what_is_known(reports, values):
    tables, columns = numbered(reports, ["host"])
    words = Vocabulary()
    words.table(reports, ["host"])
    known = sorted(n for value in values if (n := words.number("host", value)) is not None)
    row = columns["host"].row(values)
    assert row.shape[1] == tables["host"].shape[1] and row.indices.tolist() == known


@given(REPORTS)
def test_products_are_those_of_dense_rows(reports):
    table = numbered(reports, ["host"])[0]["host"]
    dense = table.toarray()
    one, other = np.nonzero(np.ones((len(reports), len(reports))))
    assert np.allclose(products(table, one, other), (dense @ dense.T)[one, other])
