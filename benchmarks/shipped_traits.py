"""Fits the weights of suggestions that Backtrail ships, and writes them into `clusters/suggest/traits.toml`.

Learned from all labelled reports of `../shared` at once, each set asked as `model fit` asks it: years after what was
known before, or parts held out by chance. Weights of pairs are learned from pairs that share something rare, as many of
each set. All start from weights that know nothing. What was chosen and not fitted stays as it is; so do the comments of
the file. Run it when traits or terms changed:

    python -m benchmarks.shipped_traits
"""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest import parameters
from backtrail.clusters.suggest.fitting import PULL, Fold, folds, learned
from backtrail.clusters.suggest.pairs import fit_pairs, lesson
from backtrail.clusters.suggest.parameters import TraitModel
from backtrail.clusters.suggest.table import Report
from backtrail.verbs.labelled import labelled
from benchmarks.quality import DEV, SETS, ignorant

WRITTEN = Path(parameters.__file__).with_name("traits.toml")


def reports(name: str) -> Iterator[Report]:
    yield from labelled(DEV / f"{name}.jsonl")
    if (other := DEV / f"{name}_unknown.jsonl").exists():
        yield from labelled(other, with_group=False)


def questions() -> Iterator[Fold]:
    for name in SETS:
        yield from folds(list(reports(name)), 0)


def paired(model: TraitModel) -> TraitModel:
    """The model with weights of pairs learned from as many pairs of every set."""
    told = [lesson(list(labelled(DEV / f"{name}.jsonl")), model) for name in SETS]
    count, chance = min(len(one.same) for one in told), np.random.default_rng(0)
    chosen = [(one, np.sort(chance.choice(len(one.same), count, replace=False))) for one in told]
    return fit_pairs(
        np.concatenate([one.terms[at] for one, at in chosen]),
        np.concatenate([one.same[at] for one, at in chosen]),
        model,
    )


def main() -> None:
    """Fit, and write."""
    shipped = parameters.built_in()
    fitted = paired(learned(questions(), ignorant(), PULL))
    traits = {
        name: replace(
            trait,
            shared=fitted.traits[name].shared,
            absent=fitted.traits[name].absent,
            best=fitted.traits[name].best,
            shared_unknown=fitted.traits[name].shared_unknown,
            absent_unknown=fitted.traits[name].absent_unknown,
            best_unknown=fitted.traits[name].best_unknown,
            pair=fitted.traits[name].pair,
        )
        for name, trait in shipped.traits.items()
    }
    new = replace(
        shipped,
        traits=traits,
        nearest=fitted.nearest,
        prior=fitted.prior,
        unknown=fitted.unknown,
        pair_start=fitted.pair_start,
        pair_near=fitted.pair_near,
    )
    comments = list(takewhile(lambda line: line.startswith("#"), WRITTEN.read_text("utf-8").splitlines()))
    rows = parameters.render(new).splitlines()[1:]
    WRITTEN.write_text("\n".join([*comments, "", *rows]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
