"""evaluate: suggestions and groupings measured on labelled reports."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec
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
from backtrail.verbs.labelled import labelled


class Evaluated(Struct, frozen=True, kw_only=True):
    """What came out.

    Attributes:
        what: `attribution` or `clustering`.
        out: The file written.
        records: Records answered.
        labelled: How many of them carry a group, and can be measured.
        undated: Records of all files that carry no date that can be read.
        groups: Groups that were known beforehand.
        model: Version of the model; one of its own where it was learned from the training file.
        suggested: Measures of suggestions, when test records have labels.
        grouped: Measures of the grouping over all records with a label.
        grouped_test: The same over those of the test file.
    """

    what: str
    out: str
    records: int
    labelled: int
    undated: int
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
    known = _once(labelled(train))
    nobody = _once(labelled(unknown, with_group=False)) if unknown else []
    asked = list(labelled(test))
    model = parameters.built_in()
    if not as_is:
        learned = fit([*known, *nobody], model, seed)
        learned = fit_grouping(known, learned, seed) if what == "clustering" else learned
        model = parameters.named(learned, f"{len(known) + len(nobody)} records of {train.name}")
    if what == "attribution":
        return _attribution([*known, *nobody], asked, model, out)
    return _clustering(known, asked, model, out, seed)


def _once(reports: Iterable[Report]) -> list[Report]:
    """The same record said twice counts once."""
    seen: dict[tuple[object, ...], Report] = {}
    for report in reports:
        shown = tuple((trait, tuple(sorted(values))) for trait, values in sorted(report.traits.items()))
        seen.setdefault((report.id, report.date, report.group, shown), report)
    return list(seen.values())


def _attribution(
    known: Sequence[Report], asked: Sequence[Report], model: parameters.TraitModel, out: Path
) -> Evaluated:
    base = Known(known, model)
    chance = chances(base, [replace(report, group=None) for report in asked])
    _write(out, (_ranking(report, base.groups, row) for report, row in zip(asked, chance, strict=True)))
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
    ranking = [{"group": groups[i], "probability": float(chance[i])} for i in order]
    return {"id": report.id, "ranking": ranking, "unknown": float(chance[-1])}


def _clustering(
    known: Sequence[Report], asked: Sequence[Report], model: parameters.TraitModel, out: Path, seed: int
) -> Evaluated:
    reports = [*known, *asked]
    held = group([replace(report, group=None) for report in reports], model, seed)
    _write(out, ({"id": report.id, "cluster": f"C{number}"} for report, number in zip(reports, held, strict=True)))
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


def _undated(reports: Iterable[Report]) -> int:
    return sum(report.date is None for report in reports)


def _measured(reports: Sequence[Report], held: Sequence[int]) -> Grouped | None:
    told = [(number, report.group) for report, number in zip(reports, held, strict=True) if report.group is not None]
    return grouped([number for number, _ in told], [group for _, group in told]) if told else None


def _write(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """JSON lines, complete or not at all."""
    made = path.with_name(path.name + ".new")
    with made.open("wb") as file:
        for row in rows:
            file.write(msgspec.json.encode(row) + b"\n")
    made.replace(path)
