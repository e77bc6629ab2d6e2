"""What forbids that an edition goes out: its marking, what may be done with it, an embargo (rules TL-2 to TL-4)."""

from collections.abc import Iterator

from backtrail.model.marking import PAP, TLP
from backtrail.reports.dossier import Dossier
from backtrail.reports.editions import Edition

_PAP = "AMBER"
"""The strictest PAP of what may leave the house: RED is for those who hold it, and whoever publishes it acts on it."""


def refusals(dossier: Dossier, edition: Edition, tlp: str, now: str) -> Iterator[str]:
    """Why an edition may not be made, each with the decision that would allow it.

    Args:
        dossier: Everything.
        edition: The edition.
        tlp: The marking of what goes in.
        now: The moment at which it would go out.
    """
    group = dossier.group.id
    if TLP.index(tlp) > TLP.index(edition.tlp):
        yield (
            f"what went in is marked TLP:{tlp}, and the edition {edition.name} is for readers of TLP:{edition.tlp}; "
            f"lowering it is a decision: backtrail release {group} --tlp {edition.tlp} --reason ..., then freeze anew"
        )
    if edition.inside:
        return
    if PAP.index(dossier.pap) > PAP.index(_PAP):
        yield (
            f"what went in is marked PAP:{dossier.pap}, and telling others is an act; once its sources agree: "
            f"backtrail release {group} --tlp {edition.tlp} --pap {_PAP} --reason ..."
        )
    for id, intrusion in sorted(dossier.intrusions.items()):
        if intrusion.embargo and intrusion.embargo > now[:10]:
            yield f"{id} is under embargo until {intrusion.embargo}; wait, or correct its manifest"
