"""What warning lists know is kept apart, and only that."""

import pytest

from backtrail.hunts.ranking import Findings
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator


def listed(kind, value):
    return ("ours",) if (kind, value.lower()) == ("file-name", "svchost.exe") else ()


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (r"C:\Windows\System32\svchost.exe", True),
        (r"c:\windows\SysWOW64\SVCHOST.exe", True),
        (r"%SystemRoot%\System32\svchost.exe", True),
        (r"C:\Users\ada\svchost.exe", False),
        (r"C:\Windows\Temp\svchost.exe", False),
        (r"C:\Windows\System32\odd.exe", False),
        (r"D:\svchost.exe", False),
    ],
)
def test_a_program_that_lists_know_is_known_by_its_path_where_windows_keeps_it(path, known):
    findings = Findings(listed)
    findings.add(Hit(indicator=Indicator(kind="file-path", value=path), matched=path, file="a", unit="line", number=1))
    found, apart = findings.ranked()
    assert (len(found), len(apart)) == ((0, 1) if known else (1, 0))
