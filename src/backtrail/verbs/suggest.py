"""suggest: which accepted group an intrusion is of, with probabilities, or nobody's known."""

import math
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from backtrail import clusters
from backtrail.clusters.compare import probability
from backtrail.clusters.suggest import parameters
from backtrail.clusters.suggest.bars import Link
from backtrail.clusters.suggest.known import Known
from backtrail.clusters.suggest.origins import Origins
from backtrail.clusters.suggest.ranking import Suggestion
from backtrail.clusters.suggest.ranking import suggest as ranked
from backtrail.clusters.suggest.waterfall import of_candidate
from backtrail.knowledge import facts
from backtrail.model.errors import NotFoundError, UsageError
from backtrail.model.waterfall import Row, Waterfall
from backtrail.observations import public_suffix
from backtrail.verbs import drawing, known
from backtrail.verbs.case import Case
from backtrail.verbs.known_reports import Ignored, basis_of, groups_of
from backtrail.verbs.standing import state_of
from backtrail.verbs.weighing import surest

NOBODY = "nobody"
"""What an analyst says of an intrusion of no known group."""


class Suggested(Struct, frozen=True, kw_only=True):
    """Candidates for an intrusion.

    Attributes:
        intrusion: The intrusion.
        group: The group it is in already, if any; it was not counted among that group's.
        candidates: Likeliest first, nobody known among them.
        rest: Probability of the groups that are not among the candidates.
        collected: Families in which the intrusion shows anything: what was not looked for says nothing.
        model: Version of the model.
        said: What the analyst said before seeing it: a group, or `nobody`.
        sure: How sure, in percent.
        uncollected: Families in which the intrusion shows nothing.
        ignored: What the intrusion shows and that is not weighed, with the reason.
        outlier: Whether a decision holds it to be of no known group.
        apart: Groups that decisions hold it apart from, each with the decision.
        partner: An intrusion in no group that it is linked to, surer than to any group: these two come first.
        file: Where the waterfall of the likeliest group was written; None when it was not.
    """

    intrusion: str
    group: str | None
    candidates: tuple[Suggestion, ...]
    rest: float
    collected: tuple[str, ...]
    model: str
    said: str | None = None
    sure: int | None = None
    uncollected: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    outlier: bool = False
    apart: dict[str, str] = {}
    partner: Link | None = None
    file: str | None = None

    @property
    def threshold(self) -> float:
        """Probability from which an assignment is proposed: that of a link."""
        return clusters.built_in().link

    @property
    def proposed(self) -> str | None:
        """The likeliest group, where it is as sure as a link has to be and no decision holds the intrusion apart.

        Not where that hangs on context alone: without its linchpin of class D or E it would be less sure (rule EV-9);
        nor where an intrusion in no group is linked to it more surely than any group.
        """
        first = next((c for c in self.candidates if c.group), None)
        if first is None or first.probability < self.threshold or first.group in self.apart or self.partner:
            return None
        return None if first.hangs_on_context and first.without < self.threshold else first.group

    def waterfall(self, group: str | None = None) -> Waterfall:
        """The waterfall of a group among the candidates; of the likeliest one when none is named.

        Raises:
            NotFoundError: It is not among them.
        """
        chosen = next((c for c in self.candidates if c.group and group in (None, c.group)), None)
        if chosen is None:
            raise NotFoundError(f"{group or 'no group'} is not among the candidates for {self.intrusion}")
        idle = [
            Row(
                sort="for",
                label=i.kind,
                bits=0.0,
                kind=i.kind,
                values=(i.value,),
                notes=(i.reason,),
                evidence=i.evidence,
            )
            for i in self.ignored
        ]
        return of_candidate(self.intrusion, chosen, self.candidates, self.uncollected, idle, self.model)

    def svg(self, group: str | None = None) -> str:
        """That waterfall as SVG."""
        return drawing.svg(self.waterfall(group))

    def _repr_html_(self) -> str:
        """The waterfall of the likeliest group for notebooks; everything from evidence is escaped."""
        return drawing.html(self.waterfall())


