"""What an engine must say about itself."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from backtrail.model.hit import Hit
from backtrail.model.record import Indicator


class Look(Struct, frozen=True):
    """How far a hunt is.

    Attributes:
        file: File it is in.
        done: Bytes looked at in all files so far, unpacked.
        size: Bytes of all files as they lie, where known.
        hits: Hits so far.
    """

    file: str
    done: int
    size: int
    hits: int


def _as_it_is(kind: str, value: str) -> tuple[str, str]:
    return kind, value


class HuntOptions(Struct, frozen=True, kw_only=True):
    """How to look.

    Attributes:
        jobs: Processes.
        decode: Also find defanged and percent-encoded spellings.
        progress: Called now and then.
        problem: Called with a file, a place and a reason for what could not be looked at.
        unusable: Called with a value and a reason for each indicator that cannot be looked for.
        answered: Called with the number of bytes that an index answered for.
        spell: `observations.canonical`, which this room may not import: a kind and value in their one spelling.
        refang: `observations.canonical.refang`: a text as it is used.
    """

    jobs: int = 1
    decode: bool = False
    progress: Callable[[Look], None] | None = None
    problem: Callable[[str, str, str], None] | None = None
    unusable: Callable[[str, str], None] | None = None
    answered: Callable[[int], None] | None = None
    spell: Callable[[str, str], tuple[str, str]] = _as_it_is
    refang: Callable[[str], str] = str


class Backend(Struct, frozen=True, kw_only=True):
    """An engine.

    Attributes:
        name: As in `--backend`.
        title: What it is, for the documents.
        hunt: Hits of indicators in files and folders, in no particular order.
    """

    name: str
    title: str
    hunt: Callable[[Sequence[Indicator], Sequence[Path], HuntOptions], Iterator[Hit]]
