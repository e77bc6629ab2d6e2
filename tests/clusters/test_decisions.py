"""The decision log: what it adds up to, and what can be taken back."""

import msgspec
import pytest

from backtrail.clusters import blocker, fold, next_group_id, standing
from backtrail.model.decision import Alias, Apart, Decision
from backtrail.model.errors import ConflictError, NotFoundError
from backtrail.model.marking import Source
from backtrail.model.observation import Observation


def log(*lines: dict) -> list[Decision]:
    common = {"at": "2013-02-18T09:00:00Z", "author": "a", "reason": "because", "model": "0"}
    return [Decision(seq=n, **common, **line) for n, line in enumerate(lines, 1)]


NEW_1 = {"action": "new", "group": "UNC-0001", "intrusions": ("I1", "I2")}
NEW_2 = {"action": "new", "group": "UNC-0002", "intrusions": ("I3", "I4")}
NEW_3 = {"action": "new", "group": "UNC-0003", "intrusions": ("I5",)}
MERGE_12 = {"action": "merge", "group": "UNC-0001", "other": "UNC-0002"}
MERGE_13 = {"action": "merge", "group": "UNC-0001", "other": "UNC-0003"}


def members(state, group):
    return state.groups[group].members


def test_merge_keeps_the_old_id_valid():
    state = fold(log(NEW_1, NEW_2, MERGE_12))
    assert members(state, "UNC-0001") == ("I1", "I2", "I3", "I4")
    assert state.survivor("UNC-0002") == "UNC-0001"
    assert members(state, "UNC-0002") == ()


def test_undoing_the_first_of_two_merges_names_the_second():
    chain = log(NEW_1, NEW_2, NEW_3, MERGE_12, MERGE_13)
    assert blocker(chain, 4).seq == 5
    assert blocker(chain, 5) is None


def test_undoing_both_gives_the_same_bytes():
    before = log(NEW_1, NEW_2, NEW_3)
    after = log(
        NEW_1, NEW_2, NEW_3, MERGE_12, MERGE_13, {"action": "undo", "undoes": 5}, {"action": "undo", "undoes": 4}
    )
    encode = lambda decisions: msgspec.json.encode(fold(decisions), order="deterministic")  # noqa: E731
    assert encode(before) == encode(after)


def test_a_group_cannot_be_undone_while_something_builds_on_it():
    chain = log(NEW_1, {"action": "assign", "group": "UNC-0001", "intrusions": ("I9",)})
    assert blocker(chain, 1).seq == 2


def test_an_assignment_can_be_undone_beside_later_ones():
    more = [{"action": "assign", "group": "UNC-0001", "intrusions": (i,)} for i in ("I8", "I9")]
    chain = log(NEW_1, *more)
    assert blocker(chain, 2) is None
    state = fold([*chain, *log(*[{"action": "undo", "undoes": 2}])])
    assert members(state, "UNC-0001") == ("I1", "I2", "I9")


def test_split_leaves_something_and_takes_members_only():
    with pytest.raises(ConflictError, match="nothing of UNC-0001"):
        fold(log(NEW_1, {"action": "split", "group": "UNC-0001", "other": "UNC-0002", "intrusions": ("I1", "I2")}))
    with pytest.raises(ConflictError, match="I7 not in"):
        fold(log(NEW_1, {"action": "split", "group": "UNC-0001", "other": "UNC-0002", "intrusions": ("I7",)}))
    state = fold(log(NEW_1, {"action": "split", "group": "UNC-0001", "other": "UNC-0002", "intrusions": ("I2",)}))
    assert (members(state, "UNC-0001"), members(state, "UNC-0002")) == (("I1",), ("I2",))


