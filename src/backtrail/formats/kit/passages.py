"""Running text cut into passages of bounded size, at blank lines where there are any."""

from collections.abc import Iterable, Iterator

from backtrail.formats.kit.text import decode_text
from backtrail.model.record import Passage, Record

_SIZE = 1 << 16
"""Characters of a passage after which it ends at the next line."""


def passages(lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    """Records of a text.

    Args:
        lines: Line number and text, as `text_lines` gives them; pieces of one long line bear the same number.
    """
    held: list[str] = []
    size = offset = 0
    first = 1
    for number, line in lines:
        if size and (size > 2 * _SIZE or (size > _SIZE and not line.strip())):
            yield _record(held, first, offset)
            offset += size
            held, size, first = [], 0, number
        held.append(line)
        size += len(line) + 1
    if held:
        yield _record(held, first, offset)


def _record(lines: list[str], first: int, offset: int) -> Record:
    passage = Passage(text="\n".join(lines) + "\n", line=first, offset=offset)
    return Record(where=f"line {first}", passage=passage)


def looks_like_text(head: bytes) -> bool:
    """Whether bytes are text: no NUL outside UTF-16, few control characters."""
    if not head:
        return False
    text = decode_text(head[:4096])
    odd = sum(c == "\0" or (c < " " and c not in "\t\n\r\f\x1b") or c == "\ufffd" for c in text)
    return odd <= len(text) // 20 and "\0" not in text
