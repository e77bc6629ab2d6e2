"""Mails: what is taken, relays inside passed over, headers that break the rules, nesting and size."""

import io
from hashlib import md5

import pytest

from backtrail import formats
from backtrail.formats.mail import FORMAT
from backtrail.model.errors import FormatError

HEAD = "From: Clerk <clerk@lure.example>\nTo: a@victim.example\nSubject: x\nDate: Mon, 02 Apr 2012 09:00:00 +0000\n"


def seen(text: str) -> dict[str, list[str]]:
    [record] = FORMAT.read(io.BytesIO(text.encode("utf-8", "surrogateescape")))
    assert record.where == "record 1"
    found: dict[str, list[str]] = {}
    for one in record.seen:
        found.setdefault(one.kind, []).append(one.value)
    return found


def test_relays_inside_are_passed_over():
    inner = "Received: from a ([10.0.0.2]) by b\nReceived: from c ([192.0.2.9]) by d ([203.0.113.1])\n"
    assert seen(inner + HEAD + "\nx")["ipv4-addr"] == ["192.0.2.9"]


def test_times_are_those_of_the_date():
    [record] = FORMAT.read(io.BytesIO((HEAD + "\nhttp://a.example/b").encode()))
    assert {(s.first, s.last) for s in record.seen} == {("2012-04-02T09:00:00Z",) * 2}


def test_attachments_are_named_and_hashed():
    mail = HEAD + 'MIME-Version: 1.0\nContent-Type: application/pdf; name="C:\\\\x\\\\a.pdf"\n\ncontent'
    found = seen(mail)
    assert found["file-name"] == ["a.pdf"] and found["md5"] == [md5(b"content").hexdigest()]


@pytest.mark.parametrize(
    "odd",
    [
        "From: \n",
        "From: =?utf-99?b?////?= <a@b.example>\n",
        "Date: never\n",
        "Subject: " + "x" * 100_000 + "\n",
        "Received: from " + "[" * 50_000 + "\n",
        "X-Originating-IP: [999.1.1.1]\n",
        "Content-Type: text/plain; charset=\0\n",
        "Content-Type: multipart/mixed; boundary=\n",
        "From: " + '"' * 5_000 + "\n",
        "Date: Mon, 99 Apr 99999 99:99:99 +9999\n",
    ],
)
def test_headers_that_break_the_rules_cost_no_more_than_themselves(odd):
    seen(odd + HEAD + "\nx")


def test_nesting_and_parts_are_bounded():
    nested = HEAD
    for level in range(60):
        nested += f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n'
    try:
        [record] = FORMAT.read(io.BytesIO(nested.encode()))
        assert "levels" in record.problem
    except FormatError:
        pass
    many = HEAD + 'Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\nContent-Type: text/plain\n\nx\n" * 1_500
    with pytest.raises(FormatError, match="parts"):
        list(FORMAT.read(io.BytesIO(many.encode())))


@pytest.mark.parametrize(
    "prose",
    ["From: the desk\nTo whom it may concern\n", "Subject: intrusion\n\nText.\n", "Note: x\nTo: do\n", "From here on"],
)
def test_prose_stays_text(prose):
    assert formats.detect(prose.encode(), "x.txt").name == "text"
