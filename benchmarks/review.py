"""What an analyst's answers to `backtrail review` do for the grouping of a case: B-cubed before and after.

Cases are made of worlds whose truth is known, with seeds on which nothing was chosen, of what responders found alone:
where all telemetry was swept too, next to nothing is left to ask. The analyst answers from the truth of the pair that
is looked at, and takes the decision that the question offers; nothing else is decided.

    python -m benchmarks.review [--seeds 201 202] [--answers 0 5 10 25]
"""

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Any

from backtrail import clusters
from backtrail.clusters.groups import joined
from backtrail.clusters.suggest.measures import grouped
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError
from backtrail.model.weight import Explanation, Question
from benchmarks.calibration import case_of, each


def decision(question: Question, same: bool, log: Sequence[Decision]) -> Decision:
    """The decision that a question offers for a yes or a no."""
    if not same:
        sides = (question.one, question.other)
        groups = [side for side in sides if side.startswith("UNC-")]
        given: dict[str, Any] = dict(zip(("group", "other"), groups, strict=False))
        given |= {"action": "apart", "intrusions": tuple(side for side in sides if side not in groups)}
    elif not question.joining:
        given = {"action": "merge", "group": question.one, "other": question.other}
    elif question.group:
        given = {"action": "assign", "group": question.group, "intrusions": question.joining}
    else:
        given = {"action": "new", "group": clusters.next_group_id(log), "intrusions": question.joining, "text": "x"}
    return Decision(seq=len(log) + 1, at="2013-02-18T00:00:00Z", author="benchmark", reason="truth", model="", **given)


def after(pairs: Sequence[Explanation], group: dict[str, str], most: int) -> tuple[list[float], list[Decision]]:
    """B-cubed F1 of the grouping after each answer, none first."""
    log: list[Decision] = []
    found = [f1(pairs, State(), group)]
    put_aside: set[frozenset[str]] = set()
    while len(found) <= most:
        state = clusters.fold(log)
        open_ = (q for q in clusters.review(pairs, state, clusters.built_in()))
        question = next((q for q in open_ if frozenset((q.link.a, q.link.b)) not in put_aside), None)
        if question is None:
            break
        said = decision(question, group[question.link.a] == group[question.link.b], log)
        try:
            state = clusters.fold([*log, said])
        except ConflictError:  # the log says otherwise: an analyst would look again, and we go on
            put_aside.add(frozenset((question.link.a, question.link.b)))
            continue
        log.append(said)
        found.append(f1(pairs, state, group))
    return found, log


def f1(pairs: Sequence[Explanation], state: State, group: dict[str, str]) -> float:
    """B-cubed F1 of all intrusions of a case."""
    sets = joined(pairs, state, clusters.built_in()).sets
    roots = {intrusion: n for n, members in enumerate(sets.members().values()) for intrusion in members}
    at = {intrusion: roots.get(intrusion, len(roots) + n) for n, intrusion in enumerate(group)}
    return grouped([at[intrusion] for intrusion in group], list(group.values())).f1


def main() -> None:
    """Print a row for each case."""
    options = argparse.ArgumentParser()
    options.add_argument("--seeds", type=int, nargs="+", default=[201, 202])
    options.add_argument("--answers", type=int, nargs="+", default=[0, 5, 10, 25])
    options.add_argument("--jobs", type=int, default=2)
    given = options.parse_args()
    for world, seed, (pairs, group) in each(given.seeds, given.jobs, partial(case_of, sweep=False)):
        found, log = after(pairs, group, max(given.answers))
        shown = "  ".join(f"{n}: {found[min(n, len(found) - 1)]:.3f}" for n in given.answers)
        print(f"{world:<12} seed {seed}: {len(group):>4} intrusions, answers {shown}  (asked {len(log)})", flush=True)


if __name__ == "__main__":
    main()
