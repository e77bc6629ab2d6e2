"""evaluate: suggestions and groupings measured on labelled reports."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from backtrail.clusters.suggest import parameters
from backtrail.clusters.suggest.fitting import fit
from backtrail.clusters.suggest.grouping import fit_grouping, group
from backtrail.clusters.suggest.known import Floats, Known
from backtrail.clusters.suggest.measures import Grouped, Suggested, grouped, suggested
from backtrail.clusters.suggest.ranking import chances
from backtrail.clusters.suggest.table import Report
from backtrail.model.errors import UsageError
from backtrail.verbs.known import require_seed
from backtrail.verbs.labelled import labelled
from backtrail.verbs.written import require_writable, write_lines


class Evaluated(Struct, frozen=True, kw_only=True):
    """What came out.

    Attributes:
        what: `attribution` or `clustering`.
        out: The file written.
        records: Records answered.
        labelled: How many of them carry a group, and can be measured.
        undated: Records of all files that carry no date that can be read.
        unread: Indicators of all files of types that are not weighed, by type.
        told_before: Records of the test file that show just what one of the training files does.
        groups: Groups that were known beforehand.
        model: Version of the model: one of its own where it was learned, that of what ships where records were too few.
        suggested: Measures of suggestions, when test records have labels.
        grouped: Measures of the grouping over all records with a label.
        grouped_test: The same over those of the test file.
    """

    what: str
    out: str
    records: int
    labelled: int
    undated: int
    unread: dict[str, int] = {}
    told_before: int = 0
    groups: int
    model: str
    suggested: Suggested | None = None
    grouped: Grouped | None = None
    grouped_test: Grouped | None = None


def evaluate(
    what: Literal["attribution", "clustering"],
    *,
    train: Path,
    test: Path,
    out: Path,
    unknown: Path | None = None,
    as_is: bool = False,
    seed: int = 0,
) -> Evaluated:
    """Measure suggestions of groups, or a grouping, on labelled reports (JSON lines).

    `attribution` writes `{"id", "ranking": [{"group", "probability"}...], "unknown": p}` for each test record, from
    what the training files hold; test records do not inform one another. `clustering` writes `{"id", "cluster"}` for
    the records of both files, grouped without labels; those of the training file only set parameters beforehand.

    Args:
        what: `attribution` or `clustering`.
        train: Records whose `group` is known.
        test: Records to answer for; their `group`, where there is one, is used for measuring only. One that no training
            record has is "nobody known"; none at all is not measured.
        out: File to write, JSON lines.
        unknown: Records of no known group, to learn what those look like.
        as_is: Use the model that ships, without learning weights from the training file.
        seed: For what is held out by chance while learning.
    """
    if out.resolve() in {path.resolve() for path in (train, test, unknown) if path}:
        raise UsageError(f"{out} is read from; name another file to write")
    require_writable(out)
    require_seed(seed)
    unread: Counter[str] = Counter()
    known = _once(labelled(train, unread=unread))
    nobody = _once(labelled(unknown, with_group=False, unread=unread)) if unknown else []
    asked = list(labelled(test, unread=unread))
    model = parameters.built_in() if as_is else _learned(what, known, nobody, train.name, seed)
    done = (
        _attribution([*known, *nobody], asked, model, out)
        if what == "attribution"
        else _clustering(known, asked, model, out, seed)
    )
    told = {_shown(report) for report in (*known, *nobody) if report.traits}
    return replace(done, unread=dict(sorted(unread.items())), told_before=sum(_shown(one) in told for one in asked))


def _learned(
    what: str, known: Sequence[Report], nobody: Sequence[Report], name: str, seed: int
) -> parameters.TraitModel:
    """Weights learned from training records; those that ship where these are too few to learn from."""
    start = parameters.built_in()
    learned = fit([*known, *nobody], start, seed)
    learned = fit_grouping(known, learned, seed) if what == "clustering" else learned
    return start if learned == start else parameters.named(learned, f"{len(known) + len(nobody)} records of {name}")


def _once(reports: Iterable[Report]) -> list[Report]:
    """The same record said twice counts once, and the order in which records are said does not."""
    seen = {(report.id, str(report.date), report.group or "", _shown(report)): report for report in reports}
    return [seen[key] for key in sorted(seen)]


def _shown(report: Report) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What a record shows, to tell whether another shows the same."""
    return tuple((trait, tuple(sorted(values))) for trait, values in sorted(report.traits.items()))


def _attribution(
    known: Sequence[Report], asked: Sequence[Report], model: parameters.TraitModel, out: Path
) -> Evaluated:
    base = Known(known, model)
    chance = chances(base, [replace(report, group=None) for report in asked])
    write_lines(out, (_ranking(report, base.groups, row) for report, row in zip(asked, chance, strict=True)))
    number = {name: i for i, name in enumerate(base.groups)}
    told = [i for i, report in enumerate(asked) if report.group is not None]
    right = np.array([number.get(asked[i].group or "", len(base.groups)) for i in told], np.int64)
    return Evaluated(
        what="attribution",
        out=str(out),
        records=len(asked),
        labelled=len(told),
        undated=_undated([*known, *asked]),
        groups=len(base.groups),
        model=model.version,
        suggested=suggested(chance[told], right) if told else None,
    )


def _ranking(report: Report, groups: Sequence[str], chance: Floats) -> dict[str, object]:
    order = np.argsort(-chance[:-1], kind="stable").tolist()
    ranking = [{"group": groups[i], "probability": _rounded(chance[i])} for i in order]
    return {"id": report.id, "ranking": ranking, "unknown": _rounded(chance[-1])}


def _rounded(chance: float) -> float:
    """A probability to ten digits: the last ones hang on which records are answered at once."""
    return round(float(chance), 10)


def _clustering(
    known: Sequence[Report], asked: Sequence[Report], model: parameters.TraitModel, out: Path, seed: int
) -> Evaluated:
    reports = [*known, *asked]
    held = _grouped([replace(report, group=None) for report in reports], model, seed)
    write_lines(out, ({"id": report.id, "cluster": f"C{number}"} for report, number in zip(reports, held, strict=True)))
    return Evaluated(
        what="clustering",
        out=str(out),
        records=len(reports),
        labelled=sum(report.group is not None for report in reports),
        undated=_undated(reports),
        groups=len({report.group for report in known if report.group is not None}),
        model=model.version,
        grouped=_measured(reports, held),
        grouped_test=_measured(asked, held[len(known) :]),
    )


def _grouped(reports: Sequence[Report], model: parameters.TraitModel, seed: int) -> list[int]:
    """The cluster of each record, the same of a record that is there twice."""
    keys = [(report.id, str(report.date), _shown(report)) for report in reports]
    first = dict(zip(reversed(keys), reversed(reports), strict=True))
    order = list(dict.fromkeys(keys))
    held = dict(zip(order, group([first[key] for key in order], model, seed), strict=True))
    return [held[key] for key in keys]


def _undated(reports: Iterable[Report]) -> int:
    return sum(report.date is None for report in reports)


def _measured(reports: Sequence[Report], held: Sequence[int]) -> Grouped | None:
    told = [(number, report.group) for report, number in zip(reports, held, strict=True) if report.group is not None]
    return grouped([number for number, _ in told], [group for _, group in told]) if told else None
