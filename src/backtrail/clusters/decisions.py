"""The decision log folded into the present state of the case, and what may be taken back."""

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import TypeVar, cast

from msgspec.structs import replace

from backtrail.model.decision import ActivityGroup, Alias, Apart, Decision, Outcome, State, Verdict
from backtrail.model.errors import ConflictError, NotFoundError
from backtrail.model.marking import grade
from backtrail.model.observation import Claim, Observation, lead_id

_STRUCTURAL = ("merge", "split")


def fold(decisions: Iterable[Decision]) -> State:
    """The state that a log adds up to; decisions that were undone are as if never made.

    Raises:
        NotFoundError: A decision names a group that does not exist at that point.
        ConflictError: A decision contradicts the state at that point.
    """
    log = list(decisions)
    undone = {d.undoes for d in log if d.undoes}
    fold = _Fold()
    for decision in log:
        if decision.seq not in undone and decision.action != "undo":
            _APPLY[decision.action](fold, decision)
    return fold.state()


Said = TypeVar("Said", Observation, Claim)


def standing(found: Iterable[Said], state: State) -> Iterator[Said]:
    """What sources say as decisions leave it: what is retracted and leads not accepted gone, grades overridden.

    Each keeps the id that it came in with, by which it is found.
    """
    for o in found:
        if isinstance(o, Observation) and o.role == "lead" and lead_id(o.kind, o.value) not in state.accepted:
            continue
        if not state.retracted and not state.grades:
            yield o
        elif o.id not in state.retracted:
            code = state.grades.get(o.id) or state.grades.get(o.source.name)
            stated = o.stated or o.source.grade
            yield replace(o, source=replace(o.source, grade=grade(code)), stated=stated) if code else o


def blocker(log: Iterable[Decision], seq: int) -> Decision | None:
    """The later decision that stands in the way of undoing one, or None (rule LC-9).

    A merge or split is blocked by a later merge or split of the same groups, since its two halves cannot be told
    apart any more; any decision is blocked by a later one that would make no sense without it.

    Raises:
        NotFoundError: There is no such decision.
        ConflictError: It is undone already, is an undo itself, or went out: a publication has errata.
    """
    log = list(log)
    target = next((d for d in log if d.seq == seq), None)
    if target is None:
        raise NotFoundError(f"no decision D-{seq}; the log ends at D-{len(log)}")
    if target.action == "undo":
        raise ConflictError(f"D-{seq} is an undo; make the decision again instead")
    if target.action == "publish":
        raise ConflictError(f"D-{seq} went out and cannot be taken back; publish what corrects it (--since FREEZE)")
    undone = {d.undoes for d in log if d.undoes}
    if seq in undone:
        raise ConflictError(f"D-{seq} is undone already")
    live = [d for d in log if d.seq not in undone and d.action != "undo"]
    for later in live:
        if later.seq > seq and _entangled(target, later):
            return later
    rest = [d for d in live if d.seq != seq]
    for n, later in enumerate(rest):
        if later.seq > seq:
            try:
                fold(rest[: n + 1])
            except (ConflictError, NotFoundError):
                return later
    return None


def next_group_id(log: Iterable[Decision]) -> str:
    """The id of the next group; ids of groups that were undone are never given again."""
    made = sum(d.action in ("new", "split") for d in log)
    return f"UNC-{made + 1:04d}"


def _entangled(target: Decision, later: Decision) -> bool:
    if target.action == "freeze":
        return later.action == "publish" and target.targets[0] == later.targets[1]
    if target.action not in _STRUCTURAL or later.action not in _STRUCTURAL:
        return False
    return bool({target.group, target.other} & {later.group, later.other})


class _Fold:
    """The state while it is being added up."""

    def __init__(self) -> None:
        self.groups: dict[str, ActivityGroup] = {}
        self.members: dict[str, str] = {}
        self.outliers: set[str] = set()
        self.apart: list[Apart] = []
        self.accepted: set[str] = set()
        self.rejected: set[str] = set()
        self.grades: dict[str, str] = {}
        self.retracted: set[str] = set()
        self.verdicts: dict[str, Verdict] = {}
        self.allowed: dict[str, str] = {}
        self.released: dict[str, str] = {}
        self.paps: dict[str, str] = {}

    def living(self, id: str | None) -> str:
        if id is None or id not in self.groups:
            raise NotFoundError(f"no group {id}")
        if into := self.groups[id].merged_into:
            raise ConflictError(f"{id} was merged into {into}; use {into}")
        return id

    def put(self, intrusions: Iterable[str], group: str) -> None:
        for intrusion in intrusions:
            self.members[intrusion] = group
            self.outliers.discard(intrusion)

    def keep_apart(self) -> None:
        """Raise ConflictError where one group holds two that a decision holds to be of different actors."""
        for said in self.apart:
            held = self.held(said.one)
            if held and held == self.held(said.other):
                raise ConflictError(
                    f"{said.one} and {said.other} would both be in {held}, and {said.decision} holds them to be of "
                    f"different actors; undo {said.decision} first"
                )

    def held(self, side: str) -> str | None:
        """The living group of an intrusion, or that a group leads to."""
        group = side if side in self.groups else self.members.get(side)
        while group and (into := self.groups[group].merged_into):
            group = into
        return group

    def inside(self, group: str) -> set[str]:
        return {intrusion for intrusion, held in self.members.items() if held == group}

    def change(self, id: str, **changes: object) -> None:
        self.groups[id] = replace(self.groups[id], **changes)

    def state(self) -> State:
        groups = {
            id: replace(group, members=tuple(sorted(self.inside(id)))) for id, group in sorted(self.groups.items())
        }
        return State(
            groups=groups,
            outliers=frozenset(self.outliers),
            apart=tuple(sorted(self.apart)),
            grades=dict(sorted(self.grades.items())),
            retracted=frozenset(self.retracted),
            accepted=frozenset(self.accepted),
            rejected=frozenset(self.rejected),
            verdicts=dict(sorted(self.verdicts.items())),
            allowed=dict(sorted(self.allowed.items())),
            released=dict(sorted(self.released.items())),
            paps=dict(sorted(self.paps.items())),
        )


