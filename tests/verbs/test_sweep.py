"""Findings of one intrusion are seen in the telemetry of another; what several share is a lead, and no more."""

from collections import Counter
from pathlib import Path

import pytest

from backtrail import accept, explain, facts, ingest, leads, lists, log, ls, reject, retract, show, sweep, undo
from backtrail.model.errors import ConflictError, FormatError, NotFoundError

DNS = "#separator \\x09\n#path\tdns\n#fields\tts\tid.orig_h\tid.resp_h\tquery\tqtype_name\tanswers\n"
CONN = "#separator \\x09\n#path\tconn\n#fields\tts\tid.orig_h\tid.resp_h\torig_bytes\tresp_bytes\n"
APRIL = 1333357200


def rows(*cells: tuple[object, ...]) -> str:
    return "".join("\t".join(map(str, row)) + "\n" for row in cells)


def intrusion(folder: Path, id: str, *, victim: str, findings: str = "", dns: str = "", conn: str = "") -> None:
    at = folder / id
    (at / "logs").mkdir(parents=True)
    (at / "intrusion.toml").write_text(
        f'id = "{id}"\nsource = "ours"\ngrade = "A2"\ntlp = "GREEN"\n[victim]\nname = "{victim}"\n'
    )
    if findings:
        (at / "findings.csv").write_text("type,value,role,first_seen,last_seen\n" + findings)
    if dns:
        (at / "logs" / "dns.log").write_text(DNS + dns)
    if conn:
        (at / "logs" / "conn.log").write_text(CONN + conn)


@pytest.fixture
def evidence(tmp_path) -> Path:
    """Three victims; the third had two intrusions at once, whose logs are the same."""
    folder = tmp_path / "evidence"
    intrusion(
        folder, "IN-1", victim="Arbor Example", findings="domain,quiet-orchard.example,c2,2012-04-01,2012-04-30\n",
        dns=rows((APRIL, "10.0.0.5", "10.0.0.1", "shared-lead.example", "A", "198.51.100.80")),
    )  # fmt: skip
    intrusion(
        folder, "IN-2", victim="Basalt Example",
        dns=rows(
            (APRIL, "10.0.0.7", "10.0.0.1", "News.Quiet-Orchard.example", "A", "198.51.100.7"),
            (APRIL + 60, "10.0.0.7", "10.0.0.1", "notquiet-orchard.example", "A", "-"),
            (APRIL + 90, "10.0.0.7", "10.0.0.1", "shared-lead.example", "A", "198.51.100.80"),
            (APRIL + 90, "10.0.0.7", "10.0.0.1", "everyday.example", "A", "198.51.100.81"),
        ),
        conn=rows((APRIL + 5, "10.0.0.7", "198.51.100.7", 100, 900), (APRIL + 9, "10.0.0.7", "198.51.100.7", 20, 80)),
    )  # fmt: skip
    theirs = rows((APRIL + 900, "10.0.0.9", "10.0.0.1", "second-actor.example", "A", "198.51.100.9"))
    intrusion(
        folder, "IN-3", victim="Cinder Example", findings="domain,second-actor.example,c2,2012-04-01,2012-04-30\n",
        dns=theirs,
    )  # fmt: skip
    intrusion(folder, "IN-4", victim="Cinder Example", dns=theirs)
    return folder


@pytest.fixture
def swept(case, evidence):
    ingest(case, [evidence])
    sweep(case)
    return case


def sighted(case, intrusion: str) -> dict[str, str]:
    return {row.value: row.first_seen for row in ls(case, "observations", intrusion=intrusion, type="domain-name")}


def test_reading_a_log_observes_nothing(case, evidence):
    ingest(case, [evidence])
    assert {row.value for row in ls(case, "observations")} == {"quiet-orchard.example", "second-actor.example"}


def test_a_finding_is_seen_at_another_victim_with_its_time_and_the_name_below_it(swept):
    assert sighted(swept, "IN-2") == {"quiet-orchard.example": "2012-04-02T09:00:00Z"}
    row = next(r for r in ls(swept, "observations", intrusion="IN-2") if r.value == "quiet-orchard.example")
    assert (row.source, row.grade, row.tlp) == ("ours", "A2", "GREEN")
    assert "line 4" in row.read_at


