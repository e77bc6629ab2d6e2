"""Rows that a relational engine caught, confirmed by the matcher of the scan and told as hits."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from backtrail.hunts.around import Around, around
from backtrail.hunts.backends.looking import FULL
from backtrail.hunts.matching import MARGIN, Found, Matcher
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator


class Caught(Struct, frozen=True):
    """A row that may hold hits.

    Attributes:
        file: Where it is.
        unit: What `number` counts.
        number: Of the row or line.
        offset: Of its first byte; None where bytes have no meaning.
        line: The row as one line of text.
        told: The row as it is read for its fields; the line when empty.
        wide: Whether the file has two bytes for each character.
    """

    file: str
    unit: str
    number: int
    offset: int | None
    line: bytes
    told: str = ""
    wide: bool = False

    def place(self, at: int) -> int | None:
        """Byte in the file of a byte of the line."""
        if self.offset is None or not self.wide:
            return None if self.offset is None else self.offset + at
        return self.offset + len(self.line[:at].decode("utf-8", "replace").encode("utf-16-le"))

    def hit(self, indicator: Indicator, matched: str, header: str, at: int = 0, read: bool = True) -> Hit:
        """The row as a hit.

        Args:
            indicator: What was looked for.
            matched: What was found.
            header: First lines of the file, for tables that name their columns there.
            at: Byte of the line where it stands.
            read: Whether its fields are read; not for the many rows of one indicator.
        """
        more = around(self.told or self.line.decode("utf-8", "replace"), header, matched) if read else _NOTHING
        return Hit(
            indicator=indicator,
            matched=matched,
            file=self.file,
            unit=self.unit,
            number=self.number,
            offset=self.place(at),
            at=more.at,
            valid=_valid(indicator, more),
            direction=more.direction,
            side=more.side,
            fields=more.fields,
        )


class Confirmer:
    """Makes hits of caught rows.

    Args:
        matcher: What is looked for.
    """

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._indicators: dict[int, Indicator] = {}
        self._read: Counter[int] = Counter()

    def hits(self, caught: Sequence[Caught], header: str = "") -> Iterator[Hit]:
        """Each indicator once for each row, at its first place there.

        Args:
            caught: The rows.
            header: First lines of the file, for tables that name their columns there.
        """
        starts, buffer, end = _laid_out(caught)
        row = 0
        seen: set[int] = set()
        for found in sorted(self._matcher.block(buffer, MARGIN, end), key=lambda one: one.start):
            while row + 1 < len(caught) and found.start >= starts[row + 1]:
                row += 1
                seen = set()
            if found.row not in seen:
                seen.add(found.row)
                yield self._hit(caught[row], found, found.start - starts[row], buffer, header)

    def _hit(self, row: Caught, found: Found, at: int, buffer: bytearray, header: str) -> Hit:
        matched = (found.text or bytes(buffer[found.start : found.end])).decode("utf-8", "replace")
        indicator = self._indicators.get(found.row)
        if indicator is None:
            indicator = self._indicators[found.row] = self._matcher.of.columns[found.row]
        self._read[found.row] += 1
        return row.hit(indicator, matched, header, at, self._read[found.row] <= FULL)


_NOTHING = Around({}, None, "", "")
"""What is told of a row when enough rows of its indicator were read, as in a scan."""


def _valid(indicator: Indicator, more: Around) -> bool | None:
    if not more.at or not indicator.valid_until:
        return None
    return more.at[:19] <= indicator.valid_until[:19]


def _laid_out(caught: Iterable[Caught]) -> tuple[list[int], bytearray, int]:
    """Rows as lines of a buffer that the matcher takes: where each begins, the buffer, and the end of the last."""
    starts, size = [], MARGIN
    parts = [b"\n" * MARGIN]
    for one in caught:
        starts.append(size)
        parts += [one.line, b"\n"]
        size += len(one.line) + 1
    parts.append(b"\n" * (MARGIN + -size % 8))
    return starts, bytearray(b"".join(parts)), size
