"""Tables on terminals of any width: ids are never cut, and what is left out for lack of room is said."""

import io

import pytest
from rich.console import Console

import backtrail.cli.display_log  # noqa: F401 - registers how decisions are shown
from backtrail.cli.display import display
from backtrail.cli.display_profiles import _value
from backtrail.cli.tables import tabled
from backtrail.model.decision import Decision
from backtrail.model.profile import Counted, Profile
from backtrail.verbs.ls import ObservationRow
from backtrail.verbs.resting import Rested
from backtrail.verbs.show import Place
from backtrail.verbs.table import Table
from backtrail.verbs.why import Why


def printed(show, width: int) -> str:
    out = io.StringIO()
    show(Console(file=out, width=width, highlight=False))
    return out.getvalue()


@pytest.fixture
def observations():
    rows = [
        ObservationRow(
            id=f"O-{n:010x}ffff", kind="domain-name", value=f"host{n}.long-name-of-a-zone.example",
            intrusion=f"IN-{n:04}", role="c2", first_seen=f"2012-04-{n + 1:02}T10:00:02Z",
            last_seen="2012-05-02T10:00:02Z", source=f"Responder {n}", grade=f"B{n + 1}", tlp=("RED", "AMBER")[n % 2],
            read_at=f"0123abcd line {n}",
        )
        for n in range(4)
    ]  # fmt: skip
    return Table(ObservationRow, rows)


def test_a_narrow_terminal_spares_columns_and_says_which(observations):
    told = printed(lambda console: display(console, observations), 80)
    assert "O-0000000003" in told and "IN-0003" in told
    assert "not shown in 80 columns: read at, tlp, grade" in told
    assert all(len(line) <= 80 for line in told.splitlines())


def test_a_wide_terminal_shows_all(observations):
    told = printed(lambda console: display(console, observations), 220)
    assert "not shown" not in told and "host3.long-name-of-a-zone.example" in told and "Responder 3" in told


@pytest.mark.parametrize("width", [40, 80, 160])
def test_rows_that_do_not_fit_become_blocks_in_which_nothing_is_lost(width):
    columns = ("network", "holder", "log-in addresses", "share", "newer than the sightings")
    rows = [("203.0.113.0/24", "Example Telecom", "38", "59.4% (47%-71%)", "no"), ("198.51.100.0/24", "", "1", "", "")]
    told = printed(lambda console: tabled(console, columns, rows), width)
    for cell in ("203.0.113.0/24", "198.51.100.0/24", "59.4%", "sightings"):
        assert cell in told
    assert (told.startswith("network")) == (width > 80)


@pytest.mark.parametrize("width", [40, 80])
def test_a_log_is_never_cut(width):
    one = Decision(
        seq=1, action="new", at="2013-02-18T09:00:00Z", author="R. Roe", reason="because", model="1", group="UNC-0001",
        intrusions=tuple(f"IN-{n:04}" for n in range(14)), text="one certificate",
    )  # fmt: skip
    told = printed(lambda console: display(console, Table(Decision, [one])), width)
    for part in ("D-1", "2013-02-18T09:00", "R. Roe", "UNC-0001", "IN-0001", "and 12 more", "because"):
        assert part in told


@pytest.mark.parametrize("width", [60, 80, 100])
def test_ids_of_numbers_are_never_broken(width):
    ids = [f"drift_{what}_after_{days}" for what in ("infrastructure", "procedures") for days in (30, 180)]
    numbers = tuple(
        Counted(
            id=id, value=0.6538, low=0.25, high=0.8379, unit="share in use", parts=("O-1",), note="of what was there"
        )
        for id in ids
    )
    profile = Profile(kind="drift", group="UNC-0001", finding="Much changed.", enough=True, numbers=numbers)
    text = printed(lambda console: display(console, profile), width)
    assert all(id in text for id in ids)
    assert ("─────" in text) == (width >= 80)


def test_letters_that_take_two_columns_are_counted_so():
    told = printed(lambda console: tabled(console, ("id", "what"), [("\u5165\u4fb5\u4e8b\u4ef6", "x " * 60)]), 80)
    assert "\u5165\u4fb5\u4e8b\u4ef6" in told


def test_numbers_are_told_to_four_digits():
    assert [_value(v) for v in (0.9687512, 11.500001, 123456.7, 14000, "2011-01")] == [
        "0.9688", "11.5", "123,457", "14,000", "2011-01",
    ]  # fmt: skip


def test_the_folder_that_all_rows_of_a_number_were_read_in_is_told_once():
    rows = [Place("a" * 64, f"evidence/intrusions/IN-{n}/logs.zip!/conn.log", f"line {n}", "") for n in (1, 2)]
    parts = tuple(Rested(part=f"O-{n}", what="observation", rows=(row,)) for n, row in enumerate(rows))
    number = Counted(id="c2_ips", value=2, unit="IPs")
    told = Why(group="UNC-0001", number=number, query="", finding="", parts=parts)
    text = printed(lambda console: display(console, told), 80)
    assert "rests on 2 parts, read in evidence/intrusions/:" in text
    assert "IN-1/logs.zip!/conn.log" in text and text.count("evidence/") == 1
