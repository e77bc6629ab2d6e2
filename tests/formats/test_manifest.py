"""Intrusion manifests: facts become claims, the victim's name never does, errors name the field."""

import io
import json
from pathlib import Path

import msgspec
import pytest

from backtrail.formats import manifest
from backtrail.model.errors import FormatError

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "intrusion.schema.json"
SAMPLE = Path(__file__).parent / "manifest" / "intrusion.toml"


def read(data: bytes):
    (record,) = manifest.read(io.BytesIO(data))
    return record


def claims(data: bytes) -> list[tuple[str, str]]:
    return [(claim.predicate, claim.object) for claim in read(data).claims]


def test_the_schema_in_the_documents_is_current():
    """`docs/generate.py` writes it; its layout is not the point."""
    assert json.loads(SCHEMA.read_text()) == json.loads(json.dumps(manifest.schema()))


def test_the_victim_is_in_no_claim():
    record = read(SAMPLE.read_bytes())
    assert record.victim is not None
    said = msgspec.json.encode(record.claims).decode().casefold()
    assert all(token.casefold() not in said for token in record.victim.tokens())


def test_dates_of_toml_keep_their_precision():
    data = b'id = "A"\ndiscovered = 2012-04-02\nclosed = 2012-04-03T01:00:00+02:00'
    assert claims(data) == [("discovered", "2012-04-02"), ("closed", "2012-04-02T23:00:00Z")]
    assert claims(b'id = "A"\ndiscovered = "2012-04"') == [("discovered", "2012-04")]


def test_json_says_the_same_as_toml():
    data = b'\xef\xbb\xbf{"id": "A", "theft": [{"category": "mail", "bytes_low": 5}], "grade": "B2", "tlp": "RED"}'
    assert claims(data) == [("grade", "B2"), ("tlp", "RED"), ("theft", '{"bytes_low":5,"category":"mail"}')]


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b'sector = "x"', "id"),
        (b'id = ""', "id"),
        (b'id = "a\\u0000"', "id"),
        (b"id = 1", "id"),
        (b'id = "A"\nsecter = "x"', "secter"),
        (b'id = "A"\ndiscovered = "soon"', "discovered"),
        (b'id = "A"\ndiscovered = 12:00:00', "discovered"),
        (b'id = "A"\nclosed = 0001-01-01T00:00:00+05:00', "closed"),
        (b'id = "A"\n[victim]\nidentifiers = []', "name"),
        (b'id = "A"\n[victim]\nname = "x"\nidentifiers = [1]', "identifiers"),
        (b'id = "A"\n[[theft]]\ncategory = "x"\nbyte_low = 1', "byte_low"),
        (b'id = "A"\n[[theft]]\ncategory = "x"\nbytes_low = -1', "bytes_low"),
        (b'id = "A"\n[[theft]]\ncategory = "x"\nbytes_low = 2\nbytes_high = 1', "bytes_low"),
        (b'id = "A"\ngrade = "Z9"', "grade"),
        (b'id = "A"\ntlp = "PURPLE"', "tlp"),
    ],
)
def test_errors_name_the_field(data, names):
    with pytest.raises(FormatError, match=names):
        read(data)


@pytest.mark.parametrize(
    "data", [b"", b"id = ", b"\xff", b"{", b"[" * 9000, b"a = " + b"[" * 9000, b'{"a":' * 9000, b"#" * (2 << 20)]
)
def test_what_is_no_manifest_raises_format_error(data):
    with pytest.raises(FormatError):
        read(data)


def test_only_the_name_tells_a_manifest():
    assert manifest.sniff(b"", "case/in-1/intrusion.toml")
    assert manifest.sniff(b"", "in-1\\intrusion.json")
    assert not manifest.sniff(b'id = "A"', "my-intrusion.toml")
