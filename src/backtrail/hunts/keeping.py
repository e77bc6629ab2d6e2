"""Keys of all that a scan could find in a block, for an index; and which of them a list of indicators asks for.

The scan itself keeps the keys, with every bitmap open: what it would find for any indicator, the index has a key of.
Texts (file names, mutexes ...) and serial numbers have no key, nor have IPv6 addresses and networks that can be written
in fewer characters than `SHORTEST_SIX`; of networks the index knows the upper half only. A key that is there may be
another's: hit blocks are looked through again, by the scan.
"""

import ipaddress
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from backtrail.hunts.columns import of
from backtrail.hunts.derived import Piece
from backtrail.hunts.keys import DIGITS, Compiled, Spell, compiled
from backtrail.hunts.matching import Found, Matcher
from backtrail.hunts.tables import (
    ADDRESSES,
    DIGEST,
    DIGESTS,
    FOURS_ABOVE,
    HOST,
    HOSTS,
    MAILS,
    NETWORK,
    SERIAL,
    SERIALS,
    SIXES_ABOVE,
    STRIDE,
    URLS,
    Tables,
)

VERSION = 1
"""Changes whenever keys of the same text do."""

SHORTEST_SIX = 6
"""Characters of the shortest spelling of an IPv6 address that the index knows."""

_OPEN = np.full(1 << 10, np.iinfo(np.uint64).max, np.uint64)
_KEPT = 1 << 16
_SORT_BITS = 48

Keys = NDArray[np.uint64]


class Collector(Matcher):
    """Keeps the keys of blocks; give it blocks as one gives them to a matcher.

    Args:
        spell: `observations.canonical`.
        refang: `observations.canonical.refang`.
        decode: Also keep keys of defanged and percent-encoded spellings.
    """

    def __init__(self, spell: Spell, refang: Callable[[str], str], decode: bool = False) -> None:
        nothing = compiled(of(()), spell, refang)
        nothing.tables = _everything(nothing.tables)
        super().__init__(nothing, decode)
        self._keys: list[Keys] = []

    def _look(self, buffer: bytearray, lo: int, hi: int, aside: list[Piece] | None) -> Iterator[Found]:
        for rows in self._rows(buffer, lo, hi):
            entries = rows[:, 0]
            self._keys.append(entries[entries >= 0].astype(np.uint64))
            if aside is not None:
                for _, start, end, remark in rows[entries < 0].tolist():
                    aside += self._spelled_out(buffer, start, end, remark)
        return iter(())

    def keep(self, buffer: bytearray, lo: int, hi: int) -> None:
        """Keep the keys of whole lines between two places."""
        for _ in self.block(buffer, lo, hi):
            raise AssertionError("an index looks nothing up")

    def taken(self) -> Keys:
        """Keys that were kept since the last call, each once, sorted."""
        keys = once(self._keys)
        self._keys = []
        self.of.tables.kept[:] = 0
        return keys


def once(parts: Sequence[Keys]) -> Keys:
    """Each key once, sorted; by a sort, which is several times as fast here as numpy's table of hashes."""
    keys: Keys = np.sort(np.concatenate([np.zeros(0, np.uint64), *parts]))
    first = np.ones(len(keys), bool)
    first[1:] = keys[1:] != keys[:-1]
    return keys[first]


def _everything(tables: Tables) -> Tables:
    """Tables for which every token is wanted, and kept."""
    digests = np.zeros(129, np.uint8)
    digests[list(DIGITS.values())] = 1
    limits = np.array([63, 63, SHORTEST_SIX, 1, 0, 1, 54], np.int64)
    return tables._replace(
        anchors=_OPEN,
        suffixes=_OPEN,
        tops=_OPEN,
        sixteens=_OPEN,
        digests=digests,
        limits=limits,
        kept=np.zeros(_KEPT, np.uint64),
    )


class Asked(Struct):
    """What an index is asked.

    Attributes:
        keys: Keys, sorted.
        ranges: First and last keys of ranges.
        unanswered: Reasons for which the index alone cannot answer; none when it can.
    """

    keys: Keys
    ranges: list[tuple[int, int]]
    unanswered: list[str]


def asked(goal: Compiled) -> Asked:
    """What a list of indicators asks of an index."""
    tables = goal.tables
    named = np.isin(tables.classes, (HOST, URLS, MAILS)) & (tables.lengths > 0)
    sorts = np.full(len(tables.keys), ADDRESSES, np.uint64)
    sorts[named] = HOSTS
    sorts[tables.classes == DIGEST] = DIGESTS
    single = ~np.isin(tables.classes, (NETWORK, SERIAL))
    keys = (sorts << np.uint64(_SORT_BITS)) | (tables.keys >> np.uint64(16))
    return Asked(once([keys[single]]), sorted(set(_ranges(goal))), _unanswered(goal))


def _ranges(goal: Compiled) -> Iterator[tuple[int, int]]:
    rows = goal.rows[goal.tables.classes == NETWORK]
    for row in rows.tolist():
        _, text = goal.spell(goal.columns.kind(row), goal.columns.value(row))
        network = ipaddress.ip_network(text)
        sort, beyond = (FOURS_ABOVE, 8) if network.version == 4 else (SIXES_ABOVE, 80)
        first, last = int(network[0]) >> beyond, int(network[-1]) >> beyond
        yield (sort << _SORT_BITS) | first, (sort << _SORT_BITS) | last


def _unanswered(goal: Compiled) -> list[str]:
    out = []
    if goal.strings:
        kinds = ", ".join(sorted({wanted.kind for wanted in goal.strings}))
        out.append(f"an index has no texts ({kinds})")
    if goal.tables.limits[SERIALS]:
        out.append("an index has no serial numbers")
    if goal.tables.limits[STRIDE] < SHORTEST_SIX:
        out.append(f"an index has no IPv6 addresses that can be written in fewer than {SHORTEST_SIX} characters")
    return out
