"""PDF: pages as passages; broken and locked files refused. The files are made here, by hand."""

import io

import pytest

from backtrail.formats import pdf
from backtrail.model.errors import FormatError, LimitError
from backtrail.observations import extract


def document(*pages: list[str], extra: str = "") -> bytes:
    """A PDF of text pages, an entry for each line."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for n, lines in enumerate(pages):
        shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
        content = f"BT /F1 12 Tf 50 700 Td {shown} ET"
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents {5 + 2 * n} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>",
            f"<</Length {len(content)}>>stream\n{content}\nendstream",
        ]
    body, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{one}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    trailer = f"trailer<</Size {count}/Root 1 0 R{extra}>>\nstartxref\n{len(body)}\n%%EOF"
    return f"{body}xref\n0 {count}\n0000000000 65535 f \n{table}{trailer}".encode()


def read(data: bytes):
    return list(pdf.read(io.BytesIO(data)))


def test_each_page_is_a_passage():
    records = read(document(["at evil[.]com"], ["and", "d41d8cd98f00b204e9800998ecf8427e"]))
    assert [record.where for record in records] == ["page 1", "page 2"]
    assert [(f.kind, f.where) for record in records for f in extract(record.passage)] == [
        ("domain-name", "page 1 offset 3"),
        ("md5", "page 2 offset 4"),
    ]


def test_a_page_without_text_is_a_passage_too():
    assert len(read(document([]))) == 1


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n", b"%PDF-1.7\n" + b"x" * 5000, b"nothing"])
def test_what_cannot_be_opened_raises_format_error(data):
    with pytest.raises(FormatError, match="no PDF"):
        read(data)


def test_a_locked_file_raises_format_error():
    o = "00" * 32
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{o}>/U<{o}>/P -4>>/ID[<00><00>]"
    with pytest.raises(FormatError, match=r"(?i)password"):
        read(document(["secret"], extra=lock))


def test_pages_and_text_are_bounded(monkeypatch):
    data = document(["a"], ["b"], ["c"])
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    with pytest.raises(LimitError):
        read(data)
    monkeypatch.setattr(pdf, "MAX_PAGES", 9)
    monkeypatch.setattr(pdf, "MAX_TEXT", 1)
    with pytest.raises(LimitError):
        read(data)


@pytest.mark.parametrize("cut", range(20, 900, 80))
def test_a_cut_file_raises_only_format_error(cut):
    try:
        read(document(["at evil[.]com"], ["again"])[:cut])
    except FormatError as error:
        assert error.where
