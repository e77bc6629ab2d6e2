"""How often pairs of so high a probability turned out to be one actor's, where the truth is known.

Written by `make bench-calibration` from generated cases, beside the model it was measured with. A model of another
version was not measured: nothing is said of it.
"""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from backtrail.clusters.parameters import built_in
from backtrail.model.weight import Bin, Calibration

__all__ = ["Bin", "Calibration", "measured", "written"]

_HEAD = """# How often pairs of so high a probability are one actor's, in generated cases whose truth is known.
# Written by `make bench-calibration`, which says how; `low` and `high` are 95 % of the share `same` / `pairs`.

"""


@cache
def measured() -> Calibration | None:
    """What was measured with the model that ships with this version; None when nothing was."""
    text = (files("backtrail.clusters") / "calibration.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(text), Calibration)
    return found if found.model == built_in().version else None


def written(calibration: Calibration) -> str:
    """The file that `measured` reads."""
    lines = [f'model = "{calibration.model}"', f"worlds = {calibration.worlds}"]
    for one in calibration.bins:
        lines += ["", "[[bins]]", *(f"{name} = {value}" for name, value in msgspec.structs.asdict(one).items())]
    return _HEAD + "\n".join(lines) + "\n"
