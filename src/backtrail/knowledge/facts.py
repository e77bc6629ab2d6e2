"""Read what is known. Filters and counts only; what a fact means is decided elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, distinct, func, select, true

from backtrail.knowledge import schema
from backtrail.knowledge.custody import rejected
from backtrail.knowledge.intake import key, observable
from backtrail.knowledge.queries import STREAMED, conditions, counting
from backtrail.model.intrusion import Victim
from backtrail.model.marking import Grade, Source
from backtrail.model.observation import Claim, Observation
from backtrail.model.record import Pattern
from backtrail.model.telemetry import Kept, Origin, Sighting
from backtrail.model.times import Interval


def counts(db: Connection) -> dict[str, int]:
    """How many rows of each thing are known."""
    o, claims = schema.observation, schema.claim
    intrusions = select(func.count(distinct(o.c.intrusion)))
    found = {
        "evidence": select(func.count()).select_from(schema.evidence),
        "observations": select(func.count()).select_from(o),
        "claims": select(func.count()).select_from(claims),
        "patterns": select(func.count()).select_from(schema.pattern),
        "problems": select(func.count()).select_from(rejected().subquery()),
        "intrusions": intrusions,
    }
    return {name: int(db.execute(query).scalar_one()) for name, query in found.items()}


def observations(
    db: Connection,
    *,
    intrusions: Iterable[str] | None = None,
    kind: str | None = None,
    role: str | None = None,
    ids: Iterable[str] | None = None,
) -> Iterator[Observation]:
    """Observations in the order intrusion, kind, value.

    Args:
        db: An open view.
        intrusions: Only those of these intrusions.
        kind: Only this kind.
        role: Only those of this role.
        ids: Only these ids.
    """
    o = schema.observation.c
    for some in conditions(o.intrusion, intrusions):
        for those in conditions(o.id, None if ids is None else [key(i) for i in ids]):
            query = select(schema.observation).where(some, those).order_by(o.intrusion, o.kind, o.value, o.id)
            if kind:
                query = query.where(o.kind == kind)
            if role:
                query = query.where(o.role == role)
            for row in db.execute(query, execution_options=STREAMED):
                yield _observation(row)


def search(db: Connection, values: Sequence[tuple[str, str]], text: str) -> Iterator[Observation]:
    """Observations of exact values first, then of values that contain a text, case ignored.

    Args:
        db: An open view.
        values: Canonical (kind, value) pairs.
        text: Text to look for inside values.
    """
    o = schema.observation.c
    exact = o.observable.in_([observable(kind, value) for kind, value in values])
    part = func.lower(o.value).contains(text.lower(), autoescape=True)
    for condition in (exact, part & ~exact):
        query = select(schema.observation).where(condition).order_by(o.kind, o.value, o.intrusion, o.id)
        for row in db.execute(query, execution_options=STREAMED):
            yield _observation(row)


def of_values(db: Connection, values: Iterable[tuple[str, str]]) -> Iterator[Observation]:
    """Every observation of some canonical values, by kind and value."""
    o = schema.observation.c
    for some in conditions(o.observable, [observable(*value) for value in sorted(values)]):
        for row in db.execute(select(schema.observation).where(some).order_by(o.id), execution_options=STREAMED):
            yield _observation(row)


def shared(
    db: Connection,
    pair: tuple[str, str] | None = None,
    recurring: Iterable[str] = (),
    kinds: Iterable[str] | None = None,
) -> Iterator[Observation]:
    """Every observation of a value that at least two intrusions hold.

    Args:
        db: An open view.
        pair: Consider only values that both of these intrusions hold; other holders of them are given too.
        recurring: Kinds of which it is enough that one of the pair and any other intrusion hold a value.
        kinds: Without a pair, consider only values of these.
    """
    o = schema.observation.c
    if pair:
        theirs = select(o.observable).where(o.intrusion.in_(pair), o.kind.in_(list(recurring)))
        wanted = _common(o.intrusion.in_(pair)).union(_common(o.observable.in_(theirs))).subquery()
    else:
        of_kinds = true() if kinds is None else o.kind.in_(list(kinds))
        wanted = _common(o.intrusion.is_not(None) & of_kinds).subquery()
    query = (
        select(schema.observation)
        .join(wanted, wanted.c.observable == o.observable)
        .where(o.intrusion.is_not(None))
        .order_by(o.kind, o.value, o.intrusion, o.id)
    )
    for row in db.execute(query, execution_options=STREAMED):
        yield _observation(row)


def _common(within: ColumnElement[bool]) -> Select[tuple[str]]:
    """Values that two intrusions hold within some observations."""
    o = schema.observation.c
    return select(o.observable).where(within).group_by(o.observable).having(func.count(distinct(o.intrusion)) > 1)


def beside(
    db: Connection, kinds: Iterable[str], without: Collection[str] = ()
) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Pairs of values that were read in the same record: one of some kinds, and any other.

    Args:
        db: An open view.
        kinds: Kinds of the one.
        without: Ids of observations, and SHA-256 of evidence, that do not count.
    """
    o, p = schema.observation, schema.provenance
    one, two = o.alias("one"), o.alias("two")
    of_one, of_two = p.alias("of_one"), p.alias("of_two")
    gone = {key(id) for id in without}
    ids = (one.c.id, two.c.id) if gone else ()
    query = (
        select(one.c.kind, one.c.value, two.c.kind, two.c.value, *ids)
        .join(of_one, of_one.c.of == one.c.id)
        .join(of_two, (of_two.c.evidence == of_one.c.evidence) & (of_two.c["at"] == of_one.c["at"]))
        .join(two, two.c.id == of_two.c.of)
        .where(one.c.kind.in_(list(kinds)), two.c.observable != one.c.observable, counting(of_one.c.evidence, without))
        .distinct()
    )
    for kind, value, other_kind, other_value, *held in db.execute(query, execution_options=STREAMED):
        if gone.isdisjoint(held):
            yield (kind, value), (other_kind, other_value)


