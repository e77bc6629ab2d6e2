"""Hits put together by indicator, and put in order: what to look at first, and why. Pure.

The rank is a sum of small numbers with their reasons. What a warning list knows is kept apart whatever its rank.
"""

import math
import re
from collections.abc import Callable, Iterable
from itertools import islice

from msgspec import Struct

from backtrail.model.hit import Hit
from backtrail.model.record import Indicator
from backtrail.model.times import Interval

_ACTION = {"block": 3.0, "alert": 3.0, "hunt": 1.5, "context": 0.0}
_TELLING = {
    "md5": 3.0, "sha1": 3.0, "sha256": 3.0, "sha512": 3.0, "url": 2.5, "x509-sha1": 2.5, "x509-sha256": 2.5,
    "x509-serial": 2.0, "domain-name": 2.0, "email-addr": 2.0, "mutex": 2.0, "pipe": 1.5, "ip-port": 2.0,
    "ipv4-addr": 1.5, "ipv6-addr": 1.5, "imphash": 1.5, "ja4": 1.0, "ja3": 1.0, "file-path": 1.0, "registry-key": 1.0,
    "network": 0.5,
}  # fmt: skip
"""How much a hit on a kind says by itself: a digest is the file, an address may be anybody's by now."""

_OTHERWISE = 0.5
SHOWN = 20
"""Hits of an indicator that are kept to be shown; all are counted."""

_MOST_SIDES = 1000
_SYSTEM = re.compile(r"(?:[a-z]:\\windows|%systemroot%|%windir%)\\(?:(?:system32|syswow64)\\)?([^\\]+)", re.I)
"""A program where Windows keeps its own."""


class Finding(Struct, frozen=True, kw_only=True):
    """An indicator that was found.

    Attributes:
        indicator: The indicator, with the warning lists that know it.
        rank: Sum of the reasons; higher is looked at first.
        reasons: Why it stands where it does.
        count: Hits.
        seen: First and last moment, as far as lines were read for it.
        files: Files that show it, at most a thousand.
        sides: The victim's ends that show it, at most a thousand.
        hits: The first hits.
    """

    indicator: Indicator
    rank: float
    reasons: tuple[str, ...]
    count: int
    seen: Interval
    files: tuple[str, ...]
    sides: tuple[str, ...]
    hits: tuple[Hit, ...]


class _Tally:
    def __init__(self, indicator: Indicator) -> None:
        self.indicator = indicator
        self.count = self.valid = self.expired = self.out = 0
        self.first: str | None = None
        self.last: str | None = None
        self.files: dict[str, None] = {}
        self.sides: dict[str, None] = {}
        self.hits: list[Hit] = []

    def add(self, hit: Hit) -> None:
        self.count += 1
        if len(self.hits) < SHOWN:
            self.hits.append(hit)
        if hit.at:
            self.first = min(self.first or hit.at, hit.at)
            self.last = max(self.last or hit.at, hit.at)
        self.valid += hit.valid is True
        self.expired += hit.valid is False
        self.out += hit.direction == "out"
        for held, value in ((self.files, hit.file), (self.sides, hit.side)):
            if value and len(held) < _MOST_SIDES:
                held[value] = None


class Findings:
    """Hits, added up; memory goes with the number of indicators that are found, not with that of hits.

    Args:
        listed: Warning lists that know a kind and value.
    """

    def __init__(self, listed: Callable[[str, str], tuple[str, ...]]) -> None:
        self._listed = listed
        self._tallies: dict[tuple[str, str], _Tally] = {}
        self.count = 0

    def add(self, hit: Hit) -> Hit:
        """Count a hit; gives it back with the warning lists that know its indicator."""
        key = (hit.indicator.kind, hit.indicator.value)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = _Tally(self._known(hit.indicator))
        if tally.indicator is not hit.indicator:
            hit = Hit(**{f: getattr(hit, f) for f in hit.__struct_fields__} | {"indicator": tally.indicator})
        tally.add(hit)
        self.count += 1
        return hit

    def _known(self, indicator: Indicator) -> Indicator:
        lists = tuple(
            dict.fromkeys((*indicator.warnings, *self._listed(indicator.kind, indicator.value), *self._own(indicator)))
        )
        if lists == indicator.warnings:
            return indicator
        fields = {f: getattr(indicator, f) for f in indicator.__struct_fields__}
        return Indicator(**fields | {"warnings": lists})

    def _own(self, indicator: Indicator) -> tuple[str, ...]:
        """Lists that know the name of a program, for its path where Windows keeps it; elsewhere it counts."""
        found = _SYSTEM.fullmatch(indicator.value) if indicator.kind == "file-path" else None
        return self._listed("file-name", found[1]) if found else ()

    def ranked(self) -> tuple[list[Finding], list[Finding]]:
        """Findings, best first; and those on warning lists by themselves."""
        found = [_finding(t) for t in self._tallies.values()]
        found.sort(key=lambda f: (-f.rank, f.indicator.kind, f.indicator.value))
        return [f for f in found if not f.indicator.warnings], [f for f in found if f.indicator.warnings]


def _finding(tally: _Tally) -> Finding:
    reasons = list(_reasons(tally))
    return Finding(
        indicator=tally.indicator,
        rank=round(math.fsum(points for points, _ in reasons), 1),
        reasons=tuple(f"{points:+.1f} {words}" for points, words in reasons),
        count=tally.count,
        seen=Interval(tally.first, tally.last),
        files=tuple(tally.files),
        sides=tuple(tally.sides),
        hits=tuple(tally.hits),
    )


def _reasons(tally: _Tally) -> Iterable[tuple[float, str]]:
    indicator = tally.indicator
    yield _TELLING.get(indicator.kind, _OTHERWISE), indicator.kind
    yield _ACTION.get(indicator.action, 0.0), f"action {indicator.action}"
    if indicator.confidence is not None:
        yield indicator.confidence / 50, f"confidence {indicator.confidence}"
    if tally.valid:
        yield 1.0, "valid when it was seen"
    elif tally.expired:
        yield -1.5, f"no longer valid when it was seen (until {(indicator.valid_until or '')[:10]})"
    if tally.out:
        yield 0.5, "from the inside out"
    if tally.count > 100:
        yield -math.log10(tally.count / 100), f"{tally.count:,} hits: perhaps nothing special here"


def first_fields(hit: Hit, most: int = 4) -> dict[str, str]:
    """The fields that tell most of a hit: those that show the match, then the first others."""
    folded = hit.matched.lower()
    showing = {k: v for k, v in hit.fields.items() if folded in v.lower()}
    return dict(islice((showing | {k: v for k, v in hit.fields.items() if k not in showing}).items(), most))
