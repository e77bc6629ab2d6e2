"""report: a group as a document that can be read, in the edition for its readers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from backtrail import reports
from backtrail.model.errors import PolicyError, UsageError
from backtrail.reports import Document, Dossier, Flaw
from backtrail.verbs import known, publishing
from backtrail.verbs.case import Case
from backtrail.verbs.dossier import gathered
from backtrail.verbs.freeze import of_group, opened
from backtrail.verbs.pseudonyms import with_pseudonyms

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
    edition: str = "internal",
    freeze: str | None = None,
    pdf: bool = False,
    page: Page = "A4",
) -> Reported:
    """Write the report of a group: one HTML file that needs nothing else, with every number linked to its rows.

    The internal edition has members, places in evidence and all dates. `report` and `brief` are for everybody,
    `partner` for a trusted group: small counts of victims are withheld, with what would give them back. `victim/ID`
    is for the victim of one intrusion: all that was seen there, and of the others what is public. `errata` is what
    the public edition says otherwise than it did at an earlier freeze.

    Args:
        case: The case.
        group: The group.
        output: Folder to write to; made when missing.
        since: A date, such as that of a publication, around which it is told what the group changed; for `errata` the
            name of the earlier freeze.
        edition: internal, report, brief, partner, victim/INTRUSION or errata.
        freeze: Make it of this freeze; of what is known now when left out.
        pdf: Write a PDF too; needs the extra `pdf`.
        page: Paper of the PDF: A4 or Letter.

    Raises:
        PolicyError: A victim would be named, or what went in is marked above the edition; nothing is written.
    """
    dossier = of_group(case, freeze, group) if freeze else gathered(case, group, since if edition != "errata" else None)
    if edition != "internal" and not dossier.pseudonyms:
        dossier = with_pseudonyms(case, dossier)
    if edition == "errata":
        return _corrected(case, group, dossier, since, output)
    document = document_of(case, dossier, edition)
    stem = document.id if edition == "internal" else f"{document.id}-{edition.replace('/', '-')}"
    files = {f"{stem}.html": reports.render(document)}
    if pdf:
        files[f"{stem}.pdf"] = reports.pdf(document, page)
    publishing.check(case, files, screen=edition != "internal", whose=document.edition.whose)
    return Reported(
        group=document.id,
        edition=edition,
        files=publishing.write(output, files),
        tlp=document.tlp,
        indicators=sum(len(rows) for _, rows in document.indicators),
        withheld=document.withheld,
    )


def _corrected(case: Case, group: str, dossier: Dossier, since: str | None, output: Path) -> Reported:
    """What the public edition corrects of an earlier freeze, as a page of its own."""
    if since is None:
        raise UsageError("errata compare with an earlier freeze; name it with --since")
    document = document_of(case, dossier, "report")
    frozen, id = opened(case, since)
    found = reports.errata(id, frozen.dossiers.get(group), dossier, document.edition)
    files = {f"{document.id}-errata.html": reports.corrected(document, found)}
    publishing.check(case, files, screen=True)
    return Reported(
        group=document.id, edition="errata", files=publishing.write(output, files), tlp=document.tlp,
        indicators=len(found.withdrawn) + len(found.added), withheld=document.withheld,
    )  # fmt: skip


def document_of(case: Case, dossier: Dossier, name: str) -> Document:
    """The document of an edition.

    Raises:
        UsageError: There is no such edition, or there is nothing in it to read.
        PolicyError: What went in may not travel as far as its readers, or it is not worded and drawn as a report is.
    """
    edition = reports.edition(name)
    for why in reports.refusals(dossier, edition, reports.marking(dossier), case.now()):
        raise PolicyError(f"refused: {why}")
    document = reports.build(dossier, edition, hidden=_naming_others(case, dossier, edition.whose))
    if not edition.inside and (flaws := reports.lint(document)):
        raise PolicyError(_flawed(flaws))
    return document


def _flawed(flaws: Sequence[Flaw]) -> str:
    first, more = flaws[0], f", and {len(flaws) - 1} more" if len(flaws) > 1 else ""
    return f"refused: {first.where} ({first.rule}): {first.text!r}: {first.fix}{more}"


def _naming_others(case: Case, dossier: Dossier, whose: str) -> frozenset[str]:
    """Observations of an intrusion in which a victim other than its own is named."""
    if not whose:
        return frozenset()
    with case.knowledge.reading() as db:
        mine = known.siblings(db).get(whose, frozenset()) | {whose}
        others = [name for intrusion, name in publishing.names(db) if intrusion not in mine]
    seen = [o for o in dossier.observations if o.intrusion == whose]
    return frozenset(seen[at].id for at in reports.naming([o.value for o in seen], others))
