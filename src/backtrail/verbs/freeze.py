"""freeze: what is known of the groups of a case, fixed under a name: every product made of it is the same for ever."""

import hashlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import lists, log
from backtrail.knowledge.base import Db
from backtrail.model import zstd
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError, NotFoundError, UsageError
from backtrail.reports import Dossier
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import decide, named
from backtrail.verbs.dossier import gathered
from backtrail.verbs.pseudonyms import with_pseudonyms
from backtrail.verbs.standing import state_of

_FOLDER = "freezes"


class Freeze(Struct, frozen=True, kw_only=True):
    """What was known at a freeze.

    Attributes:
        name: Its name.
        at: Moment.
        digest: Fingerprint of the knowledge.
        model: The match-weight model, whole.
        lists: Warning lists with their versions.
        code: Version of Backtrail.
        dossiers: What products of each group are made from.
    """

    name: str
    at: str
    digest: str
    model: str
    lists: tuple[tuple[str, int], ...]
    code: str
    dossiers: dict[str, Dossier]


class Frozen(Struct, frozen=True, kw_only=True):
    """A freeze that was made.

    Attributes:
        name: Its name.
        id: Fingerprint of everything in it.
        groups: Groups in it.
        decision: Its line of the log.
    """

    name: str
    id: str
    groups: tuple[str, ...]
    decision: str


def freeze(
    case: Case,
    name: str,
    *,
    group: str | None = None,
    since: str | None = None,
    reason: str = "frozen for publication",
) -> Frozen:
    """Fix what is known now: evidence, decisions, lists, model and code, so that products made of it never change.

    Args:
        case: The case.
        name: Its name; made once and never changed.
        group: Only this group; all that were accepted when left out.
        since: A date, such as that of a publication, around which it is told what groups changed.
        reason: Why; kept in the log.

    Raises:
        ConflictError: The name is taken, or no group was accepted.
        UsageError: `since` is no date, or the name no name of a freeze.
    """
    place = _place(case, name)
    if place.exists():
        raise ConflictError(f"there is a freeze {name} already; a freeze is never changed")
    made = _made(case, name, group, since)
    content = _encoder.encode(made)
    id = hashlib.sha256(content).hexdigest()
    place.parent.mkdir(exist_ok=True)
    staged = place.with_suffix(".part")
    staged.write_bytes(zstd.compress(content, level=3))
    staged.rename(place)

    def fields(_db: Db, _past: list[Decision], _state: State) -> dict[str, Any]:
        return {"targets": (id,), "text": name}

    decided = decide(case, "freeze", reason, "{text} is frozen", fields)
    return Frozen(name=name, id=id, groups=tuple(made.dossiers), decision=decided.id)


def of_group(case: Case, name: str, group: str) -> Dossier:
    """What a freeze has of a group. Raises NotFoundError."""
    return taken(case, opened(case, name)[0], group)


def taken(case: Case, made: Freeze, group: str) -> Dossier:
    """What an opened freeze has of a group, which leaves it: a dossier is large.

    Of a group that was merged before the freeze it has what it was merged into.

    Raises:
        NotFoundError: It has neither.
    """
    group = known.spelt(group, made.dossiers)
    with case.knowledge.reading() as db:
        past = log.decisions(db)
    made_by = next((d.seq for d in past if d.action == "freeze" and d.text == made.name), 0)
    groups = clusters.fold(d for d in past if d.seq <= made_by).groups
    while group not in made.dossiers and group in groups and (into := groups[group].merged_into):
        group = into
    if group not in made.dossiers:
        raise NotFoundError(f"freeze {made.name} has no group {group}{known.near(group, made.dossiers)}")
    found = made.dossiers[group]
    made.dossiers.clear()
    return found


def opened(case: Case, name: str) -> tuple[Freeze, str]:
    """A freeze and its fingerprint.

    Raises:
        NotFoundError: There is no such freeze.
        ConflictError: The file is not what was frozen.
    """
    place = _place(case, name)
    if not place.is_file():
        there = sorted(p.stem for p in place.parent.glob("*.freeze"))
        raise NotFoundError(f"no freeze {name}{known.near(name, there)}")
    content = zstd.ZstdDecompressor().decompress(place.read_bytes(), _MOST)
    id = hashlib.sha256(content).hexdigest()
    with case.knowledge.reading() as db:
        decisions = log.decisions(db)
    said = {d.text: d for d in decisions if d.action == "freeze"}
    undone = {d.undoes: d for d in decisions if d.undoes}
    if name in said and said[name].seq in undone:
        raise ConflictError(f"freeze {name} was undone ({undone[said[name].seq].id}); make another one")
    if name not in said or said[name].targets[0] != id:
        raise ConflictError(f"freeze {name} is not what the log says was frozen; restore {place} from a backup")
    return _decoder.decode(content), id


_MOST = 4 << 30


def _place(case: Case, name: str) -> Path:
    clean = named(name, "the name of a freeze")
    if not all(c.isalnum() or c in "-_." for c in clean) or clean.startswith("."):
        raise UsageError(f"{name!r} is no name of a freeze: letters, digits, hyphens and dots")
    return case.folder / _FOLDER / f"{clean}.freeze"


def _made(case: Case, name: str, group: str | None, since: str | None) -> Freeze:
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        held = [g.id for g in state.groups.values() if g.members and not g.merged_into]
        versions = tuple(sorted((one.name, one.version) for one in lists.rows(db)))
    wanted = [known.require_group(state, group)] if group else held
    if not wanted:
        raise ConflictError("no group was accepted yet (backtrail cluster, backtrail assign)")
    dossiers = {id: with_pseudonyms(case, gathered(case, id, since)) for id in wanted}
    first = next(iter(dossiers.values()))
    return Freeze(
        name=name,
        at=first.created,
        digest=first.digest,
        model=msgspec.json.encode(clusters.built_in(), order="deterministic").decode(),
        lists=versions,
        code=version("backtrail"),
        dossiers=dossiers,
    )


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(Freeze)
