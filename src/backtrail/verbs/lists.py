"""lists: warning lists that cap what a shared value may weigh."""

from collections.abc import Sequence
from pathlib import Path

from backtrail.knowledge import lists as loaded
from backtrail.knowledge.lists import ListRow
from backtrail.model.errors import FormatError, NotFoundError
from backtrail.model.warninglist import WarningList
from backtrail.observations.warninglists import decode
from backtrail.verbs.case import Case
from backtrail.verbs.table import Table


def lists(case: Case, add: Sequence[Path] = ()) -> Table[ListRow]:
    """List the warning lists of the case with their dates, after adding some.

    A hit is shown beside the value everywhere and caps its weight; nothing is ever deleted by a list.

    Args:
        case: The case.
        add: Files in the format of misp-warninglists, folders of them, or `misp` for the data of the extra
            `warninglists`.
    """
    files = [file for path in add for file in _files(path)]
    if files:
        with case.knowledge.writing() as db:
            for file in files:
                body = file.read_bytes()
                found = _decoded(file, body)
                row = ListRow(name=found.name, version=found.version, entries=len(found.entries), loaded=case.now())
                loaded.put(db, row, body)
    with case.knowledge.reading() as db:
        return Table(ListRow, loaded.rows(db))


def _decoded(file: Path, body: bytes) -> WarningList:
    try:
        return decode(body)
    except FormatError as error:
        raise FormatError(f"{file}: {error.reason}", where=error.where) from error


def _files(path: Path) -> list[Path]:
    if str(path) == "misp":
        path = installed()
    if not path.exists():
        raise NotFoundError(f"{path}: no such file or folder")
    return sorted(path.rglob("*.json")) if path.is_dir() else [path]


def installed() -> Path:
    try:
        import pymispwarninglists
    except ModuleNotFoundError:
        raise NotFoundError("the lists are an extra: pip install 'backtrail[warninglists]'") from None
    return Path(pymispwarninglists.__file__).parent / "data" / "misp-warninglists" / "lists"
