"""What the parts of a suggestion rest on: the observations that show a value of a trait, followed back from it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from msgspec.structs import replace

from backtrail.clusters.suggest.bars import SEVERAL, Part, TraitBar
from backtrail.clusters.suggest.ranking import Suggestion
from backtrail.clusters.suggest.traits import COMPOSED, traits

Value = tuple[str, str]
"""Kind and value of what was observed."""

Shown = Mapping[str, Mapping[Value, Collection[str]]]
"""Of each intrusion what it shows, with the ids of the observations that say so."""

_WHOLE = ("", SEVERAL, "reporting")
"""Families whose bars rest on whole intrusions, so that these are named and no observation of them."""


class Origins:
    """Observations behind the traits of some intrusions."""

    def __init__(
        self, shown: Shown, warnings: Mapping[Value, tuple[str, ...]], public_suffix: Callable[[str], str | None]
    ) -> None:
        """Nothing is worked out before it is asked for.

        Args:
            shown: What each intrusion shows.
            warnings: Warning lists that know a value.
            public_suffix: As for `traits.traits`.
        """
        self._shown, self._warnings, self._public_suffix = shown, warnings, public_suffix
        self._values: dict[str, dict[tuple[str, str], list[Value]]] = {}
        self._traits: dict[Value, list[tuple[str, str]]] = {}

    def traced(self, found: Suggestion, intrusion: str) -> Suggestion:
        """A candidate for an intrusion, each part with its observations and the warning lists that know it."""
        return replace(found, bars=tuple(self._bar(bar, intrusion) for bar in found.bars))

    def _bar(self, bar: TraitBar, intrusion: str) -> TraitBar:
        if bar.family in _WHOLE:
            return bar
        return replace(bar, parts=tuple(self._part(bar.trait, part, intrusion) for part in bar.parts))

    def _part(self, trait: str, part: Part, intrusion: str) -> Part:
        own = self._of(intrusion, trait, part.value)
        ids = {id for value in own for id in self._shown[intrusion][value]}
        for member in part.evidence:  # one is enough to see that it does, and many members show a habit
            ids.update(min(self._shown[member][value]) for value in self._of(member, trait, part.value)[:1])
        lists = {name for value in own if value[1] == part.value for name in self._warnings.get(value, ())}
        return replace(part, observations=tuple(sorted(ids)), warnings=tuple(sorted(lists)))

    def _of(self, intrusion: str, trait: str, value: str) -> list[Value]:
        """What of an intrusion shows a value of a trait; of one that is made of others, what shows these."""
        if intrusion not in self._values:
            self._values[intrusion] = self._by_trait(intrusion)
        found = self._values[intrusion]
        if trait not in COMPOSED:
            return found.get((trait, value), [])
        single, between = COMPOSED[trait]
        return [one for piece in value.split(between) for one in found.get((single, piece), [])]

    def _by_trait(self, intrusion: str) -> dict[tuple[str, str], list[Value]]:
        found: dict[tuple[str, str], list[Value]] = defaultdict(list)
        for one in sorted(self._shown.get(intrusion, {})):
            if one not in self._traits:
                alone = traits([one], self._public_suffix)
                self._traits[one] = [(trait, value) for trait, values in alone.items() for value in values]
            for trait in self._traits[one]:
                found[trait].append(one)
        return found
