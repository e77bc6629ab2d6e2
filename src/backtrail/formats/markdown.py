"""Markdown reports. Read as text: link targets, code and tables stand in it as they are."""

from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.passages import looks_like_text, passages
from backtrail.formats.kit.text import text_lines
from backtrail.model.record import Record


def sniff(head: bytes, name: str) -> bool:
    return name.lower().endswith((".md", ".markdown")) and looks_like_text(head)


def read(stream: BinaryIO) -> Iterator[Record]:
    return passages(text_lines(stream))


FORMAT = Format(name="markdown", title="Markdown", media_type="text/markdown", suffix=".md", sniff=sniff, read=read)
