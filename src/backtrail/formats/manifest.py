"""Intrusion manifests: `intrusion.toml` or `intrusion.json`, which make a folder one intrusion.

The victim stands in a table of its own, `[victim]`, and goes into the register that nothing published reads; all
else becomes claims about the intrusion. JSON Schema: `docs/schemas/intrusion.schema.json`.
"""

import tomllib
from codecs import BOM_UTF8
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, BinaryIO

import msgspec
from msgspec import Meta, Struct

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError
from backtrail.model.intrusion import FACTS, Theft, Victim
from backtrail.model.record import Claimed, Record
from backtrail.model.times import from_datetime, moment

MAX_SIZE = 1 << 20

_Name = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f]*[^\x00-\x1f\s][^\x00-\x1f]*$")]
_Bytes = Annotated[int, Meta(ge=0, le=1 << 60)]
_Moment = Annotated[str, Meta(description="ISO 8601, as exact as it is known: 2012, 2012-04, 2012-04-02, ...")]


class VictimTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who was hit. Never in a product.

    Attributes:
        name: Full name.
        identifiers: Short names, domains, project names, people: whatever gives the victim away.
    """

    name: _Name
    identifiers: list[_Name] = []


class TheftTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Data seen leaving.

    Attributes:
        category: What it was.
        bytes_low: Observed at least.
        bytes_high: At most.
    """

    category: _Name
    bytes_low: _Bytes | None = None
    bytes_high: _Bytes | None = None


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts of one intrusion, as its responders state them.

    Attributes:
        id: Id of the intrusion in this case.
        victim: Who was hit.
        sector: Sector of the victim.
        country: Country of the victim.
        language: Language the victim works in, such as `en`.
        discovered: When somebody noticed.
        closed: When the adversary was out.
        found_by: How it was found: `internal`, `external`, ...
        theft: Data seen leaving.
        source: Who says all this.
        grade: Admiralty grade of that source, such as B2.
        tlp: Marking of the folder.
        pap: What readers may do with it (MISP taxonomy PAP).
        embargo: Day until which nothing of it may be told outside.
        notes: For the analyst; not used.
    """

    id: _Name
    victim: VictimTable | None = None
    sector: _Name | None = None
    country: _Name | None = None
    language: _Name | None = None
    discovered: _Moment | None = None
    closed: _Moment | None = None
    found_by: _Name | None = None
    theft: list[TheftTable] = []
    source: _Name | None = None
    grade: Annotated[str, Meta(pattern="^[A-F][1-6]$")] | None = None
    tlp: Annotated[str, Meta(pattern="^(CLEAR|GREEN|AMBER|AMBER\\+STRICT|RED)$")] | None = None
    pap: Annotated[str, Meta(pattern="^(CLEAR|GREEN|AMBER|RED)$")] | None = None
    embargo: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    notes: str | None = None


def schema() -> dict[str, Any]:
    """JSON Schema of a manifest."""
    return msgspec.json.schema(Manifest)


def sniff(head: bytes, name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2] in ("intrusion.toml", "intrusion.json")


def read(stream: BinaryIO) -> Iterator[Record]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise FormatError(f"a manifest of more than {MAX_SIZE >> 10} KiB", where="offset 0")
    manifest = _decode(data)
    victim = None
    if manifest.victim:
        victim = Victim(
            intrusion=manifest.id, name=manifest.victim.name, identifiers=tuple(manifest.victim.identifiers)
        )
    yield Record(where="record 1", intrusion=manifest.id, victim=victim, claims=tuple(_claims(manifest)))


def _decode(data: bytes) -> Manifest:
    data = data.removeprefix(BOM_UTF8)
    try:
        fields = msgspec.json.decode(data) if data.lstrip().startswith(b"{") else tomllib.loads(data.decode())
        manifest = msgspec.convert(_dated(fields), Manifest)
        for name in ("discovered", "closed", "embargo"):
            if value := getattr(manifest, name):
                _checked(name, value)
        for number, entry in enumerate(manifest.theft):
            if (entry.bytes_low or 0) > (entry.bytes_high or 1 << 60):
                raise FormatError(f"theft[{number}]: bytes_low is more than bytes_high", where="record 1")
    except msgspec.ValidationError as error:
        raise FormatError(f"no intrusion manifest: {error}", where="record 1") from error
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"neither TOML nor JSON: {error}", where="offset 0") from error
    return manifest


def _dated(fields: Any) -> Any:
    """TOML has dates of its own; the model has text."""
    if not isinstance(fields, dict):
        return fields
    return {name: _text(name, value) if isinstance(value, date) else value for name, value in fields.items()}


def _text(name: str, value: date) -> str:
    try:
        return from_datetime(value) if isinstance(value, datetime) else value.isoformat()
    except ValueError as error:
        raise FormatError(f"{name} is no date: {error}", where="record 1") from error


def _checked(name: str, value: str) -> None:
    try:
        moment(value)
    except ValueError as error:
        raise FormatError(f"{name} is no date: {error}", where="record 1") from error


def _claims(manifest: Manifest) -> Iterator[Claimed]:
    subject = f"intrusion:{manifest.id}"
    for name in (*FACTS, "source", "grade", "tlp", "pap", "embargo"):
        if value := getattr(manifest, name):
            text = moment(value) if name in ("discovered", "closed") else value
            yield Claimed(subject=subject, predicate=name, object=text)
    for entry in manifest.theft:
        theft = Theft(category=entry.category, bytes_low=entry.bytes_low, bytes_high=entry.bytes_high)
        yield Claimed(subject=subject, predicate="theft", object=msgspec.json.encode(theft, order="sorted").decode())


FORMAT = Format(
    name="manifest",
    title="Intrusion manifest",
    media_type="application/toml",
    suffix=".toml",
    sniff=sniff,
    read=read,
)
