"""Records become observations and claims: canonical, dated, with who says so and where it was read."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.kinds import ROLES
from backtrail.model.marking import Source, tlp
from backtrail.model.observation import Claim, Observation, Problem, Provenance
from backtrail.model.record import Claimed, Record, Seen
from backtrail.model.times import Interval, earliest, latest, moment
from backtrail.observations.canonical import canonical
from backtrail.observations.extract import extract

_LONGEST_CLAIM = 4_096
_LONGEST_SUBJECT = 500


class Observed(Struct, frozen=True):
    """An observation and the place it was read at."""

    observation: Observation
    provenance: Provenance


class Stated(Struct, frozen=True):
    """A claim and the place it was read at."""

    claim: Claim
    provenance: Provenance


Found = Observed | Stated | Problem


def observe(record: Record, intrusion: str | None, source: Source, evidence: str) -> Iterator[Found]:
    """What a record shows. Whatever cannot be used comes out as a `Problem`; nothing is dropped.

    Args:
        record: A record as a format reads it.
        intrusion: Intrusion the evidence is from; overrides what the record says.
        source: Who says so; a marking of a single value goes before the source's.
        evidence: SHA-256 of the evidence.
    """
    if record.problem:
        yield Problem(evidence=evidence, where=record.where, reason=record.problem)
    of = intrusion or record.intrusion
    for seen in record.seen:
        yield from _observed(seen, record.where, of, source, evidence)
    for claimed in record.claims:
        yield _stated(claimed, record.where, source, evidence)
    if record.passage:
        for found in extract(record.passage):
            seen = Seen(kind=found.kind, value=found.value)
            for result in _observed(seen, found.where, of, source, evidence):
                yield _with_raw(result, found.raw)


def _observed(
    seen: Seen, where: str, intrusion: str | None, source: Source, evidence: str
) -> Iterator[Observed | Problem]:
    try:
        kind, value = canonical(seen.kind, seen.value)
    except ValueError as error:
        yield Problem(evidence=evidence, where=where, reason=f"{seen.kind} {_quoted(seen.value)}: {error}")
        return
    role = seen.role
    if role is not None and role not in ROLES:
        yield Problem(evidence=evidence, where=where, reason=f"role {_quoted(role)}: not one of {', '.join(ROLES)}")
        role = None
    interval = Interval()
    if seen.first or seen.last:
        try:
            interval = _interval(seen)
        except ValueError as error:
            yield Problem(evidence=evidence, where=where, reason=f"time of {kind} {_quoted(value)}: {error}")
    observation = Observation(
        kind=kind,
        value=value,
        intrusion=intrusion,
        role=role,
        seen=interval,
        source=replace(source, tlp=tlp(seen.tlp)) if seen.tlp else source,
    )
    raw = "" if seen.value == value else seen.value
    yield Observed(observation, Provenance(of=observation.id, evidence=evidence, where=where, raw=raw))


def _interval(seen: Seen) -> Interval:
    first = moment(seen.first) if seen.first else None
    last = moment(seen.last) if seen.last else None
    if first and last and earliest(first) > latest(last):
        raise ValueError(f"first seen {first} after last seen {last}")
    return Interval(first, last)


def _stated(claimed: Claimed, where: str, source: Source, evidence: str) -> Stated | Problem:
    parts = (claimed.subject, claimed.predicate, claimed.object)
    if not all(part.strip() for part in parts):
        return Problem(evidence=evidence, where=where, reason=f"a claim with an empty part: {_quoted(' '.join(parts))}")
    if len(claimed.subject) > _LONGEST_SUBJECT or any(len(part) > _LONGEST_CLAIM for part in parts):
        return Problem(evidence=evidence, where=where, reason=f"a claim of {sum(map(len, parts)):,} characters")
    if any("\0" in part or not _is_text(part) for part in parts):
        return Problem(evidence=evidence, where=where, reason=f"a claim that is no text: {_quoted(' '.join(parts))}")
    claim = Claim(subject=claimed.subject, predicate=claimed.predicate, object=claimed.object, source=source)
    return Stated(claim, Provenance(of=claim.id, evidence=evidence, where=where))


def _is_text(part: str) -> bool:
    try:
        part.encode()
    except UnicodeEncodeError:
        return False
    return True


def _with_raw(result: Observed | Problem, raw: str) -> Observed | Problem:
    if isinstance(result, Problem) or raw == result.observation.value:
        return result
    return replace(result, provenance=replace(result.provenance, raw=raw))


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else f"{text[:79]}…")
