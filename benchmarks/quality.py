"""How right suggestions and groupings are on real labelled reports, beside plain methods: `make bench-quality`.

Time goes one way: the model is fitted on reports before a day and asked about those after it (`infra`); the other
sets have too few dates, so that three parts held out by chance stand in. Fitting starts from weights that know
nothing of these reports. What hangs on the share of nobody known is told as it is in these reports, and as it would be
at the share that the model expects (`_expected`). The plain methods are what peers do: a shared value (MISP), the
nearest report by cosine of rarity-weighted values, naive Bayes over all traits, and Fellegi and Sunter's sum over
what is shared. Nothing is chosen here.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from backtrail.clusters.suggest import parameters
from backtrail.clusters.suggest.fitting import fit
from backtrail.clusters.suggest.grouping import fit_grouping, group, interviewed
from backtrail.clusters.suggest.known import Known
from backtrail.clusters.suggest.measures import Suggested, grouped, suggested
from backtrail.clusters.suggest.ranking import chances
from backtrail.verbs.labelled import labelled

DEV = Path(__file__).parents[2] / "shared" / "data" / "attribution" / "dev"
SETS = ("events_family", "events_actor", "ttp_reports", "infra")
VALUES = ("host", "zone", "address", "endpoint", "url", "path", "file digest", "file name", "software", "technique")

BOOTSTRAPS = 2_000

QUESTIONS = 50
"""That an analyst is asked, by value."""


def ignorant():
    """The model with weights that know nothing: the same for every trait."""
    model = parameters.built_in()
    equal = {"shared": 0.1, "absent": 0.1, "best": 0.1, "pair": 0.1}
    unknown = dict.fromkeys(("shared_unknown", "absent_unknown", "best_unknown"), 0.0)
    traits = {name: replace(trait, **equal, **unknown) for name, trait in model.traits.items()}
    nearest = {name: parameters.Nearest(one=1.0, five=1.0) for name in model.nearest}
    return replace(
        model,
        traits=traits,
        nearest=nearest,
        prior=parameters.Prior(reports=0.3, decayed=0.3, recent=0.3),
        unknown=parameters.Unknown(start=3.0, size=0.3, share=model.unknown.share),
        pair_start=-4.0,
    )


def splits(reports, name):
    """What is known, and what is asked."""
    if name == "infra":
        for day in (date(2023, 6, 30), date(2024, 6, 30)):
            known = [r for r in reports if r.date is None or r.date <= day]
            yield known, [r for r in reports if r.date and day < r.date <= day.replace(year=day.year + 1)]
        return
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(reports))
        cut = int(0.7 * len(reports))
        yield [reports[i] for i in order[:cut]], [reports[i] for i in order[cut:]]


def shared_value(known, asked, groups):
    """Groups in the order of how many values they share with a report, as a correlation of events does it."""
    holders = defaultdict(set)
    for r in known:
        for trait in VALUES:
            for value in r.traits.get(trait, ()):
                holders[trait, value].add(r.group)
    number = {name: i for i, name in enumerate(groups)}
    chance = np.full((len(asked), len(groups) + 1), 1e-9)
    for i, r in enumerate(asked):
        count = Counter(g for t in VALUES for v in r.traits.get(t, ()) for g in holders.get((t, v), ()) if g)
        for name, n in count.items():
            chance[i, number[name]] = n
        chance[i, -1] = 0.5
    return chance / chance.sum(axis=1, keepdims=True)


def nearest_report(base, asked):
    chance = np.zeros((len(asked), len(base.groups) + 1))
    column = base.columns.index("nearest value1")
    for i in range(0, len(asked), 200):
        chance[i : i + 200] = base.evidence(asked[i : i + 200]).terms[:, :, column]
    chance += 1e-9
    return chance / chance.sum(axis=1, keepdims=True)


def naive_bayes(base, asked):
    """Every trait with weight 1 and no damping beyond that of the terms."""
    bits = np.zeros((len(asked), len(base.groups) + 1))
    for i in range(0, len(asked), 200):
        bits[i : i + 200] = base.evidence(asked[i : i + 200]).terms[:, :, : 2 * len(base.traits)].sum(axis=2)
    bits[:, :-1] += base.prior[:, 0]
    odds = np.exp2(bits - bits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def fellegi_sunter(base, asked):
    """What is shared, as log-likelihood ratios, damped and aged; nobody known has 0 bits (Fellegi, Sunter 1969)."""
    bits = np.zeros((len(asked), len(base.groups) + 1))
    for i in range(0, len(asked), 200):
        bits[i : i + 200] = base.evidence(asked[i : i + 200]).terms[:, :, : 2 * len(base.traits) : 2].sum(axis=2)
    bits[:, -1] = 0.0
    odds = np.exp2(bits - bits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def suggestions(name):
    """Measures of each method, means of the parts; those of ours with how far they are above the best plain method."""
    reports = list(labelled(DEV / f"{name}.jsonl"))
    other = DEV / f"{name}_unknown.jsonl"
    reports += list(labelled(other, with_group=False)) if other.exists() else []
    found, hits = defaultdict(list), defaultdict(list)
    for known, asked in splits(reports, name):
        model = fit(known, ignorant(), 0)
        base = Known(known, model)
        number = {g: i for i, g in enumerate(base.groups)}
        right = np.array([number.get(r.group or "", len(base.groups)) for r in asked])
        for method, chance in {
            "shared value": shared_value(known, asked, base.groups),
            "nearest report": nearest_report(base, asked),
            "naive Bayes": naive_bayes(base, asked),
            "Fellegi-Sunter": fellegi_sunter(base, asked),
            "backtrail": chances(base, asked),
        }.items():
            found[method].append((suggested(chance, right), suggested(chance, right, model.unknown.share)))
            hits[method].append((chance[:, :-1].argmax(axis=1) == right)[right < len(base.groups)])
    rows = {method: _mean(some) for method, some in found.items()}
    return {**rows, "backtrail": rows["backtrail"] | _gain({m: np.concatenate(some) for m, some in hits.items()})}


def _mean(rows):
    """Means of the parts as they are; those that hang on the share of nobody known also at the expected one."""
    names = [n for n in Suggested.__struct_fields__ if n not in ("records", "unknown")]
    plain = {n: [getattr(r, n) for r, _ in rows] for n in names}
    expected = {f"{n}_expected": [getattr(r, n) for _, r in rows] for n in ("at90", "ece", "log_loss")}
    return {n: float(np.mean([v for v in some if v is not None])) for n, some in (plain | expected).items()}


def _gain(hits):
    """Right group first beyond the best plain method, over all known reports, and its paired bootstrap interval."""
    best = max((some for method, some in hits.items() if method != "backtrail"), key=np.mean)
    apart = hits["backtrail"].astype(float) - best
    chance = np.random.default_rng(0)
    drawn = [chance.choice(apart, len(apart)).mean() for _ in range(BOOTSTRAPS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"gain": float(apart.mean()), "gain_low": float(low), "gain_high": float(high)}


def by_shared_value(reports):
    """Reports that share any value are one cluster: what following correlations gives."""
    parent = list(range(len(reports)))

    def root(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    first = {}
    for i, r in enumerate(reports):
        for trait in VALUES[:7]:
            for value in r.traits.get(trait, ()):
                parent[root(i)] = root(first.setdefault((trait, value), i))
    return [root(i) for i in range(len(reports))]


def groupings(name):
    """The earlier six tenths set the parameters; all are grouped, and measured.

    The last row is the grouping after questions to an analyst, whose answers alone come from labels.
    """
    reports = sorted(labelled(DEV / f"{name}.jsonl"), key=lambda r: (r.date or date(2019, 1, 1), r.id))
    cut = int(0.6 * len(reports))
    model = fit_grouping(reports[:cut], fit(reports[:cut], ignorant(), 0), 0)
    bare, labels = [replace(r, group=None) for r in reports], [r.group for r in reports]
    said = interviewed(bare, model, lambda a, b: labels[a] == labels[b], QUESTIONS)
    rows = {
        "shared value": by_shared_value(reports),
        "backtrail": group(bare, model, 0),
        f"{len(said)} answers": group(bare, model, 0, said),
    }
    return {
        method: {
            **{f: getattr(grouped(some, labels), f) for f in ("precision", "recall", "f1", "pair_f1")},
            "f1_later": grouped(some[cut:], labels[cut:]).f1,
        }
        for method, some in rows.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", nargs="*", default=SETS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not DEV.exists():
        sys.exit(f"{DEV} is not there")
    found = {}
    for name in asked.sets:
        start = time.process_time()
        found[name] = {"suggestions": suggestions(name), "groupings": groupings(name)}
        for what, rows in found[name].items():
            print(f"\n{name}, {what}", file=sys.stderr if asked.json else sys.stdout)
            for method, row in rows.items():
                told = "  ".join(f"{k} {v:.3f}" for k, v in row.items())
                print(f"  {method:<15} {told}", file=sys.stderr if asked.json else sys.stdout, flush=True)
        print(f"  {time.process_time() - start:.0f} s of processor", file=sys.stderr)
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
