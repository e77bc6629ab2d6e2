"""Address data of the user, kept in the case as sorted arrays: some millions of ranges, asked for some thousands.

An IPv6 address is held by its first 64 bits: nothing narrower is given to anybody.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from backtrail.model.addresses import AddressRange

_HALF = 64


class Data(Struct, frozen=True):
    """Address data as they were loaded: name, the day they are of, ranges, and when they came into the case."""

    name: str
    day: str
    ranges: int
    loaded: str


class Placing(Struct, frozen=True):
    """Where an address lies by some address data.

    Attributes:
        first: Address at which its range begins, as a number.
        last: At which it ends.
        asn: Autonomous system, where said.
        holder: Who has it, where said.
        country: Of the holder, where said.
        data: Name of the data.
        day: Day that they are of.
    """

    first: int
    last: int
    asn: str
    holder: str
    country: str
    data: str
    day: str


class AddressBase:
    """Address data of a case.

    Args:
        folder: Where they live; made when something is put there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[str, _Table] = {}

    def put(self, name: str, day: str, loaded: str, ranges: Iterable[AddressRange]) -> Data:
        """Keep some data under a name, in place of older ones."""
        self.folder.mkdir(parents=True, exist_ok=True)
        texts: dict[tuple[str, str, str], int] = {}
        columns: dict[int, tuple[list[int], list[int], list[int]]] = {4: ([], [], []), 6: ([], [], [])}
        for one in ranges:
            firsts, lasts, said = columns[one.version]
            shift = _HALF if one.version == 6 else 0
            firsts.append(one.first >> shift)
            lasts.append(one.last >> shift)
            said.append(texts.setdefault((one.asn, one.holder, one.country), len(texts)))
        arrays: dict[str, npt.NDArray[np.generic]] = {}
        for version, (firsts, lasts, said) in columns.items():
            first = np.array(firsts, np.uint64)
            order = np.argsort(first, kind="stable")
            arrays |= {
                f"first{version}": first[order],
                f"last{version}": np.array(lasts, np.uint64)[order],
                f"said{version}": np.array(said, np.uint32)[order],
            }
        lines = "\n".join("\t".join(part.replace("\t", " ").replace("\n", " ") for part in text) for text in texts)
        about = "\t".join((name, day, str(sum(len(c[0]) for c in columns.values())), loaded))
        arrays |= {k: np.frombuffer(v.encode(), np.uint8) for k, v in (("texts", lines), ("about", about))}
        made = self.folder / f".{name}.new"
        with made.open("wb") as out:
            np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
        made.replace(self.folder / f"{name}.npz")
        self._held.pop(name, None)
        return _about(about)

    def rows(self) -> list[Data]:
        """The data there are, by name."""
        return [table.about for table in self._tables()]

    def of(self, version: int, address: int) -> list[Placing]:
        """Where an address lies, by each of the data that know it, the newest last."""
        return [found for table in self._tables() if (found := table.of(version, address))]

    def _tables(self) -> Iterator["_Table"]:
        paths = sorted(self.folder.glob("*.npz")) if self.folder.is_dir() else []
        for path in paths:
            if path.stem not in self._held:
                self._held[path.stem] = _Table(path)
        yield from sorted((self._held[path.stem] for path in paths), key=lambda t: (t.about.day, t.about.name))


class _Table:
    """One loaded file."""

    def __init__(self, path: Path) -> None:
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        self._arrays = arrays
        self.about = _about(arrays["about"].tobytes().decode())
        self._texts = [line.split("\t") for line in arrays["texts"].tobytes().decode().split("\n")]

    def of(self, version: int, address: int) -> Placing | None:
        """The last range that begins at or before an address, when it reaches it."""
        shift = _HALF if version == 6 else 0
        first, last = self._arrays[f"first{version}"], self._arrays[f"last{version}"]
        at = int(np.searchsorted(first, np.uint64(address >> shift), side="right")) - 1
        if at < 0 or int(last[at]) < address >> shift:
            return None
        asn, holder, country = self._texts[int(self._arrays[f"said{version}"][at])]
        low, high = int(first[at]) << shift, ((int(last[at]) + 1) << shift) - 1
        return Placing(low, high, asn, holder, country, self.about.name, self.about.day)


def _about(text: str) -> Data:
    name, day, ranges, loaded = text.split("\t")
    return Data(name, day, int(ranges), loaded)
