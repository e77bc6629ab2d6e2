"""report: a group as a document that can be read."""

from pathlib import Path

from msgspec import Struct

from backtrail import clusters, reports
from backtrail.knowledge import facts
from backtrail.model.decision import State
from backtrail.reports import Dossier
from backtrail.verbs import known, publishing
from backtrail.verbs.case import Case
from backtrail.verbs.digest import digest
from backtrail.verbs.weighing import weighed


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


def report(case: Case, group: str, *, output: Path) -> Reported:
    """Write the report of a group: one HTML file that needs nothing else, with every number linked to its rows.

    Args:
        case: The case.
        group: The group.
        output: Folder to write to; made when missing.

    Raises:
        PolicyError: A victim would be named; nothing is written.
    """
    known_digest = digest(case).digest
    with case.knowledge.reading() as db:
        made = publishing.product(db, group)
        members = known.intrusions(db, made.state, made.group.members)
        pairs = weighed(case, db, made.state, made.group.members).pairs
        model = clusters.built_in()
        tree, _ = clusters.propose(pairs, State(), model)
        whole = tree[0].weakest if tree and len(tree[0].members) == len(members) else None
        everyone = facts.intrusion_ids(db)
        assigned = {m for g in made.state.groups.values() for m in g.members}
        dossier = Dossier(
            group=made.group,
            intrusions=members,
            observations=made.observations,
            provenance=tuple(facts.provenance(db, [o.id for o in made.observations])),
            pairs=pairs,
            weakest=whole,
            selection=made.selection,
            others=len(set(everyone) - assigned),
            reviewed=len(everyone),
            created=case.now(),
            digest=known_digest,
            model=model.version,
            threshold=model.link,
        )
    document = reports.build(dossier)
    files = {f"{made.group.id}.html": reports.render(document)}
    publishing.check(case, files)
    return Reported(
        group=made.group.id,
        files=publishing.write(output, files),
        tlp=document.tlp,
        indicators=len(made.selection.indicators),
        withheld=len(made.selection.withheld),
    )
