"""The match-weight model as a value: read from `model.toml`, or from a user's own file of the same shape."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct

from backtrail.model.errors import FormatError


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


class MatchModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
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
    classes: dict[str, float]
    reliability: dict[str, float]
    families: dict[str, float]
    warned: dict[str, float]
    kinds: dict[str, KindWeight]


def parse(text: str) -> MatchModel:
    """Read a model.

    Raises:
        FormatError: No TOML, a field missing or of the wrong type, or a family or class without its numbers.
    """
    try:
        model = msgspec.convert(tomllib.loads(text), MatchModel)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FormatError(f"no match-weight model: {error}", where="model") from error
    for kind, weight in model.kinds.items():
        if weight.family not in model.families or weight.family not in model.warned:
            raise FormatError(f"family {weight.family!r} has no cap", where=f"kinds.{kind}")
        if weight.strength not in model.classes or weight.strength not in model.common_share:
            raise FormatError(f"class {weight.strength} has no cap or no common_share", where=f"kinds.{kind}")
    return model


@cache
def built_in() -> MatchModel:
    """The model that ships with this version."""
    return parse((files("backtrail.clusters") / "model.toml").read_text("utf-8"))
