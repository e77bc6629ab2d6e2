"""Which industries of a government's plan the sectors of victims are of: from a table, ours or the user's own."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from backtrail.model.errors import FormatError


class Industry(Struct, frozen=True, forbid_unknown_fields=True):
    """An industry that a plan names, and words in names of sectors that are of it."""

    name: str
    words: tuple[str, ...]


class Plan(Struct, frozen=True, forbid_unknown_fields=True, rename={"industries": "industry"}):
    """A plan: what it is, and its industries; the first whose word stands in a sector's name is the sector's."""

    plan: str
    industries: tuple[Industry, ...]

    def of(self, sector: str) -> str:
        """The industry of a sector; empty when it is of none."""
        named = sector.casefold()
        return next((one.name for one in self.industries if any(word in named for word in one.words)), "")


def decode(body: str) -> Plan:
    """Read a plan from TOML, in the shape of `profiles/industries.toml`.

    Raises:
        FormatError: The text is no such table.
    """
    try:
        return msgspec.convert(tomllib.loads(body), Plan)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FormatError(f"no table of industries: {error}", where="file") from error


@cache
def built_in() -> Plan:
    """The seven strategic emerging industries of China's Twelfth Five-Year Plan."""
    return decode((files("backtrail.profiles") / "industries.toml").read_text("utf-8"))
