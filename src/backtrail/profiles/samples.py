"""Files put together from records: digests that stand in one record are of one file.

A record with two digests of one kind is a list, and does not tell what belongs to which: only its digests count.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from msgspec import Struct

from backtrail.model.marking import Source
from backtrail.model.observation import Observation
from backtrail.model.times import Interval, earliest, latest

Value = tuple[str, str]
"""Kind and canonical value."""

DIGESTS = ("md5", "sha1", "sha256", "sha512")
CERTIFICATES = ("x509-serial", "x509-sha1", "x509-sha256")
MARKS = (
    "software", "compile-time", "imphash", "pdb-path", "mutex", "text", "config-secret", "file-name", "file-path",
    "url", "domain-name", "ip-port", "x-yara:rule", *CERTIFICATES,
)  # fmt: skip
"""Kinds that tell something of the file beside whose digest they stand."""

_ATTACHED = ("delivery", "victim-asset", "sinkhole")
"""Roles of digests that nobody found to be the adversary's program."""

_PIECE = 8
"""Characters of a digest, one such piece of which two misspellings of it share."""

_TYPED_WRONG = 2


class Item(Struct, frozen=True, kw_only=True):
    """A file, or a certificate, under all names by which evidence calls it.

    Attributes:
        ids: Its digests (or serial numbers), sorted by kind.
        marks: What was read beside them.
        seen: When each intrusion showed it; an interval without ends where its records have no time.
        parts: Observations it was put together from.
        source: The best-graded source that shows it.
    """

    ids: tuple[Value, ...]
    marks: frozenset[Value]
    seen: Mapping[str, Interval]
    parts: tuple[str, ...]
    source: Source = Source()

    @property
    def name(self) -> str:
        """The digest it is called by."""
        return self.ids[0][1]

    def of(self, kind: str) -> tuple[str, ...]:
        """Values of a kind that were read beside it."""
        return tuple(sorted(value for k, value in self.marks if k == kind))

    @property
    def file_names(self) -> frozenset[str]:
        """Names it was seen under, without folders, in lower case."""
        paths = (*self.of("file-name"), *self.of("file-path"))
        return frozenset(re.split(r"[\\/]", path)[-1].lower() for path in paths)

    def has(self, kind: str) -> bool:
        """Whether one of its names is of a kind."""
        return any(k == kind for k, _ in self.ids)


class Catalogue(Struct, frozen=True, kw_only=True):
    """What the evidence of a whole case knows of files and certificates, at a moment.

    Attributes:
        files: Files, each once.
        misspelt: Digests left out since they are another file's, mistyped, with the right one of each.
        certificates: Certificates, each once.
    """

    files: tuple[Item, ...]
    misspelt: Mapping[str, str]
    certificates: tuple[Item, ...]


def catalogue(
    records: Iterable[Sequence[Observation]],
    logged: Iterable[Sequence[Observation]] = (),
    discovered: Mapping[str, str | None] | None = None,
    as_of: str | None = None,
) -> Catalogue:
    """Files and certificates of a case.

    Args:
        records: What was read at each place.
        logged: Names of certificates that logs show in one record.
        discovered: When each intrusion was discovered, where that is known.
        as_of: Only what was known at this moment.
    """
    cut = ([o for o in record if known_by(o, discovered or {}, as_of)] for record in records)
    known = [record for record in cut if record]
    files = items(known)
    wrong = misspelt(files)
    return Catalogue(
        files=tuple(file for file in files if file.name not in wrong),
        misspelt=wrong,
        certificates=tuple(items([*known, *logged], CERTIFICATES)),
    )


def known_by(o: Observation, discovered: Mapping[str, str | None], as_of: str | None) -> bool:
    """Whether an observation was there at a moment: by its own time, or else since its intrusion was discovered."""
    first = o.seen.first or o.seen.last or discovered.get(o.intrusion or "")
    return as_of is None or first is None or earliest(first) <= latest(as_of)


