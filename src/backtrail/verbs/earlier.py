"""What had been observed up to a moment: findings of that time, and what a sweep for them finds in logs of that time.

Sightings that are kept come from all findings of the case. A name that somebody found years later would make an
adversary's of a line in an old log; so for an earlier moment the sweep is done again, in memory.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from backtrail import clusters, hunts
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.knowledge.telemetry import TelemetryBase
from backtrail.model.decision import State
from backtrail.model.observation import Observation
from backtrail.model.telemetry import Sighting
from backtrail.observations import registered_domain
from backtrail.observations.warninglists import Matcher
from backtrail.profiles.samples import known_by
from backtrail.verbs import known
from backtrail.verbs.standing import registered


class Earlier(Struct, frozen=True):
    """What had been observed.

    Attributes:
        findings: Ids of what was not found by looking for it in logs.
        observations: Findings and what was, in the order of their ids.
        sightings: What logs add, by observation.
    """

    findings: frozenset[str]
    observations: tuple[Observation, ...]
    sightings: Mapping[str, tuple[Sighting, ...]]


def earlier(db: Db, telemetry: TelemetryBase, state: State, warnings: Matcher, as_of: str) -> Earlier:
    """What had been observed up to a moment.

    Args:
        db: The knowledge base.
        telemetry: The logs as they stood at that moment.
        state: Decisions; those are of today.
        warnings: Warning lists.
        as_of: The moment.
    """
    findings = _findings(db, state, as_of)
    wanted = hunts.sought(findings, warnings.hits, registered_domain)
    begun = {o.intrusion for o in findings}
    siblings = {id: others & begun for id, others in known.siblings(db).items() if id in begun and others & begun}
    seen = list(hunts.sightings(telemetry.seen(wanted.roles, wanted.above), wanted, siblings))
    seen += registered(telemetry, [*findings, *(o for o, *_ in seen)], warnings)
    observations = {o.id: o for o in (*findings, *clusters.standing((o for o, *_ in seen), state))}
    return Earlier(
        findings=frozenset(o.id for o in findings),
        observations=tuple(observations[id] for id in sorted(observations)),
        sightings=_by_observation(one for _, one, _ in seen if one.of in observations),
    )


def _findings(db: Db, state: State, as_of: str) -> list[Observation]:
    swept = facts.sighted(db)
    discovered = {id: intrusion.discovered for id, intrusion in known.intrusions(db, state).items()}
    standing = clusters.standing(facts.observations(db), state)
    return [o for o in standing if (o.id not in swept or o.role == "lead") and known_by(o, discovered, as_of)]


def _by_observation(sightings: Iterable[Sighting]) -> dict[str, tuple[Sighting, ...]]:
    found: dict[str, list[Sighting]] = {}
    for one in sightings:
        found.setdefault(one.of, []).append(one)
    return {of: tuple(some) for of, some in found.items()}
