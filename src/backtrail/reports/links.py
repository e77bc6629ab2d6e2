"""The links a report shows: the strongest, and the weakest that the group depends on, with what each rests on."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.weight import Bar, Explanation
from backtrail.model.words import percent, words


class Waterfall(Struct, frozen=True):
    """The weight of one link as printed."""

    title: str
    a: str
    b: str
    prior: float
    total: float
    verdict: str
    bars: tuple[Bar, ...]
    zero: int
    linchpin: str
    without: str
    robust: str


def waterfalls(
    linked: Sequence[Explanation], pseudonyms: Mapping[str, str], printed: set[str], weakest: float | None = None
) -> tuple[Waterfall, ...]:
    """The strongest link, and the weakest that the group depends on.

    Args:
        linked: Pairs of the group that are linked.
        pseudonyms: Names of the intrusions.
        printed: Observations whose values are published.
        weakest: Probability of the weakest link of the strongest tree over the group, which is what it is judged by;
            pairs may be weaker without it, since others hold them together. None when evidence makes no such tree.
    """
    if not linked:
        return ()
    ranked = sorted(linked, key=lambda p: (-p.total, p.a, p.b))
    chosen = [("The strongest link", ranked[0])]
    depends = next((pair for pair in ranked[1:] if pair.probability == weakest), None)
    if depends:
        chosen.append(("The weakest link that the group depends on", depends))
    elif weakest is None and len(ranked) > 1:
        chosen.append(("The weakest of the linked pairs", ranked[-1]))
    return tuple(_waterfall(title, pair, pseudonyms, printed) for title, pair in chosen)


def _waterfall(title: str, pair: Explanation, pseudonyms: Mapping[str, str], printed: set[str]) -> Waterfall:
    """A link as printed; a value that was withheld keeps its weight and loses its words."""
    shown = tuple(
        bar if printed.issuperset(bar.evidence) else replace(bar, value=told(bar, printed), evidence=())
        for bar in pair.bars
        if bar.bits
    )
    linchpin = pair.bars[pair.linchpin] if pair.linchpin is not None else None
    return Waterfall(
        title=title,
        a=pseudonyms.get(pair.a, "?"),
        b=pseudonyms.get(pair.b, "?"),
        prior=pair.prior,
        total=pair.total,
        verdict=f"{words(pair.probability)}, {percent(pair.probability)}",
        bars=shown,
        zero=len(pair.bars) - len(shown),
        linchpin=linchpin.kind if linchpin else "",
        without=percent(pair.without) if pair.without is not None else "",
        robust=percent(pair.robust),
    )


def told(bar: Bar, printed: set[str]) -> str:
    """The value of a bar, where all that it rests on is printed; what is absent is no value, and always told."""
    return bar.value if bar.sort == "absent" or printed.issuperset(bar.evidence) else "withheld"
