"""What the products of a group are made of, read from the case at one moment."""

import re

from msgspec.structs import replace

from backtrail import attribution, clusters, reports
from backtrail.knowledge import custody, facts, log
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.errors import FormatError
from backtrail.model.hypothesis import Assessment
from backtrail.model.marking import strictest
from backtrail.model.profile import Profile, Series
from backtrail.reports import Dossier, Rest
from backtrail.verbs import dates, known, numbers, profiling, publishing
from backtrail.verbs.case import Case
from backtrail.verbs.digest import digest
from backtrail.verbs.drift import told as drift_told
from backtrail.verbs.hypothesis import assessed
from backtrail.verbs.resting import rested
from backtrail.verbs.weighing import weighed

_TEXTS = "texts"

_ID = re.compile(r"[OC]-[0-9a-f]{32}$|[0-9a-f]{12} ")
"""Ids, and places in evidence: nobody can be named in them."""


def gathered(case: Case, group: str, since: str | None = None) -> Dossier:
    """What products of a group are made of.

    Args:
        case: The case.
        group: The group.
        since: A date, such as that of a publication, around which it is told what the group changed.
    """
    since = dates.asked(since, "--since")
    known_digest = digest(case).digest
    with case.knowledge.reading() as db:
        made = publishing.product(case, db, group)
        members = known.intrusions(db, made.state, made.group.members)
        pairs = weighed(case, db, made.state, made.group.members).pairs
        model = clusters.built_in()
        findings, rests = _found(case, db, made, since)
        tree, _ = clusters.propose(pairs, State(), model)
        everyone = facts.intrusion_ids(db)
        assigned = {m for g in made.state.groups.values() for m in g.members}
        return Dossier(
            group=made.group,
            intrusions=members,
            observations=made.observations,
            provenance=tuple(custody.provenance(db, [o.id for o in made.observations], made.state.retracted_evidence)),
            pairs=pairs,
            weakest=tree[0].weakest if tree and len(tree[0].members) == len(members) else None,
            selection=made.selection,
            others=len(set(everyone) - assigned),
            reviewed=len(everyone),
            created=case.now(),
            digest=known_digest,
            model=model.version,
            threshold=model.link,
            calibration=clusters.measured(),
            findings=findings,
            rests=rests,
            secret=_naming(db, findings),
            assessments=_assessed(db, made.state, made.group.id),
            released=made.state.released.get(made.group.id, ""),
            fragments=fragments(case),
            pap=made.state.paps.get(made.group.id) or strictest(i.pap for i in members.values()),
        )


def fragments(case: Case) -> dict[str, str]:
    """Texts of the case's own, from `texts/NAME.j2` in its folder, by name.

    Raises:
        FormatError: One of them cannot be used; the message says which line, and what to do.
    """
    found = {}
    for path in sorted((case.folder / _TEXTS).glob("*.j2")):
        try:
            source = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FormatError(f"cannot be read: {error}", where=f"{_TEXTS}/{path.name}") from error
        for one in reports.fragments.mistakes(path.stem, source):
            raise FormatError(one.text, where=f"{_TEXTS}/{path.name}, line {one.line}")
        found[path.stem] = source
    return found


def _assessed(db: Db, state: State, group: str) -> tuple[Assessment, ...]:
    """Questions that somebody rated, about a group or one that was merged into it."""
    asked = attribution.questions(log.decisions(db)).values()
    about = (one for one in asked if one.group in state.groups and state.survivor(one.group) == group)
    return tuple(assessed(one, state) for one in about if one.ratings)


def _found(
    case: Case, db: Db, made: publishing.Product, since: str | None
) -> tuple[dict[str, Profile], dict[str, Rest]]:
    """Findings of a group by the name under which the report has words for them, and what their numbers rest on."""
    ground = profiling.Ground(case, db)
    found = profiling.members(ground, made.group.id)
    findings = numbers.findings(ground, found) | {"priorities": publishing.priorities(made)}
    if since:
        findings["drift"] = drift_told(ground, found, since)
        told_of = Series(name="publications", columns=("date",), rows=((since,),))
        findings["dwell"] = replace(findings["dwell"], series=(*findings["dwell"].series, told_of))
    parts = [i.id for i in found.intrusions]
    parts += [part for profile in findings.values() for number in profile.numbers for part in number.parts]
    told = rested(ground, found, (part for part in parts if not part.startswith("O-")))
    return findings, {
        id: Rest(one.what, tuple((row.evidence, row.where) for row in one.rows), one.more) for id, one in told.items()
    }


def _naming(db: Db, findings: dict[str, Profile]) -> frozenset[str]:
    """Parts of numbers and cells of tables in which a victim is named."""
    parts = (part for profile in findings.values() for number in profile.numbers for part in number.parts)
    cells = (cell for profile in findings.values() for row in profile.rows for cell in row)
    texts = sorted({text for text in (*parts, *cells) if not _ID.match(text)})
    return frozenset(texts[at] for at in reports.naming(texts, [name for _, name in publishing.names(db)]))
