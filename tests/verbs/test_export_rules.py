"""Rules from a case: guards, revisions in place, no victim named."""

import re
from pathlib import Path

import pytest

from backtrail import assign, export, ingest
from backtrail.model.errors import UsageError

RULES = ("sigma", "suricata", "zeek-intel", "yara", "rpz", "navigator")


@pytest.fixture
def filled(case, tmp_path):
    folder = tmp_path / "IN-99"
    folder.mkdir()
    (folder / "intrusion.toml").write_text(
        'id = "IN-99"\ntlp = "AMBER"\ngrade = "B2"\n[victim]\n'
        'name = "Zephyrine Holdings"\nidentifiers = ["zah.example"]\n'
    )
    (folder / "a.csv").write_text(
        "type,value,role,first_seen,last_seen\n"
        "domain,c2.example,c2,2013-01-01,2013-02-01\ndomain,old.example,c2,2009-01-01,2009-02-01\n"
        "domain,vpn.zah.example,,2013-01-01,2013-02-01\nip,198.51.100.7,c2,2013-01-01,2013-02-01\n"
        "mutex,Global\\harbour,,2013-01-01,\ntechnique,T1059,,2013-01-01,\n"
        "md5,5d41402abc4b2a76b9719d911017c592,,2013-01-01,\n"
    )
    ingest(case, [folder])
    assign(case, ["IN-99"], new=True, reason="test", anchor="one password")
    return case


@pytest.mark.parametrize("format", RULES)
def test_rules_are_written_and_name_no_victim(filled, tmp_path, format):
    done = export(filled, "UNC-0001", format=format, output=tmp_path)
    text = Path(done.file).read_text()
    assert "zah" not in text and "zephyrine" not in text.lower() and "old.example" not in text
    assert "UNC-0001" in text and done.expired == 1
    if format in ("sigma", "suricata", "zeek-intel", "yara", "rpz"):
        assert "c2.example" in text
        assert "old.example" in export(filled, "UNC-0001", format=format, expired=True).content.decode()


def test_a_changed_rule_gets_a_new_revision_in_place(filled, tmp_path):
    first = Path(export(filled, "UNC-0001", format="suricata", output=tmp_path).file).read_text()
    (tmp_path / "more.csv").write_text(
        "type,value,role,first_seen,last_seen\ndomain,c2.example,c2,2013-01-01,2013-02-15\n"
    )
    ingest(filled, [tmp_path / "more.csv"], intrusion="IN-99")
    second = Path(export(filled, "UNC-0001", format="suricata", output=tmp_path).file).read_text()
    revisions = [re.findall(r"sid:(\d+); rev:(\d+)", text) for text in (first, second)]
    assert {sid for sid, _ in revisions[0]} == {sid for sid, _ in revisions[1]}
    assert {rev for _, rev in revisions[0]} == {"1"} and {rev for _, rev in revisions[1]} == {"1", "2"}


def test_releasing_needs_a_reason(filled):
    with pytest.raises(UsageError):
        export(filled, "UNC-0001", format="sigma", release=["cdn.example"])