def named_beside(
    db: Connection, kinds: Iterable[str], without: Collection[str] = ()
) -> Iterator[tuple[str, str | None]]:
    """Observations of some kinds, by id, each with the host names that records of it bear.

    None stands for a record of it that bears none.

    Args:
        db: An open view.
        kinds: Their kinds.
        without: Ids of observations, and SHA-256 of evidence, that do not count.
    """
    o, p = schema.observation, schema.provenance
    names, of_one, of_name = o.alias("names"), p.alias("of_one"), p.alias("of_name")
    gone = {key(id) for id in without}
    named = (
        select(of_name.c.evidence, of_name.c["at"], names.c.id, names.c.value)
        .join(names, names.c.id == of_name.c.of)
        .where(names.c.kind == "domain-name")
        .subquery()
    )
    query = (
        select(o.c.id, of_one.c.evidence, of_one.c["at"], named.c.id, named.c.value)
        .join(of_one, of_one.c.of == o.c.id)
        .outerjoin(named, (named.c.evidence == of_one.c.evidence) & (named.c["at"] == of_one.c["at"]))
        .where(o.c.kind.in_(list(kinds)), o.c.intrusion.is_not(None), counting(of_one.c.evidence, without))
    )
    borne: dict[tuple[bytes, int, str], set[str]] = defaultdict(set)
    for id, evidence, at, of, name in db.execute(query, execution_options=STREAMED):
        borne[id, evidence, at].update([name] if name and of not in gone else [])
    for (id, *_), bears in borne.items():
        yield from ((f"O-{id.hex()}", name) for name in bears or (None,))