def _new(fold: _Fold, d: Decision) -> None:
    assert d.group
    fold.groups[d.group] = ActivityGroup(id=d.group, anchor=d.text or "")
    fold.put(d.intrusions, d.group)
    fold.keep_apart()


def _assign(fold: _Fold, d: Decision) -> None:
    fold.put(d.intrusions, fold.living(d.group))
    fold.keep_apart()


def _outlier(fold: _Fold, d: Decision) -> None:
    for intrusion in d.intrusions:
        fold.members.pop(intrusion, None)
        fold.outliers.add(intrusion)


def _merge(fold: _Fold, d: Decision) -> None:
    survivor, other = fold.living(d.group), fold.living(d.other)
    if survivor == other:
        raise ConflictError(f"{survivor} cannot be merged with itself")
    fold.put(fold.inside(other), survivor)
    ended, kept = fold.groups[other], fold.groups[survivor]
    former = {Alias(ended.name, other, "formerly")} if ended.name else set()
    fold.change(survivor, aliases=tuple(sorted({*kept.aliases, *ended.aliases, *former})))
    fold.change(other, merged_into=survivor)
    fold.keep_apart()


def _apart(fold: _Fold, d: Decision) -> None:
    one, other = sorted([*(fold.living(group) for group in (d.group, d.other) if group), *d.intrusions])
    if (held := fold.held(one)) and held == fold.held(other):
        raise ConflictError(f"{one} and {other} are both in {held}; take one out of it first (backtrail split)")
    fold.apart.append(Apart(one, other, d.id))


def _split(fold: _Fold, d: Decision) -> None:
    whole = fold.living(d.group)
    missing = sorted(set(d.intrusions) - fold.inside(whole))
    if missing:
        raise ConflictError(f"{', '.join(missing)} not in {whole}")
    if not fold.inside(whole) - set(d.intrusions):
        raise ConflictError(f"nothing of {whole} would be left; leave at least one intrusion in it")
    assert d.other
    fold.groups[d.other] = ActivityGroup(id=d.other, anchor=d.text or fold.groups[whole].anchor)
    fold.put(d.intrusions, d.other)


def _name(fold: _Fold, d: Decision) -> None:
    fold.change(fold.living(d.group), name=d.text)


def _alias(fold: _Fold, d: Decision) -> None:
    group = fold.living(d.group)
    if d.alias:
        fold.change(group, aliases=tuple(sorted({*fold.groups[group].aliases, d.alias})))


def _grade(fold: _Fold, d: Decision) -> None:
    for target in d.targets:
        fold.grades[target] = d.text or "F6"


def _retract(fold: _Fold, d: Decision) -> None:
    fold.retracted.update(d.targets)


def _accept(fold: _Fold, d: Decision) -> None:
    fold.accepted.update(d.targets)
    fold.rejected.difference_update(d.targets)


def _reject(fold: _Fold, d: Decision) -> None:
    fold.rejected.update(d.targets)
    fold.accepted.difference_update(d.targets)


def _verdict(fold: _Fold, d: Decision) -> None:
    """The later verdict on an indicator holds; the latest true hit is remembered."""
    for target, last in zip_longest(d.targets, d.lasts[: len(d.targets)], fillvalue=""):
        before = fold.verdicts.get(target)
        lasts = [m for m in (before and before.last, last if d.text == "true" else None) if m]
        fold.verdicts[target] = Verdict(
            outcome=cast("Outcome", d.text or "other"), decision=d.id, last=max(lasts, default=None)
        )


def _release(fold: _Fold, d: Decision) -> None:
    group = fold.living(d.group)
    fold.released[group] = d.text or "RED"
    fold.paps.update(dict.fromkeys((group,) if d.targets else (), "".join(d.targets)))


_APPLY: dict[str, Callable[[_Fold, Decision], None]] = {
    "new": _new,
    "assign": _assign,
    "outlier": _outlier,
    "apart": _apart,
    "merge": _merge,
    "split": _split,
    "name": _name,
    "alias": _alias,
    "grade": _grade,
    "retract": _retract,
    "accept": _accept,
    "reject": _reject,
    "verdict": _verdict,
    "freeze": lambda _fold, _decision: None,  # a name for what was known: it changes nothing
    "publish": lambda _fold, _decision: None,  # what left the house
    "release": _release,
    "allow": lambda fold, d: fold.allowed.update(dict.fromkeys(d.targets, d.text or "")),
    "hypothesis": lambda _fold, _decision: None,  # folded by attribution: who is behind a group moves no intrusion
}
