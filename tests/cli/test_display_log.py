"""The decision log on a terminal: a verdict on many hits stays a few lines."""

import io

from rich.console import Console

import backtrail.cli.display_log  # noqa: F401 - registers how decisions are shown
from backtrail import Table
from backtrail.cli.display import display
from backtrail.model.decision import Decision


def test_a_verdict_on_a_thousand_values_is_a_line_with_two_of_them():
    targets = tuple(f"domain-name host{n}.example" for n in range(1000))
    one = Decision(
        seq=1, action="verdict", at="2011-05-01T10:00:00Z", author="ada", reason="beacons", model="1", text="true",
        targets=targets,
    )  # fmt: skip
    out = io.StringIO()
    display(Console(file=out, width=120), Table(Decision, [one]))
    text = out.getvalue()
    assert "host0.example" in text and "and 998 more" in text and "verdict true" in text
    assert "host2.example" not in text and len(text.splitlines()) < 8
