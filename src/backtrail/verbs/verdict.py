"""verdict: hits come back from where they were found, and an analyst says what they were."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from backtrail.knowledge import intake
from backtrail.knowledge.intake import Ingestion
from backtrail.model.decision import Decision, Outcome, State
from backtrail.model.errors import FormatError, NotFoundError, UsageError
from backtrail.model.marking import Source
from backtrail.model.observation import Observation
from backtrail.model.telemetry import Sighting
from backtrail.model.times import Interval, moment
from backtrail.observations import canonical
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import decide

Said = Literal["true", "cdn", "scanner", "shared-host", "duplicate", "other", "given"]


class Judged(Struct, frozen=True, kw_only=True):
    """What a verdict did.

    Attributes:
        evidence: SHA-256 of the file of hits.
        decisions: Lines of the log, one for each outcome.
        values: Indicators that were judged.
        hits: Their hits.
        sightings: Sightings that were new, of true hits.
        unread: Rows that say no indicator.
    """

    evidence: str
    decisions: tuple[str, ...]
    values: int
    hits: int
    sightings: int
    unread: int


class _Row(Struct, frozen=True):
    """One hit as it came back."""

    place: str
    kind: str
    value: str
    at: str | None
    outcome: str


class _Value(Struct):
    """Hits of one indicator with one outcome."""

    place: str
    count: int = 0
    first: str | None = None
    last: str | None = None


def verdict(case: Case, outcome: Said, hits: Path, *, reason: str, only: Sequence[str] = ()) -> Judged:
    """Take hits back and say what they were: true, or false by a CDN, a scanner, a shared host, as a duplicate, other.

    The file is kept as evidence. True hits are sightings, and the indicator is valid for longer. What was false is on a
    warning list from then on: no rule is made of it, and its weight is capped. No intrusion joins or leaves a group by
    it. `undo` takes a verdict back.

    Args:
        case: The case.
        outcome: true, cdn, scanner, shared-host, duplicate, other; `given` takes what the rows themselves say, in a
            column or field `verdict`.
        hits: What `hunt --format jsonl`, `csv` or `json` wrote, or a CSV with `kind` and `value` at the least.
        reason: Why; kept in the log.
        only: Only the hits of these values.
    """
    if not reason.strip():
        raise UsageError("a decision needs a reason; say why with --reason")
    if not hits.is_file():
        raise NotFoundError(f"{hits}: no such file")
    content = hits.read_bytes()
    rows, unread = _judged(_rows(content), outcome, set(only))
    if not rows:
        raise FormatError(f"{hits}: no hit with a verdict in it", where="line 1")
    blob = case.store.add(io.BytesIO(content))
    sightings = _keep(case, blob.sha256, blob.size, hits, rows, unread)
    decisions = [
        decide(case, "verdict", reason, "", _fields(said, values)).id
        for said, values in sorted(_by_outcome(rows).items())
    ]
    return Judged(
        evidence=blob.sha256,
        decisions=tuple(decisions),
        values=len(rows),
        hits=sum(found.count for found in rows.values()),
        sightings=sightings,
        unread=unread,
    )


_Rows = dict[tuple[str, str, str], _Value]
"""Hits by kind, value and outcome."""


def _judged(found: Iterator[_Row | None], outcome: Said, only: set[str]) -> tuple[_Rows, int]:
    rows: _Rows = {}
    unread = 0
    for row in found:
        key = _key(row, outcome) if row else None
        if key is None or row is None:
            unread += 1
        elif not only or key[1] in only or row.value in only:
            held = rows.setdefault(key, _Value(row.place))
            held.count += 1
            held.first = min((m for m in (held.first, row.at) if m), default=None)
            held.last = max((m for m in (held.last, row.at) if m), default=None)
    return rows, unread


def _key(row: _Row, outcome: Said) -> tuple[str, str, str] | None:
    said = row.outcome if outcome == "given" else outcome
    if said not in get_args(Outcome):
        return None
    try:
        kind, value = canonical(row.kind, row.value)
    except ValueError:
        return None
    return kind, value, said


def _by_outcome(rows: _Rows) -> dict[str, list[tuple[str, _Value]]]:
    by: dict[str, list[tuple[str, _Value]]] = defaultdict(list)
    for (kind, value, said), found in sorted(rows.items()):
        by[said].append((f"{kind} {value}", found))
    return by


def _fields(said: str, values: list[tuple[str, _Value]]) -> Any:
    def fields(_db: Any, _log: list[Decision], _state: State) -> dict[str, Any]:
        targets, lasts = tuple(target for target, _ in values), tuple(found.last or "" for _, found in values)
        return {"targets": targets, "text": said, "lasts": lasts}

    return fields


def _keep(case: Case, sha256: str, size: int, path: Path, rows: _Rows, unread: int) -> int:
    """The file as evidence, and true hits as sightings in it; how many were new."""
    seen = []
    for (kind, value, said), found in rows.items():
        if said == "true":
            o = Observation(kind=kind, value=value, seen=Interval(found.first, found.last), source=Source("hits"))
            seen.append((o, Sighting(of=o.id, evidence=sha256, at=found.place, count=found.count), ""))
    with case.knowledge.writing() as db:
        number = intake.add_evidence(db, sha256, size, "application/jsonl")
        intake.add_custody(db, number, str(path), case.now(), case.author)
        new = intake.add_sightings(db, seen) if seen else 0
        total = sum(found.count for found in rows.values())
        done = Ingestion(
            format="hits", outcome="read" if not unread else "partial", records=total + unread, observations=len(seen),
            problems=unread, at=case.now(),
        )  # fmt: skip
        intake.close_ingestion(db, number, "verdict", done)
    return new


# Reading


def _rows(content: bytes) -> Iterator[_Row | None]:
    if content.lstrip()[:1] == b"{":
        yield from _json_rows(content)
        return
    for number, row in enumerate(csv.DictReader(io.StringIO(content.decode("utf-8-sig", "replace"))), 2):
        yield _row(f"line {number}", row)


def _json_rows(content: bytes) -> Iterator[_Row | None]:
    for number, line in enumerate(content.splitlines(), 1):
        try:
            found = msgspec.json.decode(line) if line.strip() else None
        except msgspec.DecodeError:
            yield None
            continue
        if not isinstance(found, dict):
            continue
        findings = (
            [*found.get("findings", ()), *found.get("listed", ())] if "findings" in found else [{"hits": [found]}]
        )
        for hit in (hit for finding in findings for hit in finding.get("hits", ())):
            indicator = hit.get("indicator")
            yield _row(f"line {number}", {**(indicator if isinstance(indicator, dict) else {}), **hit})


def _row(place: str, row: dict[str, Any]) -> _Row | None:
    kind, value = row.get("kind") or row.get("type"), row.get("value")
    if not isinstance(kind, str) or not isinstance(value, str):
        return None
    try:
        at = moment(row["at"]) if row.get("at") else None
    except (ValueError, TypeError):
        at = None
    return _Row(place, kind, value, at, str(row.get("verdict") or "").strip().lower())
