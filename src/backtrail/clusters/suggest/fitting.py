"""Weights learned from reports whose group is known: a conditional logit over candidate groups (McFadden, 1974).

Training asks the question that is asked later: given what was known up to a day, whose report of the following year
is this one, or is it of nobody known? Answers to a year count less the longer it is over, as known reports do. Where
years hold too little, later fifths are asked about, and parts that are held out by chance, thrice: one partition by
itself moves answers more than anything that could be chosen. Weights of evidence are kept at 0 or above, so that no
agreement ever speaks against a group, and are pulled towards those of the model they start from.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import scipy
from msgspec.structs import replace

from backtrail.clusters.suggest.known import Evidence, Floats, Known
from backtrail.clusters.suggest.parameters import Nearest, Prior, TraitModel, Unknown
from backtrail.clusters.suggest.table import Report

_LN2 = float(np.log(2))
_YEAR = timedelta(days=365)
_YEARS = 4
_PARTS = 5
_PARTITIONS = 3
_AT_MOST = 2_100
"""Reports that are asked about in all partitions together; more would cost memory."""

_FIFTHS = ((0.4, 0.6), (0.6, 0.8), (0.8, 1.0))
"""Of the dated reports, in order: what is asked about of all that came before it."""

_ENOUGH = 150
"""Reports of known groups that a year must hold to be asked about."""

_ASKED = 700
"""Reports that are asked about in one year, at most; more would cost memory and change nothing."""

PULL = 1e-3
"""Cost of moving a weight by 1, against the mean log loss in nats; docs/decisions/0012 has what others gave."""


class Fold(NamedTuple):
    """What is known, and what is asked about.

    Attributes:
        known: Reports that are known.
        asked: Reports that are asked about.
        ago: Days from the end of what is asked about to the latest report.
        share: How much an answer counts, besides: what is asked about in several partitions counts once in all.
    """

    known: list[Report]
    asked: list[Report]
    ago: float = 0.0
    share: float = 1.0


class Weights:
    """The weights of a model as one vector, in the order of `Known.columns`: for groups, then for nobody known."""

    def __init__(self, vector: Floats, columns: int) -> None:
        self.vector = vector
        self.group = vector[:columns]
        self.unknown = vector[columns : 2 * columns]
        self.prior = vector[2 * columns : 2 * columns + 3]
        self.start, self.size = vector[2 * columns + 3 :]

    @classmethod
    def of(cls, model: TraitModel) -> "Weights":
        """The weights that a model holds."""
        group = [w for t in model.traits.values() for w in (t.shared, t.absent)]
        unknown = [w for t in model.traits.values() for w in (t.shared_unknown, t.absent_unknown)]
        group += [w for n in model.nearest.values() for w in (n.one, n.five)]
        unknown += [w for n in model.nearest.values() for w in (n.one_unknown, n.five_unknown)]
        group += [t.best for t in model.traits.values()]
        unknown += [t.best_unknown for t in model.traits.values()]
        prior = model.prior
        rest = [prior.reports, prior.decayed, prior.recent, model.unknown.start, model.unknown.size]
        return cls(np.array([*group, *unknown, *rest], np.float64), len(group))

    def into(self, model: TraitModel) -> TraitModel:
        """The model with these weights in place of its own."""
        group, unknown = (iter(np.round(w, 4).tolist()) for w in (self.group, self.unknown))
        traits = {
            name: replace(
                trait,
                shared=next(group),
                absent=next(group),
                shared_unknown=next(unknown),
                absent_unknown=next(unknown),
            )
            for name, trait in model.traits.items()
        }
        nearest = {
            name: Nearest(one=next(group), five=next(group), one_unknown=next(unknown), five_unknown=next(unknown))
            for name in model.nearest
        }
        traits = {name: replace(trait, best=next(group), best_unknown=next(unknown)) for name, trait in traits.items()}
        reports, decayed, recent = np.round(self.prior, 4).tolist()
        return replace(
            model,
            traits=traits,
            nearest=nearest,
            prior=Prior(reports=reports, decayed=decayed, recent=recent),
            unknown=Unknown(
                start=round(float(self.start), 4), size=round(float(self.size), 4), share=model.unknown.share
            ),
        )

    def scores(self, evidence: Evidence) -> Floats:
        """Bits for each group and, last, for nobody known: reports by groups and one."""
        terms = evidence.terms
        reports, groups, columns = terms.shape
        known = (terms[:, :-1].reshape(-1, columns) @ self.group.astype(np.float32)).reshape(reports, groups - 1)
        unknown = terms[:, -1] @ self.unknown + self.start + self.size * evidence.size
        return np.concatenate([known + (evidence.prior @ self.prior)[None, :], unknown[:, None]], axis=1)


def fit(reports: Sequence[Report], model: TraitModel, seed: int, pull: float = PULL) -> TraitModel:
    """Learn weights from reports whose group is known (None: nobody known).

    Args:
        reports: What is known.
        model: Where to start from, and what weights are pulled towards.
        seed: For what is held out by chance.
        pull: See `PULL`.

    Returns:
        The model with new weights; the same one when there is nothing to learn from, as where no answer is "nobody
        known": a group would seem certain whatever a report shows.
    """
    questions = folds(reports, seed)
    return learned(questions, model, pull) if any(map(_holds_new, questions)) else model


def learned(questions: Iterable[Fold], model: TraitModel, pull: float) -> TraitModel:
    """The model with weights that answer questions best, where something is known before and something asked."""
    asked = []
    for fold in questions:
        before = Known(fold.known, model)
        if before.groups and fold.asked:
            recent = max(0.5 ** (fold.ago / model.half_life), model.floor)
            asked.append(_Asked(before, fold.asked, fold.share * recent))
    if not asked:
        return model
    start = Weights.of(model)
    columns = len(start.group)
    bounds = [(0.0, None)] * (2 * columns) + [(None, None)] * 5
    share = _balance(asked, model.unknown.share)
    found = scipy.optimize.minimize(
        _cost,
        start.vector,
        args=(asked, columns, start.vector, pull, share),
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 250},
    )
    return Weights(found.x, columns).into(model)


def folds(reports: Sequence[Report], seed: int) -> list[Fold]:
    """Years to be asked about, each with what was known before; without enough of them fifths, and parts by chance.

    The order in which reports come means nothing.
    """
    chance = np.random.default_rng(seed)
    reports = sorted(reports, key=lambda r: (r.id, str(r.date), r.group or ""))
    dated = [r for r in reports if r.date is not None]
    told = 3 * len(dated) > 2 * len(reports)
    years = _years(reports, max(r.date for r in dated if r.date)) if told else []
    if years:
        return [fold._replace(asked=_some(fold.asked, chance)) for fold in years]
    found = list(_later(reports)) if told else []
    partitions = min(_PARTITIONS, max(1, _AT_MOST // max(len(reports), 1)))
    for _ in range(partitions):
        found += [fold._replace(share=1 / partitions) for fold in _parts(reports, chance)]
    return found if any(map(_holds_new, found)) else [*found, *_without_groups(reports, chance)]


def _holds_new(fold: Fold) -> bool:
    """Whether something of nobody known is asked about."""
    groups = {r.group for r in fold.known if r.group is not None}
    return any(r.group not in groups for r in fold.asked)


def _without_groups(reports: Sequence[Report], chance: np.random.Generator) -> Iterator[Fold]:
    """Groups that are not known yet, asked about: where each group is large, no part holds anything new by itself."""
    groups = sorted({r.group for r in reports if r.group is not None})
    order = chance.permutation(len(groups))
    for part in range(min(_PARTS, len(groups))):
        held = {groups[i] for i in order[part::_PARTS].tolist()}
        yield Fold([r for r in reports if r.group not in held], [r for r in reports if r.group in held])


def _later(reports: Sequence[Report]) -> Iterator[Fold]:
    """Later fifths of what is dated."""
    undated = [r for r in reports if r.date is None]
    dated = sorted((r for r in reports if r.date is not None), key=lambda r: (r.date, r.id))
    for low, high in _FIFTHS:
        before, until = int(low * len(dated)), int(high * len(dated))
        yield Fold([*undated, *dated[:before]], dated[before:until])


def _parts(reports: Sequence[Report], chance: np.random.Generator) -> Iterator[Fold]:
    """A partition by chance, each part asked about with the others known."""
    order = chance.permutation(len(reports))
    for part in range(_PARTS):
        held = set(order[part::_PARTS].tolist())
        yield Fold([r for i, r in enumerate(reports) if i not in held], [r for i, r in enumerate(reports) if i in held])


def _years(reports: Sequence[Report], latest: date) -> list[Fold]:
    """Up to four years before the latest report; none at all when fewer than two of them hold enough."""
    found = []
    for year in range(_YEARS, 0, -1):
        start = latest - year * _YEAR
        known = [r for r in reports if r.date is None or r.date <= start]
        held = [r for r in reports if r.date is not None and start < r.date <= start + _YEAR]
        if sum(r.group is not None for r in held) >= _ENOUGH and known:
            found.append(Fold(known, held, (latest - start - _YEAR).days))
    return found if len(found) > 1 else []


def _some(held: list[Report], chance: np.random.Generator) -> list[Report]:
    if len(held) <= _ASKED:
        return held
    return [held[i] for i in sorted(chance.choice(len(held), _ASKED, replace=False).tolist())]


class _Asked:
    """Evidence of one fold, with the right answers and how much each of them counts."""

    def __init__(self, known: Known, held: Sequence[Report], weight: float) -> None:
        self.weight = weight
        self.evidence = known.evidence(held)
        number = {group: i for i, group in enumerate(known.groups)}
        nobody = len(known.groups)
        self.right = np.array([number.get(r.group, nobody) if r.group is not None else nobody for r in held], np.int64)
        self.unknown = self.right == len(known.groups)


def _balance(asked: Sequence[_Asked], share: float) -> tuple[float, float]:
    """Weights of reports of known groups and of nobody known, that make the latter the wanted share."""
    unknown = sum(a.weight * int(a.unknown.sum()) for a in asked)
    total = sum(a.weight * len(a.right) for a in asked)
    if unknown in (0, total):
        return 1.0, 1.0
    return (1 - share) * total / (total - unknown), share * total / unknown


def _cost(
    vector: Floats, asked: Sequence[_Asked], columns: int, start: Floats, pull: float, share: tuple[float, float]
) -> tuple[float, Floats]:
    """Mean log loss in nats with the pull towards the start, and its gradient."""
    weights = Weights(vector, columns)
    loss, weight, gradient = 0.0, 0.0, np.zeros_like(vector)
    for one in asked:
        counted = one.weight * np.where(one.unknown, share[1], share[0])
        chance = probabilities(weights.scores(one.evidence))
        rows = np.arange(len(one.right))
        loss -= float(counted @ np.log(np.maximum(chance[rows, one.right], 1e-30)))
        weight += float(counted.sum())
        chance[rows, one.right] -= 1.0
        gradient += _gradient(chance * counted[:, None] * _LN2, one.evidence, columns)
    away = vector - start
    return loss / weight + pull * float(away @ away), gradient / weight + 2 * pull * away


def _gradient(error: Floats, evidence: Evidence, columns: int) -> Floats:
    known, unknown = error[:, :-1], error[:, -1]
    terms = evidence.terms
    return np.concatenate(
        [
            known.astype(np.float32).reshape(-1) @ terms[:, :-1].reshape(-1, columns),
            unknown @ terms[:, -1],
            known.sum(axis=0) @ evidence.prior,
            [unknown.sum(), unknown @ evidence.size],
        ]
    )


def probabilities(scores: Floats) -> Floats:
    """Probabilities of bits, over each row."""
    odds = np.exp2(scores - scores.max(axis=1, keepdims=True))
    found: Floats = odds / odds.sum(axis=1, keepdims=True)
    return found
