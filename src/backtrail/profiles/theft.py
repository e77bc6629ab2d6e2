"""What was taken: categories and volumes, as responders state them, "observed at least".

Sources that speak of the same intrusion are not added up: each one's total stands for itself, the largest lower bound
counts, and the range goes up to the largest upper one. What logs show going to the adversary's servers stands beside
it, and is not added either: it is the same data seen twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from backtrail.model.intrusion import Theft
from backtrail.model.profile import Counted, Profile, Series

_TB = 1e12


class Taken(Struct, frozen=True, kw_only=True):
    """What is known to have left one network.

    Attributes:
        intrusion: The intrusion.
        stated: Entries of each source, by its name.
        sent: Bytes that its logs show going to servers of the adversary.
        places: Claims and logs these rest on.
    """

    intrusion: str
    stated: Mapping[str, Sequence[Theft]] = {}
    sent: int = 0
    places: tuple[str, ...] = ()

    @property
    def low(self) -> int:
        """At least so many bytes: by the source that states most, or by the logs."""
        return max((*(sum(t.bytes_low or 0 for t in some) for some in self.stated.values()), self.sent), default=0)

    @property
    def high(self) -> int:
        """At most so many, as far as anybody says."""
        stated = (sum(t.bytes_high or t.bytes_low or 0 for t in some) for some in self.stated.values())
        return max((*stated, self.low), default=self.low)

    @property
    def categories(self) -> tuple[str, ...]:
        """What it was."""
        return tuple(sorted({t.category for some in self.stated.values() for t in some}))


def theft(group: str, taken: Sequence[Taken], as_of: str | None = None) -> Profile:
    """What a group took.

    Args:
        group: Its id.
        taken: What is known of each of its intrusions.
        as_of: The moment up to which was looked, for the record.
    """
    known = [one for one in taken if one.low]
    if not known:
        sentence = (
            f"No theft is stated or seen in the {len(taken)} intrusions of this group; that none was is not said."
        )
        return Profile(kind="theft", group=group, finding=sentence, enough=False, as_of=as_of)
    largest = max(known, key=lambda one: (one.low, one.intrusion))
    total, most = sum(one.low for one in known), sum(one.high for one in known)
    ids = tuple(sorted(one.intrusion for one in known))
    numbers = [
        Counted(id="data_total", value=round(total / _TB, 6), unit="TB", parts=ids, low=round(total / _TB, 6),
                high=round(most / _TB, 6), note="observed at least"),
        Counted(id="largest_theft_tb", value=round(largest.low / _TB, 6), unit="TB", parts=(largest.intrusion,),
                low=round(largest.low / _TB, 6), high=round(largest.high / _TB, 6), note="observed at least"),
        Counted(id="theft_intrusions", value=len(known), unit="intrusions", parts=ids),
        *_categories(known),
    ]  # fmt: skip
    silent = [one.intrusion for one in taken if not one.low]
    numbers.append(Counted(id="theft_silent", value=len(silent), unit="intrusions", parts=tuple(sorted(silent)),
                           note="nothing known of a theft"))  # fmt: skip
    return Profile(
        kind="theft",
        group=group,
        finding=f"At least {size(total)} left {len(known)} networks, at least {size(largest.low)} one of them.",
        enough=True,
        numbers=tuple(numbers),
        columns=("intrusion", "at least", "at most", "categories", "seen in logs"),
        rows=tuple(_row(one) for one in sorted(known, key=lambda one: (-one.low, one.intrusion))),
        limits=(f"Of {len(silent)} intrusions nothing is known; encrypted and unlogged transfers are in none.",),
        as_of=as_of,
        series=(Series(name="volumes", columns=("intrusion", "at least", "at most"), rows=_volumes(known)),),
    )


def _volumes(known: Sequence[Taken]) -> tuple[tuple[str, int, int], ...]:
    """Bytes from each network, the most first."""
    ordered = sorted(known, key=lambda one: (-one.low, one.intrusion))
    return tuple((one.intrusion, one.low, one.high) for one in ordered)


def _categories(known: Sequence[Taken]) -> list[Counted]:
    """Intrusions by category of what was taken; one with several categories counts in each."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in known:
        for category in one.categories:
            found[category].add(one.intrusion)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [
        Counted(id=f"theft_of:{category}", value=len(ids), unit="intrusions", parts=tuple(sorted(ids)))
        for category, ids in ordered
    ]


def _row(one: Taken) -> tuple[str, ...]:
    return one.intrusion, size(one.low), size(one.high), ", ".join(one.categories), size(one.sent) if one.sent else ""


def size(count: float) -> str:
    """Bytes in the unit one would say, with three digits.

    >>> size(1_668_881_000_000), size(950)
    ('1.67 TB', '950 B')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.3g} TB" if count < 1000 else f"{count:,.0f} TB"
