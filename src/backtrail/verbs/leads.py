"""leads: rare values that the telemetry of several victims shares, for an analyst to accept or reject."""

from collections.abc import Iterable, Iterator

from backtrail import clusters, hunts
from backtrail.hunts import LEAD_KINDS, Company, Lead
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.knowledge.telemetry import TelemetryBase
from backtrail.model.decision import State
from backtrail.model.observation import lead_id
from backtrail.model.telemetry import Shared
from backtrail.observations import registered_domain
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of, telemetry_of
from backtrail.verbs.sweep import sought
from backtrail.verbs.table import Table

__all__ = ["Lead", "leads"]

_SHARE = 0.05
"""Share of intrusions beyond which a value is no rare one."""


def leads(case: Case, *, limit: int = 50, most: int | None = None) -> Table[Lead]:
    """List leads: rare values that telemetry of several victims shares and that no finding or list explains.

    Ranked with the reasons; nothing counts before it is accepted: `accept L-... --reason ...`, or `reject`.

    Args:
        case: The case.
        limit: At most so many.
        most: Intrusions that may show a value; left out, a twentieth of them, but at least five.

    Raises:
        UsageError: A limit below 0.
    """
    known.require_limit(limit)
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        everyone = facts.intrusion_ids(db)
        holders = most or max(5, int(_SHARE * len(everyone)))
        telemetry = telemetry_of(case, state)
        shared = [*telemetry.shared(list(LEAD_KINDS), holders), *_registrants(telemetry, holders)]
        wanted = sought(db, state)
        company = _company(db, state, everyone, wanted.roles)
        matcher = known.warnings(db)
    unexplained = (
        one
        for one in shared
        if (one.kind, one.value) not in wanted.roles
        and not _below(one, wanted.above)
        and lead_id(one.kind, one.value) not in state.accepted | state.rejected
        and not matcher.hits(one.kind, one.value)
    )
    found = hunts.rank(unexplained, telemetry.seen, company, registered_domain, limit)
    return Table(Lead, found)


def _below(one: Shared, above: Iterable[str]) -> bool:
    """Whether a name is below one that is looked for, so that the sweep has it already."""
    if one.kind != "domain-name":
        return False
    labels = one.value.split(".")
    return any(".".join(labels[i:]) in above for i in range(1, len(labels) - 1))


def _registrants(telemetry: TelemetryBase, most: int) -> Iterator[Shared]:
    """Registrant details of zones that the telemetry of several intrusions shows."""
    zones: dict[tuple[str, str], set[str]] = {}
    for placed in telemetry.ties("registered-by"):
        if placed.trace.kind in LEAD_KINDS and placed.trace.of_kind == "domain-name":
            zones.setdefault((placed.trace.kind, placed.trace.value), set()).add(placed.trace.of)
    everything = {zone for some in zones.values() for zone in some}
    at: dict[str, set[str]] = {}
    for zone, placed in telemetry.seen([("domain-name", z) for z in everything], everything):
        if placed.origin.intrusion:
            at.setdefault(zone, set()).add(placed.origin.intrusion)
    for (kind, value), some in sorted(zones.items()):
        intrusions = {i for zone in some for i in at.get(zone, ())}
        if 2 <= len(intrusions) <= most:
            yield Shared(kind, value, tuple(sorted(intrusions)))


def _company(db: Db, state: State, everyone: list[str], findings: Iterable[tuple[str, str]]) -> Company:
    victims = {v.intrusion: v.name.casefold() for v in facts.victims(db)}
    zones = {zone for kind, value in findings if kind == "domain-name" and (zone := registered_domain(value))}
    shared = clusters.standing(facts.shared(db), state)
    linked = frozenset(clusters.candidates(shared, clusters.built_in()))
    return Company(intrusions=len(everyone), victims=victims, linked=linked, zones=frozenset(zones))
