"""Certificate lists: the 13 of the APT1 report, and what is broken."""

import io
import json

import pytest

from backtrail.formats.certificates import FORMAT
from backtrail.model.errors import FormatError


def read(content: object) -> list:
    return list(FORMAT.read(io.BytesIO(json.dumps(content).encode())))


def test_apt1_has_13_certificates(shared):
    content = json.loads((shared / "data/apt1/appendix_f_certs.json").read_text())
    records = read(content)
    assert len(records) == 13
    assert not [record for record in records if record.problem]
    for record, certificate in zip(records, content, strict=True):
        assert [seen.kind for seen in record.seen] == ["x509-serial", "x509-subject", "x509-issuer"]
        assert record.seen[0].value in certificate["Certificate.Serial_Number"]
        assert record.native.content == certificate


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1 (0x1)", "1"),
        ("290 (0x122)", "122"),
        ("-5 (-0x5)", "5"),
        ("(Negative)4c:0b:1d", "4c:0b:1d"),
        ("0e:97:88", "0e:97:88"),
    ],
)
def test_serials(text, digits):
    (record,) = read([{"Certificate.Serial_Number": text}])
    assert [seen.value for seen in record.seen] == [digits]


def test_validity_is_no_sighting():
    (record,) = read([{"Certificate.Subject": "CN=a", "Certificate.Validity.Not_Before": "2007-10-23T03:25:49+00:00"}])
    assert record.seen[0].first is None and record.seen[0].last is None


def test_bad_certificates_are_problems_and_the_next_is_read():
    records = read([1, {}, {"Certificate.Subject": 5}, {"Certificate.Subject": "CN=a"}])
    assert [bool(record.problem) for record in records] == [True, True, True, False]


def test_something_else_is_refused():
    with pytest.raises(FormatError):
        read("text")
