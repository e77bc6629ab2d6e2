"""Names with one slip of the pen: a letter too many, too few, another, or two in the wrong order.

A name with one error has one half without any (pigeonhole): halves are searched literally, and what stands beside a
hit is compared. Damerau, *A technique for computer detection and correction of spelling errors* (1964).
"""

from collections.abc import Iterator

LEAST = 8
"""Letters from which a name is looked for with an error in it: shorter ones are too near to other words."""


def halves(bare: str) -> tuple[str, str]:
    """The two halves of a name."""
    middle = len(bare) // 2
    return bare[:middle], bare[middle:]


def slips(text: str, name: str) -> Iterator[int]:
    """Where a name stands in a text with exactly one error, as words of its own: inside other words it is chance.

    Args:
        text: Words with one space between them.
        name: The name, likewise.
    """
    left, right = halves(name)
    if not left or left == right:
        return
    for at in _all(text, left):
        if _alone(text, at, len(name)) and _begins(_line(text[at + len(left) : at + len(name) + 1]), right):
            yield at
    for end in (at + len(right) for at in _all(text, right)):
        behind = _line(text[max(0, end - len(name) - 1) : end - len(right)][::-1])
        if _bounds(text[end : end + 1]) and _begins(behind, left[::-1]):
            yield max(0, end - len(name))


def _alone(text: str, at: int, size: int) -> bool:
    """Whether a word begins at a place, and one ends where a name with one error would."""
    ends = (at + size - 1, at + size, at + size + 1)
    return (at == 0 or _bounds(text[at - 1])) and any(_bounds(text[end : end + 1]) for end in ends)


def _bounds(character: str) -> bool:
    return character in ("", " ", "\n")


def _line(text: str) -> str:
    """A text up to the end of its line: what stands on the next is another value's."""
    return text.partition("\n")[0]


def _all(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _begins(text: str, part: str) -> bool:
    """Whether a text begins with a part that has one error in it."""
    same = next((n for n, (a, b) in enumerate(zip(text, part, strict=False)) if a != b), min(len(text), len(part)))
    rest, wanted = text[same:], part[same:]
    if len(wanted) <= 1:
        return bool(wanted) and same >= len(part) - 1
    return (
        rest[1 : len(wanted)] == wanted[1:]
        or rest[: len(wanted) - 1] == wanted[1:]
        or rest[1 : len(wanted) + 1] == wanted
        or (rest[:2] == wanted[1::-1] and rest[2 : len(wanted)] == wanted[2:])
    )
