"""What every product goes through: the group's observations, the selection, the leak check, the write."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from backtrail import clusters, profiles, reports
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import ActivityGroup, State
from backtrail.model.errors import ConflictError, PolicyError
from backtrail.model.observation import Observation
from backtrail.model.profile import Profile
from backtrail.profiles.samples import DIGESTS
from backtrail.reports import Selection
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.leakcheck import Leak, adversarys, looked, register
from backtrail.verbs.standing import state_of
from backtrail.verbs.weighing import files_of
from backtrail.verbs.written import write_whole


class Product(Struct, frozen=True, kw_only=True):
    """What a product of a group is made from, read at one moment."""

    group: ActivityGroup
    state: State
    observations: tuple[Observation, ...]
    selection: Selection


def product(case: Case, db: Db, group: str) -> Product:
    """Read a group for publishing. Raises NotFoundError for an id that never was, ConflictError for an empty group."""
    state = state_of(case, db)
    found = state.groups[known.require_group(state, group)]
    if not found.members:
        raise ConflictError(f"{found.id} has no intrusions; assign some first")
    seen = tuple(clusters.standing(facts.observations(db, intrusions=found.members), state))
    hits = _listed(db, state, {(o.kind, o.value) for o in seen})
    secret = [name for _, name in names(db)]
    paps = {i.id: state.paps.get(found.id, i.pap) for i in known.intrusions(db, state, found.members).values()}
    selection = reports.select(seen, secret, hits, _hit(state), paps)
    return Product(group=found, state=state, observations=seen, selection=selection)


def _listed(db: Db, state: State, values: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Warning lists that know each value; of a file by any digest of it, since a list names one of several."""
    matcher = known.warnings(db)
    hits = {value: set(matcher.hits(*value)) for value in values}
    for digest, beside in files_of(db, state, values).items():
        for other in beside:
            if other in hits and other[0] in DIGESTS:
                hits[other].update(matcher.hits(*digest))
    return {value: tuple(sorted(names)) for value, names in hits.items()}


def _hit(state: State) -> dict[tuple[str, str], str]:
    """Moment of the latest true hit by kind and value, as verdicts have it."""
    said = ((target.partition(" "), verdict.last) for target, verdict in state.verdicts.items())
    return {(kind, value): last for (kind, _, value), last in said if last}


def priorities(made: Product) -> Profile:
    """In which order to hunt for a group, by what is published of it."""
    return profiles.priorities(made.group.id, made.selection.indicators, made.observations)


def names(db: Db) -> list[tuple[str, str]]:
    """Every name of the victim register, with its intrusion."""
    return [(victim.intrusion, token) for victim in facts.victims(db) for token in victim.tokens()]


def check(case: Case, files: Mapping[str, bytes], *, screen: bool = False, whose: str = "") -> None:
    """Let files out only when no victim is named in them.

    Args:
        case: The case.
        files: Content by name.
        screen: Also look for what the register does not know; for what is published.
        whose: The intrusion whose victim alone reads them: it may be named in them, and what was seen there is its own.

    Raises:
        PolicyError: A name was found; the message says where and by which rule, and does not repeat the name.
    """
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        theirs = adversarys(db, state)
        secret, own = _of_others(db, theirs, whose) if whose else (register(db, theirs), frozenset())
        found = looked(files, secret, state, theirs | own if screen else None)
    if found.leaks:
        raise PolicyError(_told(found.leaks))


def _of_others(db: Db, theirs: frozenset[str], whose: str) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """Secrets of all victims but one, and what was seen at that one.

    A server or an account of another's network that is called like one of its own gives nobody away; another's name
    does.
    """
    mine = known.siblings(db).get(whose, frozenset()) | {whose}
    every = register(db, theirs)
    own = {name for intrusion, name in every if intrusion in mine}
    secret = [(intrusion, name) for intrusion, name in every if intrusion not in mine]
    seen = list(facts.observations(db, intrusions=mine))
    assets = [o.value for o in seen if o.role == "victim-asset"]
    alike = reports.naming([name for _, name in secret], assets) if assets else set()
    named = {name for _, name in names(db)}
    kept = [one for at, one in enumerate(secret) if (at not in alike and one[1] not in own) or one[1] in named]
    return kept, frozenset(o.value.casefold() for o in seen)


def write(folder: Path, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Write checked files, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(folder / name, [content])
    return tuple(str(folder / name) for name in files)


_MOST_TOLD = 20
"""Findings that a refusal names; `leakcheck` lists the others."""


def _told(found: Sequence[Leak]) -> str:
    """Every finding once, so that whoever publishes can judge all of them before the next try."""
    once: dict[tuple[str, ...], Leak] = {}
    for one in sorted(found, key=lambda leak: len(leak.rule)):  # a name as it is before the same name in disguise
        once.setdefault((one.id,) if one.what else (one.file, one.whose), one)
    lines = [_line(one) for one in list(once.values())[:_MOST_TOLD]]
    if len(once) > _MOST_TOLD:
        lines.append(f"and {len(once) - _MOST_TOLD} more findings")
    if any(one.what for one in once.values()):
        lines.append("what gives nobody away: backtrail leakcheck --allow ID --reason ... --second NAME")
    return "refused: " + "\n  ".join(lines)


def _line(leak: Leak) -> str:
    where = f"in {leak.file} at character {leak.at}"
    if leak.what:
        return f"{leak.id}  {leak.rule} {where}: {leak.what}; {leak.fix}"
    return f"the victim of {leak.whose} is named {where} ({leak.rule}); reword it, or retract what carries it"
