"""Decisions through the verbs: recorded with reason and author, reversible, replayable."""

import pytest

from backtrail import (
    alias,
    apart,
    assign,
    cluster,
    compare,
    digest,
    explain,
    facts,
    grade,
    ingest,
    lists,
    log,
    ls,
    merge,
    name,
    outlier,
    retract,
    review,
    show,
    split,
    status,
    suggest,
    undo,
    why,
)
from backtrail.knowledge import log as lines
from backtrail.model.decision import State
from backtrail.model.errors import ConflictError, NotFoundError, UsageError
from backtrail.verbs.weighing import units_of, weighed


@pytest.fixture
def filled(case, demo_evidence):
    ingest(case, [demo_evidence])
    return case


def groups(case):
    return {row.id: row.members for row in ls(case, "groups")}


def test_cluster_proposes_and_assigns_nothing(filled):
    found = cluster(filled)
    assert [p.members for p in found.proposals] == [
        tuple(f"IN-{n:02d}" for n in range(1, 6)),
        tuple(f"IN-{n:02d}" for n in range(6, 10)),
        tuple(f"IN-{n:02d}" for n in range(10, 13)),
    ]
    assert found.unlinked == ("IN-13", "IN-14")
    assert not groups(filled)
    assert {row.group for row in ls(filled, "intrusions")} == {None}


def test_an_accepted_group_takes_in_what_joins(filled):
    assign(filled, ["IN-01", "IN-02"], new=True, reason="same name and password")
    proposal = cluster(filled).proposals[0]
    assert proposal.group == "UNC-0001"
    assert proposal.joining == ("IN-03", "IN-04", "IN-05")


def test_whom_a_group_loses_to_another_is_told(filled):
    assign(filled, ["IN-01", "IN-02", "IN-03"], new=True, reason="one")
    moved = assign(filled, ["IN-02", "IN-03", "IN-04"], new=True, reason="two")
    assert moved.summary == "UNC-0002 made of IN-02, IN-03, IN-04; IN-02, IN-03 left UNC-0001"
    assert assign(filled, ["IN-05"], to="UNC-0002", reason="too").summary == "IN-05 assigned to UNC-0002"
    assert assign(filled, ["IN-05"], to="UNC-0001", reason="not").summary.endswith("; IN-05 left UNC-0002")


def test_a_proposal_that_somebody_accepted_is_not_accepted_again(filled, monkeypatch):
    """Both were shown it; the second decides after the first."""
    shown = cluster(filled)
    assign(filled, [shown.proposals[0].id], reason="one")
    monkeypatch.setattr("backtrail.verbs.assign.cluster", lambda _: shown)
    with pytest.raises(NotFoundError, match="in the meantime"):
        assign(filled, [shown.proposals[0].id], reason="the same")
    assert len(groups(filled)) == 1
    undo(filled)
    outlier(filled, [shown.proposals[0].joining[0]], reason="not its")
    with pytest.raises(NotFoundError, match="in the meantime"):
        assign(filled, [shown.proposals[0].id], reason="the same")


def test_a_proposal_says_itself_where_it_goes(filled):
    id = cluster(filled).proposals[0].id
    with pytest.raises(UsageError, match="leave out --to"):
        assign(filled, [id], new=True, reason="one")
    assert assign(filled, [id.lower()], reason="one").decision.group == "UNC-0001"


def test_facts_of_a_group_are_of_those_who_were_put_into_it(filled):
    assign(filled, ["IN-01", "IN-02"], new=True, reason="same name and password")
    held = facts(filled)
    (group,) = (one for one in held.groups if one.accepted)
    assert [m.intrusion for m in group.members] == ["IN-01", "IN-02"]
    assert group.joining == ("IN-03", "IN-04", "IN-05") and not set(group.joining) & set(held.unassigned)
    told = {number.id: number.value for number in group.numbers}
    assert told["victims_total"] == why(filled, "victims_total", group="UNC-0001").number.value


def test_units_are_worked_out_anew_when_a_list_is_corrected_under_the_same_name_and_version(filled, tmp_path):
    from backtrail.verbs.weighing import _fingerprint

    prints = set()
    for entry in ("one.example", "two.example"):
        body = f'{{"name": "ours", "version": 1, "type": "hostname", "list": ["{entry}"]}}'
        (tmp_path / "ours.json").write_text(body)
        lists(filled, [tmp_path / "ours.json"])
        with filled.knowledge.reading() as db:
            prints.add(_fingerprint(db))
    assert len(prints) == 2


