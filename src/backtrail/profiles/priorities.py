"""Where to start hunting: kinds of indicators by how long they last, how many intrusions they show, and for whom else.

What costs an adversary most to change comes first (Bianco, *The Pyramid of Pain*, 2013): procedures, tools, traces on
hosts and in traffic, names, addresses, digests. How long a value of each kind was in use is measured beside it
(Kaplan and Meier), as is the share of values that others are known to use too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.profile import Counted, Profile, Series
from backtrail.model.record import Indicator
from backtrail.profiles.samples import span
from backtrail.profiles.survival import Lasted, quantile

LEVELS: Mapping[str, tuple[str, ...]] = {
    "procedures": ("command-line",),
    "tools": ("imphash", "pe-export", "pdb-path", "tlsh", "ssdeep", "text"),
    "traces on hosts": ("mutex", "pipe", "service", "registry-key", "file-path", "file-name"),
    "traces in traffic": (
        "user-agent", "url-path", "ja3", "ja4", "x509-serial", "x509-sha1", "x509-sha256",
    ),
    "names and lures": ("domain-name", "url", "email-addr", "email-subject"),
    "addresses": ("network", "ip-port", "ipv4-addr", "ipv6-addr"),
    "digests": ("sha512", "sha256", "sha1", "md5"),
}  # fmt: skip
"""Kinds by what they cost to change, dearest first."""

_DURABLE = ("procedures", "tools", "traces on hosts", "traces in traffic")

_LEAST = 10
"""Values from which it is said how long one lasts."""

_WATCHED = 30
"""Days before the last sighting of anything within which what was last seen may still be in use."""


class Hunt(Struct, frozen=True, kw_only=True):
    """What a kind of indicators is worth in a hunt.

    Attributes:
        level: What it costs to change.
        kind: The kind.
        values: Values to hunt for.
        listed: Those that are left to context, since others use them too.
        intrusions: Where at least one of the values was seen.
        lasts: Days for which half of the values were in use or longer; None where too few say.
    """

    level: str
    kind: str
    values: int
    listed: tuple[Indicator, ...]
    intrusions: frozenset[str]
    lasts: int | None


def priorities(group: str, indicators: Iterable[Indicator], observations: Sequence[Observation]) -> Profile:
    """In which order to hunt for a group.

    Args:
        group: Its id.
        indicators: What is published of it.
        observations: What they rest on.
    """
    found = _hunts(indicators, {o.id: o for o in observations})
    if not found:
        return Profile(
            kind="priorities", group=group, finding="Nothing that is published can be hunted for.", enough=False
        )
    members = {o.intrusion for o in observations if o.intrusion}
    first = found[0]
    return Profile(
        kind="priorities",
        group=group,
        finding=f"{first.kind} comes first: {first.values} values, seen at {len(first.intrusions)} of {len(members)} "
        f"intrusions.",
        enough=True,
        numbers=tuple(_numbers(found)),
        columns=("rank", "what it is", "kind", "values", "intrusions", "days in use", "others use too"),
        rows=tuple(_row(n, hunt) for n, hunt in enumerate(found, 1)),
        limits=("How often a hunt finds somebody else's is known from warning lists and verdicts alone.",),
        series=(_coverage(found), _members(members)),
    )


def _hunts(indicators: Iterable[Indicator], observed: Mapping[str, Observation]) -> list[Hunt]:
    """Hunts in the order of their worth."""
    level = {kind: name for name, kinds in LEVELS.items() for kind in kinds}
    by_kind: dict[str, list[Indicator]] = defaultdict(list)
    for one in indicators:
        if one.kind in level:
            by_kind[one.kind].append(one)
    made = [_hunt(level[kind], kind, some, observed) for kind, some in by_kind.items()]
    order = list(LEVELS)
    return sorted(
        (hunt for hunt in made if hunt.values),
        key=lambda hunt: (order.index(hunt.level), -len(hunt.intrusions), -(hunt.lasts or 0), hunt.kind),
    )


def _hunt(level: str, kind: str, some: Sequence[Indicator], observed: Mapping[str, Observation]) -> Hunt:
    sought = [one for one in some if one.action != "context"]
    behind = [[observed[id] for id in one.evidence if id in observed] for one in sought]
    return Hunt(
        level=level,
        kind=kind,
        values=len(sought),
        listed=tuple(one for one in some if one.warnings),
        intrusions=frozenset(o.intrusion for each in behind for o in each if o.intrusion),
        lasts=_lasts(behind, observed.values()),
    )


def _lasts(behind: Iterable[Sequence[Observation]], watched: Iterable[Observation]) -> int | None:
    """Days for which half of some values were in use; a registration shows nobody at work."""
    at_work = [[o.seen for o in each if o.seen.known and o.role != "registration"] for each in behind]
    spans = [span(each).bounds() for each in at_work if each]
    end = max((o.seen.bounds()[1] for o in watched if o.seen.known and o.role != "registration"), default=None)
    if len(spans) < _LEAST or end is None:
        return None
    lasted: list[Lasted] = [((last - first).days, (end - last).days >= _WATCHED) for first, last in spans]
    return quantile(lasted, 0.5)


def _numbers(found: Sequence[Hunt]) -> Iterable[Counted]:
    durable: frozenset[str] = frozenset().union(*(h.intrusions for h in found if h.level in _DURABLE))
    everyone: frozenset[str] = frozenset().union(*(h.intrusions for h in found))
    yield _of_intrusions("hunt_any", everyone, "by any indicator to hunt for")
    yield _of_intrusions("hunt_durable", durable, f"by {', '.join(_DURABLE)}")
    listed = [one for hunt in found for one in hunt.listed]
    parts = tuple(sorted({id for one in listed for id in one.evidence}))
    yield Counted(id="hunt_listed", value=len(listed), unit="values", parts=parts, note="a list or a verdict knows")
    for hunt in found:
        yield _of_intrusions(f"hunt:{hunt.kind}", hunt.intrusions, f"{hunt.values} values, {hunt.level}")


def _of_intrusions(id: str, intrusions: Iterable[str], note: str) -> Counted:
    parts = tuple(sorted(intrusions))
    return Counted(id=id, value=len(parts), unit="intrusions", parts=parts, note=note)


def _row(rank: int, hunt: Hunt) -> tuple[str, ...]:
    return (
        str(rank), hunt.level, hunt.kind, str(hunt.values), str(len(hunt.intrusions)),
        "" if hunt.lasts is None else str(hunt.lasts), str(len(hunt.listed)),
    )  # fmt: skip


def _coverage(found: Sequence[Hunt]) -> Series:
    """Which hunt would have shown which intrusion."""
    rows = tuple((hunt.kind, id) for hunt in found for id in sorted(hunt.intrusions))
    return Series(name="coverage", columns=("kind", "intrusion"), rows=rows)


def _members(members: Iterable[str]) -> Series:
    return Series(name="members", columns=("intrusion",), rows=tuple((id,) for id in sorted(members)))
