"""PDF reports: the text of each page, by PDFium. Native code on hostile bytes: read in a child process."""

import ctypes
from collections.abc import Iterator
from typing import BinaryIO

import pypdfium2

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Passage, Record

MAX_PAGES = 5_000
MAX_TEXT = 64 << 20


def sniff(head: bytes, name: str) -> bool:
    return b"%PDF-" in head[:1024]


def read(stream: BinaryIO) -> Iterator[Record]:
    try:
        document = pypdfium2.PdfDocument(stream.read())
    except (pypdfium2.PdfiumError, ctypes.ArgumentError, ValueError) as error:
        raise FormatError(f"no PDF that can be opened: {error}", where="offset 0") from error
    try:
        yield from _pages(document)
    finally:
        document.close()


def _pages(document: pypdfium2.PdfDocument) -> Iterator[Record]:
    characters = 0
    for number in range(1, len(document) + 1):
        if number > MAX_PAGES:
            raise LimitError(f"more than {MAX_PAGES:,} pages", where=f"page {number}")
        try:
            text = document[number - 1].get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError as error:
            yield Record(where=f"page {number}", problem=f"page cannot be read: {error}")
            continue
        characters += len(text)
        if characters > MAX_TEXT:
            raise LimitError(f"more than {MAX_TEXT >> 20} MiB of text", where=f"page {number}")
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\x02", "-")
        yield Record(where=f"page {number}", passage=Passage(text=text + "\n", page=number))


FORMAT = Format(
    name="pdf", title="PDF", media_type="application/pdf", suffix=".pdf", sniff=sniff, read=read, in_child=True
)
