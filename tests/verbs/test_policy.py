"""Who may read a product, when, and what may be done with it: victims' own editions, PAP, embargo, pseudonyms."""

import re

import pytest

from backtrail import assign, export, freeze, ingest, publish, release, report
from backtrail.model.errors import ConflictError, NotFoundError, PolicyError, UsageError
from backtrail.reports import package
from backtrail.verbs.pseudonyms import drawn

MANIFEST = """id = "IN-{n}"
source = "ours"
grade = "A2"
tlp = "GREEN"
sector = "Energy"
country = "US"
discovered = 2012-05-02
{more}
[victim]
name = "Quernholm Fisheries {n}"
"""


def held(case, tmp_path, count: int = 6, **more: str):
    """A case with a group of intrusions; `more` are lines of the manifest by number."""
    for n in range(1, 2 * count):
        folder = tmp_path / "e" / f"IN-{n}"
        folder.mkdir(parents=True)
        (folder / "intrusion.toml").write_text(MANIFEST.format(n=n, more=more.get(f"n{n}", "")))
        own = "evil" if n <= count else f"other{n}"
        (folder / "findings.csv").write_text(
            f"type,value,role,first_seen,last_seen\ndomain,{own}-orchard.example,c2,2012-04-01,2012-05-30\n"
            f"config-secret,{own}-key-7f3a,tool,2012-04-01,2012-05-30\nfile-name,{own}-up.exe,tool,2012-04-01,2012-05-30\n"
            f"hostname,fileserver{n}.quern.local,victim-asset,2012-04-02T10:11:12Z,2012-05-30\n"
        )
    ingest(case, [tmp_path / "e"])
    assign(case, [f"IN-{n}" for n in range(1, count + 1)], new=True, anchor="one C2 name", reason="same C2")
    return case


def test_a_victim_reads_all_of_its_own_and_nothing_of_others(case, tmp_path):
    held(case, tmp_path)
    made = report(case, "UNC-0001", output=tmp_path / "out", edition="victim/IN-2")
    page = (tmp_path / "out" / "UNC-0001-victim-IN-2.html").read_text().replace("\u200b", "")
    assert made.tlp == "AMBER+STRICT" and "IN-2" in page
    assert "fileserver2.quern.local" in page.replace("[.]", ".") and "2012-04-02 10:11" in page
    assert not re.search(r"fileserver[13456]|IN-[13456]\b", page)
    assert "evil-orchard[.]" in page and re.search(r">(&lt;5|5)<", page)


def test_an_edition_for_the_victim_of_another_group_is_refused(case, tmp_path):
    held(case, tmp_path)
    with pytest.raises(NotFoundError, match="no intrusion of UNC-0001"):
        report(case, "UNC-0001", output=tmp_path / "out", edition="victim/IN-9")
    with pytest.raises(UsageError, match="no edition"):
        report(case, "UNC-0001", output=tmp_path / "out", edition="victim/")


def test_another_victim_named_in_its_evidence_is_left_out(case, tmp_path):
    held(case, tmp_path)
    manifest = tmp_path / "e" / "IN-3" / "intrusion.toml"
    manifest.write_text(manifest.read_text() + 'identifiers = ["Ostrava Textile"]\n')
    (tmp_path / "e" / "IN-2" / "more.csv").write_text(
        "type,value,role\nfile-name,list-of-ostrava-textile.rar,tool\nfile-name,quernholm-2.rar,tool\n"
    )
    ingest(case, [tmp_path / "e"])
    report(case, "UNC-0001", output=tmp_path / "out", edition="victim/IN-2")
    page = (tmp_path / "out" / "UNC-0001-victim-IN-2.html").read_text().replace("\u200b", "")
    assert "ostrava" not in page and "quernholm-2.rar" in page and "1 observations are left out" in page


def test_an_embargo_holds_until_its_day(case, tmp_path):
    held(case, tmp_path, n3="embargo = 2013-02-19")
    release(case, "UNC-0001", tlp="CLEAR", reason="agreed")
    with pytest.raises(PolicyError, match="IN-3 is under embargo until 2013-02-19"):
        report(case, "UNC-0001", output=tmp_path / "out", edition="report")
    report(case, "UNC-0001", output=tmp_path / "in")  # the team works on
    case.now = lambda: "2013-02-19T00:00:00Z"
    report(case, "UNC-0001", output=tmp_path / "out", edition="report")


def test_what_is_pap_red_stays_inside_until_its_sources_agree(case, tmp_path):
    held(case, tmp_path, n3='pap = "RED"')
    release(case, "UNC-0001", tlp="CLEAR", reason="agreed")
    with pytest.raises(PolicyError, match="PAP:RED"):
        report(case, "UNC-0001", output=tmp_path / "out", edition="report")
    release(case, "UNC-0001", tlp="CLEAR", pap="AMBER", reason="they agreed to this much")
    report(case, "UNC-0001", output=tmp_path / "out", edition="report")
    assert "PAP:AMBER" in (tmp_path / "out" / "UNC-0001-report.html").read_text()


