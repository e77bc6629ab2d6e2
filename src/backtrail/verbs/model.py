"""model: the parameters of suggestions, shown, learned from accepted groups, compared."""

from pathlib import Path

import msgspec
from msgspec import Struct

from backtrail import clusters
from backtrail.clusters import MatchModel
from backtrail.clusters.suggest.fitting import fit
from backtrail.clusters.suggest.parameters import TraitModel, built_in, named, parse, render
from backtrail.model.errors import ConflictError, UsageError
from backtrail.model.words import number
from backtrail.verbs.case import Case
from backtrail.verbs.known import require_file
from backtrail.verbs.known_reports import reports_of
from backtrail.verbs.standing import state_of
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
    """Every number of a model; of those that ship when no file is named, the weights of pairs as `match...`."""
    return Table(Parameter, [Parameter(name=n, value=v) for n, v in _numbers(model).items()])


def diff_model(model: Path, other: Path | None = None) -> Table[Parameter]:
    """Numbers in which a model differs from another, or from the one of its kind that ships."""
    left, right = _numbers(model), _numbers(other)
    if other is None:
        kind = any(name.startswith("match.") for name in left)
        right = {name: value for name, value in right.items() if name.startswith("match.") == kind}
    names = [n for n in {**right, **left} if left.get(n) != right.get(n)]
    return Table(Parameter, [Parameter(name=n, value=left.get(n), other=right.get(n)) for n in names])


def fit_model(case: Case, out: Path, *, seed: int = 0) -> Fitted:
    """Learn the weights from the accepted groups of a case, starting from those that ship.

    Raises:
        UsageError: Fewer than two groups, or fewer than ten members, are accepted.
        ConflictError: The file exists.
    """
    with case.knowledge.reading() as db:
        reports = reports_of(db, state_of(case, db))
    members = [report.group for report in reports if report.group is not None]
    groups = set(members)
    if len(groups) < 2 or len(members) < _ENOUGH:
        told = f"{number(len(groups), 'group')} with {number(len(members), 'member')} accepted"
        raise UsageError(f"{told}: too few to learn from, which takes 2 with {_ENOUGH}")
    if out.exists():
        raise ConflictError(f"{out} exists")
    start = built_in()
    fitted = named(fit(reports, start, seed), f"{len(members)} members of {len(groups)} accepted groups")
    out.write_text(render(fitted), "utf-8")
    differ = _flat(fitted)
    return Fitted(
        out=str(out),
        version=fitted.version,
        groups=len(groups),
        members=len(members),
        changed=sum(differ.get(name) != value for name, value in _flat(start).items() if not isinstance(value, str)),
    )


def _numbers(path: Path | None) -> dict[str, float | str]:
    """Numbers of a model of traits or of match weights; of both that ship when no file is named."""
    if path is None:
        return {**_of_pairs(clusters.built_in()), **_flat(built_in())}
    require_file(path, "a model, such as clusters/model.toml or what `backtrail model fit` writes")
    text = path.read_text("utf-8", "replace")
    return _of_pairs(clusters.parse(text)) if "[kinds]" in text or "[kinds." in text else _flat(parse(text))


def _of_pairs(model: MatchModel) -> dict[str, float | str]:
    return {f"match.{name}": value for name, value in _flat(model).items()}


def _flat(model: TraitModel | MatchModel) -> dict[str, float | str]:
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