def test_an_outlier_leaves_its_group_and_can_come_back():
    out = {"action": "outlier", "intrusions": ("I1",)}
    state = fold(log(NEW_1, out))
    assert state.outliers == {"I1"} and members(state, "UNC-0001") == ("I2",)
    back = fold(log(NEW_1, out, {"action": "assign", "group": "UNC-0001", "intrusions": ("I1",)}))
    assert not back.outliers and members(back, "UNC-0001") == ("I1", "I2")


def test_an_alias_is_a_claim_and_merges_nothing():
    same = Alias("Silent Heron", "Vendor A", "same")
    state = fold(log(NEW_1, NEW_2, *({"action": "alias", "group": g, "alias": same} for g in ("UNC-0001", "UNC-0002"))))
    assert state.groups["UNC-0001"].aliases == state.groups["UNC-0002"].aliases == (same,)
    assert not any(group.merged_into for group in state.groups.values())


def test_a_merged_group_takes_no_more_decisions():
    with pytest.raises(ConflictError, match="use UNC-0001"):
        fold(log(NEW_1, NEW_2, MERGE_12, {"action": "name", "group": "UNC-0002", "text": "X"}))


def test_ids_are_never_given_twice():
    chain = log(NEW_1, {"action": "undo", "undoes": 1})
    assert next_group_id(chain) == "UNC-0002"


def test_unknown_and_undone_decisions_are_refused():
    chain = log(NEW_1, {"action": "undo", "undoes": 1})
    with pytest.raises(NotFoundError):
        blocker(chain, 9)
    with pytest.raises(ConflictError, match="already"):
        blocker(chain, 1)
    with pytest.raises(ConflictError, match="is an undo"):
        blocker(chain, 2)


APART = {"action": "apart", "intrusions": ("I3", "I1")}


def test_what_is_held_apart_cannot_be_put_into_one_group():
    assert fold(log(APART)).apart == (Apart("I1", "I3", "D-1"),)
    with pytest.raises(ConflictError, match="I1 and I3 would both be in UNC-0001, and D-2 holds"):
        fold(log(NEW_1, APART, {"action": "assign", "group": "UNC-0001", "intrusions": ("I3",)}))
    with pytest.raises(ConflictError, match="undo D-3 first"):
        fold(log(NEW_1, NEW_2, APART, MERGE_12))
    with pytest.raises(ConflictError, match="both in UNC-0001; take one out"):
        fold(log(NEW_1, {"action": "apart", "intrusions": ("I1", "I2")}))


def test_a_group_is_held_apart_with_all_that_joins_it_later():
    apart = {"action": "apart", "group": "UNC-0001", "intrusions": ("I9",)}
    with pytest.raises(ConflictError):
        fold(log(NEW_1, apart, {"action": "assign", "group": "UNC-0001", "intrusions": ("I9",)}))
    grown = log(NEW_1, NEW_3, apart, MERGE_13, {"action": "assign", "group": "UNC-0001", "intrusions": ("I9",)})
    with pytest.raises(ConflictError):
        fold(grown)


def test_a_split_cannot_be_undone_while_its_halves_are_held_apart():
    split = {"action": "split", "group": "UNC-0001", "other": "UNC-0002", "intrusions": ("I2",)}
    chain = log(NEW_1, split, {"action": "apart", "group": "UNC-0001", "other": "UNC-0002"})
    assert blocker(chain, 2).seq == 3
    assert blocker(chain, 3) is None
    assert fold([*chain, *log({"action": "undo", "undoes": 3})]).apart == ()


def test_a_grade_by_decision_leaves_the_id_by_which_an_observation_is_found():
    seen = Observation(kind="domain-name", value="a.example.com", intrusion="A", source=Source(name="feed"))
    state = fold(log({"action": "grade", "targets": ("feed",), "text": "E5"}))
    (first,) = standing([seen], state)
    (again,) = standing([first], fold(log({"action": "grade", "targets": (seen.id,), "text": "B2"})))
    assert first.source.grade.reliability == "E" and again.source.grade.reliability == "B"
    assert first.id == again.id == seen.id
