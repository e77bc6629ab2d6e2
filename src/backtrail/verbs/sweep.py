"""sweep: every finding of the case, looked for in the telemetry of all its intrusions."""

from collections.abc import Iterator

from msgspec import Struct

from backtrail import clusters, hunts
from backtrail.hunts import Sought
from backtrail.knowledge import facts, intake
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.observation import Observation
from backtrail.model.telemetry import Sighting
from backtrail.observations import registered_domain
from backtrail.verbs import known, tracefiles
from backtrail.verbs.case import Case
from backtrail.verbs.standing import registered, state_of, telemetry_of

_BATCH = 20_000


class Swept(Struct, frozen=True, kw_only=True):
    """What a sweep found.

    Attributes:
        findings: Values that were looked for.
        logs: Telemetry files that were looked through, as their traces.
        traces: Different values in them.
        seen: Values of findings that some log shows.
        sightings: Sightings in all; one for each value, log and direction.
        new: How many of them were not known before.
        intrusions: Intrusions with a sighting.
        registrations: Registrant details of domains of findings, where the registration covers the sighting.
        restored: Logs that were read again, since what they show was lost or damaged.
        elsewhere: Logs that could not be: they are not in this folder.
    """

    findings: int
    logs: int
    traces: int
    seen: int
    sightings: int
    new: int
    intrusions: int
    registrations: int
    restored: int = 0
    elsewhere: int = 0


def sweep(case: Case) -> Swept:
    """Look for every finding of the case in all telemetry of all intrusions, and keep the sightings.

    Nothing new is a finding by it: a sighting says that a log shows what somebody found elsewhere, with first and
    last time, number, bytes, direction and place. Sweeping again adds only what is new. Logs whose traces were lost are
    read again first.

    Args:
        case: The case.
    """
    restored, elsewhere = tracefiles.restored(case)
    logs, traces = case.telemetry.counts()
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        wanted = sought(db, state)
        siblings = known.siblings(db)
    telemetry = telemetry_of(case, state)
    values: set[tuple[str, str]] = set()
    at: set[str] = set()
    count = new = 0
    for batch in _batched(hunts.sightings(telemetry.seen(wanted.roles, wanted.above), wanted, siblings)):
        with case.knowledge.writing() as db:
            new += intake.add_sightings(db, batch)
        count += len(batch)
        values.update((o.kind, o.value) for o, _, _ in batch)
        at.update(o.intrusion for o, _, _ in batch if o.intrusion)
    registered = _registrations(case, state)
    return Swept(
        findings=len(wanted.roles),
        logs=logs,
        traces=traces,
        seen=len(values),
        sightings=count,
        new=new,
        intrusions=len(at),
        registrations=registered,
        restored=restored,
        elsewhere=elsewhere,
    )


def sought(db: Db, state: State) -> Sought:
    """What to look for: findings as decisions leave them, without what earlier sweeps added."""
    found = facts.sighted(db)
    everything = clusters.standing(facts.observations(db), state)
    matcher = known.warnings(db)
    findings = (o for o in everything if o.id not in found or o.role == "lead")
    return hunts.sought(findings, matcher.hits, registered_domain)


def _registrations(case: Case, state: State) -> int:
    """Registrant details of the domains that intrusions hold; how many."""
    with case.knowledge.reading() as db:
        held = list(clusters.standing(facts.observations(db, kind="domain-name"), state))
        matcher = known.warnings(db)
    rows = registered(telemetry_of(case, state), held, matcher)
    if rows:
        with case.knowledge.writing() as db:
            intake.add_sightings(db, rows)
    return len(rows)


def _batched(
    found: Iterator[tuple[Observation, Sighting, str]],
) -> Iterator[list[tuple[Observation, Sighting, str]]]:
    held: list[tuple[Observation, Sighting, str]] = []
    for one in found:
        held.append(one)
        if len(held) >= _BATCH:
            yield held
            held = []
    if held:
        yield held