def test_what_one_intrusion_found_says_nothing_of_another_at_the_same_victim(swept):
    assert "second-actor.example" in sighted(swept, "IN-3")
    assert sighted(swept, "IN-4") == {}


def test_sweeping_again_adds_nothing(swept):
    before = ls(swept, "observations")
    again = sweep(swept)
    assert again.new == 0 and again.sightings > 0
    assert list(ls(swept, "observations")) == list(before)


def test_the_order_of_evidence_is_irrelevant(new_case, evidence):
    from backtrail import digest

    one, two = new_case(), new_case()
    ingest(one, sorted(evidence.iterdir()))
    ingest(two, sorted(evidence.iterdir(), reverse=True))
    for case in (one, two):
        sweep(case)
    assert digest(one).digest == digest(two).digest


def traces(case) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in case.telemetry.folder.glob("*.parquet")}


def test_what_a_lost_or_damaged_file_of_traces_held_is_read_again(swept):
    before, seen = traces(swept), list(ls(swept, "observations"))
    lost, damaged, *_ = sorted(before)
    (swept.telemetry.folder / lost).unlink()
    (swept.telemetry.folder / damaged).write_bytes(before[damaged][:40])
    with pytest.raises(FormatError, match="backtrail sweep"):
        leads(swept)
    again = sweep(swept)
    assert (again.restored, again.elsewhere, again.new) == (2, 0, 0)
    assert traces(swept) == before and list(ls(swept, "observations")) == seen
    assert sweep(swept).restored == 0


def test_a_log_that_is_not_in_the_folder_is_told_and_the_others_are_read_again(swept):
    held = Counter(name[:64] for name in traces(swept))
    name, other, *_ = sorted(name for name in traces(swept) if held[name[:64]] == 1)
    for path in (swept.telemetry.folder / name, swept.telemetry.folder / other, swept.store.path(name[:64])):
        path.unlink()
    again = sweep(swept)
    assert (again.restored, again.elsewhere) == (1, 1)


def test_retracting_the_last_finding_takes_its_sightings_along(swept):
    finding = next(r for r in ls(swept, "observations", intrusion="IN-1") if r.first_seen == "2012-04-01")
    retract(swept, finding.id, reason="a typing error")
    assert sighted(swept, "IN-2") == {}
    undo(swept)
    assert "quiet-orchard.example" in sighted(swept, "IN-2")


def test_leads_are_rare_shared_and_unexplained(swept):
    assert {lead.value for lead in leads(swept)} == {"shared-lead.example"}
    (lead,) = leads(swept)
    assert lead.intrusions == ("IN-1", "IN-2") and lead.victims == 2
    assert any("share findings" in reason for reason in lead.reasons)


def test_a_lead_counts_while_it_is_accepted(swept):
    (lead,) = leads(swept)
    accepted = accept(swept, [lead.id[:12].lower()], reason="beacons at both")
    for verb in (accept, reject):
        with pytest.raises(ConflictError, match=f"accepted already, by {accepted.id}; backtrail undo {accepted.id}"):
            verb(swept, [lead.id[:12]], reason="once more")
    assert "shared-lead.example" in sighted(swept, "IN-1") and "shared-lead.example" in sighted(swept, "IN-2")
    assert not leads(swept)
    undo(swept)
    assert "shared-lead.example" not in sighted(swept, "IN-2")
    assert leads(swept)


def test_a_rejected_lead_stays_away_until_that_is_undone(swept):
    (lead,) = leads(swept)
    reject(swept, [lead.id], reason="payroll provider of both")
    assert not leads(swept)
    assert log(swept)[-1].action == "reject"
    undo(swept)
    assert len(leads(swept)) == 1


def test_a_listed_value_is_no_lead(swept, tmp_path):
    known = tmp_path / "known.json"
    known.write_text('{"name": "Known", "version": 1, "type": "hostname", "list": ["shared-lead.example"]}')
    lists(swept, [known])
    assert not leads(swept)


def test_an_unknown_lead_is_an_error_that_says_where_to_look(swept):
    with pytest.raises(NotFoundError, match="backtrail leads"):
        accept(swept, ["L-000000"], reason="x")


