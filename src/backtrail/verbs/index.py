"""index: logs looked through once, so that the next hunts take seconds."""

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from backtrail.hunts.backends import HuntOptions, Look
from backtrail.model.errors import NotFoundError, UsageError
from backtrail.observations import canonical
from backtrail.observations.canonical import refang
from backtrail.verbs.hunt import HuntProblem


class IndexMade(Struct, frozen=True, kw_only=True):
    """What a run did, and what the index is now.

    Attributes:
        folder: The index.
        new: Files that were looked through.
        same: Files that it knew already.
        read: Bytes that were looked through, unpacked.
        files: Files that it has.
        content: Their bytes, unpacked.
        blocks: Blocks that it has keys of.
        size: Bytes that it takes.
        problems: What could not be looked at.
    """

    folder: str
    new: int
    same: int
    read: int
    files: int
    content: int
    blocks: int
    size: int
    problems: tuple[HuntProblem, ...]


def index(
    paths: Sequence[Path],
    *,
    output: Path,
    decode: bool = False,
    jobs: int | None = None,
    progress: Callable[[Look], None] | None = None,
) -> IndexMade:
    """Look through logs once and keep the keys of what hunts can find in them, with their places, as Parquet.

    Run it again to bring the index up to date: only files that are new or changed since (by size, time and their first
    64 kB) are read. A run that was stopped goes on where it was. Then `hunt --index` reads the blocks only that may
    show an indicator; its hits are those of a scan.

    Args:
        paths: Files (packed or not) and folders.
        output: Folder of the index.
        decode: Also keep defanged and percent-encoded spellings, for `hunt --decode`.
        jobs: Processes; as many as there are processors when left out.
        progress: Called now and then.

    Raises:
        UsageError: Standard input is named, which cannot be read again.
        ConflictError: The folder holds something else.
    """
    from backtrail.hunts.backends import indexwriting
    from backtrail.hunts.backends.crew import cores
    from backtrail.hunts.backends.indexfiles import Index

    for path in paths:
        if str(path) == "-":
            raise UsageError("standard input cannot be indexed: it cannot be read again")
        if not path.exists():
            raise NotFoundError(f"{path}: no such file or folder")
    problems: list[HuntProblem] = []
    options = HuntOptions(
        jobs=jobs or cores(),
        decode=decode,
        progress=progress,
        problem=lambda *told: problems.append(HuntProblem(*told)),
        spell=canonical,
        refang=refang,
    )
    made = indexwriting.make(paths, output, options)
    now = Index(output)
    files = now.files()
    blocks, size = now.counts()
    return IndexMade(
        folder=str(output),
        new=made.new,
        same=made.same,
        read=made.size,
        files=len(files),
        content=sum(file.content for file in files.values()),
        blocks=blocks,
        size=size,
        problems=tuple(problems),
    )
