"""The match-weight model as a value: read from `model.toml`, or from a user's own file of the same shape."""

import tomllib
from functools import cache, cached_property
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from backtrail.clusters.parameter_bounds import require, require_finite
from backtrail.model.errors import FormatError
from backtrail.model.kinds import is_kind
from backtrail.model.marking import RELIABILITY


class KindWeight(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one kind of observation weighs; see the comments in `model.toml` for each field."""

    family: str
    strength: Literal["A", "B", "C", "D", "E"] = msgspec.field(name="class")
    spoof: Literal["high", "med", "low"]
    m: float
    half_life: float | None = None
    window: float | None = None
    contradicts: float = 0.0
    recurring: bool = False


class Sort(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sort of values, by how many unrelated intrusions show one: a beta distribution.

    Attributes:
        rate: Mean share of unrelated intrusions that show such a value.
        size: How sure that is: as if it had been counted over so many.
    """

    rate: float
    size: float


class Absence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it says that a family is not shared, where the logs of both sides were searched for it.

    Attributes:
        bits: Bits against, where both sides were active at one time.
        half_life: Days between them after which it is half of that.
        also: Another family of which nothing may be shared either, for the first to be absent.
    """

    bits: float
    half_life: float
    also: str


class MatchModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """All parameters of the match weight; see the comments in `model.toml` for each field."""

    version: str
    prior: float
    link: float
    fan_out: int
    unit: float
    rare: Sort
    common: Sort
    common_share: dict[str, float]
    never: tuple[str, ...]
    nobodys: tuple[str, ...]
    classes: dict[str, float]
    reliability: dict[str, float]
    families: dict[str, float]
    warned: dict[str, float]
    absent: dict[str, Absence]
    kinds: dict[str, KindWeight]

    @cached_property
    def of_family(self) -> dict[str, tuple[str, ...]]:
        """Kinds of each family."""
        return {f: tuple(kind for kind, weight in self.kinds.items() if weight.family == f) for f in self.families}

    def costs(self, family: str) -> float:
        """Most bits that speak against a pair once it has nothing of a family in common."""
        differing = max((self.kinds[kind].contradicts for kind in self.speaking.get(family, ())), default=0.0)
        return differing + sum(one.bits for name, one in self.absent.items() if family in (name, one.also))

    @cached_property
    def speaking(self) -> dict[str, tuple[str, ...]]:
        """Kinds by which two sides may contradict each other, of each family that has any; the first that can, does."""
        found = {
            f: tuple(kind for kind in kinds if self.kinds[kind].contradicts) for f, kinds in self.of_family.items()
        }
        return {family: kinds for family, kinds in found.items() if kinds}

    def graded(self, *grades: str) -> tuple[float, str]:
        """Discount by the least of some grades of reliability, and that grade (rule AD-2)."""
        return min((self.reliability[grade], grade) for grade in grades)


def parse(text: str) -> MatchModel:
    """Read a model.

    Raises:
        FormatError: No TOML, a field missing or of the wrong type, a number out of bounds, or a family or class without
            its numbers.
    """
    try:
        model = msgspec.convert(tomllib.loads(text), MatchModel)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FormatError(f"no match-weight model: {error}", where="model") from error
    check(model)
    return model


def check(model: MatchModel) -> None:
    """Refuse a model with a number out of bounds, or a family, class or kind without what belongs to it.

    Raises:
        FormatError: It has one.
    """
    require_finite(model)
    _bounded(model)
    _complete(model)
    for name, sort in (("rare", model.rare), ("common", model.common)):
        if not 0 < sort.rate < 1 or sort.size <= 0:
            raise FormatError("the rate is between 0 and 1, the size over 0", where=name)
    for strength, share in model.common_share.items():
        if not 0 <= share < 1:
            raise FormatError("a share is at least 0 and less than 1", where=f"common_share.{strength}")
    for family, absence in model.absent.items():
        if not {family, absence.also} <= model.families.keys() or absence.bits < 0 or absence.half_life <= 0:
            raise FormatError("families with a cap, bits of at least 0, a half-life over 0", where=f"absent.{family}")


def _bounded(model: MatchModel) -> None:
    """Caps and bits of at least nothing, chances and shares that are some, spans of time that run forward."""
    require([("unit", model.unit)], 0)
    require([("fan_out", model.fan_out)], 1)
    require([("link", model.link)], 0, 1, above=True)
    for name in ("classes", "families", "warned"):
        require(((f"{name}.{key}", most) for key, most in getattr(model, name).items()), 0)
    require(((f"reliability.{grade}", share) for grade, share in model.reliability.items()), 0, 1)
    for kind, weight in model.kinds.items():
        require([(f"kinds.{kind}.m", weight.m)], 0, 1, above=True)
        require([(f"kinds.{kind}.half_life", weight.half_life)], 0, above=True)
        require([(f"kinds.{kind}.window", weight.window), (f"kinds.{kind}.contradicts", weight.contradicts)], 0)


def _complete(model: MatchModel) -> None:
    """Every kind is one, its family and class have their caps, and every reliability its share."""
    if missing := set(RELIABILITY) - model.reliability.keys():
        raise FormatError(f"no share of {', '.join(sorted(missing))}", where="reliability")
    for kind, weight in model.kinds.items():
        if not is_kind(kind):
            raise FormatError("no kind of observation is called so", where=f"kinds.{kind}")
        if weight.family not in model.families or weight.family not in model.warned:
            raise FormatError(f"family {weight.family!r} has no cap", where=f"kinds.{kind}")
        if weight.strength not in model.classes or weight.strength not in model.common_share:
            raise FormatError(f"class {weight.strength} has no cap or no common_share", where=f"kinds.{kind}")


@cache
def built_in() -> MatchModel:
    """The model that ships with this version."""
    return parse((files("backtrail.clusters") / "model.toml").read_text("utf-8"))
