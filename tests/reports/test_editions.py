"""Editions tell less the further they travel; the PDF is the page, tagged, and the same bytes each time."""

import pytest
from msgspec.structs import replace

from backtrail.model.errors import UsageError
from backtrail.reports import EDITIONS, edition
from backtrail.reports.editions import cut


def test_in_public_no_day_no_name_and_no_maximum(dossier):
    told = cut(dossier, EDITIONS["report"])
    dwell = told.findings["dwell"]
    assert [n.id for n in dwell.numbers] == ["dwell_median"]
    assert (dwell.numbers[0].value, dwell.numbers[0].low, dwell.numbers[0].high) == (360, 150, 1800)
    assert {row[0] for row in dwell.rows} == {str(n) for n in range(1, 41)}
    assert {row[2] for row in dwell.rows} == {"2010-04"} and all(row[1] == "" for row in dwell.rows)
    assert dwell.plotted("survival")[-1] == (900, 0.15)
    assert "1764" not in repr(dwell)
    assert (told.selection.indicators[0].first, told.selection.indicators[0].last) == ("2010-05", "2011-01")


def test_a_maximum_is_told_when_somebody_decides_so(dossier):
    told = cut(dossier, EDITIONS["report"], maxima=["dwell_max"])
    assert "dwell_max" in {n.id for n in told.findings["dwell"].numbers}


def test_few_stays_are_not_drawn_one_by_one(dossier):
    dwell = dossier.findings["dwell"]
    few = replace(dossier, findings={"dwell": replace(dwell, rows=dwell.rows[:29])})
    assert cut(few, EDITIONS["report"]).findings["dwell"].rows == ()
    assert cut(few, EDITIONS["partner"]).findings["dwell"].rows != ()


def test_rows_do_not_tell_what_a_number_withholds(dossier):
    """Two stays of forty with an end that was seen: whoever counts rows would know what `<5` stands for."""
    dwell = dossier.findings["dwell"]
    ends = tuple((*row[:5], "seen" if n < 2 else "open") for n, row in enumerate(dwell.rows))
    few = replace(dossier, findings={"dwell": replace(dwell, rows=ends)})
    assert {row[5] for row in cut(few, EDITIONS["report"]).findings["dwell"].rows} == {""}
    many = tuple((*row[:5], "seen" if n < 9 else "open") for n, row in enumerate(dwell.rows))
    told = replace(dossier, findings={"dwell": replace(dwell, rows=many)})
    assert {row[5] for row in cut(told, EDITIONS["report"]).findings["dwell"].rows} == {"seen", "open"}


def test_the_internal_edition_leaves_everything(dossier):
    assert cut(dossier, EDITIONS["internal"]).findings["dwell"] == dossier.findings["dwell"]


def test_no_such_edition():
    with pytest.raises(UsageError, match="there are internal"):
        edition("glossy")