def test_facts_tell_edges_with_what_they_rest_on(swept):
    edges = {(e.source, e.relation, e.target): e for e in facts(swept).edges}
    assert ("intrusion:IN-2", "connects-to", "quiet-orchard.example") in edges
    assert ("news.quiet-orchard.example", "resolves-to", "198.51.100.7") in edges
    behind = edges["intrusion:IN-2", "connects-to", "198.51.100.7"]
    assert behind.count >= 2 and behind.evidence


def test_registrants_of_a_finding_belong_to_who_saw_the_domain_while_it_was_theirs(case, evidence, tmp_path):
    whois = tmp_path / "whois.txt"
    text = "Domain Name: QUIET-ORCHARD.EXAMPLE\nRegistrar: Names\nCreation Date: {}-01-01T00:00:00Z\n"
    text += "Registry Expiry Date: {}-01-01T00:00:00Z\nRegistrant Email: {}@mail.example\n"
    whois.write_text(text.format(2010, 2013, "orchard77"))
    later = tmp_path / "later.txt"
    later.write_text(text.format(2014, 2016, "someone-else"))
    mention = tmp_path / "mention.jsonl"  # without a date, beside dated sightings in the same intrusion
    mention.write_text(
        '{"kind": "domain-name", "value": "www.quiet-orchard.example", "intrusion": "IN-1", "role": "c2"}\n'
    )
    ingest(case, [evidence, whois, later, mention])
    sweep(case)
    mails = {(r.intrusion, r.value) for r in ls(case, "observations", type="registrant-email")}
    assert mails == {("IN-1", "orchard77@mail.example"), ("IN-2", "orchard77@mail.example")}


def test_operators_and_hidden_origins_of_a_hop(case, tmp_path):
    hop = tmp_path / "HOP-1"
    (hop / "logs").mkdir(parents=True)
    (hop / "server.toml").write_text('id = "HOP-1"\naddress = "198.51.100.40"\nrole = "hop"\n')
    (hop / "logs" / "rdp.json").write_text(
        '{"ts": 1333357200.0, "id.orig_h": "203.0.113.9", "id.resp_h": "198.51.100.40", "security_protocol": "RDP",'
        ' "keyboard_layout": "0x0804"}\n'
        '{"ts": 1333357300.0, "id.orig_h": "203.0.113.66", "id.resp_h": "198.51.100.40",'
        ' "security_protocol": "HYBRID", "result": "encrypted"}\n'
    )
    (hop / "logs" / "events.json").write_text(
        '{"EventID": 4688, "TimeCreated": "2012-04-02 09:00:00", "Channel": "Security",'
        ' "CommandLine": "svc.exe -tran 443 203.0.113.9 3389"}\n'
    )
    ingest(case, [hop])
    found = {(e.source, e.relation, e.target) for e in facts(case).edges}
    assert ("203.0.113.9", "logs-in-to", "198.51.100.40") in found
    assert ("198.51.100.40", "relays-to", "203.0.113.9") in found
    assert not any(source == "203.0.113.66" for source, *_ in found)


@pytest.mark.parametrize("tool", ["", "domain,bought-tool.example,c2,,\n"], ids=["nothing shared", "one supplier"])
def test_of_two_intrusions_at_one_victim_each_gets_what_keeps_company_with_its_own(case, tmp_path, tool):
    """IN-5 and IN-6 were at one victim, whose logs show the servers of both actors, who may have one supplier."""
    folder = tmp_path / "evidence"
    both = rows(
        (APRIL, "10.0.0.5", "10.0.0.1", "first-a.example", "A", "-"),
        (APRIL, "10.0.0.5", "10.0.0.1", "first-b.example", "A", "-"),
        (APRIL, "10.0.0.5", "10.0.0.1", "second-a.example", "A", "-"),
        (APRIL, "10.0.0.5", "10.0.0.1", "second-b.example", "A", "-"),
        (APRIL, "10.0.0.5", "10.0.0.1", "nobody-knows.example", "A", "-"),
    )
    intrusion(
        folder,
        "IN-1",
        victim="Arbor Example",
        findings=tool + "domain,first-a.example,c2,,\ndomain,first-b.example,c2,,\n",
    )
    intrusion(
        folder,
        "IN-2",
        victim="Basalt Example",
        findings=tool + "domain,second-a.example,c2,,\ndomain,second-b.example,c2,,\n",
    )
    intrusion(folder, "IN-3", victim="Cedar Example", findings="domain,nobody-knows.example,c2,,\n")
    intrusion(folder, "IN-5", victim="Dune Example", findings=tool + "domain,first-a.example,c2,,\n", dns=both)
    intrusion(folder, "IN-6", victim="Dune Example", findings=tool + "domain,second-a.example,c2,,\n", dns=both)
    ingest(case, [folder])
    sweep(case)
    bought = {"bought-tool.example"} if tool else set()
    assert set(sighted(case, "IN-5")) == {"first-a.example", "first-b.example"} | bought
    assert set(sighted(case, "IN-6")) == {"second-a.example", "second-b.example"} | bought


