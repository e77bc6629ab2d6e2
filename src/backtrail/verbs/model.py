"""model: the parameters of suggestions, shown, learned from accepted groups, compared."""

from pathlib import Path

import msgspec
from msgspec import Struct

from backtrail import clusters
from backtrail.clusters.suggest.fitting import fit
from backtrail.clusters.suggest.parameters import TraitModel, built_in, named, render
from backtrail.knowledge import log
from backtrail.model.errors import ConflictError, UsageError
from backtrail.model.words import number
from backtrail.verbs.case import Case
from backtrail.verbs.suggest import read_model, reports_of
from backtrail.verbs.table import Table

_ENOUGH = 10
"""Members of accepted groups from which weights can be learned at all."""


class Parameter(Struct, frozen=True, kw_only=True):
    """One number of a model, beside that of another.

    Attributes:
        name: Where it stands, as in `traits.zone.shared`.
        value: In the model; None where it has none.
        other: In the model it is compared with.
    """

    name: str
    value: float | str | None
    other: float | str | None = None


class Fitted(Struct, frozen=True, kw_only=True):
    """A model learned from a case.

    Attributes:
        out: The file written.
        version: Its version.
        groups: Accepted groups it was learned from.
        members: Their members.
        changed: Numbers that differ from the model that ships.
    """

    out: str
    version: str
    groups: int
    members: int
    changed: int


def show_model(model: Path | None = None) -> Table[Parameter]:
    """Every number of a model; of the one that ships when no file is named."""
    return Table(Parameter, [Parameter(name=n, value=v) for n, v in _flat(read_model(model)).items()])


def diff_model(model: Path, other: Path | None = None) -> Table[Parameter]:
    """Numbers in which a model differs from another, or from the one that ships."""
    left, right = _flat(read_model(model)), _flat(read_model(other))
    names = [n for n in {**right, **left} if left.get(n) != right.get(n)]
    return Table(Parameter, [Parameter(name=n, value=left.get(n), other=right.get(n)) for n in names])


def fit_model(case: Case, out: Path, *, seed: int = 0) -> Fitted:
    """Learn the weights from the accepted groups of a case, starting from those that ship.

    Raises:
        UsageError: Fewer than two groups, or fewer than ten members, are accepted.
        ConflictError: The file exists.
    """
    with case.knowledge.reading() as db:
        reports = reports_of(db, clusters.fold(log.decisions(db)))
    groups = {report.group for report in reports}
    if len(groups) < 2 or len(reports) < _ENOUGH:
        raise UsageError(
            f"{number(len(groups), 'group')} with {number(len(reports), 'member')} accepted: too few to learn from"
        )
    if out.exists():
        raise ConflictError(f"{out} exists")
    start = built_in()
    fitted = named(fit(reports, start, seed), f"{len(reports)} members of {len(groups)} accepted groups")
    out.write_text(render(fitted), "utf-8")
    differ = _flat(fitted)
    return Fitted(
        out=str(out),
        version=fitted.version,
        groups=len(groups),
        members=len(reports),
        changed=sum(differ.get(name) != value for name, value in _flat(start).items()),
    )


def _flat(model: TraitModel) -> dict[str, float | str]:
    """Numbers by their place."""
    found: dict[str, float | str] = {}

    def walk(value: object, place: str) -> None:
        if isinstance(value, dict):
            for name, some in value.items():
                walk(some, f"{place}.{name}" if place else name)
        elif isinstance(value, float | int | str):
            found[place] = value

    walk(msgspec.to_builtins(model), "")
    return found
