"""How rare a value is: counted over what looks unrelated in the case, and judged before that by what most values are.

Nearly every value is one actor's or nobody's, and a few are common: what an operating system brings, what everybody's
tools are called. So the chance that an unrelated intrusion shows a value has two sorts of values behind it, rare and
common ones, each with a beta distribution; what the case counts tells how likely a value is of either sort (a mixture
of conjugate priors: Gelman et al., *Bayesian Data Analysis*, 2013, chapters 5 and 22). Where 3 of 9 others show a value
it is common, and no background of other cases makes it rare.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from math import exp, lgamma

from msgspec import Struct

from backtrail.clusters.parameters import KindWeight, MatchModel, Sort
from backtrail.clusters.sides import Value


class Corpus(Struct, frozen=True, kw_only=True, dict=True):
    """What rarity is counted over.

    Attributes:
        intrusions: Number of intrusions in the case.
        holders: How many of them show a value.
        warnings: Warning lists that know a value.
        units: The unit each intrusion is of (`clusters.units`): what is likely one actor's counts as one holder. A
            value that a large group shows throughout is not common for it.
        held: Units that show a value; where units are given.
        files: Values that stand in the same record as the digest of a file: they say nothing that it does not.
        registered: What stands in the registrations of which a value names the registrant, of the same sort: they say
            once who registered.
        resolved: Names that an observation of an address, by its id, stands beside, where no record shows the address
            alone: as long as one of the names counts, it is merely what that resolves to.
        telling: Values by which two sides that show nothing of the family in common contradict each other, of the kinds
            of which only what recurs does (`contradictions.telling`).
        public: Since when anybody can have a value, by a source that says so: a leaked builder, a published tool.
    """

    intrusions: int
    holders: Mapping[Value, int]
    warnings: Mapping[Value, tuple[str, ...]] = {}
    units: Mapping[str, str] = {}
    held: Mapping[Value, frozenset[str]] = {}
    files: Mapping[Value, frozenset[Value]] = {}
    registered: Mapping[Value, frozenset[Value]] = {}
    resolved: Mapping[str, frozenset[str]] = {}
    telling: frozenset[Value] = frozenset()
    public: Mapping[Value, str] = {}

    def elsewhere(self, value: Value, a: str, b: str) -> tuple[int, int]:
        """How many others show a value, and how many others there are: units, or intrusions without units."""
        if not self.units:
            holders = max(self.holders.get(value, 2), 2)
            return holders - 2, max(self.intrusions - 2, holders - 2, 0)
        own = {self.units.get(a, a), self.units.get(b, b)}
        return len(self.held.get(value, frozenset()) - own), max(self.unit_count - len(own), 0)

    @cached_property
    def unit_count(self) -> int:
        """Number of units; of intrusions without units."""
        return len(set(self.units.values())) or self.intrusions


def weightless(corpus: Corpus, model: MatchModel) -> set[Value]:
    """Values that weigh nothing between any two intrusions, since too many others show them too.

    What stands where two sides may contradict each other is never among them.
    """
    held = corpus.held if corpus.units else corpus.holders
    found = set()
    for value, some in held.items():
        weight = model.kinds.get(value[0])
        others = (some if isinstance(some, int) else len(some)) - 2
        everyone = max(corpus.unit_count - 1, others, 0)
        if (
            weight
            and weight.family not in model.speaking
            and weight.m <= unrelated((max(others, 0), everyone), weight, model)
        ):
            found.add(value)
    return found


def anybodys(value: Value, corpus: Corpus, model: MatchModel) -> bool:
    """Whether a value says nothing of who used it, by a warning list: a public tool or its file, a sinkhole."""
    names = corpus.warnings.get(value, ())
    if not names or value[0] not in model.kinds:
        return False
    return of_defenders(names, model) or not model.warned[model.kinds[value[0]].family]


def of_defenders(names: Iterable[str], model: MatchModel) -> bool:
    """Whether a warning list says that defenders hold a value: it links nothing."""
    return any(word in name.casefold() for name in names for word in model.never)


def unrelated(others: tuple[int, int], weight: KindWeight, model: MatchModel) -> float:
    """Chance that an unrelated intrusion shows a value.

    Args:
        others: How many others show it, and how many others there are (`Corpus.elsewhere`).
        weight: Its kind: of some kinds more values are common than of others.
        model: The two sorts of values.
    """
    return _chance(*others, model.common_share[weight.strength], model.rare, model.common)


@lru_cache(maxsize=1 << 16)
def _chance(showing: int, everyone: int, share: float, rare: Sort, common: Sort) -> float:
    """Mean of the chance over both sorts, by how well each foretells what was counted."""
    odds = (
        share / (1 - share) * exp(min(_foretold(showing, everyone, common) - _foretold(showing, everyone, rare), 700))
    )
    means = [(showing + sort.size * sort.rate) / (everyone + sort.size) for sort in (rare, common)]
    return (means[0] + odds * means[1]) / (1 + odds)


def _foretold(showing: int, everyone: int, sort: Sort) -> float:
    """How well a sort foretells what was counted: log of a beta-binomial likelihood, without what all sorts share."""
    shown, missed = sort.size * sort.rate, sort.size * (1 - sort.rate)
    return _log_beta(showing + shown, everyone - showing + missed) - _log_beta(shown, missed)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
