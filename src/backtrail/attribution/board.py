"""The board: ratings of all analysts put together, what hangs on what, and the judgement in words.

Each analyst's probabilities sum to 1 before they are averaged (Mandel, Karvetski and Dhami 2018); disagreement is kept
as a range. Robustness after rule FF-2, linchpins after rule HY-5, words after ICD 203.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail.attribution.confidence import Basis, confidence
from backtrail.attribution.likelihood import Bits, bits, posterior, shares_of, spread
from backtrail.model.hypothesis import (
    STEPS,
    Assessment,
    Hypothesis,
    Item,
    Question,
    Scenario,
    Standpoint,
    Step,
    Weighed,
)
from backtrail.model.words import band, words

_LINCHPINS = 3

TELLS_NOTHING = 0.1
"""Bits of diagnosticity below which an item is folded away."""


class _View(Struct, frozen=True):
    """How one analyst rated everything."""

    analyst: str
    bits: Bits


def assess(question: Question) -> Assessment:
    """What a question comes to by the ratings it has. Without any, the priors stand, and the sentence says so."""
    by_analyst = _steps(question)
    views = [_View(analyst, bits(question, steps)) for analyst, steps in by_analyst.items()]
    standing = _standing(question, by_analyst, views)
    items = _weighed(question, by_analyst, views)
    leader = standing[0]
    linchpins = _linchpins(question, views, items, leader)
    robustness = _robustness(question, views, items, leader)
    basis = Basis(question=question, leader=leader.id, items=items, robustness=robustness, analysts=len(views))
    level, reasons, confident = confidence(basis)
    return Assessment(
        question=question,
        hypotheses=standing,
        items=items,
        analysts=tuple(by_analyst),
        linchpins=linchpins,
        robustness=robustness,
        sentence=_sentence(leader, rated=bool(views)),
        confidence=level,
        reasons=reasons,
        confident=confident,
        change=tuple(_change(standing, linchpins)),
        warnings=tuple(_warnings(question, by_analyst, robustness)),
    )


def _steps(question: Question) -> dict[str, dict[str, dict[str, Step]]]:
    """Steps by analyst, item and hypothesis."""
    found: dict[str, dict[str, dict[str, Step]]] = {}
    for one in sorted(question.ratings, key=lambda r: (r.analyst, r.item)):
        found.setdefault(one.analyst, {})[one.item] = one.steps
    return found


def _mean(question: Question, views: Sequence[_View], without: Iterable[str] = ()) -> dict[str, float]:
    """Probabilities averaged over analysts; the priors where nobody rated."""
    if not views:
        return {h.id: h.prior for h in question.hypotheses}
    told = [posterior(question.hypotheses, view.bits, without) for view in views]
    return {h.id: sum(one[h.id] for one in told) / len(told) for h in question.hypotheses}


def _standing(
    question: Question, by_analyst: Mapping[str, Mapping[str, Mapping[str, Step]]], views: Sequence[_View]
) -> tuple[Standpoint, ...]:
    mean = _mean(question, views)
    extremes = [
        posterior(question.hypotheses, bits(question, steps, unknown))
        for steps in by_analyst.values()
        for unknown in (0.0, 0.5, 1.0)
    ] or [mean]
    made = [
        Standpoint(
            id=h.id, kind=h.kind, text=h.text, prior=h.prior, posterior=mean[h.id],
            low=min(one[h.id] for one in extremes), high=max(one[h.id] for one in extremes),
        )
        for h in question.hypotheses
    ]  # fmt: skip
    return tuple(sorted(made, key=lambda h: (-h.posterior, h.id)))


def _weighed(
    question: Question, by_analyst: Mapping[str, Mapping[str, Mapping[str, Step]]], views: Sequence[_View]
) -> tuple[Weighed, ...]:
    made = []
    shares = shares_of(question.items, {i.id: _diagnosticity(i, question.hypotheses, views) for i in question.items})
    for item in question.items:
        rated = [steps[item.id] for steps in by_analyst.values() if item.id in steps]
        mean = _mean_bits(item, question.hypotheses, views)
        made.append(
            Weighed(
                item=item,
                steps={h.id: _middle([one[h.id] for one in rated]) for h in question.hypotheses},
                disagree=any(_apart([one[h.id] for one in rated]) > 1 for h in question.hypotheses),
                bits=mean,
                diagnosticity=spread(mean),
                notes=shares[item.id].notes,
            )
        )
    return tuple(sorted(made, key=lambda one: (-round(one.diagnosticity, 9), len(one.item.id), one.item.id)))


def _mean_bits(item: Item, hypotheses: Sequence[Hypothesis], views: Sequence[_View]) -> dict[str, float]:
    return {h.id: sum(v.bits[item.id][h.id] for v in views) / max(len(views), 1) for h in hypotheses}


def _diagnosticity(item: Item, hypotheses: Sequence[Hypothesis], views: Sequence[_View]) -> float:
    return spread(_mean_bits(item, hypotheses, views))


def _middle(steps: Sequence[Step]) -> Step:
    if not steps:
        return "0"
    return STEPS[round(sum(map(STEPS.index, steps)) / len(steps))]


def _apart(steps: Sequence[Step]) -> int:
    places = [STEPS.index(step) for step in steps]
    return max(places, default=0) - min(places, default=0)


def _scenario(
    question: Question, views: Sequence[_View], leader: Standpoint, without: str, items: Sequence[str]
) -> Scenario:
    left = _mean(question, views, items)
    first = max(sorted(left), key=lambda id: left[id])
    fall = band(leader.posterior) - band(left[leader.id])
    return Scenario(
        without=without, items=tuple(items), probability=left[leader.id], leader=first, bands=max(fall, 0)
    )  # fmt: skip


def _linchpins(
    question: Question, views: Sequence[_View], items: Sequence[Weighed], leader: Standpoint
) -> tuple[Scenario, ...]:
    """The items without which the leading hypothesis loses most."""
    made = [
        _scenario(question, views, leader, f"{one.item.id}: {one.item.text}", [one.item.id])
        for one in items
        if one.diagnosticity >= TELLS_NOTHING
    ]
    telling = [one for one in made if one.probability < leader.posterior]
    return tuple(sorted(telling, key=lambda one: (one.probability, one.without))[:_LINCHPINS])


def _robustness(
    question: Question, views: Sequence[_View], items: Sequence[Weighed], leader: Standpoint
) -> tuple[Scenario, ...]:
    """The result without what is cheap to fake, and without each family of evidence."""
    cheap = sorted(one.item.id for one in items if one.item.spoof == "low")
    made = [_scenario(question, views, leader, "what is cheap to fake", cheap)]
    for family in sorted({one.item.family for one in items}):
        some = sorted(one.item.id for one in items if one.item.family == family)
        made.append(_scenario(question, views, leader, f"{family} evidence", some))
    return tuple(made)


def _sentence(leader: Standpoint, *, rated: bool) -> str:
    if not rated:
        return "No analyst has rated the evidence yet: there is no judgement."
    if leader.posterior < 0.5:
        return f"No answer is likelier than not; the likeliest, {words(leader.posterior)}, is that {leader.text}."
    return f"It is {words(leader.posterior)} that {leader.text}."


def _change(standing: Sequence[Standpoint], linchpins: Sequence[Scenario]) -> Iterable[str]:
    leader, second = standing[:2]
    ratio = leader.posterior / max(second.posterior, 1e-6)
    if ratio > 1.05:
        yield (
            f"New evidence that is {ratio:.2g} times likelier if {second.text} than if {leader.text} "
            "would make them equal."
        )
    texts = {one.id: one.text for one in standing}
    for one in linchpins:
        if one.leader != leader.id:
            yield f"Without {one.without}, the likeliest answer would be that {texts[one.leader]}."


def _warnings(
    question: Question, by_analyst: Mapping[str, Mapping[str, object]], robustness: Sequence[Scenario]
) -> Iterable[str]:
    for one in robustness:
        if one.bands > 1:
            yield f"Without {one.without} the probability falls by {one.bands} bands, to {words(one.probability)}."
    for analyst in by_analyst:
        if missing := question.missing(analyst):
            yield f"{analyst} has not rated {', '.join(missing)}."
    for peeked in question.peeked:
        yield f"{peeked.analyst} saw the result before rating everything: {peeked.text}."
    if len(by_analyst) == 1:
        yield "One analyst rated: nobody else has looked yet."
