"""publish: an edition with everything that belongs to it, through the gate, as one package; and what it corrects."""

import gc
import hashlib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from backtrail import formats, reports
from backtrail.knowledge import log
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import PolicyError
from backtrail.model.marking import PAP, TLP, strictest
from backtrail.model.record import Heading
from backtrail.reports import Document, Dossier, Edition, Errata, package, products
from backtrail.reports.disclosure import after
from backtrail.reports.editions import cut
from backtrail.reports.tables import parquet, plain, tables
from backtrail.verbs import publishing
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import decide
from backtrail.verbs.freeze import Freeze, opened, taken
from backtrail.verbs.lifecycle import content as layer
from backtrail.verbs.report import Page, document_of
from backtrail.verbs.standing import state_of

_RULES = {
    "sigma": "rules/sigma/group.yml", "suricata": "rules/suricata/group.rules",
    "zeek-intel": "rules/zeek/group.intel.dat", "yara": "rules/yara/group.yar",
}  # fmt: skip
_EXPORTS = {"stix": "stix/bundle.json", "misp": "misp/event.json", "indicators": "csv/indicators.csv"}


class Published(Struct, frozen=True, kw_only=True):
    """A release.

    Attributes:
        group: The group.
        edition: Whom it is for.
        file: The package.
        sha256: Its digest.
        tlp: Its marking.
        files: Files in it.
        indicators: Indicators in it.
        withheld: Observations left out for the victims' sake.
        kept: Share of the adversary's observations whose values are in it.
        withdrawn: Indicators of the earlier release that are no more.
        decision: Its line of the log.
    """

    group: str
    edition: str
    file: str
    sha256: str
    tlp: str
    files: int
    indicators: int
    withheld: int
    kept: float
    withdrawn: int
    decision: str


def publish(  # noqa: PLR0913 - each is an option
    case: Case,
    group: str,
    *,
    freeze: str,
    output: Path,
    edition: Literal["report", "partner", "hunt"] = "report",
    since: str | None = None,
    second: str = "",
    reason: str = "published",
    page: Page = "A4",
    html_only: bool = False,
) -> Published:
    """Publish a group: report, brief, indicators, rules, tables and the grouping as one package that can be verified.

    Everything goes through the gate first; what it finds is told, and nothing is written. Where more than one person
    decides in a case, a second one has to agree.

    Args:
        case: The case.
        group: The group.
        freeze: The freeze it is made of.
        output: Folder for the package.
        edition: report (public), partner, or hunt: indicators and rules without a page to read.
        since: An earlier freeze that was published: what was withdrawn since, and reversed, is said.
        second: Who agrees; not the author.
        reason: Why now; kept in the log.
        page: Paper of the PDF.
        html_only: Leave out the PDFs.

    Raises:
        PolicyError: The gate found something, a marking forbids it, or nobody else agrees.
    """
    _require_second(case, second)
    content, made, id = _packed(case, group, freeze, edition, since, "" if html_only else page)
    gc.collect()  # what set the pages is a web of cycles, and the gate needs the room
    publishing.check(case, {made.file: content}, screen=True)
    (path,) = publishing.write(output, {made.file: content})

    def fields(_db: Db, _past: list[Decision], _state: State) -> dict[str, Any]:
        return {"group": made.group, "targets": (made.sha256, id), "text": second or None}

    decided = decide(case, "publish", reason, "{group} is published", fields)
    return msgspec.structs.replace(made, file=path, decision=decided.id)


