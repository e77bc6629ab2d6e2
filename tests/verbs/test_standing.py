"""What falls with what decisions take out of account, and that nothing is left of it once they are undone."""

import zipfile

import msgspec
import pytest
from tests.verbs.test_sweep import evidence, intrusion, rows, sighted, swept  # noqa: F401 - fixtures

from backtrail import (
    accept,
    assign,
    digest,
    dwell,
    explain,
    facts,
    freeze,
    grade,
    hypothesis,
    ingest,
    leads,
    lists,
    ls,
    merge,
    retract,
    show,
    sweep,
    undo,
    verdict,
    why,
)
from backtrail.model.errors import ConflictError, NotFoundError
from backtrail.verbs import asking, profiling, publishing
from backtrail.verbs.dossier import gathered
from backtrail.verbs.freeze import of_group
from backtrail.verbs.since import new_since

WHOIS = (
    "Domain Name: {}\nRegistrar: Names\nCreation Date: 2010-01-01T00:00:00Z\n"
    "Registry Expiry Date: 2013-01-01T00:00:00Z\nRegistrant Email: {}@mail.example\n"
)


def observed(case, **only) -> list:
    return sorted((r.kind, r.value, r.intrusion or "", r.role or "") for r in ls(case, "observations", **only))


def found(case, value: str, intrusion: str):
    return next(r for r in ls(case, "observations", intrusion=intrusion) if r.value == value)


def sha_of(case, name: str) -> str:
    return next(row.sha256 for row in ls(case, "evidence") if row.origin.endswith(name))


@pytest.fixture
def registered(swept, tmp_path):  # noqa: F811
    for name, mail in (("QUIET-ORCHARD.EXAMPLE", "orchard77"), ("SHARED-LEAD.EXAMPLE", "leader")):
        (tmp_path / f"{mail}.txt").write_text(WHOIS.format(name, mail))
        ingest(swept, [tmp_path / f"{mail}.txt"])
    sweep(swept)
    return swept


def test_registrants_go_with_the_lead_whose_acceptance_is_undone(registered):
    before = observed(registered), list(leads(registered))
    accept(registered, [one.id for one in leads(registered) if one.kind == "domain-name"], reason="beacons at both")
    sweep(registered)
    assert ("registrant-email", "leader@mail.example", "IN-2", "registration") in observed(registered)
    undo(registered)
    assert (observed(registered), list(leads(registered))) == before
    sweep(registered)
    assert observed(registered) == before[0]


def test_registrants_go_with_the_only_finding_of_their_domain(registered):
    before = observed(registered)
    assert len(observed(registered, type="registrant-email")) == 2
    retract(registered, found(registered, "quiet-orchard.example", "IN-1").id, reason="a typing error")
    assert not observed(registered, type="registrant-email")
    undo(registered)
    assert observed(registered) == before


def test_a_sighting_that_is_retracted_takes_nothing_else_along(registered):
    mail = found(registered, "orchard77@mail.example", "IN-1")
    before = set(observed(registered))
    retract(registered, mail.id, reason="somebody else's name")
    gone = before - set(observed(registered))
    assert gone == {("registrant-email", "orchard77@mail.example", "IN-1", "registration")}


def test_an_address_goes_with_the_last_finding_of_it_with_a_port(case, tmp_path, evidence):  # noqa: F811
    extra = tmp_path / "extra.csv"
    extra.write_text("type,value,role,first_seen\nip-port,198.51.100.7:443,c2,2012-04-02\n")
    ingest(case, [evidence])
    ingest(case, [extra], intrusion="IN-1")
    sweep(case)
    assert found(case, "198.51.100.7", "IN-2")
    retract(case, found(case, "198.51.100.7:443", "IN-1").id, reason="the victim's own")
    assert "198.51.100.7" not in {row.value for row in ls(case, "observations", intrusion="IN-2")}


def test_two_findings_of_a_value_and_either_order_of_undoing(swept, tmp_path):  # noqa: F811
    again = tmp_path / "again.csv"
    again.write_text("type,value,role\ndomain,quiet-orchard.example,c2\n")
    ingest(swept, [again], intrusion="IN-3")
    first, second = (found(swept, "quiet-orchard.example", i) for i in ("IN-1", "IN-3"))
    one = retract(swept, first.id, reason="no")
    assert "quiet-orchard.example" in sighted(swept, "IN-2")
    retract(swept, second.id, reason="neither")
    assert not sighted(swept, "IN-2")
    undo(swept, one.id)
    assert "quiet-orchard.example" in sighted(swept, "IN-2")


