"""Editions tell less the further they travel; the PDF is the page, tagged, and the same bytes each time."""

import pytest
from msgspec.structs import replace

from backtrail.model.errors import UsageError
from backtrail.model.profile import Counted, Profile, Series
from backtrail.model.record import Indicator
from backtrail.reports import EDITIONS, edition
from backtrail.reports.editions import cut
from backtrail.reports.indicators import Selection

DWELL = Profile(
    kind="dwell", group="G", finding="the longest at least 1764 days", enough=True,
    columns=("intrusion", "days", "first", "last", "begin", "end"),
    rows=tuple((f"IN-{n}", str(900 - n), "2010-05-17", "2012-02-03", "", "open") for n in range(40)),
    numbers=(
        Counted(id="dwell_max", value=1764, unit="days"),
        Counted(id="dwell_median", value=356, unit="days", low=151, high=1764),
    ),
    series=(
        Series(name="survival", columns=("days", "share"), rows=((0, 1.0), (356, 0.5), (900, 0.15), (1764, 0.02))),
    ),
)  # fmt: skip


@pytest.fixture
def dossier():
    from backtrail.model.decision import ActivityGroup
    from backtrail.reports import Dossier

    seen = Indicator(
        kind="domain-name", value="a.example", first="2010-05-17T10:00:00Z", last="2011-01-02", evidence=("O-1",)
    )
    selection = Selection(indicators=(seen,), withheld=(), unusable=(), tlp="GREEN")
    return Dossier(
        group=ActivityGroup(id="UNC-0001", anchor="a"), intrusions={}, observations=(), provenance=(), pairs=(),
        weakest=None, selection=selection, others=0, reviewed=0, created="2013-02-18T00:00:00Z", digest="d" * 64,
        model="m", threshold=0.8, findings={"dwell": DWELL},
    )  # fmt: skip


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
    few = replace(dossier, findings={"dwell": replace(DWELL, rows=DWELL.rows[:29])})
    assert cut(few, EDITIONS["report"]).findings["dwell"].rows == ()
    assert cut(few, EDITIONS["partner"]).findings["dwell"].rows != ()


def test_the_internal_edition_leaves_everything(dossier):
    assert cut(dossier, EDITIONS["internal"]).findings["dwell"] == DWELL


def test_no_such_edition():
    with pytest.raises(UsageError, match="there are internal"):
        edition("glossy")