def _packed(
    case: Case, group: str, freeze: str, edition: str, since: str | None, page: str
) -> tuple[bytes, Published, str]:
    """A package, what is in it, and the fingerprint of its freeze; what it was made from is let go of."""
    frozen, id = opened(case, freeze)
    dossier = _after_release(case, taken(case, frozen, group), reports.edition(edition))
    _require_release(case, dossier)
    document = document_of(case, dossier, edition)
    errata = _errata(case, since, group, dossier, document.edition)
    manifest = package.Manifest(
        id=document.id, edition=edition, tlp=document.tlp, pap=document.pap, freeze=id, code=version("backtrail"),
        model=document.model, files=(),
    )  # fmt: skip
    files = package.sealed(dict(_files(dossier, document, frozen, id, errata, page)), manifest)
    stem = f"{document.id}-{edition}-{freeze}"
    content, selection = package.packed(stem, files), cut(dossier, document.edition).selection
    told, withheld = sum(len(one.evidence) for one in selection.indicators), len(selection.withheld)
    made = Published(
        group=document.id, edition=edition, file=f"{stem}.zip", sha256=hashlib.sha256(content).hexdigest(),
        tlp=document.tlp, files=len(files), indicators=len(selection.indicators), withheld=withheld,
        kept=round(told / max(1, told + withheld), 4), withdrawn=len(errata.withdrawn) if errata else 0, decision="",
    )  # fmt: skip
    return content, made, id


def _require_second(case: Case, second: str) -> None:
    with case.knowledge.reading() as db:
        others = {d.author for d in log.decisions(db)} - {case.author}
    if second.strip().casefold() == case.author.strip().casefold() and second:
        raise PolicyError("the second name is the author's own; somebody else has to agree")
    if others and not second.strip():
        raise PolicyError("more than one person decides in this case: a second one has to agree (--second NAME)")


def _require_release(case: Case, dossier: Dossier) -> None:
    """A freeze holds what was released when it was made; since then it may have been taken back.

    Raises:
        PolicyError: The marking or the permitted use is stricter now.
    """
    with case.knowledge.reading() as db:
        state = state_of(case, db)
    id = dossier.group.id
    pap = state.paps.get(id) or strictest(one.pap for one in dossier.intrusions.values())
    closed = bool(dossier.released) and TLP.index(state.released.get(id, "RED")) > TLP.index(dossier.released)
    if closed or PAP.index(pap) > PAP.index(dossier.pap):
        raise PolicyError(
            f"refused: the release of {id} that the freeze was made with was taken back (backtrail log); "
            "release it again, then freeze anew"
        )


def _after_release(case: Case, dossier: Dossier, edition: Edition) -> Dossier:
    """A dossier with what differs too little from the last release of the same group left as it was told.

    Raises:
        PolicyError: So few intrusions came or went since that whatever differs would be theirs.
    """
    before = _released(case, dossier.group.id)
    if before is None or edition.inside:
        return dossier
    moved = len(before.intrusions.keys() ^ dossier.intrusions.keys())
    if 0 < moved < edition.k:
        raise PolicyError(
            f"refused: fewer than {edition.k} intrusions came or went since the last release of this group, "
            "and what the two differ in would be theirs; publish indicators only (export), or wait for more"
        )
    findings = {
        name: after(profile, before.findings[name], edition.k) if name in before.findings else profile
        for name, profile in dossier.findings.items()
    }
    return msgspec.structs.replace(dossier, findings=findings)


def _released(case: Case, group: str) -> Dossier | None:
    """What the last release of a group was made of."""
    with case.knowledge.reading() as db:
        decisions = log.decisions(db)
    undone = {d.undoes for d in decisions if d.undoes}
    names = {d.targets[0]: d.text for d in decisions if d.action == "freeze"}
    released = [d for d in decisions if d.action == "publish" and d.group == group and d.seq not in undone]
    if not released or not (name := names.get(released[-1].targets[1])):
        return None
    return opened(case, name)[0].dossiers.get(group)


def _errata(case: Case, since: str | None, group: str, now: Dossier, edition: Edition) -> Errata | None:
    if since is None:
        return None
    frozen, id = opened(case, since)
    return reports.errata(id, frozen.dossiers.get(group), now, edition)