@pytest.mark.parametrize("order", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
def test_what_rests_on_two_files_falls_with_both_in_any_order(case, tmp_path, order):
    for name, tail in (("a.csv", ""), ("b.csv", "\n\n")):
        (tmp_path / name).write_text(f"type,value,role\ndomain,evil.example,c2\n{tail}")
        ingest(case, [tmp_path / name], intrusion="IN-1", source="ours")
    retract(case, sha_of(case, order[0]), reason="withdrawn")
    assert found(case, "evil.example", "IN-1")
    retract(case, sha_of(case, order[1]), reason="withdrawn too")
    assert not observed(case)
    undo(case)
    assert found(case, "evil.example", "IN-1")


def test_what_other_evidence_says_later_stands(case, tmp_path):
    for name, tail in (("a.csv", ""), ("b.csv", "\n\n")):
        (tmp_path / name).write_text(f"type,value,role\ndomain,evil.example,c2\n{tail}")
    ingest(case, [tmp_path / "a.csv"], intrusion="IN-1", source="ours")
    retract(case, sha_of(case, "a.csv"), reason="withdrawn")
    assert not observed(case)
    ingest(case, [tmp_path / "b.csv"], intrusion="IN-1", source="ours")
    assert found(case, "evil.example", "IN-1")


def test_a_retracted_log_shows_nothing_any_more(swept):  # noqa: F811
    before = observed(swept), list(leads(swept)), msgspec.json.encode(facts(swept).edges)
    dns = next(row.sha256 for row in ls(swept, "evidence") if row.origin.endswith("IN-2/logs/dns.log"))
    retract(swept, dns, reason="forged")
    assert not leads(swept) and not sighted(swept, "IN-2")
    assert dns[:12].encode() not in msgspec.json.encode(facts(swept).edges)
    sweep(swept)
    assert not sighted(swept, "IN-2")
    undo(swept)
    assert (observed(swept), list(leads(swept)), msgspec.json.encode(facts(swept).edges)) == before


def test_what_is_retracted_is_not_seen_as_of_any_moment_either(swept):  # noqa: F811
    assign(swept, ["IN-1", "IN-2"], new=True, reason="one name")
    retract(swept, found(swept, "quiet-orchard.example", "IN-2").id, reason="another's traffic")
    now, then = (msgspec.to_builtins(dwell(swept, "UNC-0001", as_of=as_of)) for as_of in (None, "2030-01-01"))
    assert now["numbers"] == then["numbers"]


def test_what_was_called_a_public_tool_by_mistake_links_again(case, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text(
        "intrusion,md5,software,mutex\n"
        + "".join(f"{i},{'1' * 32},mimikatz,lock\n" for i in "AB")
        + "".join(f"X{i},,,m{i}\n" for i in range(8))
    )
    ingest(case, [table], grade="A1", tlp="GREEN")
    assert explain(case, "A", "B").total == -3
    for row in ls(case, "observations", type="software"):
        retract(case, row.id, reason="a tool of its own")
    assert explain(case, "A", "B").total > 0


def test_what_is_new_since_a_decision_is_what_nobody_had_found(case, evidence, tmp_path):  # noqa: F811
    (evidence / "IN-1" / "findings.csv").write_text("type,value,role\ndomain,older.example,c2\n")
    ingest(case, [evidence])
    before = assign(case, ["IN-1", "IN-2"], new=True, reason="one actor")
    late = tmp_path / "late.csv"
    late.write_text("type,value,role\ndomain,quiet-orchard.example,c2\n")
    ingest(case, [late], intrusion="IN-1", source="ours", tlp="GREEN")
    sweep(case)
    accept(case, [next(lead.id for lead in leads(case) if lead.value == "shared-lead.example")], reason="beacons")
    with case.knowledge.reading() as db:
        new = new_since(db, publishing.product(case, db, "UNC-0001"), before.id)
    assert {one.value for one in new if one.kind == "domain-name"} == {"quiet-orchard.example", "shared-lead.example"}


def test_what_was_known_somewhere_is_new_where_it_is_found_later(case, evidence, tmp_path):  # noqa: F811
    ingest(case, [evidence])
    before = assign(case, ["IN-1", "IN-2"], new=True, reason="one actor")
    late = tmp_path / "late.csv"
    late.write_text("type,value,role\ndomain,second-actor.example,c2\nip-port,198.51.100.7:443,c2\n")
    ingest(case, [late], intrusion="IN-1", source="ours", tlp="GREEN")
    sweep(case)
    told = []
    with case.knowledge.reading() as db:
        for since in (before.id, "2030-01-01"):
            new = new_since(db, publishing.product(case, db, "UNC-0001"), since)
            told.append({one.value for one in new})
    assert told == [{"second-actor.example", "198.51.100.7:443", "198.51.100.7"}, set()]


def test_what_cannot_be_retracted_says_why(swept, tmp_path):  # noqa: F811
    said = found(swept, "quiet-orchard.example", "IN-1")
    first = retract(swept, said.id, reason="no")
    with pytest.raises(ConflictError, match=f"no longer, by {first.id}"):
        retract(swept, said.id, reason="no, really")
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("f.csv", "type,value\ndomain,packed.example\n")
    ingest(swept, [packed], intrusion="IN-1")
    with pytest.raises(ConflictError, match="retract what is in it"):
        retract(swept, sha_of(swept, "all.zip"), reason="no")


def test_a_record_of_retracted_evidence_says_nothing_of_what_stands_elsewhere(case, tmp_path):
    together, apart = tmp_path / "rows.csv", tmp_path / "again.csv"
    together.write_text("intrusion,md5,software\n" + "".join(f"{i},{'1' * 32},mimikatz\n" for i in "AB"))
    apart.write_text(
        "intrusion,md5,software\n" + "".join(f"{i},{'1' * 32},\n{i},,mimikatz\n" for i in "AB")
        + "".join(f"X{i},{i:032x},\n" for i in range(8))
    )  # fmt: skip
    for file in (together, apart):
        ingest(case, [file], grade="A1", tlp="GREEN", source="ours")
    assert explain(case, "A", "B").total == -3
    retract(case, sha_of(case, "rows.csv"), reason="two lists in one")
    assert explain(case, "A", "B").total > 0


def test_a_hit_that_is_true_is_no_publication(case, tmp_path):
    for n in (1, 2):
        days = ["2012-01-01,2012-01-02"] + ["2012-08-01,2012-08-02"] * (n - 1)
        table = "".join(f"domain,evil-orchard.example,c2,{day}\n" for day in days)
        intrusion(tmp_path / "e", f"IN-{n}", victim=f"V{n} Example", findings=table)
    ingest(case, [tmp_path / "e"])
    assign(case, ["IN-1", "IN-2"], new=True, reason="one name")
    numbers = {one.id: one.value for one in facts(case).groups[0].numbers}
    hits = tmp_path / "hits.csv"
    hits.write_text("kind,value,at\ndomain-name,evil-orchard.example,2012-03-01T00:00:00Z\n")
    verdict(case, "true", hits, reason="confirmed")
    assert {one.id: one.value for one in facts(case).groups[0].numbers if one.id.startswith("chain")} == {
        id: value for id, value in numbers.items() if id.startswith("chain")
    }


def test_lists_are_as_long_as_asked_for_and_count_what_stands(case, tmp_path):
    table = tmp_path / "f.csv"
    table.write_text("type,value\n" + "".join(f"domain,a{n}.example\n" for n in range(4)))
    ingest(case, [table], intrusion="IN-1")
    for row in list(ls(case, "observations"))[:2]:
        retract(case, row.id, reason="no")
    assert len(ls(case, "observations", limit=2)) == len(ls(case, "observations")) == 2
    assert next(iter(ls(case, "intrusions"))).observations == show(case, "IN-1").observations["domain-name"] == 2


def test_a_board_says_which_item_no_longer_rests_on_what_it_did_and_follows_a_merge(swept):  # noqa: F811
    assign(swept, ["IN-1", "IN-2"], new=True, reason="one name")
    assign(swept, ["IN-3"], new=True, reason="another")
    asking.ask(swept, "UNC-0002", "Who operates it?", name="Unit A", rival="Group B")
    seen = found(swept, "second-actor.example", "IN-3")
    asking.cite(swept, "Q-1", "The name was theirs.", rests=[seen.id], family="infrastructure")
    asking.rate(swept, "Q-1", "E1", ["H1=++"])
    assert not any("no longer counts" in line or "worse" in line for line in hypothesis(swept).warnings)
    grade(swept, "ours", "E5", reason="made up")
    assert "E1 counts as A2, and is graded worse now: ours E5." in hypothesis(swept).warnings
    (told,) = gathered(swept, "UNC-0002").assessments
    assert "E1 is no longer borne as it was when it was rated." in told.warnings and "ours" not in str(told.warnings)
    retract(swept, seen.id, reason="misread")
    assert f"E1 rests on what no longer counts: {seen.id}." in hypothesis(swept).warnings
    merge(swept, "UNC-0001", "UNC-0002", reason="one actor after all")
    assert [one.question.id for one in gathered(swept, "UNC-0001").assessments] == ["Q-1"]


def test_a_freeze_made_after_a_merge_is_asked_by_either_id(swept):  # noqa: F811
    assign(swept, ["IN-1", "IN-2"], new=True, reason="one name")
    assign(swept, ["IN-3"], new=True, reason="another")
    merge(swept, "UNC-0001", "UNC-0002", reason="one actor after all")
    freeze(swept, "f", reason="a test")
    for id in ("UNC-0001", "unc-0001", "UNC-0002"):
        assert of_group(swept, "f", id).group.id == "UNC-0001"
    with pytest.raises(NotFoundError, match="has no group UNC-0009"):
        of_group(swept, "f", "UNC-0009")
    with pytest.raises(NotFoundError, match="backtrail leads"):
        show(swept, "L-12345678")


def test_every_number_that_facts_tell_is_one_that_why_follows(swept):  # noqa: F811
    assign(swept, ["IN-1", "IN-2"], new=True, reason="one name")
    for number in facts(swept).groups[0].numbers:
        told = why(swept, number.id, group="UNC-0001")
        assert told.number.value == number.value, number


def test_profiles_judge_what_logs_show_by_the_grades_of_decisions(swept):  # noqa: F811
    grade(swept, "ours", "E5", reason="made up")
    with swept.knowledge.reading() as db:
        shown = profiling.Ground(swept, db).telemetry.shown(["domain-name"])
    assert shown and {str(one.origin.source.grade) for one in shown} == {"E5"}
    before = observed(swept)
    sweep(swept)
    assert observed(swept) == before


def test_all_digests_of_a_public_tool_go_out_as_context(case, tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text(
        "intrusion,md5,sha256,domain\n"
        + "".join(f"{i},{'1' * 32},{'2' * 64},c2.example\n{i},{'3' * 32},{'4' * 64},\n" for i in "AB")
    )
    ingest(case, [table], grade="A1", tlp="GREEN")
    listed = tmp_path / "tools.json"
    listed.write_text(
        f'{{"name": "Tools", "type": "string", "version": 1, "list": ["{"1" * 32}"], "matching_attributes": ["md5"]}}'
    )
    lists(case, [listed])
    assign(case, ["A", "B"], new=True, reason="one actor")
    with case.knowledge.reading() as db:
        told = {one.value: one.warnings for one in publishing.product(case, db, "UNC-0001").selection.indicators}
    assert told["1" * 32] == told["2" * 64] == ("Tools",)
    assert not any(told[value] for value in ("3" * 32, "4" * 64, "c2.example"))


def test_an_item_that_cites_a_number_is_graded_by_the_sources_of_the_logs_that_show_its_values(swept):  # noqa: F811
    assign(swept, ["IN-1", "IN-2"], new=True, reason="one name")
    asking.ask(swept, "UNC-0001", "Who?", name="A crew", rival="Another")
    asking.cite(swept, "Q-1", "They had a server.", number="chain_servers")
    asking.rate(swept, "Q-1", "E1", ["H1=+"])
    (item,) = hypothesis(swept).question.items
    assert (item.grade, item.sources) == ("A2", ("ours",))


def test_evidence_that_was_retracted_is_told_to_be(swept):  # noqa: F811
    sha = next(row.sha256 for row in ls(swept, "evidence") if row.format == "zeek")
    assert not show(swept, sha[:12]).retracted
    retract(swept, sha, reason="another victim's")
    assert show(swept, sha[:12]).retracted
    assert {row.sha256 for row in ls(swept, "evidence") if row.outcome == "retracted"} == {sha}


def test_a_lead_that_is_accepted_and_not_leaves_the_digest_as_it_was(registered):
    before = digest(registered).digest
    accept(registered, [one.id for one in leads(registered) if one.kind == "domain-name"], reason="beacons at both")
    sweep(registered)
    assert digest(registered).digest != before
    undo(registered)
    assert digest(registered).digest == before