def items(records: Iterable[Sequence[Observation]], kinds: Sequence[str] = DIGESTS) -> list[Item]:
    """Files of some records.

    Args:
        records: What was read at each place.
        kinds: Kinds that name what is put together: digests of files, or names of certificates.
    """
    found = _Union()
    for record in records:
        named = [o for o in record if o.kind in kinds and o.role not in _ATTACHED]
        values = list(dict.fromkeys((o.kind, o.value) for o in named))
        if len({kind for kind, _ in values}) < len(values):
            for o in named:
                found.add([(o.kind, o.value)], [o], [])
        elif values:
            found.add(values, named, [o for o in record if o.kind in MARKS])
    return found.items()


class _Union:
    """Names that are of one thing, and what is said of each (Tarjan 1975)."""

    def __init__(self) -> None:
        self._parent: dict[Value, Value] = {}
        self._named: dict[Value, dict[str, Observation]] = defaultdict(dict)
        self._beside: dict[Value, dict[str, Observation]] = defaultdict(dict)

    def add(self, values: Sequence[Value], named: Sequence[Observation], beside: Sequence[Observation]) -> None:
        """Values that name one thing, the observations of them, and what stands beside."""
        for value in values:
            self._parent.setdefault(value, value)
            self._parent[self._top(value)] = self._top(values[0])
        self._named[values[0]].update((o.id, o) for o in named)
        self._beside[values[0]].update((o.id, o) for o in beside)

    def _top(self, value: Value) -> Value:
        while (above := self._parent[value]) != value:
            self._parent[value] = value = self._parent[above]
        return value

    def items(self) -> list[Item]:
        """Each thing once, sorted by name."""
        held: dict[Value, list[Value]] = defaultdict(list)
        for value in self._parent:
            held[self._top(value)].append(value)
        return sorted((self._item(values) for values in held.values()), key=lambda item: item.ids)

    def _item(self, values: list[Value]) -> Item:
        named = {id: o for v in values for id, o in self._named.get(v, {}).items()}
        beside = {id: o for v in values for id, o in self._beside.get(v, {}).items()}
        seen: dict[str, list[Interval]] = defaultdict(list)
        for o in (*named.values(), *beside.values()):
            if o.intrusion:
                seen[o.intrusion].append(o.seen if o.id in named else Interval())
        return Item(
            ids=tuple(sorted(values)),
            marks=frozenset((o.kind, o.value) for o in beside.values()),
            seen={intrusion: span(some) for intrusion, some in sorted(seen.items())},
            parts=tuple(sorted(named)),
            source=min((o.source for o in named.values()), key=lambda source: source.grade),
        )


def span(times: Iterable[Interval]) -> Interval:
    """From the first to the last of some intervals."""
    known = [t for t in times if t.known]
    firsts = [m for t in known if (m := t.first or t.last)]
    lasts = [m for t in known if (m := t.last or t.first)]
    return Interval(min(firsts, default=None), max(lasts, default=None))


def misspelt(files: Iterable[Item]) -> dict[str, str]:
    """Digests that are another file's but for a character or two, each with the right one.

    Two different digests are never so near by chance: one was mistyped. It is the one by which its file alone is known;
    where that is true of both, the one that fewer observations show.
    """
    named: dict[tuple[str, int, str], list[tuple[str, Item]]] = defaultdict(list)
    for file in files:
        for kind, digest in file.ids:
            for at in range(0, len(digest), _PIECE):
                named[kind, at, digest[at : at + _PIECE]].append((digest, file))
    found = {}
    for some in named.values():
        for (one, file), (two, other) in combinations(some, 2):
            if one != two and sum(a != b for a, b in zip(one, two, strict=True)) <= _TYPED_WRONG:
                wrong, right = sorted(((_standing(file), one), (_standing(other), two)))
                found[wrong[1]] = right[1]
    return found


def _standing(file: Item) -> tuple[int, int]:
    """How well a file is known: under how many names, by how many observations."""
    return len(file.ids), len(file.parts)
