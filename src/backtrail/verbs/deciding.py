"""How a decision is taken: tried on the log first, then added to it."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import log
from backtrail.knowledge.base import Db
from backtrail.model.decision import Action, Decision, State
from backtrail.model.errors import UsageError
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of


class Decided(Struct, frozen=True, kw_only=True):
    """A decision that was added to the log.

    Attributes:
        id: `D-<seq>`; `undo` takes it back.
        decision: The line of the log.
        summary: What it changed, in a sentence.
    """

    id: str
    decision: Decision
    summary: str


def decide(
    case: Case,
    action: Action,
    reason: str,
    summary: str,
    fields: Callable[[Db, list[Decision], State], dict[str, Any]],
) -> Decided:
    """Add a decision to the log.

    Args:
        case: The case.
        action: What is decided.
        reason: Why; required.
        summary: What it changes, with `{...}` for fields of the decision.
        fields: Gives the remaining fields from the present state; raises what forbids the decision.

    Raises:
        UsageError: No reason.
        ConflictError: The state forbids it.
    """
    if not reason.strip():
        raise UsageError("a decision needs a reason; say why with --reason")
    with case.knowledge.writing() as db:
        past = log.decisions(db)
        state = state_of(case, db, past)
        rest = fields(db, past, state)

        def line(seq: int) -> Decision:
            decision = Decision(
                seq=seq,
                action=action,
                at=case.now(),
                author=case.author,
                reason=reason.strip(),
                model=clusters.built_in().version,
                **rest,
            )
            clusters.fold([*past, decision])
            return decision

        decision = log.append(db, line)
    return Decided(id=decision.id, decision=decision, summary=_said(summary, decision) + _left(state, decision))


def named(text: str, what: str) -> str:
    """A name as it is kept. Raises UsageError when there is nothing in it, or more than a line."""
    clean = text.strip()
    if not clean or not clean.isprintable():
        raise UsageError(f"{what} is empty or more than one line")
    return clean


def _left(before: State, decision: Decision) -> str:
    """Whom groups lose by a decision that says no more than where intrusions go."""
    if decision.action not in ("new", "assign", "outlier"):
        return ""
    left: dict[str, list[str]] = {}
    for id in decision.intrusions:
        if (group := before.group_of(id)) and group != decision.group:
            left.setdefault(group, []).append(id)
    return "".join(f"; {', '.join(some)} left {group}" for group, some in sorted(left.items()))


def _said(summary: str, decision: Decision) -> str:
    intrusions = decision.intrusions
    listed = ", ".join(intrusions) if len(intrusions) <= 5 else f"{len(intrusions)} intrusions"
    fields = {name: getattr(decision, name) for name in decision.__struct_fields__}
    return summary.format(**fields | {"listed": listed})
