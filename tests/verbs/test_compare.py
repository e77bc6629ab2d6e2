import pytest

import backtrail
from backtrail.model.errors import NotFoundError, UsageError

ROWS = """intrusion,type,value,first_seen
A1,mutex,left-lock,2012-04-01
A1,domain-name,c2.left.example.org,2012-04-01
A2,mutex,left-lock,2012-04-03
A2,domain-name,c2.left.example.org,2012-04-03
A2,keyboard-layout,0804,2012-04-03
B1,mutex,left-lock,2012-04-05
B1,keyboard-layout,0419,2012-04-05
C1,md5,d41d8cd98f00b204e9800998ecf8427e,2012-04-05
"""


@pytest.fixture
def case(tmp_path):
    backtrail.create_case(tmp_path / "case")
    file = tmp_path / "rows.csv"
    file.write_text(ROWS)
    with backtrail.open_case(tmp_path / "case", author="test") as opened:
        backtrail.ingest(opened, [file], grade="A1", tlp="GREEN")
        backtrail.assign(opened, ["A1", "A2"], new=True, reason="a test")
        yield opened


def test_two_sides_beside_each_other_with_contradictions_apart(case):
    found = backtrail.compare(case, "UNC-0001", "B1")
    assert found.members == (2, 1) and found.compared == 2
    assert [(one.bar.value, one.pairs) for one in found.common] == [("left-lock", 2)]
    assert [one.bar.kind for one in found.against] == ["keyboard-layout"]
    swapped = backtrail.compare(case, "B1", "UNC-0001")
    assert (swapped.linked, swapped.common, swapped.against) == (found.linked, found.common, found.against)


def test_sides_that_share_nothing(case):
    found = backtrail.compare(case, "UNC-0001", "C1")
    assert (found.compared, found.linked, found.common) == (0, 0, ())


def test_what_cannot_be_compared(case):
    with pytest.raises(UsageError, match="A1 in common"):
        backtrail.compare(case, "UNC-0001", "A1")
    with pytest.raises(NotFoundError):
        backtrail.compare(case, "UNC-0001", "B7")


def test_a_fresh_run_tells_what_it_would_part(case):
    backtrail.assign(case, ["C1"], to="UNC-0001", reason="a test of doubt")
    checked = backtrail.cluster(case, check=True)
    assert not checked.proposals and not checked.unlinked
    (doubt,) = checked.doubts
    assert doubt.group == "UNC-0001" and ("C1",) in doubt.parts
