"""report: a group as a document that can be read, in the edition for its readers."""

from pathlib import Path
from typing import Literal

from msgspec import Struct

from backtrail import reports
from backtrail.model.errors import PolicyError
from backtrail.model.marking import TLP
from backtrail.reports import Document, Dossier
from backtrail.verbs import publishing
from backtrail.verbs.case import Case
from backtrail.verbs.dossier import gathered
from backtrail.verbs.freeze import of_group

EditionName = Literal["internal", "report", "brief", "partner"]
Page = Literal["A4", "Letter"]


class Reported(Struct, frozen=True, kw_only=True):
    """A report that was written.

    Attributes:
        group: The group.
        edition: Whom it is for.
        files: Where it lies.
        tlp: Its marking: the most restrictive of what went in, or what a decision released it to.
        indicators: Indicators in it.
        withheld: Observations left out for the victims' sake.
    """

    group: str
    edition: str
    files: tuple[str, ...]
    tlp: str
    indicators: int
    withheld: int


def report(
    case: Case,
    group: str,
    *,
    output: Path,
    since: str | None = None,
    edition: EditionName = "internal",
    freeze: str | None = None,
    pdf: bool = False,
    page: Page = "A4",
) -> Reported:
    """Write the report of a group: one HTML file that needs nothing else, with every number linked to its rows.

    The internal edition has members, places in evidence and all dates. `report` and `brief` are for everybody,
    `partner` for a trusted group: small counts of victims are withheld, with what would give them back.

    Args:
        case: The case.
        group: The group.
        output: Folder to write to; made when missing.
        since: A date, such as that of a publication, around which it is told what the group changed.
        edition: internal, report, brief or partner.
        freeze: Make it of this freeze; of what is known now when left out.
        pdf: Write a PDF too; needs the extra `pdf`.
        page: Paper of the PDF: A4 or Letter.

    Raises:
        PolicyError: A victim would be named, or what went in is marked above the edition; nothing is written.
    """
    dossier = of_group(case, freeze, group) if freeze else gathered(case, group, since)
    document = document_of(dossier, edition)
    stem = document.id if edition == "internal" else f"{document.id}-{edition}"
    files = {f"{stem}.html": reports.render(document)}
    if pdf:
        files[f"{stem}.pdf"] = reports.pdf(document, page)
    publishing.check(case, files, screen=edition != "internal")
    return Reported(
        group=document.id,
        edition=edition,
        files=publishing.write(output, files),
        tlp=document.tlp,
        indicators=sum(len(rows) for _, rows in document.indicators),
        withheld=document.withheld,
    )


def document_of(dossier: Dossier, name: str) -> Document:
    """The document of an edition. Raises PolicyError where what went in may not travel as far as its readers."""
    edition = reports.edition(name)
    document = reports.build(dossier, edition)
    if TLP.index(document.tlp) > TLP.index(edition.tlp):
        raise PolicyError(
            f"refused: what went in is marked TLP:{document.tlp}, and the edition {name} is for readers of "
            f"TLP:{edition.tlp}; lowering it is a decision: backtrail release {document.id} --tlp {edition.tlp} "
            "--reason ..."
        )
    return document