def suggest(
    case: Case,
    intrusion: str,
    *,
    model: Path | None = None,
    most: int = 3,
    said: str | None = None,
    sure: int | None = None,
    svg: Path | None = None,
) -> Suggested:
    """Rank the accepted groups for an intrusion, each with its probability and the bars that add up to it.

    Nothing is assigned. "Nobody known" is a candidate too. An intrusion that is in a group already is compared as if
    it were in none, so that an assignment can be checked. What it shares with single members (`explain`) is one of the
    bars. Outliers teach what nobody known looks like; groups that a decision holds it apart from are told.

    Args:
        case: The case.
        intrusion: The intrusion.
        model: A fitted model of `backtrail model fit`; the one that ships when left out.
        most: Groups to explain; one that was said is explained too.
        said: Blind mode: what the analyst says before seeing the answer, a group or `nobody`.
        sure: Blind mode: how sure, in percent.
        svg: File, ending in .svg, into which the waterfall of the likeliest group is drawn.

    Raises:
        NotFoundError: No such intrusion, group or model.
        UsageError: No group is accepted yet, `sure` is no percentage or said of nothing, `most` is below 1, or the file
            is no SVG by its name.
    """
    drawing.require_svg(svg)
    _require(most, said, sure)
    weights = read_model(model)
    with case.knowledge.reading() as db:
        (intrusion,) = known.require_intrusions(db, [intrusion])
        state = state_of(case, db)
        if said is not None and said != NOBODY:
            said = known.require_group(state, said)
        basis = basis_of(db, state, {**groups_of(state), intrusion: None})
        living = {g.id: g.members for g in state.groups.values() if not g.merged_into}
        free = set(facts.intrusion_ids(db)) - {m for members in living.values() for m in members} - state.outliers
        free -= state.apart_from(intrusion)
        linked = surest(case, db, state, intrusion, {**living, "": free})
        links = {group: Link(member=member, bits=bits) for group, (bits, member) in linked.items()}
        partner = _partner(links.pop("", None), links)
    reports = [report for report in basis.reports if report.id != intrusion]
    (one,) = (report for report in basis.reports if report.id == intrusion)
    if not any(report.group for report in reports):
        raise UsageError("no group is accepted yet: `backtrail cluster` proposes some, `backtrail assign` accepts them")
    also = () if said in (None, NOBODY) else (str(said),)
    base = Known(reports, weights)
    origins = Origins(basis.shown, basis.warnings, public_suffix)
    candidates = tuple(origins.traced(c, intrusion) for c in ranked(base, one, most, also, links))
    everyone = len(candidates) > len(base.groups)
    apart = {group: decision for group in living if (decision := state.kept_apart(intrusion, group))}
    shown = {weights.traits[t].family for t in one.traits if t in weights.traits} & _families(weights)
    kinds = clusters.built_in().kinds
    shown |= {kinds[i.kind].family for i in basis.ignored[intrusion] if i.kind in kinds} & _families(weights)
    found = Suggested(
        intrusion=intrusion,
        group=state.group_of(intrusion),
        candidates=candidates,
        rest=0.0 if everyone else max(0.0, 1.0 - math.fsum(c.probability for c in candidates)),
        collected=tuple(sorted(shown)),
        model=weights.version,
        said=said,
        sure=sure,
        uncollected=tuple(sorted(_families(weights) - shown)),
        ignored=basis.ignored[intrusion],
        outlier=intrusion in state.outliers,
        apart=apart,
        partner=partner,
    )
    return found if svg is None else replace(found, file=drawing.write_svg(svg, found.waterfall()))


def _partner(free: Link | None, links: Mapping[str, Link]) -> Link | None:
    """The intrusion in no group that one is linked to, where that is surer than what links it to any group."""
    if free is None or probability(free.bits) < clusters.built_in().link:
        return None
    return None if any(link.bits >= free.bits for link in links.values()) else free


def _require(most: int, said: str | None, sure: int | None) -> None:
    if most < 1:
        raise UsageError(f"--most {most}: nothing would be explained")
    if sure is not None and said is None:
        raise UsageError("--sure says how sure you are of --said, which is missing")
    if sure is not None and not 0 <= sure <= 100:
        raise UsageError(f"{sure} is no percentage")


def _families(weights: parameters.TraitModel) -> set[str]:
    """Families of evidence; how a report came to be reported is none."""
    return {trait.family for trait in weights.traits.values()} - {"reporting"}


def read_model(path: Path | None) -> parameters.TraitModel:
    """A fitted model, or the one that ships. Raises NotFoundError and FormatError."""
    if path is None:
        return parameters.built_in()
    known.require_file(path, "a model of traits, such as `backtrail model fit` writes")
    return parameters.parse(path.read_text("utf-8", "replace"))
