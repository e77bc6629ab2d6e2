"""The machine-readable package of an edition: files with a manifest of their digests, packed the same way each time.

Report specification section 6. What the package says of the grouping is enough to do it again: `links`.
"""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from backtrail.model.errors import FormatError, PolicyError
from backtrail.model.weight import Bar, Explanation
from backtrail.reports.document import Document
from backtrail.reports.dossier import Dossier
from backtrail.reports.links import told

MANIFEST = "MANIFEST.json"

_MOST = 1 << 30
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Entry(Struct, frozen=True):
    """A file of a package."""

    path: str
    sha256: str
    size: int


class Manifest(Struct, frozen=True, kw_only=True):
    """What a package holds.

    Attributes:
        id: The group.
        edition: Whom it is for.
        tlp: Marking of everything in it.
        pap: What readers may do with it.
        freeze: Fingerprint of the freeze it was made of.
        code: Version of Backtrail.
        model: Version of the match-weight model.
        files: Everything else in it, by path.
    """

    id: str
    edition: str
    tlp: str
    pap: str = "CLEAR"
    freeze: str
    code: str
    model: str
    files: tuple[Entry, ...]


class SharedItem(Struct, frozen=True):
    """An item of a link: what two intrusions share, and what it weighs."""

    kind: str
    value: str
    family: str
    strength: str
    spoof: str
    bits: float


class Link(Struct, frozen=True):
    """A pair of intrusions that is linked, under pseudonyms."""

    a: str
    b: str
    items: tuple[SharedItem, ...]


class Grouping(Struct, frozen=True, kw_only=True):
    """What a grouping is made of, so that it can be done again.

    Attributes:
        prior: Log2 odds that two intrusions are one actor's.
        threshold: Probability from which a pair is linked.
        members: The group, under pseudonyms.
        links: Pairs that are linked.
    """

    prior: float
    threshold: float
    members: tuple[str, ...]
    links: tuple[Link, ...]


def grouping(dossier: Dossier, printed: set[str], line: str) -> Grouping:
    """The grouping of a dossier under pseudonyms; a value that is not printed keeps its weight.

    Args:
        dossier: The group.
        printed: Observations whose values are published.
        line: Line of products, in which the pseudonyms hold.
    """
    names = dossier.named(line)
    linked = [pair for pair in dossier.pairs if pair.probability >= dossier.threshold]
    return Grouping(
        prior=linked[0].prior if linked else 0.0,
        threshold=dossier.threshold,
        members=tuple(sorted(names.values())),
        links=tuple(sorted((_link(pair, names, printed) for pair in linked), key=lambda link: (link.a, link.b))),
    )


def _link(pair: Explanation, names: Mapping[str, str], printed: set[str]) -> Link:
    """A pair by its pseudonyms in their own order: that of the ids would tell which came first."""
    a, b = sorted((names[pair.a], names[pair.b]))
    return Link(a, b, tuple(_item(bar, printed) for bar in pair.bars if bar.bits))


def _item(bar: Bar, printed: set[str]) -> SharedItem:
    return SharedItem(bar.kind, told(bar, printed), bar.family, bar.strength, bar.spoof, bar.bits)


def explanations(given: Grouping) -> list[Explanation]:
    """Links of a grouping as pairs whose totals are added up again from prior and items."""
    made = []
    for link in given.links:
        total = given.prior + sum(item.bits for item in link.items)
        bars = tuple(map(_bar, link.items))
        probability = 1 / (1 + 2.0**-total)
        made.append(Explanation(a=link.a, b=link.b, prior=given.prior, total=total, probability=probability, bars=bars))
    return made


def _bar(item: SharedItem) -> Bar:
    return Bar(
        kind=item.kind,
        value=item.value,
        family=item.family,
        strength=item.strength,
        spoof=item.spoof,
        bits=item.bits,
        raw=item.bits,
    )


class EvidenceCard(Struct, frozen=True, kw_only=True):
    """An evidence card, as sentences of the report cite it: a number, what it counts, and what that rests on.

    Attributes:
        card: Its id, `E-012`.
        number: The id under which `why` opens it in the case.
        value: As printed.
        interval: As printed; empty where it has none.
        unit: Of what.
        counts: What it counts, in words.
        note: How it was reached.
        parts: How many things it counts or is computed from.
        rests_on: What sorts of things they are, and the grades of their sources.
        examples: Some of them that are published, live.
    """

    card: str
    number: str
    value: str
    interval: str
    unit: str
    counts: str
    note: str
    parts: int
    rests_on: str
    examples: tuple[str, ...]


