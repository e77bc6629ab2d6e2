"""Editions tell less the further they travel; the PDF is the page, tagged, and the same bytes each time."""

import pytest
from msgspec.structs import replace

from backtrail.model.errors import UsageError
from backtrail.model.intrusion import Intrusion
from backtrail.model.profile import Counted, Profile, Series
from backtrail.model.record import Indicator
from backtrail.reports import EDITIONS, edition
from backtrail.reports.editions import cut
from backtrail.reports.indicators import valid_until


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


def test_until_when_a_value_means_something_does_not_tell_the_day_it_was_seen(dossier):
    """Last sightings on the first and on the last of a month are told alike, and never too short."""
    told = set()
    for last in ("2012-11-01", "2012-11-12T10:00:00Z", "2012-11-30T23:59:59Z"):
        seen = replace(dossier.selection.indicators[0], last=last, valid_until=valid_until("domain-name", last))
        given = replace(dossier, selection=replace(dossier.selection, indicators=(seen,)))
        told |= {(one.last, one.valid_until) for one in cut(given, EDITIONS["report"]).selection.indicators}
        assert cut(given, EDITIONS["partner"]).selection.indicators == (seen,)
    assert told == {("2012-11", "2013-11-30T00:00:00Z")}


def test_no_table_of_a_finding_has_days_of_a_victim(dossier):
    arsenal = Profile(
        kind="arsenal", group="G", finding="", enough=True, columns=("family", "first", "compiled", "exclusivity"),
        rows=(("F", "2011-02-25", "2010-01-02 to 2010-03-04", "1 intrusion outside the group, since 2013-04-05"),),
        numbers=(
            Counted(id="first_compile", value="2010-01-02", unit="date", note="seen on 2011-02-25"),
            Counted(id="first_sighting", value="2011-02-25", unit="date"),
        ),
    )  # fmt: skip
    domains = Profile(
        kind="domains", group="G", finding="", enough=True, columns=("zone", "registered"),
        rows=(("a.example", "2010-01-02"),),
    )  # fmt: skip
    given = replace(dossier, findings={"arsenal": arsenal, "domains": domains})
    told = cut(given, EDITIONS["report"]).findings
    assert told["arsenal"].rows == (
        ("F", "2011-02", "2010-01-02 to 2010-03-04", "<5 intrusions outside the group, since 2013-04"),
    )
    assert [(n.value, n.note) for n in told["arsenal"].numbers] == [("2010-01-02", "seen on 2011-02"), ("2011-02", "")]
    assert told["domains"].rows == domains.rows
    assert cut(given, EDITIONS["partner"]).findings["arsenal"].rows[0][1] == "2011-02-25"


def test_curves_have_two_digits_as_the_numbers_beside_them_and_no_day_since_a_date(dossier):
    steps = ((0, 1.0), (37, 0.9), (141, 0.8), (144, 0.7), (356, 0.5))
    stays = replace(dossier.findings["dwell"], series=(Series(name="survival", columns=("days", "share"), rows=steps),))
    rows = tuple(("tools", days, share) for days, share in steps)
    drift = Profile(
        kind="drift", group="G", finding="", enough=True,
        series=(Series(name="survival", columns=("sort", "days", "share"), rows=rows),),
    )  # fmt: skip
    told = cut(replace(dossier, findings={"dwell": stays, "drift": drift}), EDITIONS["report"]).findings
    assert told["dwell"].plotted("survival") == ((0, 1.0), (37, 0.9), (140, 0.7), (360, 0.5))
    assert [days for _, days, _ in told["drift"].plotted("survival")] == [0, 30, 150, 360]


def test_a_command_line_with_a_day_in_it_is_withheld_where_there_are_no_days(dossier):
    typed = [
        Indicator(kind="command-line", value=value, first="2011-02", evidence=(f"O-{n}",))
        for n, value in enumerate(("m.exe -s 2011-02-18", "rar a 20110218.rar", "ping -n 20129999 h", "m.exe -s 2011"))
    ]
    given = replace(dossier, selection=replace(dossier.selection, indicators=tuple(typed)))
    told = cut(given, EDITIONS["report"]).selection
    assert ([one.value for one in told.indicators], told.withheld) == (
        ["ping -n 20129999 h", "m.exe -s 2011"], ("O-0", "O-1"),
    )  # fmt: skip
    assert cut(given, EDITIONS["partner"]).selection == given.selection


def test_of_a_group_smaller_than_what_is_told_no_small_part_is_told(dossier):
    hunts = Profile(
        kind="priorities", group="G", finding="", enough=True,
        numbers=(Counted(id="hunt_any", value=2, unit="intrusions", parts=("IN-0", "IN-1")),),
    )  # fmt: skip
    few, more = (
        replace(
            dossier,
            findings={"priorities": hunts},
            intrusions={f"IN-{n}": Intrusion(id=f"IN-{n}") for n in range(size)},
        )
        for size in (2, 5)
    )
    assert cut(few, EDITIONS["report"]).findings["priorities"].numbers == ()
    assert [n.value for n in cut(more, EDITIONS["report"]).findings["priorities"].numbers] == ["<5"]
    assert [n.value for n in cut(few, EDITIONS["internal"]).findings["priorities"].numbers] == ["<3"]