def test_who_is_held_apart_is_no_partner_of_a_suggestion(filled):
    assign(filled, ["IN-06", "IN-07"], new=True, reason="one")
    assert suggest(filled, "IN-01").partner is not None
    apart(filled, "IN-01", suggest(filled, "IN-01").partner.member, reason="two")
    for _ in range(8):
        if (partner := suggest(filled, "IN-01").partner) is None:
            break
        apart(filled, "IN-01", partner.member, reason="two")
    assert suggest(filled, "IN-01").partner is None


def test_what_neither_side_was_looked_for_is_told_by_compare_as_by_explain(filled):
    assign(filled, ["IN-02", "IN-03"], new=True, reason="one")
    one = explain(filled, "IN-01", "UNC-0001").uncollected
    assert one and set(one) <= {
        *compare(filled, "IN-01", "IN-02").uncollected,
        *compare(filled, "IN-01", "IN-03").uncollected,
    }


def test_a_retracted_observation_keeps_the_grade_that_was_decided(filled):
    id = next(iter(ls(filled, "observations"))).id
    grade(filled, id, "E5", reason="made up")
    retract(filled, id, reason="misread")
    assert show(filled, id).observation.grade == "E5" and show(filled, id).retracted


def test_a_group_is_compared_under_the_id_that_it_has(filled):
    assign(filled, ["IN-01", "IN-02"], new=True, reason="one")
    assign(filled, ["IN-03"], new=True, reason="two")
    merge(filled, "UNC-0001", "UNC-0002", reason="one")
    assert compare(filled, "UNC-0002", "IN-04").a == "UNC-0001"
    with pytest.raises(UsageError, match="both are UNC-0001"):
        compare(filled, "UNC-0001", "UNC-0002")
    assert outlier(filled, ["IN-03"], reason="not").summary.endswith("; IN-03 left UNC-0001")


def test_what_was_read_and_what_of_it_no_longer_counts_are_told_apart(filled):
    before = status(filled)
    retract(filled, next(iter(ls(filled, "observations"))).id, reason="misread")
    after = status(filled)
    assert (before.retracted, after.retracted, after.observations) == (0, 1, before.observations)


def test_the_same_number_in_cluster_and_explain(filled):
    link = cluster(filled).proposals[0].links[0]
    assert explain(filled, link.a, link.b).total == link.total == explain(filled, link.b, link.a).total


def test_the_same_number_where_a_file_of_others_is_a_public_tool(case, tmp_path):
    """Its record names the mutex, so that the mutex is anybody's: for those too who do not show the file."""
    rows = ["intrusion,md5,software,mutex"]
    rows += [f"{one},{'1' * 32},mimikatz,lock" for one in ("A", "C")] + [f"{one},,,lock" for one in ("B", "E")]
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    ingest(case, [tmp_path / "rows.csv"], grade="A1", tlp="GREEN")
    with case.knowledge.reading() as db:
        found = weighed(case, db, State())
    assert found.compared == 6 and not found.pairs
    told = explain(case, "B", "E")
    assert told.total == told.prior and told.bars[0].value == "lock"


def test_an_actor_that_is_found_makes_its_own_rarer_and_more_of_it_is_found(case, tmp_path):
    """A3 shares what A1 and A2 share too: common as long as these look unrelated, rare when they are one."""
    rows = ["intrusion,type,value,first_seen,last_seen"]
    for intrusion in ("A1", "A2", "A3"):
        rows += [f"{intrusion},{pair},2012-04-01,2012-04-30" for pair in ("domain,c2.left.example", "persona,heron")]
        rows += [f"{intrusion},x509-sha1,{'ab' * 20},2012-04-01,2012-04-30"] if intrusion != "A3" else []
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    ingest(case, [tmp_path / "rows.csv"], grade="A1", tlp="GREEN")
    with case.knowledge.reading() as db:
        assert dict(units_of(case, db, State())) == dict.fromkeys(["A1", "A2", "A3"], "A1")