@pytest.mark.parametrize(
    ("pap", "rules"), [("RED", {"sigma", "yara"}), ("AMBER", {"sigma", "yara", "suricata", "zeek-intel"})]
)
def test_rules_are_made_only_where_the_pap_allows_them(case, tmp_path, pap, rules):
    held(case, tmp_path, n3=f'pap = "{pap}"')
    made = {
        name
        for name in ("sigma", "yara", "suricata", "zeek-intel", "rpz")
        if b"evil-" in export(case, "UNC-0001", format=name, expired=True).content
    }
    assert made == rules
    misp = export(case, "UNC-0001", format="misp").content
    assert f"PAP:{pap}".encode() in misp


def test_hunters_get_a_package_without_a_page_to_read(case, tmp_path):
    from pathlib import Path

    held(case, tmp_path)
    release(case, "UNC-0001", tlp="GREEN", reason="agreed")
    freeze(case, "first")
    with pytest.raises(PolicyError, match="TLP:GREEN"):
        publish(case, "UNC-0001", freeze="first", output=tmp_path / "out", html_only=True)
    made = publish(case, "UNC-0001", freeze="first", edition="hunt", output=tmp_path / "out")
    files = package.unpacked(Path(made.file).read_bytes())
    assert {"csv/indicators.csv", "rules/suricata/group.rules", "stix/bundle.json", "README.txt"} <= files.keys()
    assert not [name for name in files if name.endswith((".html", ".pdf")) or name.startswith("model/")]


def test_pseudonyms_are_random_stay_and_differ_between_lines(case):
    ids = [f"IN-{n:03}" for n in range(60)]
    first = drawn(case, ["public", "partner"], ids)
    assert drawn(case, ["public", "partner"], [*ids, "IN-999"])["public"].items() >= first["public"].items()
    assert len(set(first["public"].values())) == 60
    assert [first["public"][id] for id in ids] != sorted(first["public"].values())
    assert first["public"] != first["partner"]


def test_whose_a_pseudonym_is_cannot_be_read_without_the_key(case, tmp_path, monkeypatch):
    drawn(case, ["public"], ["IN-1234"])
    assert b"IN-1234" not in (case.folder / "pseudonyms").read_bytes()
    monkeypatch.setenv("BACKTRAIL_KEYS", str(tmp_path / "elsewhere"))
    with pytest.raises(ConflictError, match=r"key .* is not on this machine"):
        drawn(case, ["public"], ["IN-1234"])


def test_a_damaged_store_of_pseudonyms_is_said(case):
    drawn(case, ["public"], ["IN-1"])
    store = case.folder / "pseudonyms"
    store.write_bytes(store.read_bytes()[:-9] + b'AAAAAAA"}')
    with pytest.raises(ConflictError, match="restore it"):
        drawn(case, ["public"], ["IN-1"])


def test_a_package_bears_the_pseudonyms_of_its_line(case, tmp_path):
    import json
    from pathlib import Path

    held(case, tmp_path)
    release(case, "UNC-0001", tlp="CLEAR", reason="agreed")
    freeze(case, "first")
    names = drawn(case, ["public", "partner"], [f"IN-{n}" for n in range(1, 7)])
    for edition, line in (("report", "public"), ("partner", "partner")):
        made = publish(case, "UNC-0001", freeze="first", edition=edition, output=tmp_path / "out", html_only=True)
        given = json.loads(package.unpacked(Path(made.file).read_bytes())["model/grouping.json"])
        assert given["members"] == sorted(names[line].values())
        assert given["links"] == sorted(given["links"], key=lambda link: (link["a"], link["b"]))
        assert all(link["a"] < link["b"] for link in given["links"])


def test_errata_are_a_page_of_their_own(case, tmp_path):
    held(case, tmp_path)
    release(case, "UNC-0001", tlp="CLEAR", reason="agreed")
    freeze(case, "first")
    (tmp_path / "e" / "IN-1" / "findings.csv").write_text("type,value,role\ndomain,newer-orchard.example,c2\n")
    ingest(case, [tmp_path / "e"])
    freeze(case, "later")
    made = report(case, "UNC-0001", output=tmp_path / "out", edition="errata", freeze="later", since="first")
    page = (tmp_path / "out" / "UNC-0001-errata.html").read_text()
    assert made.edition == "errata" and "newer-orchard[.]" in page
    with pytest.raises(UsageError, match="--since"):
        report(case, "UNC-0001", output=tmp_path / "out", edition="errata")
