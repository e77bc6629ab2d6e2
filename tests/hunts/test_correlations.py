"""Correlations of Sigma rules: counts, values, rules together and in order, over windows that slide."""

import json

import pytest

from backtrail.hunts.backends import HuntOptions

pytest.importorskip("sigma", reason="the extra `sigma` is not installed")

from backtrail.hunts.backends.sigma import Rules, hunt

LOGON = "7d2d3b1e-6b1c-4d2c-9a5e-2f7f3b1f8f11"
DUMP = "7d2d3b1e-6b1c-4d2c-9a5e-2f7f3b1f8f22"
BASE = f"""
title: failed log-in
name: failed
id: {LOGON}
status: test
logsource: {{category: test}}
detection:
  selection: {{EventID: 4625}}
  condition: selection
---
title: log-in
name: success
id: {DUMP}
status: test
logsource: {{category: test}}
detection:
  selection: {{EventID: 4624}}
  condition: selection
---
"""


def correlated(kind, rules, condition="", group="[Computer]", timespan="5m", more=""):
    asked = f"  condition: {condition}\n" if condition else ""
    return (
        f"{BASE}title: together\nid: 7d2d3b1e-6b1c-4d2c-9a5e-2f7f3b1f8f33\nstatus: test\nlevel: high\ncorrelation:\n"
        f"  type: {kind}\n  rules: {rules}\n  group-by: {group}\n  timespan: {timespan}\n{asked}{more}"
    )


def found(tmp_path, text, events, problems=None):
    path = tmp_path / "e.jsonl"
    rows = [
        {"@timestamp": f"2024-05-01T00:{at // 60:02}:{at % 60:02}Z", "EventID": event, "Computer": host, "User": user}
        for at, event, host, user in events
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = [] if problems is None else problems
    rules = Rules({"r.yml": text}, lambda *p: told.append(p))
    hits = list(hunt(rules, [path], HuntOptions(problem=lambda *p: told.append(p))))
    assert problems is not None or not told, told
    return [(hit.matched, hit.number) for hit in hits]


def test_events_are_counted_in_a_window_that_slides_and_by_group(tmp_path):
    text = correlated("event_count", "[failed]", "{gte: 3}")
    burst = [(0, 4625, "A", "u"), (60, 4625, "A", "u"), (299, 4625, "A", "u")]
    assert found(tmp_path, text, burst) == [("together", 3)]
    spread = [(0, 4625, "A", "u"), (301, 4625, "A", "u"), (602, 4625, "A", "u")]
    assert found(tmp_path, text, spread) == []
    mixed = [*burst[:2], (90, 4625, "B", "u"), (91, 4624, "A", "u")]
    assert found(tmp_path, text, mixed) == [("log-in", 4)]  # a rule that no correlation names tells as ever


def test_different_values_are_counted(tmp_path):
    text = correlated("value_count", "[failed]", "{field: User, gte: 3}")
    same = [(n, 4625, "A", "u") for n in range(5)]
    assert found(tmp_path, text, same) == []
    assert found(tmp_path, text, [*same, (6, 4625, "A", "v"), (7, 4625, "A", "w")]) == [("together", 7)]


def test_rules_together_and_in_order(tmp_path):
    together = correlated("temporal", "[failed, success]")
    ordered = correlated("temporal_ordered", "[failed, success]")
    right = [(0, 4625, "A", "u"), (60, 4624, "A", "u")]
    wrong = [(0, 4624, "A", "u"), (60, 4625, "A", "u")]
    late = [(0, 4625, "A", "u"), (400, 4624, "A", "u")]
    assert found(tmp_path, together, right) == found(tmp_path, ordered, right) == [("together", 2)]
    assert found(tmp_path, together, wrong) == [("together", 2)] and found(tmp_path, ordered, wrong) == []
    assert found(tmp_path, together, late) == found(tmp_path, ordered, late) == []


def test_the_latest_start_of_a_chain_is_what_counts(tmp_path):
    text = correlated("temporal_ordered", "[failed, success]")
    events = [(0, 4625, "A", "u"), (500, 4625, "A", "u"), (600, 4624, "A", "u")]
    assert found(tmp_path, text, events) == [("together", 3)]


def test_a_name_may_stand_for_different_fields(tmp_path):
    more = "  aliases:\n    who:\n      failed: User\n      success: Computer\n"
    text = correlated("temporal", "[failed, success]", group="[who]", more=more)
    assert found(tmp_path, text, [(0, 4625, "A", "x"), (9, 4624, "x", "B")]) == [("together", 2)]
    assert found(tmp_path, text, [(0, 4625, "x", "A"), (9, 4624, "x", "B")]) == []


def test_rules_of_a_correlation_are_silent_unless_it_says_generate(tmp_path):
    events = [(0, 4625, "A", "u")]
    text = correlated("event_count", "[failed]", "{gte: 2}")
    assert found(tmp_path, text, events) == []
    assert found(tmp_path, text + "  generate: true\n", events) == [("failed log-in", 1)]


def test_what_cannot_be_run_is_told_and_the_rules_still_run(tmp_path):
    problems = []
    text = correlated("value_avg", "[failed]", "{field: User, gte: 3}")
    assert found(tmp_path, text, [(0, 4625, "A", "u")], problems) == [("failed log-in", 1)]
    assert "value_avg is not run" in str(problems)
