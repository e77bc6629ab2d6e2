"""export: the indicators of a group as a file for other tools."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from backtrail import formats, reports
from backtrail.model.errors import UsageError
from backtrail.model.marking import strictest
from backtrail.model.record import Heading
from backtrail.reports import Selection, products
from backtrail.verbs import publishing
from backtrail.verbs.case import Case

ExportFormat = Literal[
    "stix", "misp", "openioc", "csv", "jsonl", "sigma", "suricata", "zeek-intel", "yara", "navigator", "rpz"
]

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
        listed: Indicators that are no rules since a warning list knows them.
        expired: Indicators that are no rules since their validity is over.
        closed: Indicators that are no rules since their PAP forbids it.
        file: Where it was written; None when it was not.
        content: The file itself, when it was not written.
    """

    group: str
    format: str
    tlp: str
    indicators: int
    withheld: int
    unusable: int
    listed: int = 0
    expired: int = 0
    closed: int = 0
    file: str | None = None
    content: bytes = b""


def export(
    case: Case,
    group: str,
    *,
    format: ExportFormat,
    output: Path | None = None,
    release: Sequence[str] = (),
    reason: str = "",
    expired: bool = False,
) -> Exported:
    """Export the indicators of a group, with confidence, intervals and marking; or rules made from them.

    Rules (sigma, suricata, zeek-intel, yara, rpz) leave out what a warning list knows and what is no longer valid. A
    rule keeps its id for ever; when the file is there already, the revision of what changed is one higher. What a group
    was released to (`release`) holds for its reports and packages; here it keeps the marking of what went in.

    Args:
        case: The case.
        group: The group.
        format: stix (2.1), misp (core format), openioc (1.1), csv, jsonl; sigma, suricata, zeek-intel, yara, rpz
            (response policy zone); navigator (ATT&CK layer).
        output: Folder, or a file with a suffix; standard output when left out.
        release: Values that become rules although a warning list knows them; with a reason.
        reason: Why they are released; stands beside each of them.
        expired: Also make rules of what is no longer valid, for hunts in old telemetry.

    Raises:
        PolicyError: A victim would be named; nothing is written.
    """
    if release and not reason.strip():
        raise UsageError("releasing what a warning list knows needs a reason; say why with --reason")
    with case.knowledge.reading() as db:
        made = publishing.product(case, db, group)
    heading = Heading(
        id=made.group.id,
        title=made.group.title,
        created=case.now()[:19] + "Z",
        tlp=made.selection.tlp,
        aliases=tuple(map(str, made.group.aliases)),
        pap=strictest(one.pap for one in made.selection.indicators),
    )
    name = made.group.id + _suffix(format)
    place = _place(output, name)
    guarded = products.guard(
        made.selection.indicators, heading.created, dict.fromkeys(release, reason.strip()), expired=expired,
        pap=products.PRODUCTS[format].pap if format in products.PRODUCTS else "RED",
    )  # fmt: skip
    content = _content(format, made.selection, guarded, heading, place)
    publishing.check(case, {name: content})
    rules = products.PRODUCTS.get(format)
    said = [one for one in guarded.kept if one.kind in rules.kinds] if rules else made.selection.indicators
    exported = Exported(
        group=made.group.id,
        format=format,
        tlp=made.selection.tlp,
        indicators=len(said),
        withheld=len(made.selection.withheld),
        unusable=len(made.selection.unusable) + (len(guarded.kept) - len(said) if rules else 0),
        listed=len(guarded.listed) if rules else 0,
        expired=len(guarded.expired) if rules else 0,
        closed=len(guarded.closed) if rules else 0,
    )
    if place is None:
        return replace(exported, content=content)
    (path,) = publishing.write(place.parent, {place.name: content})
    return replace(exported, file=path)


def _suffix(format: ExportFormat) -> str:
    return products.PRODUCTS[format].suffix if format in products.PRODUCTS else _SUFFIX[format]


def _place(output: Path | None, name: str) -> Path | None:
    if output is None:
        return None
    return output / name if output.is_dir() or not output.suffix else output


def _content(
    format: ExportFormat, selection: Selection, guarded: products.Guarded, heading: Heading, place: Path | None
) -> bytes:
    if format in products.PRODUCTS:
        earlier = place.read_bytes() if place is not None and place.is_file() else b""
        material = products.Material(heading=heading, guarded=guarded, previous=products.kept_before(earlier))
        return b"".join(products.PRODUCTS[format].write(material))
    writer = formats.named(_NAMES.get(format, format)).write
    if writer is None:
        raise UsageError(f"{format} can be read only")
    return b"".join(writer(reports.records(selection), heading))
