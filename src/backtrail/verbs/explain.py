"""explain: why two intrusions are, or are not, one actor's."""

from collections import defaultdict
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict, replace

from backtrail import clusters
from backtrail.clusters import Side
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.errors import UsageError
from backtrail.model.observation import Observation
from backtrail.model.waterfall import Waterfall, of_pair
from backtrail.model.weight import Explanation
from backtrail.verbs import drawing, known
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of
from backtrail.verbs.table import Table
from backtrail.verbs.weighing import Files, corpus_of, counted_in_units, searched, shared_files, surest, units_of


class BarRow(Struct, frozen=True, kw_only=True):
    """A bar of an explanation as a row, with what it is for other programs; its fields are those of a bar."""

    sort: str
    kind: str
    value: str
    family: str
    strength: str
    spoof: str
    bits: float
    raw: float
    notes: tuple[str, ...]
    evidence: tuple[str, ...]
    warnings: tuple[str, ...]


class Explained(Explanation, frozen=True, kw_only=True):
    """An explanation that can be drawn.

    Attributes:
        file: Where its waterfall was written; None when it was not.
    """

    file: str | None = None

    @property
    def table(self) -> Table[BarRow]:
        """A row for each bar, in the order of the waterfall; the bits and `prior` add up to `total`."""
        fields = BarRow.__struct_fields__
        return Table(BarRow, [BarRow(**{name: getattr(bar, name) for name in fields}) for bar in self.bars])

    def waterfall(self) -> Waterfall:
        """Prior, bars and total, with the sum so far."""
        return of_pair(self)

    def svg(self) -> str:
        """The waterfall as SVG."""
        return drawing.svg(self.waterfall())

    def _repr_html_(self) -> str:
        """The waterfall as a small static table for notebooks; everything from evidence is escaped."""
        return drawing.html(self.waterfall())


def explain(case: Case, a: str, b: str, *, svg: Path | None = None) -> Explained:
    """Show the weight of evidence between two intrusions, item by item, with what breaks without the linchpin.

    Args:
        case: The case.
        a: An intrusion.
        b: Another intrusion; or a group, which stands for the member that is linked best (in either place).
        svg: File, ending in .svg, into which the waterfall is drawn. It shows what the case holds, victims' names too.

    Raises:
        NotFoundError: One of them is not known.
        UsageError: Both are the same, or the file is no SVG by its name.
    """
    drawing.require_svg(svg)
    found = Explained(**asdict(_best(case, a, b)))
    return found if svg is None else replace(found, file=drawing.write_svg(svg, found.waterfall()))


def _best(case: Case, a: str, b: str) -> Explanation:
    """The pair, or of a group the member that is linked best."""
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        files = shared_files(db, state)
        a, b = known.side(db, state, a), known.side(db, state, b)
        if a == b:
            raise UsageError(f"{a} is the same on both sides; name two intrusions")
        if a in state.groups and b not in state.groups:
            a, b = b, a
        if b in state.groups:
            group = state.groups[known.require_group(state, b)]
            if a in state.groups:
                raise UsageError(f"{a} and {b} are groups: backtrail compare {a} {b}")
            known.require_intrusions(db, [a])
            best = surest(case, db, state, a, {group.id: group.members})
            if not best:
                raise UsageError(f"{group.id} has no member other than {a} to compare with")
            return _explained(case, db, state, files, a, best[group.id][1])
        known.require_intrusions(db, [a, b])
        return _explained(case, db, state, files, a, b)


def _explained(case: Case, db: Db, state: State, files: Files, a: str, b: str) -> Explanation:
    model = clusters.built_in()
    recurring = [kind for kind, weight in model.kinds.items() if weight.recurring]
    shared = list(clusters.standing(facts.shared(db, (a, b), recurring), state))
    everyone = facts.intrusion_ids(db)
    matcher = known.warnings(db)
    corpus = corpus_of(db, state, shared, len(everyone), matcher, files)
    corpus = counted_in_units(corpus, shared, everyone, units_of(case, db, state))
    held: dict[str, list[Observation]] = defaultdict(list)
    for o in clusters.standing(facts.observations(db, intrusions=[a, b]), state):
        held[o.intrusion or ""].append(o)
    facts_of = known.intrusions(db, state, [a, b])
    looked = searched(db, state, model, matcher, [a, b])
    sides = [
        Side(
            id=i,
            observations=tuple(held[i]),
            interval=facts_of[i].interval,
            collected=frozenset(model.kinds[o.kind].family for o in held[i] if o.kind in model.kinds),
            searched=looked.get(i, {}),
        )
        for i in (a, b)
    ]
    found = clusters.compare(sides[0], sides[1], corpus, model)
    return replace(found, ungraded=clusters.ungraded(sides[0], sides[1], corpus, model))
