"""report: a group as a document that can be read."""

import re
from pathlib import Path

from msgspec import Struct

from backtrail import clusters, reports
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.profile import Profile
from backtrail.reports import Dossier, Rest
from backtrail.verbs import known, numbers, profiling, publishing
from backtrail.verbs.case import Case
from backtrail.verbs.digest import digest
from backtrail.verbs.drift import told as drift_told
from backtrail.verbs.resting import rested
from backtrail.verbs.weighing import weighed

_ID = re.compile(r"[OC]-[0-9a-f]{32}$|[0-9a-f]{12} ")
"""Ids, and places in evidence: nobody can be named in them."""


class Reported(Struct, frozen=True, kw_only=True):
    """A report that was written.

    Attributes:
        group: The group.
        files: Where it lies.
        tlp: Its marking: the most restrictive of what went in.
        indicators: Indicators in it.
        withheld: Observations left out for the victims' sake.
    """

    group: str
    files: tuple[str, ...]
    tlp: str
    indicators: int
    withheld: int


def report(case: Case, group: str, *, output: Path, since: str | None = None) -> Reported:
    """Write the report of a group: one HTML file that needs nothing else, with every number linked to its rows.

    Args:
        case: The case.
        group: The group.
        output: Folder to write to; made when missing.
        since: A date, such as that of a publication, around which it is told what the group changed.

    Raises:
        PolicyError: A victim would be named; nothing is written.
    """
    document = reports.build(_dossier(case, group, since))
    files = {f"{document.id}.html": reports.render(document)}
    publishing.check(case, files)
    return Reported(
        group=document.id,
        files=publishing.write(output, files),
        tlp=document.tlp,
        indicators=sum(len(rows) for _, rows in document.indicators),
        withheld=document.withheld,
    )


def _dossier(case: Case, group: str, since: str | None) -> Dossier:
    """What the report is made of, read at one moment."""
    known_digest = digest(case).digest
    with case.knowledge.reading() as db:
        made = publishing.product(db, group)
        members = known.intrusions(db, made.state, made.group.members)
        pairs = weighed(case, db, made.state, made.group.members).pairs
        model = clusters.built_in()
        findings, rests = _found(case, db, made.group.id, since)
        tree, _ = clusters.propose(pairs, State(), model)
        everyone = facts.intrusion_ids(db)
        assigned = {m for g in made.state.groups.values() for m in g.members}
        return Dossier(
            group=made.group,
            intrusions=members,
            observations=made.observations,
            provenance=tuple(facts.provenance(db, [o.id for o in made.observations])),
            pairs=pairs,
            weakest=tree[0].weakest if tree and len(tree[0].members) == len(members) else None,
            selection=made.selection,
            others=len(set(everyone) - assigned),
            reviewed=len(everyone),
            created=case.now(),
            digest=known_digest,
            model=model.version,
            threshold=model.link,
            findings=findings,
            rests=rests,
            secret=_naming(db, findings),
        )


def _found(case: Case, db: Db, group: str, since: str | None) -> tuple[dict[str, Profile], dict[str, Rest]]:
    """Findings of a group by the name under which the report has words for them, and what their numbers rest on."""
    ground = profiling.Ground(case, db)
    found = profiling.members(ground, group)
    findings = numbers.findings(ground, found)
    if since:
        findings["drift"] = drift_told(ground, found, since)
    parts = [i.id for i in found.intrusions]
    parts += [part for profile in findings.values() for number in profile.numbers for part in number.parts]
    told = rested(ground, found, (part for part in parts if not part.startswith("O-")))
    return findings, {
        id: Rest(one.what, tuple((row.evidence, row.where) for row in one.rows)) for id, one in told.items()
    }


def _naming(db: Db, findings: dict[str, Profile]) -> frozenset[str]:
    """Parts of numbers and cells of tables in which a victim is named."""
    parts = (part for profile in findings.values() for number in profile.numbers for part in number.parts)
    cells = (cell for profile in findings.values() for row in profile.rows for cell in row)
    texts = sorted({text for text in (*parts, *cells) if not _ID.match(text)})
    return frozenset(texts[at] for at in reports.naming(texts, [name for _, name in publishing.names(db)]))
