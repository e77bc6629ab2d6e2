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
from backtrail.clusters.suggest.pairs import Rows, fit_pairs
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
    terms, same, chance = [], [], np.random.default_rng(0)
    for name in SETS:
        known = list(labelled(DEV / f"{name}.jsonl"))
        rows = Rows(known, model, learning=True)
        one, other = rows.candidates()
        group = np.unique([report.group or "" for report in known], return_inverse=True)[1]
        terms.append(rows.terms(one, other))
        same.append(group[one] == group[other])
    count = min(map(len, same))
    chosen = [np.sort(chance.choice(len(some), count, replace=False)) for some in same]
    return fit_pairs(
        np.concatenate([some[at] for some, at in zip(terms, chosen, strict=True)]),
        np.concatenate([some[at] for some, at in zip(same, chosen, strict=True)]),
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
