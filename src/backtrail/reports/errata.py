"""What a product corrects of an earlier one: withdrawn and new indicators, numbers and judgements that changed."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from backtrail.model.hypothesis import Assessment
from backtrail.model.profile import Counted
from backtrail.model.words import words
from backtrail.reports.dossier import Dossier, counted
from backtrail.reports.editions import Edition, cut
from backtrail.reports.text import value


class Changed(Struct, frozen=True):
    """Something that was told otherwise before."""

    what: str
    before: str
    now: str


class Errata(Struct, frozen=True, kw_only=True):
    """What a release corrects of an earlier one.

    Attributes:
        earlier: Fingerprint of the freeze that was published before; empty where this is the first.
        withdrawn: Indicators that are no more, kind and value.
        added: Indicators that are new.
        members_removed: Whether intrusions were taken out of the group.
        judgements: Probabilities in words that are others now.
        numbers: Numbers that are others now.
    """

    earlier: str = ""
    withdrawn: tuple[tuple[str, str], ...] = ()
    added: tuple[tuple[str, str], ...] = ()
    members_removed: bool = False
    judgements: tuple[Changed, ...] = ()
    numbers: tuple[Changed, ...] = ()


def errata(earlier: str, before: Dossier | None, now: Dossier, edition: Edition) -> Errata:
    """Compare two dossiers as an edition tells them, so that nothing is told by their difference that neither tells.

    Args:
        earlier: Fingerprint of the earlier freeze.
        before: The group as it was; None when it was not in it.
        now: The group as it is.
        edition: For whom.
    """
    if before is None:
        return Errata(earlier=earlier)
    was, held = _values(cut(before, edition)), _values(cut(now, edition))
    return Errata(
        earlier=earlier,
        withdrawn=tuple(sorted(was - held)),
        added=tuple(sorted(held - was)),
        members_removed=bool(before.intrusions.keys() - now.intrusions.keys()),
        judgements=tuple(_differing(_judged(before), _judged(now))),
        numbers=tuple(_differing(_told(before, edition), _told(now, edition))),
    )


def _values(dossier: Dossier) -> set[tuple[str, str]]:
    return {(one.kind, one.value) for one in dossier.selection.indicators}


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> Iterable[Changed]:
    for what in sorted(before.keys() | now.keys()):
        was, held = before.get(what, "not told"), now.get(what, "not told")
        if was != held:
            yield Changed(what, was, held)


def _judged(dossier: Dossier) -> dict[str, str]:
    found = {"that one actor ran the intrusions": words(dossier.weakest) if dossier.weakest else "no probability"}
    return found | {one.question.text: _answer(one) for one in dossier.assessments}


def _answer(one: Assessment) -> str:
    return one.sentence


def _told(dossier: Dossier, edition: Edition) -> dict[str, str]:
    seen = cut(dossier, edition)
    profiles = (number for profile in seen.findings.values() for number in profile.numbers)
    everything: Iterable[Counted] = (*counted(seen.intrusions, seen.observations, seen.selection), *profiles)
    return {number.id: value(number) for number in everything}
