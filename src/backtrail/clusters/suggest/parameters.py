"""The model that names a known group for a report: every parameter, read from `traits.toml` or a fitted file."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from backtrail.clusters.parameter_bounds import require, require_finite
from backtrail.model.errors import FormatError
from backtrail.model.observation import content_id


class TraitWeight(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one trait weighs; see the comments in `traits.toml` for each field."""

    family: str
    strength: Literal["A", "B", "C", "D", "E"] = field(name="class")
    spoof: Literal["high", "med", "low"]
    near: str
    blocks: bool = False
    shared: float = 0.0
    absent: float = 0.0
    best: float = 0.0
    shared_unknown: float = 0.0
    absent_unknown: float = 0.0
    best_unknown: float = 0.0
    pair: float = 0.0


class Prior(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights of what is known before the evidence: how much a group was reported at all, and lately."""

    reports: float = 0.0
    decayed: float = 0.0
    recent: float = 0.0


class Unknown(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights of "nobody we know": bits to start with, and bits for each doubling of what a report holds."""

    start: float = 0.0
    size: float = 0.0
    share: float


class Links(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How links with single members weigh beside traits, in a case; see the comments in `traits.toml`."""

    traits: float = 0.0
    weight: float = 0.0
    least: float = 0.0


class Nearest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights of the likeness, in bits, of the nearest report of a group and of its five nearest."""

    one: float = 0.0
    five: float = 0.0
    one_unknown: float = 0.0
    five_unknown: float = 0.0


class TraitModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All parameters of a suggestion; see the comments in `traits.toml` for each field."""

    version: str
    fitted_on: str
    half_life: float
    floor: float
    recent: float
    strength: float
    damping: float
    pair_damping: float
    background_rate: float
    background_size: float
    likeness_one: float
    likeness_five: float
    threshold: float
    rounds: int
    merge: float = 0.0
    pair_start: float
    pair_near: float = 0.0
    pair_reports: int = 0
    prior: Prior
    unknown: Unknown
    links: Links
    nearest: dict[str, Nearest]
    traits: dict[str, TraitWeight]


def parse(text: str) -> TraitModel:
    """Read a model.

    Raises:
        FormatError: No TOML, a field missing or of the wrong type, a number out of bounds, or a trait near to nothing.
    """
    try:
        read = tomllib.loads(text)
        if "kinds" in read:
            raise FormatError("a model of match weights, where one of traits is wanted", where="kinds")
        model = msgspec.convert(read, TraitModel)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FormatError(f"no model of traits: {error}", where="model") from error
    _check(model)
    for name, trait in model.traits.items():
        if trait.near not in model.nearest:
            raise FormatError(f"{trait.near!r} is none of {', '.join(model.nearest)}", where=f"traits.{name}.near")
    return model


def _check(model: TraitModel) -> None:
    """Refuse numbers out of bounds: agreement that speaks against a group, time that runs backwards."""
    require_finite(model)
    over = ("half_life", "recent", "strength", "likeness_one", "likeness_five", "background_size", "background_rate")
    require(((name, getattr(model, name)) for name in over), 0, above=True)
    require([("floor", model.floor), ("unknown.share", model.unknown.share)], 0, 1)
    counts = ("rounds", "pair_reports", "damping", "pair_damping", "merge")
    require(((name, getattr(model, name)) for name in counts), 0)
    require([("links.traits", model.links.traits), ("links.weight", model.links.weight)], 0)
    for sort, some in (("traits", model.traits), ("nearest", model.nearest)):
        for name, weights in some.items():
            numbers = ((f"{sort}.{name}.{f}", getattr(weights, f)) for f in weights.__struct_fields__)
            require(((place, number) for place, number in numbers if isinstance(number, float)), 0)


@cache
def built_in() -> TraitModel:
    """The model that ships with this version."""
    return parse((files("backtrail.clusters.suggest") / "traits.toml").read_text("utf-8"))


def render(model: TraitModel) -> str:
    """The model as TOML that `parse` reads again: a line for each trait."""
    lines = ["# Written by Backtrail; the fields are explained in clusters/suggest/traits.toml."]
    values = msgspec.to_builtins(model)
    lines += [f"{name} = {_toml(value)}" for name, value in values.items() if not isinstance(value, dict)]
    lines += [f"{name} = {_toml(values[name])}" for name in ("prior", "unknown", "links")]
    for table in ("nearest", "traits"):
        lines += ["", f"[{table}]", *(f"{_toml(name)} = {_toml(row)}" for name, row in values[table].items())]
    return "\n".join(lines) + "\n"


def named(model: TraitModel, fitted_on: str) -> TraitModel:
    """A learned model under a version of its own, which its numbers give it.

    Args:
        model: The model.
        fitted_on: What it was learned from.
    """
    version = content_id("model", render(model))[:18]
    return replace(model, version=version, fitted_on=fitted_on)


def _toml(value: object) -> str:
    """A value of the model; what is 0 or false is left out of a table, since that is what a missing one is."""
    if isinstance(value, dict):
        told = (f"{name} = {_toml(some)}" for name, some in value.items() if some)
        return "{ " + ", ".join(told) + " }"
    return msgspec.json.encode(value).decode()