def records(
    db: Connection, kinds: Iterable[str], without: Collection[str] = ()
) -> Iterator[tuple[str, str, Observation]]:
    """Observations of some kinds at each place they were read: SHA-256 of the evidence, locator, observation.

    In the order of evidence and locator, so that what one record shows comes together.

    Args:
        db: An open view.
        kinds: The kinds.
        without: SHA-256 of evidence that does not count.
    """
    o, p, e = schema.observation, schema.provenance, schema.evidence
    query = (
        select(o, e.c.sha256, p.c["at"].label("place"))
        .join(p, p.c.of == o.c.id)
        .join(e, e.c.id == p.c.evidence)
        .where(o.c.kind.in_(list(kinds)), counting(p.c.evidence, without))
        .order_by(e.c.sha256, p.c["at"], o.c.kind, o.c.value, o.c.id)
    )
    for row in db.execute(query, execution_options=STREAMED):
        yield row.sha256, row.place, _observation(row)


def intrusion_ids(db: Connection) -> list[str]:
    """Ids of all intrusions that an observation or a claim names, sorted."""
    seen = {i for (i,) in db.execute(select(schema.observation.c.intrusion).distinct()) if i}
    stated = db.execute(
        select(schema.claim.c.subject).where(schema.claim.c.subject.startswith("intrusion:")).distinct()
    )
    return sorted(seen | {subject.removeprefix("intrusion:") for (subject,) in stated})


def sources(db: Connection) -> list[str]:
    """Names of all sources, sorted."""
    found = {s for t in (schema.observation, schema.claim) for s in db.execute(select(t.c.source).distinct()).scalars()}
    return sorted(found)


def observed_counts(db: Connection, without: Collection[str] = ()) -> dict[str, int]:
    """Number of observations of each intrusion, but for those of some ids."""
    o = schema.observation.c
    rows = db.execute(select(o.intrusion, func.count()).where(o.intrusion.is_not(None)).group_by(o.intrusion))
    gone = Counter(one.intrusion for one in observations(db, ids=[id for id in without if id.startswith("O-")]))
    return {intrusion: int(n) - gone[intrusion] for intrusion, n in rows}


def observed_kinds(db: Connection, without: Collection[str] = ()) -> dict[str, frozenset[str]]:
    """Kinds of what was observed in each intrusion, but for observations of some ids."""
    o = schema.observation.c
    gone = Counter((one.intrusion, one.kind) for one in observations(db, ids=[i for i in without if i[:2] == "O-"]))
    query = select(o.intrusion, o.kind, func.count()).where(o.intrusion.is_not(None)).group_by(o.intrusion, o.kind)
    found: dict[str, set[str]] = defaultdict(set)
    for intrusion, kind, n in db.execute(query):
        if n > gone[intrusion, kind]:
            found[intrusion].add(kind)
    return {intrusion: frozenset(kinds) for intrusion, kinds in found.items()}


def claims(
    db: Connection, *, subjects: Iterable[str] | None = None, ids: Iterable[str] | None = None
) -> Iterator[Claim]:
    """Claims about some subjects (`intrusion:IN-1`), or all, in the order subject, predicate, object."""
    c = schema.claim.c
    for some in conditions(c.subject, subjects):
        for those in conditions(c.id, None if ids is None else [key(i) for i in ids]):
            query = select(schema.claim).where(some, those).order_by(c.subject, c.predicate, c.object, c.id)
            for r in db.execute(query, execution_options=STREAMED):
                yield Claim(subject=r.subject, predicate=r.predicate, object=r.object, source=_source(r))


def sightings(db: Connection, ids: Iterable[str], without: Collection[str] = ()) -> list[Sighting]:
    """What logs add to some observations; but for logs of some SHA-256."""
    s, found = schema.sighting.c, []
    for some in conditions(s.of, [key(i) for i in ids]):
        query = (
            select(s.of, schema.evidence.c.sha256, s.direction, s["at"], s.count, s.sent, s.received)
            .join(schema.evidence, schema.evidence.c.id == s.evidence)
            .where(some, counting(s.evidence, without))
            .order_by(s.of, schema.evidence.c.sha256, s.direction)
        )
        for of, sha, direction, at, count, sent, received in db.execute(query):
            one = Sighting(of=f"O-{of.hex()}", evidence=sha, at=at, direction=direction, count=count, sent=sent,
                           received=received)  # fmt: skip
            found.append(one)
    return found


