"""Tables of a package: what a report prints, as rows with types, for CSV and for Parquet."""

import io
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from backtrail.model.record import Indicator
from backtrail.reports.document import Document
from backtrail.reports.dossier import Dossier

_FAMILIES = {
    "domains": ("domain-name",),
    "ips": ("ipv4-addr", "ipv6-addr", "ip-port"),
    "netblocks": ("network", "asn"),
    "hashes": ("md5", "sha1", "sha256", "sha512", "imphash", "ssdeep", "tlsh"),
    "certs": ("x509-serial", "x509-sha1", "x509-sha256", "x509-subject", "x509-issuer"),
}
"""Files of indicators of a kind, by what defenders look for in one place."""

_FINDINGS = {"techniques": "lifecycle", "families": "arsenal"}
"""Findings whose table is a file of its own."""

_INDICATOR = (
    "value", "type", "role", "first_seen", "last_seen", "valid_until", "confidence", "evidence_ids",
    "warninglist_hits", "action", "marking",
)  # fmt: skip
_LISTS = frozenset({"evidence_ids", "warninglist_hits"})
_WHOLE = frozenset({"confidence", "parts"})

Cell = str | int | tuple[str, ...] | None


class Table(Struct, frozen=True):
    """A table: its columns, and rows as wide."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(dossier: Dossier, document: Document) -> dict[str, Table]:
    """Tables of an edition by name.

    Args:
        dossier: Everything, as the edition tells it.
        document: The edition.
    """
    found = {"indicators": Table(_INDICATOR, tuple(map(_row, dossier.selection.indicators)))}
    for name, kinds in _FAMILIES.items():
        rows = tuple(_row(one) for one in dossier.selection.indicators if one.kind in kinds)
        if rows:
            found[name] = Table(_INDICATOR, rows)
    if document.edition.prose:
        for name, finding in _FINDINGS.items():
            profile = dossier.findings.get(finding)
            if profile and profile.rows:
                found[name] = Table(profile.columns, profile.rows)
        numbers = ((r.id, r.value, r.interval, r.unit, r.query, r.note, r.count) for r in document.parts.rows)
        found["numbers"] = Table(("number", "value", "interval", "unit", "counts", "note", "parts"), tuple(numbers))
    return found


def _row(one: Indicator) -> tuple[Cell, ...]:
    return (
        one.value, one.kind, one.role, one.first, one.last, one.valid_until, one.confidence, one.evidence,
        one.warnings, one.action, one.tlp,
    )  # fmt: skip


def plain(table: Table) -> tuple[tuple[str, ...], ...]:
    """Rows of a table with every cell as text, as CSV has them."""
    return tuple(tuple(map(_plain, row)) for row in table.rows)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    return "; ".join(cell) if isinstance(cell, tuple) else str(cell)


def parquet(some: Mapping[str, Table]) -> dict[str, bytes]:
    """Tables as Parquet, by path; none where pyarrow is not installed. The same tables give the same bytes."""
    try:
        import pyarrow
        from pyarrow import parquet as writer
    except ImportError:
        return {}
    types = {"list": pyarrow.list_(pyarrow.string()), "whole": pyarrow.int32(), "text": pyarrow.string()}
    made = {}
    for name, table in some.items():
        fields = [(column, types[_type(column)]) for column in table.columns]
        columns = _turned(table.rows, len(table.columns))
        arrays = [pyarrow.array(cells, type=type) for cells, (_, type) in zip(columns, fields, strict=True)]
        out = io.BytesIO()
        writer.write_table(pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields)), out, compression="zstd")
        made[f"parquet/{name}.parquet"] = out.getvalue()
    return made


def _type(column: str) -> str:
    return "list" if column in _LISTS else "whole" if column in _WHOLE else "text"


def _turned(rows: Sequence[Sequence[Cell]], width: int) -> Iterable[list[Cell]]:
    return ([row[at] for row in rows] for at in range(width))
