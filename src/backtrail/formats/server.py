"""Server manifests: `server.toml`, which say that a folder is evidence taken at a server the adversary used.

What a hop or a C2 server logged is not a victim's: it belongs to no intrusion. The server's address is a finding;
the host that its logs call "here" is this one.
"""

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, BinaryIO

import msgspec
from msgspec import Meta, Struct

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError
from backtrail.model.record import Claimed, Record, Seen
from backtrail.model.times import from_datetime, moment

MAX_SIZE = 1 << 20

_Name = Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f]*[^\x00-\x1f\s][^\x00-\x1f]*$")]


class ServerManifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Facts of one server.

    Attributes:
        id: Its id in this case.
        address: The address that victims and operators see.
        addresses: Further addresses it had.
        role: What the adversary used it for: `hop`, `c2`, `exfil`.
        country: Where it stood.
        clock: Zone that the stamps of its logs are in, whatever they claim: `UTC`, `+08:00`, or `unknown`.
        skew_seconds: How far its clock was ahead of the true time.
        captured_from: When its evidence begins.
        captured_to: When it ends.
        source: Who says all this.
        grade: Admiralty grade of that source.
        tlp: Marking of the folder.
        notes: For the analyst; not used.
    """

    id: _Name
    address: _Name
    addresses: list[_Name] = []
    role: str = "hop"
    country: _Name | None = None
    clock: Annotated[str, Meta(pattern=r"^(UTC|unknown|[+-]\d\d:\d\d)$")] = "UTC"
    skew_seconds: int | None = None
    captured_from: str | None = None
    captured_to: str | None = None
    source: _Name | None = None
    grade: Annotated[str, Meta(pattern="^[A-F][1-6]$")] | None = None
    tlp: Annotated[str, Meta(pattern="^(CLEAR|GREEN|AMBER|AMBER\\+STRICT|RED)$")] | None = None
    notes: str | None = None


def sniff(head: bytes, name: str) -> bool:
    return name.replace("\\", "/").rpartition("/")[2] == "server.toml"


def read(stream: BinaryIO) -> Iterator[Record]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise FormatError(f"a manifest of more than {MAX_SIZE >> 10} KiB", where="offset 0")
    manifest = _decode(data)
    seen = tuple(
        Seen(
            kind="ipv4-addr", value=address, role=manifest.role, first=manifest.captured_from, last=manifest.captured_to
        )
        for address in (manifest.address, *manifest.addresses)
    )
    yield Record(where="record 1", seen=seen, claims=tuple(_claims(manifest)))


def _decode(data: bytes) -> ServerManifest:
    try:
        fields = tomllib.loads(data.decode("utf-8-sig"))
        manifest = msgspec.convert({name: _plain(value) for name, value in fields.items()}, ServerManifest)
        for name in ("captured_from", "captured_to"):
            if value := getattr(manifest, name):
                moment(value)
    except msgspec.ValidationError as error:
        raise FormatError(f"no server manifest: {error}", where="record 1") from error
    except (ValueError, RecursionError) as error:
        raise FormatError(f"no server manifest: {error}", where="offset 0") from error
    return manifest


def _plain(value: Any) -> Any:
    """TOML has dates of its own; the model has text."""
    if isinstance(value, datetime):
        return from_datetime(value)
    return value.isoformat() if isinstance(value, date) else value


def _claims(manifest: ServerManifest) -> Iterator[Claimed]:
    subject = f"server:{manifest.id}"
    for name in ("address", "role", "country", "clock", "skew_seconds", "source", "grade", "tlp"):
        value = getattr(manifest, name)
        if value is not None:
            yield Claimed(subject=subject, predicate=name, object=str(value))


FORMAT = Format(
    name="server", title="Server manifest", media_type="application/toml", suffix=".toml", sniff=sniff, read=read
)
