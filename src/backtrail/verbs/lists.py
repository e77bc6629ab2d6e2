"""lists: warning lists that cap what a shared value may weigh, and address data that place what no evidence places."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from backtrail.formats.kit import address_data
from backtrail.knowledge import lists as loaded
from backtrail.knowledge.addresses import Data
from backtrail.knowledge.lists import ListRow
from backtrail.model.errors import FormatError, NotFoundError
from backtrail.model.times import earliest
from backtrail.model.warninglist import WarningList
from backtrail.observations.warninglists import decode
from backtrail.verbs import dates
from backtrail.verbs.case import Case
from backtrail.verbs.table import Table


def lists(
    case: Case, add: Sequence[Path] = (), ip_asn: Sequence[Path] = (), dated: str | None = None
) -> Table[ListRow]:
    """List the warning lists and address data of the case with their dates, after adding some.

    A hit on a warning list is shown beside the value everywhere and caps its weight; nothing is ever deleted by a list.
    Address data (networks, holders, countries) are asked only for what registries in the evidence leave unsaid, and
    shown with their date where they are newer than the sighting.

    Args:
        case: The case.
        add: Files in the format of misp-warninglists, folders of them, or `misp` for the data of the extra
            `warninglists`.
        ip_asn: Address data: CSV of ip-location-db, delegation files of the registries, or MMDB (extra `mmdb`).
        dated: The day the address data are of, where the file does not say; else the day it was last written.
    """
    files = [file for path in add for file in _files(path)]
    if files:
        with case.knowledge.writing() as db:
            for file in files:
                body = file.read_bytes()
                found = _decoded(file, body)
                row = ListRow(name=found.name, version=found.version, entries=len(found.entries), loaded=case.now())
                loaded.put(db, row, body)
    for path in ip_asn:
        _add_addresses(case, path, dated)
    with case.knowledge.reading() as db:
        return Table(ListRow, [*loaded.rows(db), *map(_row, case.addresses.rows())])


def _add_addresses(case: Case, path: Path, dated: str | None) -> None:
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")
    moment = dates.asked(dated, "--dated")
    given = earliest(moment).date().isoformat() if moment else ""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.name.partition(".")[0]) or "addresses"
    with path.open("rb") as stream:
        try:
            said, ranges = address_data.read(stream)
            day = given or said or datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
            case.addresses.put(name, day, case.now(), ranges)
        except FormatError as error:
            raise FormatError(f"{path}: {error.reason}", where=error.where) from error


def _row(data: Data) -> ListRow:
    """Address data beside warning lists: their day is their version, as it is of a list."""
    day = int(data.day.replace("-", ""))
    return ListRow(name=f"addresses: {data.name}", version=day, entries=data.ranges, loaded=data.loaded)


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
