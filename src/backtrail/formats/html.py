"""HTML pages: their text, block by block, with link targets that the text does not show.

Parsed by selectolax (lexbor, the HTML standard's own algorithm); scripts and styles are left out. Lines are those of
the extracted text, since what an analyst sees has no others.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from selectolax.lexbor import LexborHTMLParser

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.passages import passages
from backtrail.formats.kit.text import decode_text
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record

MAX_SIZE = 64 << 20
MAX_STEPS = 1_000_000_000  # over open elements: about three seconds
_LEFT_OUT = ("script", "style", "noscript", "template", "svg", "head")
_INLINE = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "samp", "small",
        "span", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    }
)  # fmt: skip

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_CLOSED_BY_THE_NEXT = frozenset(
    {
        "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "option", "p",
        "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
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
    page = decode_text(data)
    _refuse_deep(page)
    root = LexborHTMLParser(page).body
    if root is None:
        raise FormatError("a page without a body", where="offset 0")
    text = "".join(_pieces(root))
    yield from passages(enumerate((line.strip() for line in text.split("\n")), 1))


def _refuse_deep(page: str) -> None:
    """The standard has a parser walk over the open elements at most tags, which takes for ever on a page nested deep.

    An end is taken for that of the last element of its name, wherever it stands: a page can halve the estimate so, and
    not escape it.
    """
    opened: Counter[str] = Counter()
    depth = steps = 0
    for tag in _TAG.finditer(page):
        name = tag[2].lower()
        if tag[1]:
            closes = opened[name] > 0
            opened[name] -= closes
            depth -= closes
        elif name not in _CLOSED_BY_THE_NEXT:
            opened[name] += 1
            depth += 1
        steps += depth
        if steps > MAX_STEPS:
            raise LimitError(f"elements nested {depth} deep", where=f"character {tag.start()}")


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
