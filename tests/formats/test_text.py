"""Running text: passages and their places, and what is no text."""

import io

import pytest

from backtrail.formats import markdown, text


def passages(data: bytes):
    return [record.passage for record in text.read(io.BytesIO(data))]


def test_passages_are_bounded_and_say_where_they_begin():
    document = "".join(f"line {n} of the text\n" + "\n" * (n % 50 == 0) for n in range(20_000))
    found = passages(document.encode())
    assert len(found) > 3
    assert "".join(passage.text for passage in found) == document
    for passage in found:
        assert len(passage.text) < 200_000
        assert document[passage.offset :].startswith(passage.text[:100])
        assert passage.line == document.count("\n", 0, passage.offset) + 1


def test_a_line_without_end_is_cut():
    found = passages(b"x" * (5 << 20))
    assert max(len(passage.text) for passage in found) <= 2 << 20


@pytest.mark.parametrize(
    ("head", "is_text"),
    [(b"plain", True), ("grüße".encode(), True), ("wide".encode("utf-16"), True), (b"", False), (b"a\0b\0\0\0c", False),
     (bytes(range(256)), False), (b"\x7fELF\x02\x01\x01\0\0\0", False), (b"\x89PNG\r\n\x1a\n\0\0", False)],
)  # fmt: skip
def test_binary_files_are_no_text(head, is_text):
    assert text.sniff(head, "x") is is_text


def test_markdown_goes_by_its_name():
    assert markdown.sniff(b"# x", "Report.MD")
    assert not markdown.sniff(b"# x", "report.txt")
    assert not markdown.sniff(b"\0\1\2", "x.md")