def _files(
    dossier: Dossier, document: Document, frozen: Freeze, id: str, errata: Errata | None, page: str
) -> Iterator[tuple[str, bytes]]:
    told = cut(dossier, document.edition)
    if document.edition.prose:
        yield from _pages(dossier, document, page)
        yield from package.figures(document).items()
        yield "evidence/cards.json", package.json(package.cards(document))
        printed = {o for one in told.selection.indicators for o in one.evidence}
        yield "model/grouping.json", package.json(package.grouping(told, printed, document.edition.line))
        yield "model/weights.json", msgspec.json.format(frozen.model.encode(), indent=1) + b"\n"
        if dossier.calibration:
            yield "model/calibration.json", package.json(dossier.calibration)
        yield "model/replicate.md", _REPLICATE.encode()
    yield from _exports(told, document).items()
    made = tables(told, document)
    yield from (
        (f"csv/{name}.csv", package.table(one.columns, plain(one)))
        for name, one in made.items()
        if name != "indicators"
    )
    yield from parquet(made).items()
    yield "errata.json", package.json(errata or Errata())
    if errata:
        yield "errata.html", reports.corrected(document, errata)
    readme = _README if document.edition.prose else _README_HUNT
    yield (
        "README.txt",
        readme.format(
            id=document.id, edition=document.edition.title, tlp=document.tlp, pap=document.pap, freeze=id
        ).encode(),
    )


def _pages(dossier: Dossier, document: Document, page: str) -> Iterator[tuple[str, bytes]]:
    """What is read: the edition, and for everybody its brief."""
    pages = {"report": document}
    if document.edition.name == "report":
        pages["brief"] = reports.build(dossier, reports.edition("brief"))
    for name, one in pages.items():
        yield f"{name}.html", reports.render(one)
        if page:
            yield f"{name}.pdf", reports.pdf(one, page)


def _exports(dossier: Dossier, document: Document) -> Mapping[str, bytes]:
    selection = dossier.selection
    heading = Heading(
        id=document.id, title=document.title, created=document.created[:19] + "Z", tlp=document.tlp,
        aliases=document.aliases, pap=document.pap,
    )  # fmt: skip
    found = {}
    if "lifecycle" in dossier.findings:
        found["attack/layer.json"] = layer(dossier.findings["lifecycle"])
    for name, path in _EXPORTS.items():
        writer = formats.named(name).write
        assert writer is not None
        found[path] = b"".join(writer(reports.records(selection), heading))
    for name, path in _RULES.items():
        rules = products.PRODUCTS[name]
        guarded = products.guard(selection.indicators, heading.created, expired=True, pap=rules.pap)
        found[path] = b"".join(rules.write(products.Material(heading=heading, guarded=guarded, previous={})))
    return found


_README = """{id}, {edition}, TLP:{tlp}, PAP:{pap}

report.html, report.pdf   the report; brief.* in two pages
stix/ misp/ csv/          indicators with confidence, validity and action, live values; csv/figures: tables of figures
rules/ attack/            Sigma, Suricata, Zeek, YARA; ATT&CK Navigator layer
model/                    weights and thresholds, every link with its items; errata.json: what this corrects
verify:                   backtrail verify THIS.zip      (or compare sha256 of MANIFEST.json by hand)
do the grouping again:    backtrail replicate THIS.zip
Victims are not named; small counts are withheld. Data CC BY 4.0; rules as they are, test before you block.
freeze {freeze}
"""

_README_HUNT = """{id}, {edition}, TLP:{tlp}, PAP:{pap}

csv/ stix/ misp/   indicators with confidence, validity and action (alert, hunt, context), live values
rules/ attack/     Sigma, Suricata, Zeek, YARA; ATT&CK Navigator layer: hunt for behaviour first, it changes last
errata.json        what this corrects of an earlier release
hunt with them:    backtrail hunt --indicators csv/indicators.csv LOGS
verify:            backtrail verify THIS.zip      (or compare sha256 of MANIFEST.json by hand)
Data CC BY 4.0; rules as they are, test before you block.
freeze {freeze}
"""

_REPLICATE = """# Doing the grouping again

`grouping.json` has every pair of intrusions that is linked, under pseudonyms, with each item they share and its bits.
The total of a pair is the prior plus its items; its probability is 1 / (1 + 2 ** -total); pairs at or over the
threshold are links. `backtrail replicate PACKAGE` adds them up again and groups by them: the members have to come out.
`weights.json` is the model that gave the bits.
"""
