"""Section 10 of the tradecraft rules, item by item, with the tests that hold each to the code.

The rules lie beside the checkout and may be missing; this table is what the project promises of them.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SECTION_10 = {
    1: ("an item said twice changes no score (EV-5)", [
        "tests/tradecraft/test_links.py::test_1_an_item_said_twice_changes_no_score",
        "tests/tradecraft/test_case.py::test_1_the_same_evidence_in_two_files_changes_no_score",
        "tests/tradecraft/test_case.py::test_1_an_address_that_is_merely_the_resolution_of_a_counted_name_raises_nothing",
        "tests/tradecraft/test_invariants.py::test_duplicating_an_item_changes_no_score",
        "tests/clusters/test_compare.py::test_a_shared_file_counts_once_whatever_its_record_says_beside_the_digest",
    ]),
    2: ("a public tool in both changes no score (class E)", [
        "tests/tradecraft/test_links.py::test_2_a_public_tool_in_both_changes_no_score",
        "tests/tradecraft/test_case.py::test_2_a_public_tool_in_both_moves_no_score_and_no_suggestion",
        "tests/tradecraft/test_invariants.py::test_a_public_tool_in_all_changes_no_score_and_no_group",
    ]),
    3: ("a sighting of an address 61 days away: no link by it (IN-2)", [
        "tests/tradecraft/test_links.py::test_3_an_address_61_days_away_is_no_link",
    ]),
    4: ("a family public since 2012-01-01 keeps its weight before and loses it after (EV-1)", [
        "tests/tradecraft/test_links.py::test_4_a_family_keeps_its_weight_before_it_is_public_and_loses_it_after",
        "tests/tradecraft/test_case.py::test_4_a_claim_makes_a_family_public_from_its_date_on",
    ]),
    5: ("a listed sinkhole cuts the interval, and what hung on it is told (WL)", [
        "tests/tradecraft/test_links.py::test_5_a_sinkhole_links_nothing",
        "tests/tradecraft/test_case.py::test_5_a_listed_sinkhole_links_nothing_and_what_hung_on_it_is_told",
        "tests/profiles/test_control.py::test_sinkhole_parking_and_publication_end_it",
        "tests/profiles/test_chain.py::test_a_sinkhole_is_nobodys_server",
    ]),
    6: ("undo of the first of two merges is refused, naming the second; both undone is as before (LC-9)", [
        "tests/verbs/test_decide.py::test_undo_is_blocked_by_a_later_merge_and_both_undone_is_as_before",
        "tests/clusters/test_decisions.py::test_undoing_the_first_of_two_merges_names_the_second",
        "tests/clusters/test_decisions.py::test_undoing_both_gives_the_same_bytes",
    ]),
    7: ("two sources that quote one original: credibility 1 is refused (AD-3)", [
        "tests/tradecraft/test_case.py::test_7_two_sources_that_quote_one_original_confirm_nothing",
    ]),
    8: ("probabilities sum to 1 within 1e-9 (HY-1)", [
        "tests/attribution/test_board.py::test_probabilities_sum_to_one_and_lie_in_their_range",
        "tests/clusters/suggest/test_suggest.py::test_probabilities_add_up_to_one",
        "tests/profiles/test_profiles.py::test_the_posterior_sums_to_one",
        "tests/tradecraft/test_case.py::test_8_a_board_and_a_suggestion_sum_to_one",
    ]),
    9: ("without what is cheap to fake: the line is in the report (FF-2)", [
        "tests/tradecraft/test_case.py::test_9_the_robustness_line_is_in_the_report",
        "tests/tradecraft/test_links.py::test_9_what_is_cheap_to_fake_can_be_left_out",
        "tests/attribution/test_board.py::test_robustness_is_told_without_what_is_cheap_to_fake",
    ]),
    10: ("proves, certain, likelihood with confidence, words without numbers are caught (WD)", [
        "tests/model/test_language.py::test_a_breach_is_found_where_it_stands",
        "tests/model/test_language.py::test_our_own_texts_pass",
        "tests/tradecraft/test_case.py::test_10_what_an_analyst_writes_is_held_to_the_words",
    ]),
    11: ("no cell of few victims in public, nor by totals (TL-4)", [
        "tests/reports/disclosure/test_cells.py::test_what_is_withheld_cannot_be_worked_out",
        "tests/tradecraft/test_case.py::test_11_no_count_of_few_victims_is_in_the_public_edition_nor_in_its_totals",
        "tests/tradecraft/test_case.py::test_11_a_small_cell_that_can_be_worked_out_fails_the_build",
    ]),
    12: ("PAP:RED: an exit code, and no socket opened (TL-3)", [
        "tests/tradecraft/test_case.py::test_12_what_is_pap_red_opens_no_socket_and_is_refused_with_an_exit_code",
        "tests/verbs/test_policy.py::test_what_is_pap_red_stays_inside_until_its_sources_agree",
        "tests/verbs/test_policy.py::test_rules_are_made_only_where_the_pap_allows_them",
    ]),
    13: ("an alias that two groups share merges nothing (NM-2)", [
        "tests/tradecraft/test_case.py::test_13_an_alias_that_two_groups_share_merges_nothing",
        "tests/clusters/test_decisions.py::test_an_alias_is_a_claim_and_merges_nothing",
    ]),
    14: ("99 sessions: no sentence on a time zone (TZ-3)", [
        "tests/tradecraft/test_hours.py::test_14_99_sessions_say_no_time_zone_and_100_do",
        "tests/tradecraft/test_hours.py::test_14_neither_few_days_nor_a_short_time_are_enough",
    ]),
    15: ("random labels: nothing is suggested", [
        "tests/tradecraft/test_links.py::test_15_with_labels_by_chance_nothing_is_suggested",
    ]),
}  # fmt: skip
"""What each item asks for, and the tests of it."""

INVARIANTS = {
    "the order of records is irrelevant": [
        "test_the_order_of_records_is_irrelevant",
        "test_the_order_of_known_reports_moves_no_suggestion_and_no_grouping",
    ],
    "adding unrelated evidence changes no group": ["test_adding_unrelated_evidence_changes_no_group_and_no_score"],
    "duplicating an item changes no score": [
        "test_duplicating_an_item_changes_no_score",
        "test_a_value_said_twice_moves_no_suggestion",
    ],
    "a public tool in both changes no score": ["test_a_public_tool_in_all_changes_no_score_and_no_group"],
    "merging is monotone": [
        "test_merging_is_monotone_in_the_threshold",
        "test_proposals_are_monotone_in_the_threshold",
        "test_a_merge_takes_no_member_out_and_order_of_merges_is_irrelevant",
    ],
    "swapping A and B swaps nothing but names": ["test_swapping_two_sides_swaps_nothing_but_names"],
}
"""Promises of clusters, and the properties of each in `test_invariants.py`."""

_ITEM = re.compile(r"(?:^|(?<=\s))(\d+)\. ")


@pytest.fixture(scope="module")
def collected():
    """Names of all tests in the files that the table names, without their parameters."""
    named = {test for _, tests in SECTION_10.values() for test in tests}
    files = sorted({test.partition("::")[0] for test in named} | {"tests/tradecraft/test_invariants.py"})
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        *files,
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return {line.partition("[")[0] for line in done.stdout.splitlines() if "::" in line}


def test_every_item_has_tests():
    assert list(SECTION_10) == list(range(1, 16))
    assert all(text and tests for text, tests in SECTION_10.values())


@pytest.mark.parametrize("number", SECTION_10)
def test_the_tests_of_each_item_exist_and_are_collected(number, collected):
    assert set(SECTION_10[number][1]) <= collected


def test_the_tests_of_each_invariant_exist_and_are_collected(collected):
    named = {f"tests/tradecraft/test_invariants.py::{test}" for tests in INVARIANTS.values() for test in tests}
    assert named <= collected


def test_no_test_of_an_item_is_missing_from_the_table(collected):
    here = {test for test in collected if re.search(r"tests/tradecraft/\w+\.py::test_\d+_", test)}
    listed = {test: number for number, (_, tests) in SECTION_10.items() for test in tests}
    assert here <= listed.keys()
    assert all(int(re.search(r"::test_(\d+)_", test)[1]) == listed[test] for test in here)


def test_the_section_has_no_item_that_is_not_in_the_table(shared):
    text = (shared / "domain" / "tradecraft.md").read_text("utf-8")
    section = text.partition("\n## 10.")[2].partition("\n---")[0].partition("\n")[2]
    assert [int(number) for number in _ITEM.findall(section)] == list(SECTION_10)
