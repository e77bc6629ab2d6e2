"""export: the indicators of a group as a file for other tools."""

from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from backtrail import formats, reports
from backtrail.model.errors import UsageError
from backtrail.model.record import Heading
from backtrail.verbs import publishing
from backtrail.verbs.case import Case

ExportFormat = Literal["stix", "misp", "openioc", "csv", "jsonl"]

_NAMES = {"csv": "indicators", "jsonl": "observations"}
_SUFFIX = {"stix": ".stix.json", "misp": ".misp.json", "openioc": ".ioc", "csv": ".csv", "jsonl": ".jsonl"}


class Exported(Struct, frozen=True, kw_only=True):
    """Indicators as a file.

    Attributes:
        group: The group.
        format: The format.
        tlp: Marking of the file.
        indicators: How many are in it.
        withheld: Observations left out for the victims' sake.
        unusable: Observations left out since they are in terms no tool can match.
        file: Where it was written; None when it was not.
        content: The file itself, when it was not written.
    """

    group: str
    format: str
    tlp: str
    indicators: int
    withheld: int
    unusable: int
    file: str | None = None
    content: bytes = b""


def export(case: Case, group: str, *, format: ExportFormat, output: Path | None = None) -> Exported:
    """Export the indicators of a group, with confidence, intervals and marking.

    Args:
        case: The case.
        group: The group.
        format: stix (2.1), misp (core format), openioc (1.1), csv or jsonl.
        output: Folder, or a file with a suffix; standard output when left out.

    Raises:
        PolicyError: A victim would be named; nothing is written.
    """
    writer = formats.named(_NAMES.get(format, format)).write
    if writer is None:
        raise UsageError(f"{format} can be read only")
    with case.knowledge.reading() as db:
        made = publishing.product(db, group)
    heading = Heading(
        id=made.group.id,
        title=made.group.title,
        created=case.now()[:19] + "Z",
        tlp=made.selection.tlp,
        aliases=tuple(map(str, made.group.aliases)),
    )
    content = b"".join(writer(reports.records(made.selection), heading))
    name = made.group.id + _SUFFIX[format]
    publishing.check(case, {name: content})
    exported = Exported(
        group=made.group.id,
        format=format,
        tlp=made.selection.tlp,
        indicators=len(made.selection.indicators),
        withheld=len(made.selection.withheld),
        unusable=len(made.selection.unusable),
    )
    if output is None:
        return replace(exported, content=content)
    folder, file = (output, name) if output.is_dir() or not output.suffix else (output.parent, output.name)
    (path,) = publishing.write(folder, {file: content})
    return replace(exported, file=path)