def test_registrants_that_differ_are_told_alike_by_cluster_and_explain(case, tmp_path):
    rows = ["intrusion,type,value,first_seen"]
    for intrusion, registrant in (("A1", "one"), ("A2", "one"), ("B1", "other"), ("B2", "other")):
        rows += [
            f"{intrusion},mutex,lock,2012-04-01",
            f"{intrusion},registrant-email,{registrant}@mail.example,2012-04-01",
        ]
    (tmp_path / "rows.csv").write_text("\n".join(rows))
    ingest(case, [tmp_path / "rows.csv"], grade="A1", tlp="GREEN")
    with case.knowledge.reading() as db:
        pairs = {(pair.a, pair.b): pair for pair in weighed(case, db, State()).pairs}
    assert {pair: explain(case, *pair).bars for pair in pairs} == {pair: one.bars for pair, one in pairs.items()}
    assert [bar.bits for bar in explain(case, "A1", "B1").bars if bar.bits < 0] == [-3.5]
    assert [p.members for p in cluster(case).proposals] == [("A1", "A2"), ("B1", "B2")]


def test_a_reason_is_required_and_kept(filled):
    with pytest.raises(UsageError, match="reason"):
        assign(filled, ["IN-01"], new=True, reason="  ")
    made = assign(filled, ["IN-01"], new=True, reason="looks alike", anchor="the password")
    (line,) = log(filled)
    assert (line.reason, line.author, line.group, line.text) == ("looks alike", "analyst", "UNC-0001", "the password")
    assert made.decision == line and line.model


def test_undo_is_blocked_by_a_later_merge_and_both_undone_is_as_before(filled):
    for pair in (["IN-01", "IN-02"], ["IN-06", "IN-07"], ["IN-10", "IN-11"]):
        assign(filled, pair, new=True, reason="test")
    before = digest(filled)
    merge(filled, "UNC-0001", "UNC-0002", reason="first")
    merge(filled, "UNC-0001", "UNC-0003", reason="second")
    with pytest.raises(ConflictError, match="D-5"):
        undo(filled, "D-4")
    undo(filled, "D-5")
    undo(filled, "D-4")
    assert digest(filled) == before
    assert len(log(filled)) == 7


def test_replaying_evidence_and_decisions_gives_the_same_digest(new_case, demo_evidence):
    first, second = new_case(), new_case()
    ingest(first, [demo_evidence])
    assign(first, ["IN-01", "IN-02", "IN-03"], new=True, reason="r")
    split(first, "UNC-0001", ["IN-03"], reason="r")
    name(first, "UNC-0001", "COLD HARBOUR", reason="r")
    alias(first, "UNC-0001", "Silent Heron", namer="Vendor A", relation="overlaps", reason="r")
    outlier(first, ["IN-13"], reason="r")
    grade(first, "Fennmoor CERT", "D4", reason="r")

    ingest(second, [demo_evidence])
    with first.knowledge.reading() as source, second.knowledge.writing() as target:
        for decision in lines.decisions(source):
            lines.append(target, lambda _seq, decision=decision: decision)
    assert digest(first) == digest(second)


def test_ids_lead_to_the_survivor(filled):
    assign(filled, ["IN-01"], new=True, reason="r")
    assign(filled, ["IN-02"], new=True, reason="r")
    merge(filled, "UNC-0001", "UNC-0002", reason="r")
    assert show(filled, "UNC-0002").survivor == "UNC-0001"
    assign(filled, ["IN-03"], to="UNC-0002", reason="old id still works")
    assert groups(filled)["UNC-0001"] == 3


def test_retracting_an_observation_takes_its_weight_away(filled):
    before = explain(filled, "IN-01", "IN-02")
    top = before.bars[before.linchpin]
    for id in top.evidence:
        retract(filled, id[:14], reason="typing error")
    after = explain(filled, "IN-01", "IN-02")
    assert (top.kind, top.value) not in {(bar.kind, bar.value) for bar in after.bars}
    for _ in top.evidence:
        undo(filled)
    assert explain(filled, "IN-01", "IN-02") == before


def test_retracting_evidence_takes_what_rests_on_it_alone(filled):
    path = next(row for row in ls(filled, "evidence") if row.origin.endswith("IN-11/indicators.csv"))
    retract(filled, path.sha256[:16], reason="not ours")
    assert not list(ls(filled, "observations", intrusion="IN-11"))