def cards(document: Document) -> tuple[EvidenceCard, ...]:
    """Evidence cards of a report."""
    return tuple(
        EvidenceCard(
            card=row.card, number=row.id, value=row.value, interval=row.interval, unit=row.unit, counts=row.query,
            note=row.note, parts=row.count, rests_on=row.basis, examples=row.examples,
        )
        for row in document.parts.rows
    )  # fmt: skip


def figures(document: Document) -> dict[str, bytes]:
    """The table behind each figure, as CSV."""
    of_findings = (one for section in document.sections for finding in section.findings for one in finding.figures)
    drawn = (one for one in (document.glance, document.calibration, *of_findings) if one and one.rows)
    return {f"csv/figures/{one.id}.csv": table(one.columns, one.rows) for one in drawn}


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A table as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([columns, *rows])
    return out.getvalue().encode()


def json(value: object) -> bytes:
    """A value as JSON, the same bytes each time."""
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=1) + b"\n"


def sealed(files: Mapping[str, bytes], manifest: Manifest) -> dict[str, bytes]:
    """Files with their manifest."""
    entries = (
        Entry(path, hashlib.sha256(content).hexdigest(), len(content)) for path, content in sorted(files.items())
    )
    return {**files, MANIFEST: json(msgspec.structs.replace(manifest, files=tuple(entries)))}


def packed(folder: str, files: Mapping[str, bytes]) -> bytes:
    """A zip of files below one folder; no clock and no machine leaves a trace in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(f"{folder}/{path}", date_time=_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[path])
    return made.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Files of a package by their paths below its folder.

    Raises:
        FormatError: It is no package, or too large for one.
        PolicyError: Something lies outside its folder, or twice in it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > _MOST:
                raise FormatError(f"unpacks to more than {_MOST >> 20} MiB", where="package")
            held = {path: archive.read(info) for path, info in _inside(archive.infolist()).items()}
    except (zipfile.BadZipFile, RuntimeError, OSError, NotImplementedError, EOFError, ValueError) as error:
        raise FormatError(f"no package that can be opened: {error}", where="package") from error
    if MANIFEST not in held:
        raise FormatError(f"has no {MANIFEST}", where="package")
    return held


def _inside(entries: Iterable[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """Entries by their paths below the one folder of a package: what lies elsewhere, or twice, somebody put there."""
    found: dict[str, zipfile.ZipInfo] = {}
    folders: set[str] = set()
    for info in entries:
        folder, _, path = info.filename.partition("/")
        if info.is_dir():
            continue
        folders.add(folder)
        steps = {folder, *path.split("/")}
        if len(folders) > 1 or path in found or steps & {"", ".", ".."} or "\\" in info.filename:
            raise PolicyError(f"not as published: {info.filename!r} is not one file in the one folder of a package")
        found[path] = info
    return found


def manifest_of(files: Mapping[str, bytes]) -> Manifest:
    """The manifest of a package. Raises FormatError."""
    try:
        return msgspec.json.decode(files[MANIFEST], type=Manifest)
    except msgspec.DecodeError as error:
        raise FormatError(f"manifest cannot be read: {error}", where=MANIFEST) from error


def grouping_of(files: Mapping[str, bytes]) -> Grouping:
    """The grouping of a package. Raises FormatError."""
    try:
        return msgspec.json.decode(files["model/grouping.json"], type=Grouping)
    except (KeyError, msgspec.DecodeError) as error:
        raise FormatError(f"no grouping that can be read: {error}", where="model/grouping.json") from error


def differences(files: Mapping[str, bytes]) -> list[str]:
    """What of a package is not as its manifest says; empty when all is."""
    said = {entry.path: entry for entry in manifest_of(files).files}
    found = [f"{path} is missing" for path in sorted(said.keys() - files.keys())]
    found += [f"{path} is not in the manifest" for path in sorted(files.keys() - said.keys() - {MANIFEST})]
    for path in sorted(said.keys() & files.keys()):
        if hashlib.sha256(files[path]).hexdigest() != said[path].sha256:
            found.append(f"{path} was changed")
    return found
