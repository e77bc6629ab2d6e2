"""HTML pages: their text, block by block, with link targets that the text does not show.

Parsed by selectolax (lexbor, the HTML standard's own algorithm); scripts and styles are left out. Lines are those of
the extracted text, since what an analyst sees has no others.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from selectolax.lexbor import LexborHTMLParser

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.passages import passages
from backtrail.formats.kit.text import decode_text
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record

MAX_SIZE = 64 << 20
_LEFT_OUT = ("script", "style", "noscript", "template", "svg", "head")
_INLINE = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "samp", "small",
        "span", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    }
)  # fmt: skip


def sniff(head: bytes, name: str) -> bool:
    start = head[:1024].lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html")) or (
        name.lower().endswith((".html", ".htm")) and b"<" in head[:4096]
    )


def read(stream: BinaryIO) -> Iterator[Record]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"a page of more than {MAX_SIZE >> 20} MiB", where="offset 0")
    root = LexborHTMLParser(decode_text(data)).body
    if root is None:
        raise FormatError("a page without a body", where="offset 0")
    text = "".join(_pieces(root))
    yield from passages(enumerate((line.strip() for line in text.split("\n")), 1))


def _pieces(root: Any) -> Iterator[str]:
    """Text in document order; blocks end lines, cells end with a tab. Walked without recursion: pages nest deep."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag
        if leaving:
            yield _end(node, tag)
        elif tag == "-text":
            yield node.text_content or ""
        elif tag not in _LEFT_OUT:
            if tag not in _INLINE:
                yield "\t" if tag in ("td", "th") else "\n"
            stack.append((node, True))
            stack += [(child, False) for child in reversed(list(node.iter(include_text=True)))]


def _end(node: Any, tag: str) -> str:
    link = node.attributes.get("href") or node.attributes.get("src") if tag in ("a", "img", "iframe", "area") else None
    shown = (
        f" <{link}> "
        if link and ("://" in link or link.startswith("mailto:")) and link not in (node.text() or "")
        else ""
    )
    return shown if tag in _INLINE or tag in ("td", "th") else f"{shown}\n"


FORMAT = Format(name="html", title="HTML page", media_type="text/html", suffix=".html", sniff=sniff, read=read)