def test_grading_a_source_changes_weights(filled):
    before = explain(filled, "IN-06", "IN-07").total
    grade(filled, "Fennmoor CERT", "E5", reason="caught inventing")
    assert explain(filled, "IN-06", "IN-07").total < before


def test_after_a_grade_every_weight_still_leads_to_what_was_observed(filled):
    source = next(row.source for row in ls(filled, "observations", intrusion="IN-01"))
    grade(filled, source, "B2", reason="checked")
    told = [id for bar in explain(filled, "IN-01", "IN-02").bars for id in bar.evidence]
    assert told and {show(filled, id).observation.grade for id in told} == {"B2"}
    retract(filled, told[0], reason="misread")
    assert told[0] not in {id for bar in explain(filled, "IN-01", "IN-02").bars for id in bar.evidence}


def test_disagreements_are_told_and_not_acted_on(filled):
    assign(filled, ["IN-01"], new=True, reason="r")
    assign(filled, ["IN-02"], new=True, reason="r")
    found = cluster(filled)
    assert ("UNC-0001", "UNC-0002") in {tuple(sorted(d.groups)) for d in found.disagreements}
    assert groups(filled) == {"UNC-0001": 1, "UNC-0002": 1}


def test_explain_against_a_group_takes_its_best_member(filled):
    assign(filled, ["IN-01", "IN-13"], new=True, reason="r")
    assert explain(filled, "IN-02", "UNC-0001").b == "IN-01"


def test_a_group_is_told_by_the_member_that_is_linked_best(filled):
    members = [f"IN-{n:02d}" for n in range(1, 6)]
    assign(filled, members, new=True, reason="test")
    for other in ("IN-06", "IN-10"):
        pairs = [explain(filled, other, member) for member in members]
        assert explain(filled, other, "UNC-0001") == max(pairs, key=lambda pair: (pair.total, pair.b))


def test_unknown_ids_suggest_the_nearest(filled):
    with pytest.raises(NotFoundError, match="did you mean IN-"):
        explain(filled, "IN-011", "IN-02")
    with pytest.raises(NotFoundError, match="no group"):
        merge(filled, "UNC-0009", "UNC-0008", reason="r")
    with pytest.raises(UsageError, match="same"):
        explain(filled, "IN-01", "IN-01")


def test_a_proposal_is_accepted_by_its_id_as_it_was_shown(filled):
    first, second, _ = cluster(filled).proposals
    made = assign(filled, [first.id], reason="r").decision
    assert (made.action, made.intrusions) == ("new", first.members)
    assign(filled, ["IN-06"], new=True, reason="r")
    with pytest.raises(NotFoundError, match="does not suggest"):
        assign(filled, [second.id], reason="what it was has changed")
    (joining,) = [p for p in cluster(filled).proposals if p.group == "UNC-0002"]
    assert assign(filled, [joining.id], reason="r").decision.action == "assign"
    assert groups(filled) == {"UNC-0001": 5, "UNC-0002": 4}


def test_a_review_is_answered_by_decisions_and_asks_nothing_twice(filled):
    assign(filled, ["IN-01", "IN-02", "IN-03"], new=True, reason="same name and password")
    assign(filled, ["IN-04", "IN-05"], new=True, reason="same name and password")
    first = review(filled).questions[0]
    assert {first.one, first.other} == {"UNC-0001", "UNC-0002"} and not first.joining
    made = apart(filled, first.one, first.other, reason="two crews of one house")
    assert made.summary == "UNC-0001 and UNC-0002 held apart"
    assert all({q.one, q.other} != {"UNC-0001", "UNC-0002"} for q in review(filled, most=99).questions)
    with pytest.raises(ConflictError, match="undo D-3 first"):
        merge(filled, "UNC-0001", "UNC-0002", reason="one crew")
    undo(filled, made.id)
    assert review(filled).questions[0] == first
    assert review(filled, most=1).more == review(filled, most=0).more - 1


def test_only_what_is_known_and_different_is_held_apart(filled):
    with pytest.raises(NotFoundError, match="IN-99"):
        apart(filled, "IN-01", "IN-99", reason="x")
    with pytest.raises(UsageError, match="the same"):
        apart(filled, "IN-01", "IN-01", reason="x")
    with pytest.raises(UsageError, match="reason"):
        apart(filled, "IN-01", "IN-02", reason=" ")
