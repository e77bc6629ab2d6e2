"""What grouping costs at 1k to 1M intrusions, beside sparse_dot_topn and Splink: `make bench-cluster`.

Intrusions are resampled from real labelled reports: each takes the values of one report, every value renamed with one
of so many labels that an intrusion shares as many values with others as a real report does. Each size and each peer
runs in a process of its own, with limits of time and memory; its peak memory is its own.
"""

import argparse
import json
import logging
import multiprocessing
import os
import resource
import sys
import time
from collections import deque
from pathlib import Path

import numpy as np

from backtrail.clusters.suggest import pairs, parameters
from backtrail.clusters.suggest.columns import numbered
from backtrail.clusters.suggest.table import Report
from backtrail.verbs.labelled import labelled

DEV = Path(__file__).parents[2] / "shared" / "data" / "attribution" / "dev"
SETS = ("infra", "events_actor", "events_family", "ttp_reports")
LIMIT = 900
MORE = 50
"""Intrusions that come one by one after the rest."""

MEMORY = int(0.8 * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
"""Bytes that a method may take, so that one that wants more fails by itself and nothing else."""


def resampled(count, seed=0):
    """Intrusions whose identities are renamed by copy; manners (words, shapes, suffixes) stay common to all.

    They are made one at a time, as they would be read: whoever needs all of them at once keeps them.
    """
    model = parameters.built_in()
    rows = [r for name in SETS for r in labelled(DEV / f"{name}.jsonl")]
    chance = np.random.default_rng(seed)
    copies = -(-count // len(rows))
    near = {name for name, trait in model.traits.items() if trait.near == "value"}
    for number in range(count):
        r = rows[number % len(rows)]
        copy = int(chance.integers(copies))
        traits = {
            t: {f"{copy}~{v}" for v in some} if t in near and copies > 1 else some for t, some in r.traits.items()
        }
        yield Report(id=str(number), date=r.date, traits=traits)


def backtrail(reports):
    model = parameters.built_in()
    rows = pairs.Rows(reports, model)
    one, other = rows.candidates()
    held = pairs.joined(rows.count, one, other, rows.bits(one, other), model.threshold)
    return {"pairs": len(one), "clusters": len(set(held))}


def drained(reports):
    """What making the intrusions takes, which is in the seconds of each method that takes them one at a time."""
    return {"intrusions": sum(1 for _ in reports)}


def one_more(reports):
    """One more intrusion after the rest: what it touches is looked up and weighed, nothing else."""
    last: deque[Report] = deque()

    def rest():
        for report in reports:
            last.append(report)
            if len(last) > MORE:
                yield last.popleft()

    base = pairs.Rows(rest(), parameters.built_in())
    times = []
    for report in last:
        start = time.perf_counter()
        base.touched(report)
        times.append(time.perf_counter() - start)
    return {"milliseconds": 1000 * float(np.median(times)), "worst": 1000 * max(times)}


def _matrix(reports):
    from scipy import sparse

    model = parameters.built_in()
    tables, _ = numbered(reports, [name for name, trait in model.traits.items() if trait.near == "value"])
    rows = sparse.hstack(list(tables.values()), format="csr")
    idf = np.log((rows.shape[0] + 1) / np.maximum(np.asarray(rows.sum(axis=0)).ravel(), 1))
    rows = (rows @ sparse.diags_array(idf)).tocsr()
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags_array(1 / np.maximum(length, 1e-9)) @ rows).tocsr()


def topn(reports):
    from scipy import sparse
    from sparse_dot_topn import sp_matmul_topn

    rows = sparse.csr_matrix(_matrix(reports))
    found = sp_matmul_topn(rows, rows.T.tocsr(), top_n=60, threshold=0.3, n_threads=2)
    return {"pairs": int(found.nnz)}


def splink(reports):
    import pandas
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    columns = {"host": "host", "zone": "zone", "address": "address", "digest": "file digest"}
    rows = ([r.id, *(sorted(r.traits.get(trait, ())) or None for trait in columns.values())] for r in reports)
    frame = pandas.DataFrame(rows, columns=["unique_id", *columns])
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[cl.ArrayIntersectAtSizes(c, [3, 1]) for c in columns],
        blocking_rules_to_generate_predictions=[block_on(c, arrays_to_explode=[c]) for c in columns],
    )
    linker = Linker(DuckDBAPI().register(frame), settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    pairs_ = linker.inference.predict(threshold_match_probability=0.5)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs_, 0.5)
    return {"clusters": int(clusters.as_pandas_dataframe()["cluster_id"].nunique())}


METHODS = {
    "resampling": drained,
    "backtrail": backtrail,
    "one more": one_more,
    "sparse_dot_topn": topn,
    "splink": splink,
}


def _child(name, count, answer):
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    try:
        reports = resampled(count)
        before = resource.getrusage(resource.RUSAGE_SELF)
        start = time.perf_counter()
        told = METHODS[name](reports)
        after = resource.getrusage(resource.RUSAGE_SELF)
        told |= {
            "seconds": time.perf_counter() - start,
            "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "peak_mb": after.ru_maxrss / 1024,
        }
        answer.put(told)
    except Exception as error:  # noqa: BLE001 - a peer that is not installed, or fails, is told and does not end the run
        answer.put({"failed": f"{type(error).__name__}: {error}"[:200]})


def measured(name, count):
    answer = multiprocessing.get_context("spawn").Queue()
    child = multiprocessing.get_context("spawn").Process(target=_child, args=(name, count, answer))
    child.start()
    try:
        return answer.get(timeout=LIMIT)
    except Exception:  # noqa: BLE001 - the queue stays empty when the child is stopped
        return {"failed": f"stopped after {LIMIT} s"}
    finally:
        child.kill()
        child.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="*", type=int, default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--methods", nargs="*", default=list(METHODS))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if not DEV.exists():
        sys.exit(f"{DEV} is not there")
    for count in asked.sizes:
        for name in asked.methods:
            row = measured(name, count)
            if asked.json:
                print(json.dumps({"method": name, "intrusions": count, **row}), flush=True)
            else:
                told = "  ".join(f"{k} {v:,.1f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items())
                print(f"{count:>9,}  {name:<16} {told}", flush=True)


if __name__ == "__main__":
    main()
