"""A list read as columns says what the reader of the formats room says, or leaves the list to it."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.formats import indicators as table
from backtrail.hunts.columns import from_table

VALUES = ("evil.example.com", "192.0.2.7", "a, b", " padded.example ", "x.example", 'say "so"', "")


def slowly(content):
    return [(s.kind, s.value) for record in table.read(io.BytesIO(content)) for s in record.seen]


@pytest.mark.parametrize(
    "content",
    [
        b'type,value\ndomain,"evil.example.com"\n"domain",b.example\n',
        b'type,value,comment\ndomain,evil.example.com,"one, two"\nip,192.0.2.1,\n',
        b'type,value\r\n"domain","evil.example.com"\r\nmd5,"d41d8cd98f00b204e9800998ecf8427e"\r\n',
        b'value,type\n"a.example.com",domain',
        b'comment,type,value\n"",domain,a.example.com\n',
        b'type,value\ntext,"say ""so"""\ndomain,a.example.com\ntext,"""x"", y"\n',
    ],
)
def test_quotes_are_read_as_the_slow_reader_reads_them(content):
    fast = from_table(content)
    assert fast is not None
    assert [(i.kind, i.value) for i in fast] == slowly(content)
    assert [fast.value(row) for row in range(len(fast))] == [value for _, value in slowly(content)]


@pytest.mark.parametrize(
    "content",
    [b'type,value\ntext,"two\nlines"\n', b'type,value\ntext,a "b" c\n', b"a;b\n"],
)
def test_what_is_not_plain_is_left_to_the_slow_reader(content):
    assert from_table(content) is None


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(("domain", "ip", "md5", "text")), st.sampled_from(VALUES))))
def test_any_mixture_is_read_alike_or_left(rows):
    lines = [b"type,value"]
    for quoted, kind, value in rows:
        cell = '"' + value.replace('"', '""') + '"' if quoted or "," in value or '"' in value else value
        lines.append(f"{kind},{cell}".encode())
    content = b"\n".join(lines) + b"\n"
    fast = from_table(content)
    if rows:
        assert [fast.value(row).strip() for row in range(len(fast))] == [v.strip() for _, _, v in rows if v.strip()]