def test_what_a_responder_read_off_a_log_stays_a_finding_and_is_looked_for_in_later_logs(case, tmp_path):
    """It says exactly what the log says, and so is one observation with the sighting."""
    seen = "2012-04-02T09:00:00Z"
    line = rows((APRIL, "10.0.0.5", "10.0.0.1", "twin.example", "A", "198.51.100.80"))
    intrusion(tmp_path, "IN-1", victim="Arbor Example", findings=f"domain,twin.example,c2,{seen},{seen}\n", dns=line)
    ingest(case, [tmp_path])
    sweep(case)
    later = tmp_path / "later"
    intrusion(later, "IN-2", victim="Basalt Example", dns=line)
    ingest(case, [later])
    sweep(case)
    assert "twin.example" in sighted(case, "IN-2")


def test_what_was_looked_for_in_the_logs_of_both_and_is_not_shared_speaks_against_a_pair(case, evidence):
    """Before a sweep nobody looked (EV-6); after it each side's logs show one server, and neither the other's."""
    ingest(case, [evidence])
    assert [bar.kind for bar in explain(case, "IN-2", "IN-3").bars] == []
    sweep(case)
    (bar,) = explain(case, "IN-2", "IN-3").bars
    assert (bar.sort, bar.family, len(bar.evidence)) == ("absent", "infrastructure", 2)
    assert all(show(case, id).observation.intrusion in ("IN-2", "IN-3") for id in bar.evidence)
    assert explain(case, "IN-1", "IN-3").bars == ()  # the logs of IN-1 show nothing that was looked for


def test_logs_in_which_only_a_shared_service_was_found_say_nothing_of_what_is_absent(case, evidence, tmp_path):
    ingest(case, [evidence])
    sweep(case)
    services = tmp_path / "services.json"
    services.write_text(
        '{"name": "services", "version": 1, "description": "", "type": "hostname", "list": [".quiet-orchard.example"]}'
    )
    lists(case, [services])
    assert explain(case, "IN-2", "IN-3").bars == ()


def test_a_sweep_that_adds_sightings_and_no_observation_has_units_worked_out_anew(case, tmp_path):
    """What a responder read off a log says just what the log says; that it was looked for is new all the same."""
    from backtrail.verbs.weighing import _fingerprint

    told = "domain,quiet-orchard.example,,2012-04-02T09:00:00Z,2012-04-02T09:00:00Z\n"
    dns = rows((APRIL, "10.0.0.5", "10.0.0.1", "quiet-orchard.example", "A", "198.51.100.7"))
    intrusion(tmp_path / "e", "IN-1", victim="Arbor Example", findings=told, dns=dns)
    ingest(case, [tmp_path / "e"])
    prints = []
    for _ in range(2):
        with case.knowledge.reading() as db:
            prints.append((len(list(ls(case, "observations"))), _fingerprint(db)))
        sweep(case)
    assert prints[0][0] == prints[1][0] and prints[0][1] != prints[1][1]


def test_leads_are_backed_by_findings_that_can_link_and_by_no_others(case, evidence, tmp_path):
    for name in ("IN-1", "IN-2"):
        table = tmp_path / f"{name}.jsonl"
        table.write_text(f'{{"kind": "x-triage:language", "value": "0x0804", "intrusion": "{name}"}}\n')
        ingest(case, [evidence, table])
    (lead,) = [one for one in leads(case) if one.value == "shared-lead.example"]
    assert not any("share findings" in reason for reason in lead.reasons)
