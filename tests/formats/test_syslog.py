"""System logs: what lines show, which lines are none, and prose that must stay text."""

import io

import pytest

from backtrail import formats
from backtrail.formats.syslog import FORMAT
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

LOGIN = "sshd[3]: Accepted password for root from 192.0.2.7 port 22 ssh2"


def read(text: str) -> tuple[list[Telemetry], list[str]]:
    given = list(FORMAT.read(io.BytesIO(text.encode())))
    return [g for g in given if isinstance(g, Telemetry)], [g.where for g in given if isinstance(g, Record)]


@pytest.mark.parametrize(
    ("start", "time"),
    [
        ("<38>Apr  2 09:00:00 gate ", 0.0),
        ("Apr 02 09:00:00 gate ", 0.0),
        ("Apr  2 2012 09:00:00 gate ", 1333357200.0),
        ("<38>Apr  2 2012 09:00:00: ", 1333357200.0),
        ("2012-04-02T17:00:00.5+08:00 gate ", 1333357200.5),
        ("<86>1 2012-04-02T09:00:00Z gate ", 1333357200.0),
        ("<86>1 - gate ", 0.0),
        ("2012-13-41T09:00:00Z gate ", 0.0),
    ],
)
def test_a_login_and_its_time(start, time):
    [some], problems = read(f"{start}{LOGIN}\n")
    assert not problems and list(some.times) == [time]
    [tie] = some.ties
    assert (tie.of, tie.values, tie.details, tie.each) == (
        ["192.0.2.7"],
        [""],
        ["method=password;account=root"],
        True,
    )


@pytest.mark.parametrize(
    "prose",
    [
        "2012-04-02T09:00:00Z The operator logged in from 192.0.2.7.\n2012-04-02T10:00:00Z He took the archive.\n",
        "Apr 2 was a Monday.\nMay 1 09:00:00 was quiet.\n",
        "Findings\n\nApr  2 09:00:00 gate sshd[3]: Accepted password\n\nThe line above\nis from the gate\n",
        "<13> marks\n<14> are not logs\n",
        "1 one\n2 two\n",
    ],
)
def test_prose_stays_text(prose):
    assert formats.detect(prose.encode(), "notes.txt").name == "text"


def test_names_for_addresses_tie_nothing():
    [some], _ = read("Apr  2 09:00:00 gate sshd[3]: Accepted password for x from dial.example port 22 ssh2\n")
    assert not some.ties and not some.columns


def test_hostile_lines():
    good = f"Apr  2 09:00:00 gate {LOGIN}"
    bad = ["\0" * 5000, "Apr", "<" * 10_000, "<38>1 2012", "[" * 50_000, "y" * ((1 << 20) + 1)]
    odd = ["Apr  2 09:00:00 x COMMAND=", "Apr 99 2012 99:99:99 x y", "- Accepted x for y from z port 1"]
    some, problems = read("\n".join([good, *bad, *odd, good, ""]))
    assert sum(len(t.numbers) for t in some) == 2 + len(odd) and len(problems) == len(bad)
