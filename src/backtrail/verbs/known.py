"""What several verbs read: intrusions folded from claims, ids resolved, warning lists compiled."""

import difflib
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from backtrail import clusters
from backtrail.knowledge import facts, lists, log
from backtrail.knowledge.base import Db
from backtrail.model.decision import State
from backtrail.model.errors import NotFoundError, UsageError
from backtrail.model.intrusion import Intrusion
from backtrail.model.observation import Claim
from backtrail.model.warninglist import WarningList
from backtrail.observations.warninglists import Matcher, decode

_SUBJECT = "intrusion:"


def intrusions(db: Db, state: State, ids: Iterable[str] | None = None) -> dict[str, Intrusion]:
    """Intrusions by id, folded from what their sources claim; all of them when no ids are given."""
    wanted = facts.intrusion_ids(db) if ids is None else list(ids)
    about: dict[str, list[Claim]] = defaultdict(list)
    for claim in clusters.standing(facts.claims(db, subjects=[_SUBJECT + i for i in wanted]), state):
        about[claim.subject].append(claim)
    return {i: Intrusion.of(i, about[_SUBJECT + i]) for i in wanted}


def require_intrusions(db: Db, ids: Iterable[str]) -> tuple[str, ...]:
    """Intrusions as the case spells them. Raises NotFoundError, with the nearest known id, for one that is unknown."""
    known = facts.intrusion_ids(db)
    there, found = set(known), []
    for given in ids:
        id = given if given in there else spelt(given, known)
        if id not in there:
            raise NotFoundError(f"no intrusion {id}{near(id, known)}")
        found.append(id)
    return tuple(found)


def require_group(state: State, id: str) -> str:
    """The living group an id leads to. Raises NotFoundError, with the nearest known id."""
    id = spelt(id, state.groups)
    if id not in state.groups:
        raise NotFoundError(f"no group {id}{near(id, state.groups)}")
    return state.survivor(id)


def spelt(id: str, known: Iterable[str]) -> str:
    """An id as the case spells it: upper or lower case does not matter where only one is meant."""
    known = list(known)
    same = [] if id in known else [one for one in known if one.casefold() == id.casefold()]
    return same[0] if len(same) == 1 else id


def side(db: Db, state: State, id: str) -> str:
    """The id of a group or an intrusion as the case spells it."""
    return spelt(id, [*state.groups, *facts.intrusion_ids(db)])


def require_file(path: Path, what: str) -> None:
    """Refuse what is no file, and say what was wanted: `what` completes "name ..."."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name {what}")
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file")


def require_seed(seed: int) -> None:
    """Refuse a seed that gives no chance numbers."""
    if seed < 0:
        raise UsageError("a seed is at least 0")


def require_limit(limit: int | None) -> None:
    """Refuse a number of rows below none."""
    if limit is not None and limit < 0:
        raise UsageError(f"--limit {limit}: rows are counted from 0 up")


def near(id: str, known: Iterable[str]) -> str:
    """A suggestion for a mistyped id, or nothing."""
    found = difflib.get_close_matches(id, list(known), n=1, cutoff=0.5)
    return f"; did you mean {found[0]}?" if found else ""


def siblings(db: Db) -> dict[str, frozenset[str]]:
    """For each intrusion of a victim that was hit more than once, the other intrusions there."""
    at: dict[str, set[str]] = defaultdict(set)
    for victim in facts.victims(db):
        at[victim.name.casefold()].add(victim.intrusion)
    return {i: frozenset(some - {i}) for some in at.values() if len(some) > 1 for i in some}


def warnings(db: Db) -> Matcher:
    """The warning lists of the case, compiled, and the one that comes with Backtrail."""
    built_in = (files("backtrail.observations") / "lists" / "public-tools.json").read_bytes()
    return Matcher([*(decode(body) for body in (built_in, *lists.bodies(db))), *said_of_hits(db)])


def said_of_hits(db: Db) -> list[WarningList]:
    """Indicators whose hits were found to be false, as lists: what a CDN, a scanner or a shared host showed."""
    false: dict[str, list[str]] = defaultdict(list)
    for target, verdict in clusters.fold(log.decisions(db)).verdicts.items():
        if verdict.outcome not in ("true", "duplicate"):
            false[verdict.outcome].append(target.partition(" ")[2])
    return [WarningList(name=f"verdict: {outcome}", entries=tuple(values)) for outcome, values in sorted(false.items())]
