"""Editions of a report: who reads it, how far it may travel, and what of the evidence it therefore leaves out.

After report specification section 2, and rules TL-4 and TL-5: in public no count of fewer than five victims, no date
finer than a month, stays by quarter and without names, no maxima unless somebody decides so.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.errors import UsageError
from backtrail.model.marking import TLP
from backtrail.model.profile import Profile
from backtrail.model.record import Indicator
from backtrail.reports.disclosure import protected
from backtrail.reports.dossier import Dossier
from backtrail.reports.months import months, selection_by_month


class Edition(Struct, frozen=True, kw_only=True):
    """An edition.

    Attributes:
        name: By which it is asked for.
        title: On its cover.
        tlp: Marking that its readers may see; what went in may not be closed to them.
        k: Least count of victims that is told by itself.
        inside: Whether members, places in evidence and records are in it.
        months: Whether dates are no finer than a month.
        maxima: Whether the largest of anything is told.
        short: Whether it is two pages.
        stays: Least number of stays that are drawn one by one.
        line: Line of products: in it an intrusion bears the same pseudonym for ever, and another one elsewhere.
        prose: Whether there is a page to read.
        whose: The intrusion whose victim is its only reader; empty for an edition of many.
    """

    name: str
    title: str
    tlp: str
    k: int
    inside: bool = False
    months: bool = True
    maxima: bool = False
    short: bool = False
    stays: int = 30
    line: str = "internal"
    prose: bool = True
    whose: str = ""


INTERNAL = Edition(
    name="internal", title="Internal report", tlp="RED", k=3, inside=True, months=False, maxima=True, stays=1
)

EDITIONS: Mapping[str, Edition] = {
    edition.name: edition
    for edition in (
        INTERNAL,
        Edition(name="report", title="Report", tlp="CLEAR", k=5, line="public"),
        Edition(name="brief", title="Brief", tlp="CLEAR", k=5, short=True, line="public"),
        Edition(
            name="partner",
            title="Report for partners",
            tlp="AMBER",
            k=3,
            months=False,
            maxima=True,
            stays=10,
            line="partner",
        ),
        Edition(name="hunt", title="Indicators and rules", tlp="GREEN", k=5, line="public", prose=False),
    )
}

_MAXIMA = frozenset({"dwell_max", "largest_theft_tb", "gap_max"})
"""Numbers that belong to one victim."""

_OF_THE_GROUP = frozenset({"hunt_any", "hunt_durable"})
"""Numbers that are told as so many of the group's intrusions."""


def edition(name: str) -> Edition:
    """An edition by its name; `victim/ID` is the one for the victim of an intrusion. Raises UsageError."""
    if name.startswith("victim/") and (whose := name.removeprefix("victim/")):
        return Edition(
            name=name, title=f"For the victim of {whose}", tlp="AMBER+STRICT", k=5, line="victim", whose=whose
        )
    if name not in EDITIONS:
        raise UsageError(f"no edition {name!r}; there are {', '.join(EDITIONS)} and victim/INTRUSION")
    return EDITIONS[name]


def cut(dossier: Dossier, edition: Edition, maxima: Iterable[str] = ()) -> Dossier:
    """A dossier as an edition tells it.

    Args:
        dossier: Everything.
        edition: The edition.
        maxima: Numbers of a single victim that somebody decided to tell.
    """
    kept = frozenset(maxima)
    findings = {name: _told(profile, edition, kept) for name, profile in dossier.findings.items()}
    selection = dossier.selection
    if edition.months:
        selection = selection_by_month(selection)
    if dossier.released and not edition.inside:
        selection = replace(
            selection, indicators=tuple(_released(one, dossier.released) for one in selection.indicators)
        )
    members = frozenset[str]() if edition.inside else dossier.intrusions.keys()
    if not edition.inside and len(members) < edition.k:
        findings = {name: _of_no_few(profile) for name, profile in findings.items()}
    return replace(dossier, findings=protected(findings, edition.k, members), selection=selection)


