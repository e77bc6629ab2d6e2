"""Intrusions of a case as reports of traits: what of each is weighed, and what is not, with the reason."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.clusters import Corpus
from backtrail.clusters.suggest.origins import Value
from backtrail.clusters.suggest.table import Report
from backtrail.clusters.suggest.traits import traits
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.observation import Observation
from backtrail.model.times import earliest
from backtrail.observations import public_suffix
from backtrail.verbs import known
from backtrail.verbs.weighing import corpus_of

_UNRELIABLE = "E"
"""Reliability of a source whose word alone is not weighed (rule AD-2)."""

_OTHERS = ("victim-asset", "sinkhole")
"""Roles of what is not the adversary's."""


class Ignored(Struct, frozen=True, kw_only=True):
    """What is observed and not weighed.

    Attributes:
        kind: Its kind.
        value: The value.
        reason: Why.
        evidence: Ids of the observations.
    """

    kind: str
    value: str
    reason: str
    evidence: tuple[str, ...]


def reports_of(db: Db, state: State) -> list[Report]:
    """Members of accepted groups, as reports with their group, and outliers as those of nobody known."""
    return basis_of(db, state, groups_of(state)).reports


def groups_of(state: State) -> dict[str, str | None]:
    """Group of each intrusion that decisions speak of: its own, or none of those that are known."""
    found: dict[str, str | None] = dict.fromkeys(state.outliers)
    return found | {m: g.id for g in state.groups.values() if not g.merged_into for m in g.members}


class Basis(Struct, frozen=True):
    """Intrusions as reports, and what each rests on: what is weighed, and what is not, with the reason."""

    reports: list[Report]
    shown: dict[str, dict[Value, list[str]]]
    ignored: dict[str, tuple[Ignored, ...]]
    warnings: Mapping[Value, tuple[str, ...]]


def basis_of(db: Db, state: State, group: Mapping[str, str | None]) -> Basis:
    """What is known of some intrusions, and the group each is of."""
    seen = list(clusters.standing(facts.observations(db, intrusions=sorted(group)), state))
    named = [*seen, *(_named(o) for o in seen if o.kind == "file-path")]
    corpus = corpus_of(db, state, named, len(group), known.warnings(db))
    said: dict[str, dict[Value, list[Observation]]] = {id: defaultdict(list) for id in group}
    for o in seen:
        if o.intrusion and o.role not in _OTHERS:
            said[o.intrusion][o.kind, o.value].append(o)
    about = known.intrusions(db, state, sorted(group))
    basis = Basis([], {}, {}, corpus.warnings)
    for id, values in sorted(said.items()):
        basis.shown[id], basis.ignored[id] = _parted(values, corpus)
        interval = about[id].interval
        day = interval.bounds()[1].date() if interval.known else None
        shown = traits(sorted(basis.shown[id]), public_suffix)
        basis.reports.append(Report(id=id, date=day, traits=shown, group=group[id]))
    return basis


def _parted(
    values: Mapping[Value, list[Observation]], corpus: Corpus
) -> tuple[dict[Value, list[str]], tuple[Ignored, ...]]:
    """What of an intrusion is weighed, with the ids of the observations, and what is not."""
    shown, ignored = {}, []
    for value, seen in sorted(values.items()):
        believed = [o for o in seen if o.source.grade.reliability != _UNRELIABLE]
        if reason := _unweighed(value, believed, corpus):
            ids = tuple(sorted(o.id for o in seen))
            ignored.append(Ignored(kind=value[0], value=value[1], reason=reason, evidence=ids))
        else:
            shown[value] = sorted(o.id for o in believed)
    return shown, tuple(ignored)


def _named(o: Observation) -> Observation:
    """The name of the file that a path leads to."""
    return replace(o, kind="file-name", value=o.value.replace("/", "\\").rpartition("\\")[2])


def _unweighed(value: Value, believed: Sequence[Observation], corpus: Corpus) -> str:
    """Why a value says nothing of a group: nobody is believed, or it is anybody's; empty where it does."""
    if not believed:
        return f"only sources of reliability {_UNRELIABLE} say so"
    if value[0] == "file-path":  # a public tool is no less public where it lies
        value = (_named(believed[0]).kind, _named(believed[0]).value)
    public = corpus.public.get(value)
    if clusters.anybodys(value, corpus, clusters.built_in()):
        return f"anybody's: on {', '.join(corpus.warnings[value])}"
    if public and any(not o.seen.known or o.seen.bounds()[1] >= earliest(public) for o in believed):
        return f"anybody's: public since {public}"
    return ""