def sighted(db: Connection, without: Collection[str] = ()) -> set[str]:
    """Ids of all observations that are known only from logs, by looking there for a finding.

    What a responder read off a log may say exactly what the log says: that is one observation, and a finding.

    Args:
        db: An open view.
        without: SHA-256 of evidence that does not count.
    """
    s, p = schema.sighting.alias("s"), schema.provenance
    swept = select(schema.sighting.c.of).distinct().subquery()
    told = (
        select(p.c.of)
        .join(swept, swept.c.of == p.c.of)
        .outerjoin(s, (s.c.of == p.c.of) & (s.c.evidence == p.c.evidence))
        .where(s.c.of.is_(None), counting(p.c.evidence, without))
    )
    return {f"O-{of.hex()}" for (of,) in db.execute(select(swept.c.of).where(swept.c.of.not_in(told)))}


def sighting_count(db: Connection) -> int:
    """How many sightings are known; one of a value that a finding says just so adds no observation."""
    return int(db.execute(select(func.count()).select_from(schema.sighting)).scalar_one())


def searched(db: Connection, kinds: Iterable[str], intrusions: Iterable[str] | None = None) -> Iterator[Observation]:
    """What a search of the logs of each intrusion for the findings of the case found, of some kinds."""
    o = schema.observation.c
    found = o.kind.in_(list(kinds)) & o.intrusion.is_not(None) & o.id.in_(select(schema.sighting.c.of))
    for some in conditions(o.intrusion, intrusions):
        query = select(schema.observation).where(found, some).order_by(o.intrusion, o.kind, o.value, o.id)
        for row in db.execute(query, execution_options=STREAMED):
            yield _observation(row)


def traces(db: Connection) -> list[Kept]:
    """Files of traces that there should be, in the order of their names."""
    t, e = schema.traces, schema.evidence
    query: Select[Any] = (
        select(t.c.name, e.c.sha256, t.c.intrusion, t.c.server, t.c.source, t.c.grade, t.c.tlp, t.c.format, t.c.size)
        .join(e, e.c.id == t.c.evidence)
        .order_by(t.c.name)
    )
    return [
        Kept(
            name=row.name, origin=Origin(row.sha256, row.intrusion, row.server, _source(row)), format=row.format,
            size=row.size,
        )
        for row in db.execute(query)
    ]  # fmt: skip


def patterns(db: Connection, intrusions: Iterable[str] | None = None) -> list[tuple[Pattern, str]]:
    """Detection expressions with the SHA-256 of the evidence they stand in."""
    p, found = schema.pattern.c, []
    for some in conditions(p.intrusion, intrusions):
        query = (
            select(p.language, p.text, p.name, schema.evidence.c.sha256)
            .join(schema.evidence, schema.evidence.c.id == p.evidence)
            .where(some)
            .order_by(p.language, p.name, p.text, schema.evidence.c.sha256)
        )
        found += [(Pattern(language=la, text=te, name=na), sha) for la, te, na, sha in db.execute(query)]
    return found


def victims(db: Connection) -> list[Victim]:
    """The register of names that must not get out. For the leak check."""
    v = schema.victim.c
    rows = db.execute(select(v.intrusion, v.name, v.identifiers).order_by(v.intrusion, v.name))
    return [Victim(intrusion=i, name=n, identifiers=tuple(ids)) for i, n, ids in rows]


def _observation(row: Row[Any]) -> Observation:
    return Observation(
        kind=row.kind, value=row.value, intrusion=row.intrusion, role=row.role,
        seen=Interval(row.first_seen, row.last_seen), source=_source(row),
    )  # fmt: skip


def _source(row: Row[Any]) -> Source:
    return Source(row.source, Grade(row.grade[0], row.grade[1]), row.tlp)