def _released(indicator: Indicator, tlp: str) -> Indicator:
    """An indicator marked as far as its group was released: what is told in a product may travel with it."""
    closed = indicator.tlp is not None and TLP.index(indicator.tlp) > TLP.index(tlp)
    return replace(indicator, tlp=tlp) if closed else indicator


def _told(profile: Profile, edition: Edition, maxima: frozenset[str]) -> Profile:
    numbers = (n for n in profile.numbers if edition.maxima or n.id not in _MAXIMA or n.id in maxima)
    profile = replace(profile, numbers=tuple(numbers), finding=_sentence(profile, edition))
    if edition.months:
        profile = months(profile)
    if not edition.inside and profile.kind == "dwell":
        return _without_names(_until_few(profile, edition) if edition.months else profile, edition)
    if not edition.inside and profile.kind == "theft":
        return _without_networks(profile, edition)
    if not edition.inside and profile.kind == "priorities":
        return replace(profile, series=())  # which of them showed which intrusion
    return profile


def _of_no_few(profile: Profile) -> Profile:
    """A finding of a group of fewer than are told: that "<5 of the 2" show something says nothing."""
    return replace(profile, numbers=tuple(n for n in profile.numbers if n.id not in _OF_THE_GROUP))


def _sentence(profile: Profile, edition: Edition) -> str:
    """The sentence of a finding has numbers as they were counted: outside the house only what is missing is told."""
    return profile.finding if edition.inside or not profile.enough else ""


def _without_networks(profile: Profile, edition: Edition) -> Profile:
    """Volumes by rank and not by network; none where the largest may not be told."""
    ranked = (
        replace(one, rows=tuple((f"network {n}", *row[1:]) for n, row in enumerate(one.rows, 1)))
        for one in profile.series
    )
    return replace(profile, series=tuple(ranked) if edition.maxima else (), rows=())


def _until_few(profile: Profile, edition: Edition) -> Profile:
    """A survival curve up to where so few stays are left that its end would be one victim's."""
    stays = len(profile.rows)
    last = max(
        (float(days) for days, share in profile.plotted("survival") if float(share) * stays >= edition.k), default=0
    )
    cut = (
        replace(one, rows=tuple(row for row in one.rows if float(row[0]) <= last))
        if one.name in ("survival", "open") else one
        for one in profile.series
    )  # fmt: skip
    return replace(profile, series=tuple(cut))


def _without_names(profile: Profile, edition: Edition) -> Profile:
    """Stays by length, by quarter, without names; none where they are so few that one is known by its length."""
    if len(profile.rows) < edition.stays:
        return replace(profile, rows=())
    silent = {"days", *(column for column in _MARKS if _few_alike(profile, column, edition.k))}
    told = [
        tuple(_coarse(column, cell, number, silent) for column, cell in zip(profile.columns, row, strict=True))
        for number, row in enumerate(profile.rows, 1)
    ]
    return replace(profile, rows=tuple(told))


_MARKS = ("begin", "end", "visits")
"""What is said of a stay beside its time."""


def _few_alike(profile: Profile, column: str, k: int) -> bool:
    """Whether so few stays have the same said of them that counting rows would tell what their number withholds."""
    counts = Counter(row[column] for row in profile.records() if column in row)
    return any(count < k for count in counts.values())


def _coarse(column: str, cell: str, number: int, silent: AbstractSet[str]) -> str:
    """A cell of a stay as it is told outside the house."""
    if column == "intrusion":
        return str(number)
    if column in silent:
        return ""
    return _quarter(cell) if column in ("first", "last") else cell


def _quarter(day: str) -> str:
    """The first month of the quarter of a date."""
    if len(day) < len("2011-05"):
        return day
    return f"{day[:4]}-{(int(day[5:7]) - 1) // 3 * 3 + 1:02d}"
